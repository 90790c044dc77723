import json

import numpy as np
import pytest

from seep.core.masks.mask import decode_mask
from seep.errors import MissingError
from seep.workflow.inference.runner import load
from seep.workflow.labels import labeled_tiles
from seep.workflow.training import epoch_previews
from seep.workflow.training.epoch_previews import PreviewWriter
from seep.workflow.training.preview_files import read_mask
from seep.workflow.training.run_files import previews_folder
from seep.workflow.workspace import Workspace
from tests.workflow.making import never

pytestmark = pytest.mark.usefixtures("by_torch", "tiles")


def make(workspace: Workspace, seen: bool = False) -> PreviewWriter:
    return PreviewWriter(
        workspace, 1, load(workspace, 1), labeled_tiles(workspace, "validation"), lambda: seen
    )


def changed_model(workspace: Workspace):
    import torch

    model = load(workspace, 1).model
    with torch.no_grad():
        model.seep_head.bias.add_(1.0)
    return model


def index(workspace: Workspace, epoch: int) -> list[dict]:
    return json.loads((previews_folder(workspace, 1) / str(epoch) / "index.json").read_bytes())


def test_an_epoch_is_written_with_the_predictions_of_the_base(workspace: Workspace, monkeypatch) -> None:
    monkeypatch.setattr(epoch_previews, "TILES", 2)
    writer = make(workspace)
    writer.write(changed_model(workspace), 1)
    before, after = index(workspace, 0), index(workspace, 1)
    assert [row["tile_id"] for row in before] == [row["tile_id"] for row in after]
    assert len(before) == 2
    assert {row["changed_px"] for row in before} == {0}
    for row in after:
        old, new = (decode_mask(read_mask(workspace, 1, epoch, row["tile_id"])) for epoch in (0, 1))
        assert row["changed_px"] == np.count_nonzero(old != new) > 0
        assert 0 <= row["iou"] <= 1


def test_a_resumed_run_previews_the_same_tiles(workspace: Workspace, monkeypatch) -> None:
    monkeypatch.setattr(epoch_previews, "TILES", 1)
    make(workspace).write(changed_model(workspace), 1)
    make(workspace).write(load(workspace, 1).model, 2)
    first, second = index(workspace, 1), index(workspace, 2)
    assert [row["tile_id"] for row in first] == [row["tile_id"] for row in second]
    assert second[0]["changed_px"] == 0


def test_a_stopped_run_writes_no_incomplete_epoch(workspace: Workspace) -> None:
    make(workspace, seen=True).write(changed_model(workspace), 1)
    assert not previews_folder(workspace, 1).exists()
    PreviewWriter(workspace, 1, load(workspace, 1), [], never).write(changed_model(workspace), 1)
    assert not previews_folder(workspace, 1).exists()


def test_damaged_previews_are_chosen_again(workspace: Workspace) -> None:
    make(workspace).write(changed_model(workspace), 1)
    (previews_folder(workspace, 1) / "0" / "index.json").write_text("{")
    assert make(workspace).before == {}


def test_a_missing_preview_is_named(workspace: Workspace) -> None:
    with pytest.raises(MissingError, match="tile 3 after epoch 9"):
        read_mask(workspace, 1, 9, 3)
