"""Images of three bands, and class sets that the active checkpoint does not know."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from seep.core.masks.classes import default_classes
from seep.errors import CheckpointError
from seep.workflow.classes import set_classes
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.jobs import get_job, list_jobs
from seep.workflow.models.promotion import promote, roll_back
from seep.workflow.predict_job import run_predict
from seep.workflow.training.job import run_finetune
from seep.workflow.training.presets import FinetuneRequest
from seep.workflow.training.requests import enqueue_finetune, list_runs
from seep.workflow.workspace import Workspace, install_checkpoint
from tests.actors import ADA
from tests.workflow.making import fill, make_checkpoint, never, quiet


@pytest.fixture
def color_folders(tmp_path: Path) -> tuple[Path, Path]:
    images, masks = tmp_path / "color", tmp_path / "color-masks"
    images.mkdir()
    masks.mkdir()
    random = np.random.default_rng(0)
    for scene in "pqrs":
        image = random.integers(1, 255, (128, 128, 3)).astype(np.uint8)
        tifffile.imwrite(images / f"{scene}.000001.tif", image, photometric="rgb")
        tifffile.imwrite(masks / f"{scene}.000001.tif", random.integers(0, 12, (128, 128)).astype(np.uint8))
    return images, masks


def test_three_bands_are_refused_when_asked_for_and_nothing_is_queued(
    workspace: Workspace, color_folders: tuple[Path, Path]
) -> None:
    set_classes(workspace, default_classes(12), ADA)
    fill(workspace, *color_folders, class_count=12, reviewed=True)
    with pytest.raises(CheckpointError, match=r"tiny reads images with 1 band\(s\), these have 3"):
        enqueue_predict(workspace, ADA, [1])
    with pytest.raises(CheckpointError, match=r"tiny reads images with 1 band\(s\), these have 3"):
        enqueue_finetune(workspace, FinetuneRequest(epochs=1), ADA)
    assert list_jobs(workspace) == []


def test_tiles_of_other_bands_are_left_out_of_a_prediction(
    workspace: Workspace, bare_tiles: list[int], color_folders: tuple[Path, Path]
) -> None:
    fill(workspace, color_folders[0])
    job = enqueue_predict(workspace, ADA)
    assert job is not None
    told = run_predict(workspace, get_job(workspace, job), quiet, never)
    assert told == "12 tiles predicted"


def test_a_checkpoint_that_fits_nothing_is_not_promoted(
    workspace: Workspace, tmp_path: Path, color_folders: tuple[Path, Path]
) -> None:
    fill(workspace, color_folders[0])
    other = install_checkpoint(workspace, make_checkpoint(tmp_path / "b.safetensors", seed=5, name="b"), ADA)
    with pytest.raises(CheckpointError, match="b reads images with 1 band"):
        promote(workspace, other.id, ADA)


def test_rolling_back_to_what_does_not_fit_any_more_is_allowed(workspace: Workspace, tmp_path: Path) -> None:
    path = make_checkpoint(tmp_path / "five.safetensors", classes=5, seed=5, name="five")
    promote(workspace, install_checkpoint(workspace, path, ADA).id, ADA)
    set_classes(workspace, default_classes(5), ADA)
    assert roll_back(workspace, ADA).name == "tiny"
    with pytest.raises(CheckpointError, match="tiny has 8 classes, the workspace has 5"):
        enqueue_predict(workspace, ADA, [])


def test_fewer_classes_than_the_base_has_can_be_trained_and_compared(
    workspace: Workspace, folders: tuple[Path, Path]
) -> None:
    set_classes(workspace, default_classes(5), ADA)
    fill(workspace, *folders, class_count=5, reviewed=True)
    with pytest.raises(CheckpointError, match="Fine-tune it on these classes"):
        enqueue_predict(workspace, ADA, [1])
    job = enqueue_finetune(workspace, FinetuneRequest(epochs=1, crop_px=64), ADA)
    told = run_finetune(workspace, get_job(workspace, job), quiet, never)
    assert told is not None
    run = list_runs(workspace)[0]
    assert run.outcome is not None
    assert run.outcome["basis"] == "test"
    assert run.checkpoint_id is not None
    assert promote(workspace, run.checkpoint_id, ADA).active


def test_two_classes_take_any_checkpoint(workspace: Workspace, folders: tuple[Path, Path]) -> None:
    set_classes(workspace, default_classes(2), ADA)
    fill(workspace, folders[0])
    job = enqueue_predict(workspace, ADA)
    assert job is not None
    assert run_predict(workspace, get_job(workspace, job), quiet, never) == "12 tiles predicted"
