from pathlib import Path

import pytest

from seep.workflow.imports.splits import new_splits, trained_splits
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.workspace import Workspace
from tests.workflow.making import fill


def test_new_scenes_fill_the_splits_that_are_missing() -> None:
    assert new_splits({}, ["a", "b"]) == {"a": "train", "b": "train"}
    grown = new_splits({"a": "train", "b": "train"}, ["c", "d", "e"])
    assert {"test", "validation"} <= set(grown.values())
    assert "a" not in grown
    met = {"a": "test", "b": "train", "c": "train"}
    found = new_splits({}, ["a", "b", "c", "d"], met)
    assert {name: found[name] for name in met} == met
    four = new_splits({}, ["a", "b", "c", "d"])
    assert sorted(four.values()) == ["test", "train", "train", "validation"]


def test_scenes_that_the_active_checkpoint_has_met_stay_what_they_were(
    workspace: Workspace, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trained_splits(workspace) == {}
    met = {"a": "validation", "b": "test", "c": "train"}
    monkeypatch.setattr("seep.workflow.imports.writer.trained_splits", lambda _: met)
    fill(workspace, folders[0])
    found = {scene.name: scene.split for scene in list_scenes(workspace)}
    assert {name: found[name] for name in met} == met
