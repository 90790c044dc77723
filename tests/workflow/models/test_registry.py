import json
from pathlib import Path

import pytest

from seep.errors import MissingError
from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.jobs import get_job
from seep.workflow.models.promotion import drop, promote, roll_back
from seep.workflow.models.registry import find_checkpoint, list_events, list_models, weights_path
from seep.workflow.models.transfer import export_checkpoint
from seep.workflow.training.job import run_finetune
from seep.workflow.training.presets import FinetuneRequest
from seep.workflow.training.requests import enqueue_finetune
from seep.workflow.workspace import Workspace, install_checkpoint
from tests.actors import ADA, BO, admin
from tests.workflow.making import accept, make_checkpoint, never, quiet


def test_versions_are_listed_with_parent_depth_and_author(workspace: Workspace, tiles: list[int]) -> None:
    for tile in tiles:
        accept(workspace, tile, stripe=1)
    request = FinetuneRequest(epochs=1, crop_px=32)
    first = enqueue_finetune(workspace, request, BO)
    run_finetune(workspace, get_job(workspace, first), quiet, never)
    accept(workspace, tiles[0], stripe=2)
    second = enqueue_finetune(workspace, FinetuneRequest(base_checkpoint_id=2, epochs=1, crop_px=32), BO)
    run_finetune(workspace, get_job(workspace, second), quiet, never)
    rows = list_models(workspace)
    assert [(row.name, row.parent, row.depth, row.author) for row in rows] == [
        ("seep-2", "seep-1", 2, "bo"),
        ("seep-1", "tiny", 1, "bo"),
        ("tiny", None, 0, None),
    ]
    assert (rows[0].outcome or {})["verdict"] == "inconclusive"
    assert rows[0].class_count == 8


def test_checkpoint_is_found_by_name_or_number(workspace: Workspace) -> None:
    assert find_checkpoint(workspace, "tiny") == find_checkpoint(workspace, "1") == 1
    with pytest.raises(MissingError, match="Available: tiny"):
        find_checkpoint(workspace, "huge")


def test_weights_file_equals_the_installed_file(workspace: Workspace, tiny_checkpoint: Path) -> None:
    assert weights_path(workspace, 1).read_bytes() == tiny_checkpoint.read_bytes()


def test_a_version_whose_card_has_the_british_spelling_predicts_promotes_and_exports(
    workspace: Workspace, bare_tiles: list[int], tmp_path: Path
) -> None:
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    from seep.engine.checkpoint import load_checkpoint

    path = make_checkpoint(tmp_path / "old.safetensors", seed=4, name="old")
    with safe_open(path, "pt") as file:
        card = json.loads(file.metadata()["card"])
    card["normalisation"] = normalization = card.pop("normalization")
    save_file(load_file(path), path, metadata={"card": json.dumps(card)})
    old = install_checkpoint(workspace, path, admin("cy"))
    assert old.card["normalization"] == normalization
    promote(workspace, old.id, BO)
    assert predict_tiles(workspace, bare_tiles, old.id, quiet, never).done == len(bare_tiles)
    assert [(row.name, row.class_count) for row in list_models(workspace)] == [("old", 8), ("tiny", 8)]
    exported, _ = export_checkpoint(workspace, old.id, tmp_path / "out", "safetensors", BO)
    assert load_checkpoint(exported).card["normalization"] == normalization


def test_events_name_person_action_and_version(workspace: Workspace, tmp_path: Path) -> None:
    other = install_checkpoint(
        workspace, make_checkpoint(tmp_path / "o.safetensors", seed=4, name="other"), admin("cy")
    )
    promote(workspace, other.id, BO)
    roll_back(workspace, ADA)
    export_checkpoint(workspace, other.id, tmp_path, "safetensors", BO)
    drop(workspace, other.id, ADA)
    rows = list_events(workspace)
    assert [(one.author, one.action, one.name, one.previous) for one in rows] == [
        ("ada", "drop", "other", None),
        ("bo", "export", "other", None),
        ("ada", "roll back", "tiny", "other"),
        ("bo", "promote", "other", "tiny"),
        ("cy", "add", "other", None),
        ("seep", "promote", "tiny", None),
        ("seep", "add", "tiny", None),
    ]
    assert list_events(workspace, 2) == rows[:2]
    assert [one.author for one in list_models(workspace)] == ["cy", None]
