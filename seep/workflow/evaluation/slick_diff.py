"""Slicks that differ between the predictions of two checkpoints, on scenes that are never trained on."""

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.orm import Session

from seep.core.masks.mask import decode_mask
from seep.core.masks.slick_diff import Change, changes
from seep.core.records import PredictionRecord, TileFilter
from seep.errors import MaskError, StorageError
from seep.store import checkpoints, predictions, tile_queries
from seep.store.files.blobs import Blobs
from seep.workflow.labels import labeled_tiles
from seep.workflow.workspace import MASK_SUFFIX, Workspace

MIN_AREA_PX = 10
"""Smaller differences are not listed: the edge of every slick moves a little."""


@dataclass(frozen=True)
class SlickChange:
    """A slick that two checkpoints predict differently.

    Attributes:
        tile_id, tile_name, scene, tile_width, tile_height: the tile, sides in pixels.
        kind: "gained", "lost" or "changed".
        area_px: number of pixels that differ.
        box: (x, y, width, height) in the tile, pixels.
        old_class, new_class: class ids; 0 for none.
        improved: whether the new prediction is closer to the mask; None without a mask or if even.
        old_prediction, new_prediction: ids.
        truth_revision: id of the tile's mask; None if it has none.
    """

    tile_id: int
    tile_name: str
    scene: str
    tile_width: int
    tile_height: int
    kind: str
    area_px: int
    box: tuple[int, int, int, int]
    old_class: int
    new_class: int
    improved: bool | None
    old_prediction: int
    new_prediction: int
    truth_revision: int | None


def slick_changes(workspace: Workspace, old_id: int, new_id: int, split: str = "test") -> list[SlickChange]:
    """List the slicks that two checkpoints predict differently, largest difference first.

    Only tiles that both have predicted are compared; see `count_compared_tiles`. Nothing is predicted here.
    A tile whose mask files are missing or damaged is skipped.

    Args:
        old_id: the checkpoint to compare with.
        new_id: the other.
        split: "validation" or "test".

    Raises:
        MissingError: there is no such checkpoint.
    """
    truths = {one.tile.id: one.revision for one in labeled_tiles(workspace, split)}
    with workspace.store.reading() as session:
        pairs = _pairs(session, old_id, new_id, split)
        tiles = {
            tile.id: tile for tile in tile_queries.list_tiles(session, TileFilter(split=split), "name", None)
        }
    found: list[SlickChange] = []
    for old, new in pairs:
        truth, tile = truths.get(old.tile_id), tiles[old.tile_id]
        sha256 = truth.mask_sha256 if truth else None
        with suppress(StorageError, MaskError):
            found += [
                SlickChange(
                    tile_id=tile.id,
                    tile_name=tile.name,
                    scene=tile.scene,
                    tile_width=tile.width,
                    tile_height=tile.height,
                    kind=change.kind,
                    area_px=change.area_px,
                    box=(change.x, change.y, change.width, change.height),
                    old_class=change.old_class,
                    new_class=change.new_class,
                    improved=change.right,
                    old_prediction=old.id,
                    new_prediction=new.id,
                    truth_revision=truth.id if truth else None,
                )
                for change in _changes(workspace.store.files, old.mask_sha256, new.mask_sha256, sha256)
            ]
    return sorted(found, key=lambda one: (-one.area_px, one.tile_id))


def count_compared_tiles(
    workspace: Workspace, old_id: int, new_id: int, split: str = "test"
) -> tuple[int, int]:
    """Return how many tiles of a split both checkpoints have predicted, and how many the split has.

    Raises:
        MissingError: there is no such checkpoint.
    """
    with workspace.store.reading() as session:
        total = tile_queries.count_tiles(session, TileFilter(split=split))
        return len(_pairs(session, old_id, new_id, split)), total


def _pairs(
    session: Session, old_id: int, new_id: int, split: str
) -> list[tuple[PredictionRecord, PredictionRecord]]:
    for one in (old_id, new_id):
        checkpoints.get_checkpoint(session, one)
    old, new = (predictions.predictions_by(session, one, split) for one in (old_id, new_id))
    return [(old[tile_id], new[tile_id]) for tile_id in sorted(old.keys() & new.keys())]


@lru_cache(maxsize=8192)
def _changes(files: Blobs, old: str, new: str, truth: str | None) -> tuple[Change, ...]:
    """Compare masks by their hashes; cached, since a page asks for all of a split at each click."""
    if old == new:
        return ()
    masks = [decode_mask(files.read(one, MASK_SUFFIX)) for one in (old, new, truth) if one is not None]
    return tuple(change for change in changes(*masks) if change.area_px >= MIN_AREA_PX)
