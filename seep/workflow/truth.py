"""Tiles whose mask counts as truth: what training, replay and comparison are made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seep.core.grid import Window
from seep.core.mask import Mask, decode_mask
from seep.core.normalise import Statistics
from seep.errors import MaskError, StorageError
from seep.store import listing, revisions, scenes
from seep.store.records import RevisionRecord, TileFilter, TileRecord
from seep.workflow.pixels import read_pixels
from seep.workflow.workspace import MASK_SUFFIX, Workspace

if TYPE_CHECKING:
    from seep.engine.dataset import TrainingTile

DOUBTFUL = ("rejected", "flagged")
"""States in which even an imported mask is not taken for truth."""


@dataclass(frozen=True)
class TruthTile:
    """A tile and the revision whose mask counts as its truth."""

    tile: TileRecord
    revision: RevisionRecord


def truth_tiles(workspace: Workspace, split: str) -> list[TruthTile]:
    """List the tiles of a split that have truth: an imported mask, or one that was accepted or corrected."""
    with workspace.store.reading() as session:
        tiles = scenes.list_tiles(session, TileFilter(split=split), order="name", limit=None)
        found = revisions.truths(session, [tile.id for tile in tiles])
    return [
        TruthTile(tile, found[tile.id]) for tile in tiles if tile.id in found and tile.state not in DOUBTFUL
    ]


def replay_tiles(workspace: Workspace, corrected: set[int]) -> list[TruthTile]:
    """List what a fine-tuning replays: tiles of training scenes with truth, besides those it corrects.

    Args:
        workspace: where from.
        corrected: ids of the tiles that are trained on as corrected.
    """
    return [one for one in truth_tiles(workspace, "train") if one.tile.id not in corrected]


def revision_tiles(workspace: Workspace, revision_ids: Iterable[int]) -> list[TruthTile]:
    """Look up revisions with their tiles.

    Raises:
        MissingError: there is no such revision.
    """
    with workspace.store.reading() as session:
        found = revisions.revisions_by_id(session, list(revision_ids))
        ids = [revision.tile_id for revision in found]
        tiles = {tile.id: tile for tile in listing.tiles_by_id(session, ids)}
    return [TruthTile(tiles[revision.tile_id], revision) for revision in found]


def read_truth(workspace: Workspace, one: TruthTile) -> Mask:
    """Read the mask of a truth tile, (H, W) uint8.

    Raises:
        StorageError: its file is gone or damaged; the message names the tile and what can be done.
    """
    try:
        return decode_mask(workspace.store.files.read(one.revision.mask_sha256, MASK_SUFFIX))
    except (StorageError, MaskError) as error:
        raise type(error)(
            f"The mask of {one.tile.name} cannot be used: {error} Until then flag the tile, which leaves it "
            "out, or save a new mask on Review."
        ) from error


def training_tiles(
    workspace: Workspace,
    tiles: Iterable[TruthTile],
    *,
    corrected: bool,
    windows: Mapping[int, Sequence[Window]] | None = None,
) -> "list[TrainingTile]":
    """Read images and masks for the engine.

    Args:
        workspace: where from.
        tiles: which ones.
        corrected: whether they are what the training is for; else they are replayed, or validate.
        windows: by revision, the parts of its tile to take, each as a tile of its own; None for whole tiles.

    Raises:
        ImageError: an image is gone or damaged; the message names the file.
        StorageError: a mask is gone or damaged.
    """
    from seep.engine.dataset import TrainingTile

    with workspace.store.reading() as session:
        statistics = {
            scene.id: Statistics.from_dict(scene.statistics) for scene in scenes.list_scenes(session)
        }
    found = []
    for one in tiles:
        image, mask = read_pixels(one.tile), read_truth(workspace, one)
        whole = [Window(0, 0, mask.shape[1], mask.shape[0])]
        for part in (windows or {}).get(one.revision.id, whole):
            place = (slice(part.y, part.y + part.height), slice(part.x, part.x + part.width))
            found.append(
                TrainingTile(
                    name=one.tile.name,
                    image=image[place],
                    mask=mask[place],
                    statistics=statistics[one.tile.scene_id],
                    nodata=one.tile.nodata,
                    corrected=corrected,
                )
            )
    return found
