from pathlib import Path

import numpy as np
import pytest

from seep.errors import CheckpointError, MissingError, StorageError
from seep.workflow import tile_data
from seep.workflow.inference.tiles import enqueue_predict, predict_tiles
from seep.workflow.jobs import get_job, list_jobs
from seep.workflow.models.promotion import drop, promote, roll_back
from seep.workflow.models.registry import list_models, promotions, weights_path
from seep.workflow.predict_job import run_predict
from seep.workflow.review.tile_document import tile_document
from seep.workflow.workspace import Workspace, install_checkpoint
from tests.actors import ADA, BO
from tests.workflow.making import make_checkpoint, never, quiet


@pytest.fixture
def other(workspace: Workspace, tmp_path: Path) -> int:
    path = make_checkpoint(tmp_path / "other.safetensors", seed=7, name="other")
    return install_checkpoint(workspace, path, ADA).id


def shown(workspace: Workspace, tile: int) -> np.ndarray | None:
    prediction = tile_document(workspace, tile, ADA)["prediction"]
    return tile_data.prediction_probability(workspace, prediction["id"]) if prediction else None


def test_promotion_predicts_open_tiles_again_and_rolling_back_shows_the_old_bytes(
    workspace: Workspace, bare_tiles: list[int], other: int
) -> None:
    predict_tiles(workspace, bare_tiles, 1, quiet, never)
    before = shown(workspace, 1)
    assert promote(workspace, other, BO).active
    assert shown(workspace, 1) is None
    job = list_jobs(workspace)[0]
    assert (job.kind, job.state, job.params["checkpoint_id"]) == ("predict", "queued", other)
    run_predict(workspace, job, quiet, never)
    after = shown(workspace, 1)
    assert after is not None
    assert not np.array_equal(before, after)
    assert roll_back(workspace, BO, active_id=other).id == 1
    np.testing.assert_array_equal(shown(workspace, 1), before)
    assert roll_back(workspace, BO, active_id=other).id == 1  # a double click goes back once
    assert len(list_jobs(workspace)) == 1
    assert [one.author for one in promotions(workspace)] == ["bo", "seep"]


def test_a_prediction_by_the_checkpoint_of_before_is_called_off(
    workspace: Workspace, bare_tiles: list[int], other: int
) -> None:
    old = enqueue_predict(workspace, ADA)
    chosen = enqueue_predict(workspace, ADA, [1])
    promote(workspace, other, BO)
    assert old is not None
    assert chosen is not None
    assert get_job(workspace, old).state == "canceled"
    assert get_job(workspace, chosen).state == "queued"


def test_damaged_weights_are_not_promoted(workspace: Workspace, bare_tiles: list[int], other: int) -> None:
    path = weights_path(workspace, other)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(StorageError, match="damaged"):
        promote(workspace, other, BO)
    assert [model.name for model in list_models(workspace) if model.active] == ["tiny"]
    assert list_jobs(workspace) == []


def test_what_was_dropped_cannot_be_promoted_and_what_is_active_not_dropped(
    workspace: Workspace, other: int
) -> None:
    assert drop(workspace, other, BO).state == "dropped"
    with pytest.raises(CheckpointError, match="dropped"):
        promote(workspace, other, BO)
    with pytest.raises(CheckpointError, match="active"):
        drop(workspace, 1, BO)


def test_nothing_to_roll_back_to(workspace: Workspace) -> None:
    with pytest.raises(MissingError, match="rolled back"):
        roll_back(workspace, BO)
    with pytest.raises(MissingError):
        promote(workspace, 99, BO)
