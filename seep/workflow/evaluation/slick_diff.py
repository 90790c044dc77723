"""What one checkpoint predicts otherwise than another, slick by slick, on scenes that never trained."""

from contextlib import suppress
from functools import lru_cache
from typing import Any

from seep.core.masks.mask import decode_mask
from seep.core.masks.slick_diff import Change, changes
from seep.errors import MaskError, StorageError
from seep.store import checkpoints, predictions, scenes
from seep.store.blobs import FileStore
from seep.store.records import PredictionRecord, RevisionRecord, TileFilter, TileRecord
from seep.store.store import Session
from seep.workflow.training.dataset import labeled_tiles
from seep.workflow.workspace import MASK_SUFFIX, Workspace

LEAST_PX = 10
"""Differences of fewer pixels are not listed: the edge of every slick moves a little."""


def slick_changes(
    workspace: Workspace, old_id: int, new_id: int, split: str = "locked"
) -> list[dict[str, Any]]:
    """List slicks gained, lost and changed between what two checkpoints predict.

    Only tiles that both have predicted are looked at; see `tiles_of_both`. Nothing is predicted here.

    Args:
        workspace: where.
        old_id: the checkpoint to compare with.
        new_id: the other.
        split: of the scenes to look at, "validation" or "locked".

    Returns:
        Largest difference first, ready for JSON: {"tile_id", "name", "scene", "split", "width", "height" (of
        the tile), "kind" ("gained", "lost", "changed"), "area_px" (pixels that differ), "bbox" ([x, y,
        width, height] in the tile's pixels), "old_class", "new_class" (0 for none), "right" (whether the
        truth speaks for the new one; None where it is not known or even), "old_prediction",
        "new_prediction", "truth_revision" (ids; the last may be None)}.

    A tile whose masks are gone or damaged is left out.

    Raises:
        MissingError: there is no such checkpoint.
    """
    truths = {one.tile.id: one.revision for one in labeled_tiles(workspace, split)}
    with workspace.store.reading() as session:
        pairs = _pairs(session, old_id, new_id, split)
        tiles = {tile.id: tile for tile in scenes.list_tiles(session, TileFilter(split=split), "name", None)}
    rows: list[dict[str, Any]] = []
    for old, new in pairs:
        truth = truths.get(old.tile_id)
        sha256 = truth.mask_sha256 if truth else None
        with suppress(StorageError, MaskError):
            for one in _changes(workspace.store.files, old.mask_sha256, new.mask_sha256, sha256):
                rows.append(_row(tiles[old.tile_id], one) | _sources(old, new, truth))
    return sorted(rows, key=lambda row: (-int(row["area_px"]), int(row["tile_id"])))


def tiles_of_both(workspace: Workspace, old_id: int, new_id: int, split: str = "locked") -> tuple[int, int]:
    """Count the tiles of a split that both checkpoints have predicted, and all tiles of the split.

    Raises:
        MissingError: there is no such checkpoint.
    """
    with workspace.store.reading() as session:
        return len(_pairs(session, old_id, new_id, split)), scenes.count_tiles(
            session, TileFilter(split=split)
        )


def tiles_seen_otherwise(workspace: Workspace, old_id: int, new_id: int, split: str = "locked") -> int:
    """Count the tiles that an earlier version of Seep predicted for one of two checkpoints, and not for both.

    Earlier versions did not look at what lies around a tile, so a difference there may come from that.

    Raises:
        MissingError: there is no such checkpoint.
    """
    with workspace.store.reading() as session:
        last = predictions.last_earlier(session)
        pairs = _pairs(session, old_id, new_id, split) if last else []
    return sum((old.id <= last) != (new.id <= last) for old, new in pairs)


def _pairs(
    session: Session, old_id: int, new_id: int, split: str
) -> list[tuple[PredictionRecord, PredictionRecord]]:
    for one in (old_id, new_id):
        checkpoints.get_checkpoint(session, one)
    old, new = (predictions.predictions_by(session, one, split) for one in (old_id, new_id))
    return [(old[tile_id], new[tile_id]) for tile_id in sorted(old.keys() & new.keys())]


@lru_cache(maxsize=8192)
def _changes(files: FileStore, old: str, new: str, truth: str | None) -> tuple[Change, ...]:
    """Read and compare masks by their hashes; kept, since a page asks for all of a split at each click."""
    if old == new:
        return ()
    masks = [decode_mask(files.read(one, MASK_SUFFIX)) for one in (old, new, truth) if one is not None]
    return tuple(one for one in changes(*masks) if one.area_px >= LEAST_PX)


def _row(tile: TileRecord, one: Change) -> dict[str, Any]:
    return {
        "tile_id": tile.id,
        "name": tile.name,
        "scene": tile.scene,
        "split": tile.split,
        "width": tile.width,
        "height": tile.height,
        "kind": one.kind,
        "area_px": one.area_px,
        "bbox": [one.x, one.y, one.width, one.height],
        "old_class": one.old_class,
        "new_class": one.new_class,
        "right": one.right,
    }


def _sources(old: PredictionRecord, new: PredictionRecord, truth: RevisionRecord | None) -> dict[str, Any]:
    return {
        "old_prediction": old.id,
        "new_prediction": new.id,
        "truth_revision": truth.id if truth else None,
    }
