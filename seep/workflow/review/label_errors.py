"""Possible label errors: reviewed tiles whose mask the active model contradicts with high confidence."""

from collections.abc import Sequence

import numpy as np

from seep.core.acquisition import contradiction
from seep.core.masks.mask import UNSURE
from seep.errors import MaskError, StorageError
from seep.store import label_errors
from seep.store.label_errors import MaskPair
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace

MIN_CONTRADICTION = 0.2
"""Smaller contradictions are edges of slicks and are not listed."""

_PAGE = 200


def measure(workspace: Workspace) -> int:
    """Compare every reviewed tile with the active model's prediction.

    Left out are masks that were accepted while this prediction was shown, confirmed masks, and tiles with a
    missing or damaged mask.

    Returns:
        The number of possible label errors.
    """
    after = 0
    while True:
        with workspace.store.reading() as session:
            page = label_errors.pairs_to_compare(session, after, _PAGE)
        if not page:
            break
        values = {one: _contradiction(workspace, one) for one in page}
        with workspace.store.transaction() as session:
            label_errors.set_disagreements(session, values)
        after = page[-1].tile_id
    return count_label_errors(workspace)


@requires("reviewer", "confirm masks")
def confirm(workspace: Workspace, tile_ids: Sequence[int], actor: Actor) -> int:
    """Confirm the masks of tiles: they leave the list until their mask changes.

    Returns:
        The number of tiles that left the list.
    """
    with workspace.store.transaction() as session:
        return label_errors.confirm(session, tile_ids, actor.name)


@cached_until_commit
def count_label_errors(workspace: Workspace) -> int:
    """Return the number of possible label errors."""
    with workspace.store.reading() as session:
        return label_errors.count(session)


@cached_until_commit
def count_compared(workspace: Workspace) -> int:
    """Return the number of reviewed tiles that are compared with a prediction that their author had not seen."""
    with workspace.store.reading() as session:
        return label_errors.count_comparable(session)


def _contradiction(workspace: Workspace, one: MaskPair) -> float | None:
    hashes = (one.probability_sha256, one.prediction_sha256, one.mask_sha256)
    try:
        seep, predicted, accepted = (read_mask(workspace, sha256) for sha256 in hashes)
    except (MaskError, StorageError):  # opening the tile reports it
        return None
    probability = seep.astype(np.float32) / np.float32(255)
    value = contradiction(probability, predicted, accepted, accepted != UNSURE)
    return value if value >= MIN_CONTRADICTION else None
