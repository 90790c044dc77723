"""Stored masks: of revisions, predictions and drafts."""

from seep.core.mask import Mask, decode_mask
from seep.errors import MissingError
from seep.store import predictions, revisions
from seep.workflow.workspace import MASK_SUFFIX, Workspace


def read_mask(workspace: Workspace, sha256: str) -> Mask:
    """Read a stored mask, (H, W) uint8.

    Raises:
        StorageError: its file is gone or damaged.
    """
    return decode_mask(workspace.store.files.read(sha256, MASK_SUFFIX))


def revision_mask(workspace: Workspace, revision_id: int) -> Mask:
    """Return the mask of a revision, (H, W) uint8.

    Raises:
        MissingError: there is no such revision.
        StorageError: its file is gone or damaged.
    """
    with workspace.store.reading() as session:
        revision = revisions.get_revision(session, revision_id)
    return read_mask(workspace, revision.mask_sha256)


def prediction_mask(workspace: Workspace, prediction_id: int) -> Mask:
    """Return the mask of a prediction, (H, W) uint8; errors as `revision_mask`."""
    with workspace.store.reading() as session:
        prediction = predictions.get_prediction(session, prediction_id)
    return read_mask(workspace, prediction.mask_sha256)


def prediction_probability(workspace: Workspace, prediction_id: int) -> Mask:
    """Return the seep probability of a prediction, (H, W) uint8: 0 is 0.0, 255 is 1.0."""
    with workspace.store.reading() as session:
        prediction = predictions.get_prediction(session, prediction_id)
    if prediction.probability_sha256 is None:
        raise MissingError(f"Prediction {prediction_id} kept no probability.")
    return read_mask(workspace, prediction.probability_sha256)


def draft_mask(workspace: Workspace, tile_id: int, author: str) -> Mask:
    """Return the draft that this author has on a tile, (H, W) uint8.

    Raises:
        MissingError: there is none.
    """
    with workspace.store.reading() as session:
        draft = revisions.get_draft(session, tile_id, author)
    if draft is None:
        raise MissingError(f"{author} has no draft on tile {tile_id}.")
    return read_mask(workspace, draft.mask_sha256)
