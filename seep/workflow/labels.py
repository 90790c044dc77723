"""Labeled tiles: those with an imported, accepted or corrected mask, which training and evaluation use."""

from collections.abc import Iterable
from dataclasses import dataclass

from seep.core.masks.mask import Mask, decode_mask
from seep.core.records import RevisionRecord, TileFilter, TileRecord
from seep.errors import MaskError, StorageError
from seep.store import revisions, runs, tile_queries
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.workspace import MASK_SUFFIX, Workspace

EXCLUDED_STATES = ("rejected", "flagged")
"""States in which a tile is not used, even if its mask was imported."""

MIN_CORRECTIONS = 10
"""Minimum number of reviewed tiles for which Overview suggests a fine-tuning."""


@dataclass(frozen=True)
class LabeledTile:
    """A tile and the revision whose mask is its label."""

    tile: TileRecord
    revision: RevisionRecord


@dataclass(frozen=True)
class TrainingProgress:
    """Reviewed tiles of training scenes that no run has used, and how many a run should have."""

    reviewed: int
    needed: int


@cached_until_commit
def training_progress(workspace: Workspace) -> TrainingProgress:
    """Count the reviewed tiles for the next fine-tuning."""
    with workspace.store.reading() as session:
        return TrainingProgress(len(runs.revisions_since_last_run(session)), MIN_CORRECTIONS)


@cached_until_commit
def labeled_tiles(workspace: Workspace, split: str) -> list[LabeledTile]:
    """List the labeled tiles of a split: those with an imported, accepted or corrected mask."""
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, TileFilter(split=split), order="name", limit=None)
        found = revisions.ground_truth(session, [tile.id for tile in tiles])
    return [
        LabeledTile(tile, found[tile.id])
        for tile in tiles
        if tile.id in found and tile.state not in EXCLUDED_STATES
    ]


def revision_tiles(workspace: Workspace, revision_ids: Iterable[int]) -> list[LabeledTile]:
    """Return revisions with their tiles; those of deleted tiles are left out."""
    with workspace.store.reading() as session:
        found = revisions.existing_revisions(session, list(revision_ids))
        ids = [revision.tile_id for revision in found]
        tiles = {tile.id: tile for tile in tile_queries.tiles_by_id(session, ids)}
    return [LabeledTile(tiles[one.tile_id], one) for one in found if one.tile_id in tiles]


def read_label(workspace: Workspace, one: LabeledTile) -> Mask:
    """Read the mask of a labeled tile: class ids, uint8 (H, W).

    Raises:
        StorageError, MaskError: its file is missing or damaged; the message names the tile and the remedy.
    """
    try:
        return decode_mask(workspace.store.files.read(one.revision.mask_sha256, MASK_SUFFIX))
    except (StorageError, MaskError) as error:
        raise type(error)(
            f"The mask of {one.tile.name} could not be read: {error} Flag the tile to exclude it, or save a "
            "new mask on the Review page."
        ) from error
