from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from seep.cli.main import main
from seep.engine.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from seep.workflow.inference.domain_shift import domain_shift, first_notice, workspace_shift
from seep.workflow.inference.folders import predict_folder
from seep.workflow.inference.raster_files import predict_raster
from seep.workflow.models.promotion import promote
from seep.workflow.overview import overview
from seep.workflow.review.revisions import save_mask
from seep.workflow.workspace import Workspace, install_checkpoint
from tests.actors import ADA
from tests.workflow.making import fill

CARD = {"name": "base", "scales": [1.0, 0.5], "scales_above_grain": 0.45, "parent": None}


@pytest.fixture
def coarse(tmp_path: Path) -> Path:
    """Two scenes of speckle that is correlated over 4 px."""
    folder = tmp_path / "coarse"
    folder.mkdir()
    random = np.random.default_rng(0)
    for name in ("a.000000", "b.000000"):
        noise = random.uniform(100, 900, (32, 32)).astype(np.float32)
        image = cv2.resize(noise, (128, 128), interpolation=cv2.INTER_CUBIC)
        tifffile.imwrite(folder / f"{name}.tif", np.clip(image, 1, 999).astype(np.uint16))
    return folder


@pytest.fixture
def knowing(tmp_path: Path, tiny_checkpoint: Path) -> Path:
    """A checkpoint that knows images of a fine grain only."""
    tiny, path = load_checkpoint(tiny_checkpoint), tmp_path / "base.safetensors"
    save_checkpoint(path, Checkpoint(tiny.model, tiny.card | CARD))
    return path


def test_most_scenes_decide() -> None:
    shift = domain_shift(CARD, [0.6, 0.3, 0.5])
    assert shift is not None
    assert (shift.scenes, shift.total, shift.grain, shift.limit) == (2, 3, 0.6, 0.45)
    assert "unlike what base knows: the grain of 2 of 3 scenes" in shift.sentence
    assert domain_shift(CARD, [0.6, 0.3]) is None
    assert domain_shift(CARD, [None, None]) is None
    assert domain_shift(CARD, []) is None


@pytest.mark.parametrize("other", [{"scales_above_grain": 0.0}, {"parent": "older"}])
def test_nothing_is_said_of_checkpoints_without_a_limit_or_with_a_parent(other: dict[str, object]) -> None:
    assert domain_shift(CARD | other, [0.6]) is None


def test_overview_and_review_say_it_until_a_tile_is_reviewed(
    workspace: Workspace, coarse: Path, knowing: Path
) -> None:
    (first, _) = fill(workspace, coarse)
    assert (first_notice(workspace), overview(workspace).shift) == ("", "")
    promote(workspace, install_checkpoint(workspace, knowing, ADA).id, ADA)
    assert first_notice(workspace).startswith("These images are unlike what base knows")
    assert overview(workspace).shift == first_notice(workspace)
    mask = np.ones((128, 128), np.uint8)
    save_mask(workspace, first, mask, "accept", actor=ADA, base_revision_id=None, request_id="one")
    assert first_notice(workspace) == ""
    assert workspace_shift(workspace) is not None


def test_a_folder_and_a_raster_say_it_with_the_resolutions(
    coarse: Path, knowing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = predict_folder(coarse, tmp_path / "one", knowing, device="cpu")
    assert report.scales == "2 images at full and 1/2 resolution"
    assert report.notes[-1].startswith("These images are unlike what base knows: the grain of 2 of 2 scenes")
    notes: list[str] = []
    predict_raster(coarse / "a.000000.tif", tmp_path / "two", knowing, device="cpu", on_note=notes.append)
    assert notes[-1] == "Predicted: 1 image at full and 1/2 resolution."
    assert notes[-2].startswith("These images are unlike what base knows")
    command = ["predict", str(coarse), "--out", str(tmp_path / "three"), "--checkpoint", str(knowing)]
    assert main([*command, "--scale", "1/2", "--device", "cpu"]) == 0
    written = capsys.readouterr()
    assert "Predicted: 2 images at 1/2 resolution" in written.out
    assert "unlike what base knows" in written.err
