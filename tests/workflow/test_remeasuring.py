"""What earlier versions did not keep with a prediction."""

import pytest
from sqlalchemy import update

from seep.store import jobs, predictions
from seep.store.schema import Prediction, Tile
from seep.workflow import reviewing
from seep.workflow.predicting import enqueue_predict, predict_tiles, run_predict
from seep.workflow.workspace import Workspace
from tests.workflow.making import never, quiet


def test_a_job_fills_in_what_the_orders_go_by(workspace: Workspace, bare_tiles: list[int]) -> None:
    predict_tiles(workspace, bare_tiles, 1, quiet, never)
    assert enqueue_predict(workspace, "ada") is None
    before = reviewing.get_tile(workspace, bare_tiles[0])
    with workspace.store.transaction() as session:
        session.execute(update(Prediction).values(useful=None, confident=None))
        session.execute(update(Tile).values(useful=None, confident=None))
    job_id = enqueue_predict(workspace, "ada")
    assert job_id
    with workspace.store.reading() as session:
        job = jobs.get_job(session, job_id)
    run_predict(workspace, job, quiet, never)
    after = reviewing.get_tile(workspace, bare_tiles[0])
    assert after.useful == pytest.approx(before.useful, abs=0.02)  # probabilities are kept as bytes
    assert after.confident == pytest.approx(before.confident, abs=0.02)
    with workspace.store.reading() as session:
        assert predictions.unmeasured(session, 1, 5) == []
