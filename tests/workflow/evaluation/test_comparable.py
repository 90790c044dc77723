from typing import Any

from seep.core.metrics.model_metrics import read_metrics
from seep.store import checkpoints, runs
from seep.store.key_value import set_value
from seep.workflow.evaluation.checkpoints import evaluation_key
from seep.workflow.evaluation.comparable import RUN, version_metrics
from seep.workflow.models.registry import list_models
from seep.workflow.overview import overview
from seep.workflow.workspace import Workspace


def report(iou: float, *scenes: str) -> dict[str, Any]:
    figures = {"binary_iou": iou}
    per_scene = {name: {"tiles": 1, "matrix": [[1, 1], [1, 1]], "figures": figures} for name in scenes}
    return {"tiles": len(scenes), "scenes": len(scenes), "figures": figures, "per_scene": per_scene}


def add_version(workspace: Workspace, name: str, figures: dict[str, Any], run_id: int | None = None) -> int:
    with workspace.store.transaction() as session:
        return checkpoints.add_checkpoint(
            session,
            name=name,
            parent_id=1,
            run_id=run_id,
            weights_sha256=name.encode().hex().ljust(64, "0"),
            card={"figures": figures},
            author="ada",
        ).id


def add_run(workspace: Workspace, old_iou: float, new_iou: float) -> int:
    """A run that compared its version with version 1 on one test scene."""
    split = {"old": report(old_iou, "here"), "new": report(new_iou, "here")}
    outcome = {"verdict": "inconclusive", "splits": {"test": split}, "against": {"id": 1, "name": "tiny"}}
    with workspace.store.transaction() as session:
        run = runs.add_run(session, None, base_checkpoint_id=1, config={}, revision_ids=[], author="ada")
    made = add_version(workspace, "seep-1", {"test": split["new"]}, run.id)
    with workspace.store.transaction() as session:
        runs.finish_run(session, run.id, "done", outcome, made)
    return made


def test_run_gives_the_metrics_of_both_versions_on_the_same_scenes(workspace: Workspace) -> None:
    made = add_run(workspace, old_iou=0.25, new_iou=0.33)
    found = version_metrics(workspace, list_models(workspace))
    assert {number: one.metrics.binary_iou for number, one in found.items()} == {1: 0.25, made: 0.33}
    assert all(one.comparable for one in found.values())


def test_evaluation_in_the_workspace_stands_before_run_and_card(workspace: Workspace) -> None:
    made = add_run(workspace, old_iou=0.25, new_iou=0.33)
    with workspace.store.transaction() as session:
        set_value(session, evaluation_key(made), {"splits": {"test": report(0.4, "here")}})
    assert version_metrics(workspace, list_models(workspace))[made].metrics.binary_iou == 0.4


def test_metrics_on_other_scenes_are_not_comparable(workspace: Workspace) -> None:
    add_run(workspace, old_iou=0.25, new_iou=0.33)
    other = add_version(workspace, "other", {"test": report(0.9, "elsewhere")})
    found = version_metrics(workspace, list_models(workspace))
    assert (found[1].comparable, found[other].comparable) == (True, False)


def test_overview_shows_only_versions_on_the_same_scenes(workspace: Workspace) -> None:
    made = add_run(workspace, old_iou=0.25, new_iou=0.33)
    add_version(workspace, "other", {"test": report(0.9, "elsewhere")})
    shown = [(one.id, one.iou) for one in overview(workspace).quality]
    assert shown == [(1, 0.25), (made, 0.33)]


def test_all_splits_of_a_version_come_from_one_source(workspace: Workspace) -> None:
    run = add_run(workspace, old_iou=0.25, new_iou=0.33)
    found = version_metrics(workspace, list_models(workspace))
    assert {number: one.source for number, one in found.items()} == {1: RUN, run: RUN}
    assert found[run].splits["test"].scene_names == ("here",)
    assert found[run].metrics is found[run].splits["test"]


def test_one_scene_is_too_few_for_an_interval(workspace: Workspace) -> None:
    made = add_run(workspace, old_iou=0.25, new_iou=0.33)
    assert version_metrics(workspace, list_models(workspace))[made].metrics.has_few_scenes
    assert [one.few_scenes for one in overview(workspace).quality] == [True, True]
    three = read_metrics(report(0.4, "a", "b", "c"))
    assert three is not None
    assert not three.has_few_scenes


def test_metrics_on_one_scene_do_not_stand_before_those_on_many(
    workspace: Workspace, tiles: list[int]
) -> None:
    scenes = [f"s{number}" for number in range(14)]
    made = add_version(workspace, "shipped", {"folds": report(0.48, *scenes)})
    with workspace.store.transaction() as session:
        checkpoints.promote(session, made, "ada")
        set_value(session, evaluation_key(made), {"splits": {"test": report(0.39, "here")}})
    shown = overview(workspace)
    assert [(measured.iou, measured.scenes) for measured in shown.active_quality] == [(0.48, 14), (0.39, 1)]
    assert "IoU 0.48 on 14 cross-validation scenes and 0.39 on 1 test scene" in shown.sentence


def test_an_evaluation_on_enough_scenes_stands_before_the_card(workspace: Workspace) -> None:
    made = add_version(workspace, "shipped", {"folds": report(0.48, *(f"s{number}" for number in range(14)))})
    with workspace.store.transaction() as session:
        checkpoints.promote(session, made, "ada")
        set_value(session, evaluation_key(made), {"splits": {"test": report(0.39, "a", "b", "c")}})
    assert [measured.iou for measured in overview(workspace).active_quality] == [0.39, 0.48]
