"""Predictions of an earlier version of Seep, which did not say how useful and how sure they are."""

import numpy as np

from seep.core.acquisition import confidence, usefulness
from seep.errors import MaskError, StorageError
from seep.store import predictions
from seep.store.records import PredictionRecord
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace

_PAGE = 200


def remeasure(workspace: Workspace, checkpoint_id: int) -> int:
    """Work out from the kept probabilities what the orders "useful" and "confident" go by.

    A kept probability of 0 is no data or clean sea, and only the image knows which: all pixels count, so a
    tile at the border of a scene comes out a little less useful than if it were predicted anew.

    Args:
        workspace: where.
        checkpoint_id: whose predictions; those that have their values are left alone.

    Returns:
        How many predictions got their values; those whose files are gone or damaged come last.
    """
    done = 0
    while True:
        with workspace.store.reading() as session:
            page = predictions.unmeasured(session, checkpoint_id, _PAGE)
        if not page:
            return done
        values = {one.id: _values(workspace, one) for one in page}
        with workspace.store.transaction() as session:
            predictions.set_measures(session, checkpoint_id, values)
        done += len(page)


def _values(workspace: Workspace, one: PredictionRecord) -> tuple[float, float]:
    """Return usefulness and confidence."""
    assert one.probability_sha256 is not None  # the query asks for those only
    try:
        seep = read_mask(workspace, one.probability_sha256).astype(np.float32) / np.float32(255)
        useful = usefulness(seep, np.ones(seep.shape, np.bool_))
        return useful, confidence(seep, read_mask(workspace, one.mask_sha256))
    except (MaskError, StorageError):  # opening the tile tells of it; others must be predicted all the same
        return 0.0, 0.0
