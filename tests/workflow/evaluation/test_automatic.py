from seep.jobs.worker import Worker
from seep.workflow.evaluation.automatic import enqueue_first_evaluation
from seep.workflow.evaluation.checkpoints import evaluation_of
from seep.workflow.evaluation.comparable import HERE, version_metrics
from seep.workflow.jobs import list_jobs
from seep.workflow.models.registry import list_models
from seep.workflow.workspace import Workspace


def test_the_base_is_evaluated_once_on_test_scenes_of_the_workspace(
    workspace: Workspace, tiles: list[int], by_torch: None
) -> None:
    job = enqueue_first_evaluation(workspace)
    assert job is not None
    assert enqueue_first_evaluation(workspace) is None  # it is queued
    assert Worker(workspace).run_one()
    assert [(one.id, one.kind, one.state) for one in list_jobs(workspace)] == [(job, "evaluate", "done")]
    assert evaluation_of(workspace, 1) is not None
    assert version_metrics(workspace, list_models(workspace))[1].source == HERE
    assert enqueue_first_evaluation(workspace) is None


def test_nothing_is_evaluated_without_masks_in_test_scenes(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    assert enqueue_first_evaluation(workspace) is None
    assert list_jobs(workspace) == []
