"""What earlier versions did not keep with a prediction."""

import numpy as np
import pytest
from sqlalchemy import update

from seep.core.masks.mask import encode_probability
from seep.store import jobs, predictions
from seep.store.schema import Prediction, Tile
from seep.workflow.inference.remeasuring import remeasure
from seep.workflow.inference.tiles import enqueue_predict, predict_tiles, run_predict
from seep.workflow.review import revisions
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from tests.workflow.making import never, quiet


def test_a_job_fills_in_what_the_orders_go_by(workspace: Workspace, bare_tiles: list[int]) -> None:
    predict_tiles(workspace, bare_tiles, 1, quiet, never)
    assert enqueue_predict(workspace, "ada") is None
    before = revisions.get_tile(workspace, bare_tiles[0])
    with workspace.store.transaction() as session:
        session.execute(update(Prediction).values(useful=None, confident=None))
        session.execute(update(Tile).values(useful=None, confident=None))
    job_id = enqueue_predict(workspace, "ada")
    assert job_id
    with workspace.store.reading() as session:
        job = jobs.get_job(session, job_id)
    run_predict(workspace, job, quiet, never)
    after = revisions.get_tile(workspace, bare_tiles[0])
    assert after.useful == pytest.approx(before.useful, abs=0.02)  # probabilities are kept as bytes
    assert after.confident == pytest.approx(before.confident, abs=0.02)
    with workspace.store.reading() as session:
        assert predictions.unmeasured(session, 1, 5) == []


def test_clean_sea_counts_for_how_useful_a_tile_is(workspace: Workspace, bare_tiles: list[int]) -> None:
    predict_tiles(workspace, bare_tiles[:1], 1, quiet, never)
    seep = np.zeros((64, 64), np.uint8)
    seep[0, :32] = 128  # wholly undecided, one pixel in 128
    sha256 = workspace.store.files.put(encode_probability(seep), MASK_SUFFIX)
    with workspace.store.transaction() as session:
        session.execute(update(Prediction).values(useful=None, confident=None, probability_sha256=sha256))
    assert remeasure(workspace, 1) == 1
    assert revisions.get_tile(workspace, bare_tiles[0]).useful == pytest.approx(1 / 128, abs=1e-5)
