"""Label errors: reviewed tiles that a sure model contradicts, for a second look."""

from collections.abc import Sequence

import numpy as np

from seep.core.mask import UNSURE
from seep.core.ordering import contradiction
from seep.store import second_look
from seep.store.second_look import Compared
from seep.workflow.masks import read_mask
from seep.workflow.workspace import Workspace

LEAST = 0.2
"""A contradiction below this is the rim of a slick, not its absence, and nobody is asked."""

_PAGE = 200


def measure(workspace: Workspace) -> int:
    """Compare every reviewed tile with the active model's prediction, where its reviewer had not seen it.

    Masks that were accepted with this very prediction in sight are a decision already, so they are left out,
    as are masks that somebody has confirmed.

    Returns:
        How many tiles wait for a second look now.

    Raises:
        StorageError: a mask is gone or damaged.
    """
    after = 0
    while True:
        with workspace.store.reading() as session:
            page = second_look.to_compare(session, after, _PAGE)
        if not page:
            break
        values = {one: _value(workspace, one) for one in page}
        with workspace.store.transaction() as session:
            second_look.set_values(session, values)
        after = page[-1].tile_id
    return waiting(workspace)


def confirm(workspace: Workspace, tile_ids: Sequence[int], author: str) -> int:
    """Say that the masks of tiles are right: they leave the list until their mask changes.

    Returns:
        How many left the list.
    """
    with workspace.store.transaction() as session:
        return second_look.confirm(session, tile_ids, author)


def waiting(workspace: Workspace) -> int:
    """Return how many tiles wait for a second look."""
    with workspace.store.reading() as session:
        return second_look.count(session)


def _value(workspace: Workspace, one: Compared) -> float | None:
    accepted = read_mask(workspace, one.mask_sha256)
    seep = read_mask(workspace, one.probability_sha256).astype(np.float32) / np.float32(255)
    value = contradiction(seep, read_mask(workspace, one.prediction_sha256), accepted, accepted != UNSURE)
    return value if value >= LEAST else None
