"""Widths of labeled slicks: what fine-tuning ignores, and the first width of the drawing tools."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import cv2
import numpy as np
from cachetools import LRUCache, cached

from seep.core.masks.mask import UNSURE
from seep.core.masks.slick_shape import measure_shape
from seep.core.masks.wide_slicks import MOST_IGNORED, without_wide_slicks
from seep.core.text import percent
from seep.errors import MaskError, StorageError
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.labels import LabeledTile, labeled_tiles, read_label, revision_tiles
from seep.workflow.training.presets import IGNORE_ABOVE_RADIUS_PX
from seep.workflow.training.selection import chosen_revisions
from seep.workflow.workspace import Workspace

SAMPLED_TILES = 50
"""Reviewed tiles from which Review estimates the choice: enough to tell seas apart, read in under a second."""

MEASURED_TILES = 16
"""Labeled tiles from which Review estimates the width of slicks: measured in under a second."""


@dataclass(frozen=True)
class RadiusChoice:
    """The radius above which a run ignores true slicks, chosen from its tiles.

    Attributes:
        radius_px: inscribed radius; 0 if no slick is ignored.
        wide_share: of the seep pixels in slicks above `IGNORE_ABOVE_RADIUS_PX`, 0 to 1.
    """

    radius_px: int
    wide_share: float

    @property
    def sentence(self) -> str:
        """What was chosen and why, in one sentence."""
        share, radius = percent(self.wide_share), f"{IGNORE_ABOVE_RADIUS_PX} px radius"
        if not self.radius_px:
            return f"No slick is ignored: {share} of the seep pixels are in slicks above {radius}, more than half."
        return f"Slicks above {radius} are ignored: {share} of the seep pixels, not more than half."


def choose_radius(workspace: Workspace, tiles: Sequence[LabeledTile]) -> RadiusChoice:
    """Choose the radius for tiles to train on: 0 if most of their seep pixels are in wide slicks.

    Args:
        workspace: of the tiles.
        tiles: corrected tiles of a run. Those with an unreadable mask are left out.
    """
    seep_px = wide_px = 0
    for tile in tiles:
        try:
            found = _areas(workspace, tile)
        except (StorageError, MaskError):
            continue
        seep_px, wide_px = seep_px + found[0], wide_px + found[1]
    share = wide_px / seep_px if seep_px else 0.0
    return RadiusChoice(0 if share > MOST_IGNORED else IGNORE_ABOVE_RADIUS_PX, share)


def likely_radius(workspace: Workspace) -> int:
    """Estimate the radius that the next run chooses, from at most `SAMPLED_TILES` reviewed tiles of training scenes.

    They are spread evenly over the tiles that are new to the model, or over all reviewed tiles if none is new.

    Returns:
        Inscribed radius, pixels; 0 if no slick is ignored.
    """
    ids = chosen_revisions(workspace, "new") or chosen_revisions(workspace, "all")
    step = -(-len(ids) // SAMPLED_TILES) or 1
    return choose_radius(workspace, revision_tiles(workspace, ids[::step])).radius_px


@cached_until_commit
def typical_width(workspace: Workspace) -> int:
    """Return the median width of the slicks in at most `MEASURED_TILES` labeled tiles of training scenes.

    The tiles are spread evenly. Each width counts as often as the slick is long. Unreadable masks are left out.

    Returns:
        Width across the center line, pixels, from 1; 0 without slicks.
    """
    tiles = labeled_tiles(workspace, "train")
    found = []
    for tile in tiles[:: -(-len(tiles) // MEASURED_TILES) or 1]:
        try:
            found += _widths(workspace, tile)
        except (StorageError, MaskError):
            continue
    if not found:
        return 0
    widths, lengths = np.array(sorted(found)).T
    middle = np.searchsorted(np.cumsum(lengths), lengths.sum() / 2)
    return max(1, round(float(widths[middle])))


@cached(LRUCache(16_384), lock=Lock(), key=lambda _workspace, one: one.revision.mask_sha256)
def _widths(workspace: Workspace, one: LabeledTile) -> list[tuple[float, float]]:
    """Return the width and the length of each slick in a mask, pixels."""
    mask = read_label(workspace, one)
    seep = ((mask > 0) & (mask != UNSURE)).astype(np.uint8)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(seep, connectivity=8)
    shapes = [
        measure_shape(labels[y : y + height, x : x + width] == number)
        for number, (x, y, width, height, _) in enumerate(boxes[1:], start=1)
    ]
    return [(shape.width_px, shape.length_px) for shape in shapes]


@cached(LRUCache(16_384), lock=Lock(), key=lambda _workspace, one: one.revision.mask_sha256)
def _areas(workspace: Workspace, one: LabeledTile) -> tuple[int, int]:
    """Return the pixels of all slicks and of the wide ones in a mask."""
    mask = read_label(workspace, one)
    narrow = without_wide_slicks(mask, IGNORE_ABOVE_RADIUS_PX)
    seep, left = (int(np.count_nonzero((some > 0) & (some != UNSURE))) for some in (mask, narrow))
    return seep, seep - left
