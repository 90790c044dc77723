import json

import numpy as np
import pytest

from seep.core.masks.mask import decode_mask
from seep.errors import MissingError
from seep.workflow.inference.runner import load
from seep.workflow.training import epoch_previews
from seep.workflow.training.dataset import labeled_tiles
from seep.workflow.training.epoch_previews import Strip, strip_mask
from seep.workflow.training.run_files import strip_folder
from seep.workflow.workspace import Workspace
from tests.workflow.making import never

pytestmark = pytest.mark.usefixtures("by_torch", "tiles")


def make(workspace: Workspace, seen: bool = False) -> Strip:
    return Strip(workspace, 1, load(workspace, 1), labeled_tiles(workspace, "validation"), lambda: seen)


def changed_model(workspace: Workspace):
    import torch

    model = load(workspace, 1).model
    with torch.no_grad():
        model.seep_head.bias.add_(1.0)
    return model


def index(workspace: Workspace, epoch: int) -> list[dict]:
    return json.loads((strip_folder(workspace, 1) / str(epoch) / "index.json").read_bytes())


def test_an_epoch_is_kept_beside_what_the_base_predicts(workspace: Workspace, monkeypatch) -> None:
    monkeypatch.setattr(epoch_previews, "TILES", 2)
    strip = make(workspace)
    strip.paint(changed_model(workspace), 1)
    before, after = index(workspace, 0), index(workspace, 1)
    assert [row["tile_id"] for row in before] == [row["tile_id"] for row in after]
    assert len(before) == 2
    assert {row["changed_px"] for row in before} == {0}
    for row in after:
        old, new = (decode_mask(strip_mask(workspace, 1, epoch, row["tile_id"])) for epoch in (0, 1))
        assert row["changed_px"] == np.count_nonzero(old != new) > 0
        assert 0 <= row["iou"] <= 1


def test_an_interrupted_run_goes_on_with_the_same_tiles(workspace: Workspace, monkeypatch) -> None:
    monkeypatch.setattr(epoch_previews, "TILES", 1)
    make(workspace).paint(changed_model(workspace), 1)
    make(workspace).paint(load(workspace, 1).model, 2)
    first, second = index(workspace, 1), index(workspace, 2)
    assert [row["tile_id"] for row in first] == [row["tile_id"] for row in second]
    assert second[0]["changed_px"] == 0


def test_a_stopped_run_keeps_no_half_epoch(workspace: Workspace) -> None:
    make(workspace, seen=True).paint(changed_model(workspace), 1)
    assert not strip_folder(workspace, 1).exists()
    Strip(workspace, 1, load(workspace, 1), [], never).paint(changed_model(workspace), 1)
    assert not strip_folder(workspace, 1).exists()


def test_a_damaged_strip_is_chosen_anew(workspace: Workspace) -> None:
    make(workspace).paint(changed_model(workspace), 1)
    (strip_folder(workspace, 1) / "0" / "index.json").write_text("{")
    assert make(workspace).before == {}


def test_what_was_not_kept_is_said(workspace: Workspace) -> None:
    with pytest.raises(MissingError, match="tile 3 after epoch 9"):
        strip_mask(workspace, 1, 9, 3)
