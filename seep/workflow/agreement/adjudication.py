"""Adjudication: choose which mask of a pair becomes ground truth, and pictures of both to choose by."""

from dataclasses import dataclass

import numpy as np

from seep.core.image.arrays import displayed_bands
from seep.core.masks.mask import Mask
from seep.core.masks.thumbnail import thumbnail as draw_thumbnail
from seep.core.records import ADJUDICATIONS
from seep.errors import ConflictError, MissingError, SettingsError
from seep.store import classes, revisions, scenes
from seep.store.review import second_masks
from seep.store.review.second_masks import MaskPair
from seep.workflow.actor import Actor, requires
from seep.workflow.review.revisions import SaveResult, save_mask
from seep.workflow.review.second_masks import BLIND, is_blind
from seep.workflow.tile_data import read_mask, read_pixels
from seep.workflow.workspace import Workspace

BOTH, ONLY_FIRST, ONLY_SECOND, OTHER_CLASS = 1, 2, 3, 4
DIFFERENCE_COLORS = {BOTH: "#9a9a9a", ONLY_FIRST: "#3f8fff", ONLY_SECOND: "#ff9a1f", OTHER_CLASS: "#c65bd6"}
"""Colors of the picture of the difference, by pixel value."""


@dataclass(frozen=True)
class PairPictures:
    """JPEGs of a tile under the first mask, under the second one, and of the difference of both."""

    first: bytes
    second: bytes
    difference: bytes


@requires("reviewer", "adjudicate masks")
def adjudicate(
    workspace: Workspace, second_mask_id: int, choice: str, actor: Actor, *, shown_head_id: int | None
) -> SaveResult:
    """Make a mask of a pair the ground truth of its tile, as a new accepted revision.

    Both masks stay in the history of the tile, and the activity log names the choice. A third mask is drawn on Review.

    Args:
        choice: "first", "second", or "both": seep of either mask, with the class of the first where both have seep.
        shown_head_id: newest revision of the tile (`MaskPair.head_id`) when the actor saw the pair.

    Raises:
        SettingsError: an unknown choice, the tile has been changed since, or the actor draws a second mask of it.
        ConflictError: another mask was chosen after the actor saw the pair; nothing changed.
        MissingError: there is no such finished second mask.
        StorageError: a mask is gone or damaged.
    """
    if choice not in ADJUDICATIONS:
        raise SettingsError(f"There is no adjudication {choice!r}; use one of {', '.join(ADJUDICATIONS)}.")
    pair = find_pair(workspace, second_mask_id)
    if is_blind(workspace, pair.tile_id, actor):
        raise SettingsError(BLIND)
    if pair.is_changed:
        raise SettingsError(
            f"{pair.head_author or 'Somebody'} has changed {pair.tile} since both masks were drawn. Open it in Review."
        )
    if pair.head_id != shown_head_id:
        raise _conflict(workspace, pair)
    first, second = read_mask(workspace, pair.first_sha256), read_mask(workspace, pair.second_sha256)
    return save_mask(
        workspace,
        pair.tile_id,
        {"first": first, "second": second, "both": np.where(first > 0, first, second)}[choice],
        "accept",
        actor=actor,
        base_revision_id=shown_head_id,
        request_id=f"adjudicate-{pair.id}-{choice}-{pair.head_id}",
        confirmed=True,
        record=lambda session, revision_id: second_masks.adjudicate(
            session, pair.id, choice, revision_id, actor.name
        ),
    )


def _conflict(workspace: Workspace, pair: MaskPair) -> ConflictError:
    with workspace.store.reading() as session:
        head = revisions.get_revision(session, pair.head_id or pair.first_id)
    chosen = pair.adjudication if pair.head_id == pair.adjudicated_id else "first"
    author = pair.adjudicated_by if pair.head_id == pair.adjudicated_id else head.author
    return ConflictError(
        f"Another tab changed {pair.tile} after this page showed it: {author} chose {chosen!r} for its ground truth. "
        "Nothing was changed. Choose again to replace that choice.",
        revision_id=head.id,
        author=head.author,
        created_at=head.created_at,
    )


def find_pair(workspace: Workspace, second_mask_id: int) -> MaskPair:
    """Return a finished second mask with its first mask.

    Raises:
        MissingError: there is none.
    """
    with workspace.store.reading() as session:
        found = [pair for pair in second_masks.pairs(session) if pair.id == second_mask_id]
    if not found:
        raise MissingError(f"There is no finished second mask {second_mask_id}. Reload the page.")
    return found[0]


def difference(first: Mask, second: Mask) -> Mask:
    """Return where two masks differ: `BOTH`, `ONLY_FIRST`, `ONLY_SECOND`, `OTHER_CLASS`, or 0, uint8 (H, W)."""
    found = np.zeros(first.shape, np.uint8)
    found[(first > 0) & (second > 0)] = OTHER_CLASS
    found[(first > 0) & (first == second)] = BOTH
    found[(first > 0) & (second == 0)] = ONLY_FIRST
    found[(first == 0) & (second > 0)] = ONLY_SECOND
    return found


def pair_pictures(workspace: Workspace, pair: MaskPair, size_px: int = 512) -> PairPictures:
    """Draw a tile under both masks and their difference.

    Raises:
        ImageError: the image cannot be read.
        StorageError: a mask is gone or damaged.
    """
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, pair.tile_id)
        statistics = scenes.get_scene(session, tile.scene_id).statistics
        colors = {seep_class.id: seep_class.color for seep_class in classes.list_classes(session)}
    image = read_pixels(workspace, tile)
    shown = displayed_bands(tile.bands)
    limits = tuple(zip(statistics["low"][:shown], statistics["high"][:shown], strict=True))
    first, second = read_mask(workspace, pair.first_sha256), read_mask(workspace, pair.second_sha256)

    def drawn(mask: Mask, of: dict[int, str]) -> bytes:
        return draw_thumbnail(image, mask, tile.nodata, limits=limits, colors=of, size_px=size_px)

    return PairPictures(
        drawn(first, colors), drawn(second, colors), drawn(difference(first, second), DIFFERENCE_COLORS)
    )
