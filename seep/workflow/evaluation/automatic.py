"""The first evaluation of the active version on the test scenes of this workspace, without a click."""

from contextlib import suppress

from seep.core.records import CheckpointRecord
from seep.errors import SeepError
from seep.store import jobs
from seep.workflow.evaluation.checkpoints import KIND, enqueue_evaluate
from seep.workflow.evaluation.comparable import HERE, RUN, version_metrics
from seep.workflow.evaluation.compare import evaluation_tiles
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.models.registry import list_models
from seep.workflow.workspace import PRODUCT, Workspace


def enqueue_first_evaluation(workspace: Workspace) -> int | None:
    """Queue the evaluation of the active version, if it has no metrics on test scenes of this workspace.

    A version that a run compared has them. An evaluation that failed or was canceled is not repeated.

    Returns:
        The id of the job; None if there is nothing to evaluate.
    """
    active = active_checkpoint(workspace)
    if active is None or not evaluation_tiles(workspace)["test"] or _was_evaluated(workspace, active):
        return None
    with suppress(SeepError):  # it does not fit the images: the Models page says so
        return enqueue_evaluate(workspace, active.id, PRODUCT)
    return None


def _was_evaluated(workspace: Workspace, active: CheckpointRecord) -> bool:
    with workspace.store.reading() as session:
        listed = jobs.list_jobs(session, 1000)
    if any(job.kind == KIND and job.params.get("checkpoint_id") == active.id for job in listed):
        return True
    found = version_metrics(workspace, list_models(workspace)).get(active.id)
    return found is not None and found.source in {HERE, RUN}
