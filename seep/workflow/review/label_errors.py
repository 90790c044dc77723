"""Label errors: reviewed tiles that a sure model contradicts, for a second look."""

from collections.abc import Sequence

import numpy as np

from seep.core.acquisition import contradiction
from seep.core.masks.mask import UNSURE
from seep.errors import MaskError, StorageError
from seep.store import label_errors
from seep.store.label_errors import Compared
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace

LEAST = 0.2
"""A contradiction below this is the rim of a slick, not its absence, and nobody is asked."""

_PAGE = 200


def measure(workspace: Workspace) -> int:
    """Compare every reviewed tile with the active model's prediction, where its reviewer had not seen it.

    Masks that were accepted with this very prediction in sight are a decision already, so they are left out,
    as are masks that somebody has confirmed, and tiles of which a mask is gone or damaged.

    Returns:
        How many tiles wait for a second look now.
    """
    after = 0
    while True:
        with workspace.store.reading() as session:
            page = label_errors.to_compare(session, after, _PAGE)
        if not page:
            break
        values = {one: _value(workspace, one) for one in page}
        with workspace.store.transaction() as session:
            label_errors.set_values(session, values)
        after = page[-1].tile_id
    return waiting(workspace)


def confirm(workspace: Workspace, tile_ids: Sequence[int], author: str) -> int:
    """Say that the masks of tiles are right: they leave the list until their mask changes.

    Returns:
        How many left the list.
    """
    with workspace.store.transaction() as session:
        return label_errors.confirm(session, tile_ids, author)


def waiting(workspace: Workspace) -> int:
    """Return how many tiles wait for a second look."""
    with workspace.store.reading() as session:
        return label_errors.count(session)


def _value(workspace: Workspace, one: Compared) -> float | None:
    named = (one.probability_sha256, one.prediction_sha256, one.mask_sha256)
    try:
        seep, predicted, accepted = (read_mask(workspace, sha256) for sha256 in named)
    except (MaskError, StorageError):  # opening the tile tells of it; the others are compared all the same
        return None
    share = seep.astype(np.float32) / np.float32(255)
    value = contradiction(share, predicted, accepted, accepted != UNSURE)
    return value if value >= LEAST else None
