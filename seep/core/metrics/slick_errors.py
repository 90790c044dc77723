"""False-alarm area by the width of predicted slicks, and precision and recall of slicks.

The width of a slick is the radius of its largest inscribed circle, in pixels. Wide false slicks are typically areas of
low wind.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.masks.components import slicks
from seep.core.masks.mask import Mask
from seep.core.masks.wide_slicks import WIDE_RADIUS_PX, inscribed_radii
from seep.core.metrics.average_precision import ANY_CLASS, THRESHOLDS, Matches
from seep.core.metrics.confusion import BoolImage, counted_pixels

RADIUS_BOUNDS_PX = (8.0, WIDE_RADIUS_PX)
"""Predicted slicks are counted as narrow (under 8 px), medium (8 to 20 px) or wide (over 20 px)."""
WIDTHS = ("narrow", "medium", "wide")
IOU_THRESHOLD = 0.5
"""A predicted slick counts as correct from this IoU with a true slick; the same as for AP50."""


@dataclass
class SlickErrors:
    """Counts of false area; tiles are added one at a time.

    Attributes:
        false_px: (3,) false pixels of narrow, medium and wide predicted slicks.
        valid_px: number of counted pixels.
        mostly_false_tiles: number of tiles with more false than correct seep pixels.
        wide_count: number of wide predicted slicks, which are a question to the analyst.
        wide_px: their pixels, true and false.
    """

    false_px: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(WIDTHS), np.int64))
    valid_px: int = 0
    mostly_false_tiles: int = 0
    wide_count: int = 0
    wide_px: int = 0

    def add(self, truth: Mask, prediction: Mask, valid: BoolImage | None = None) -> None:
        """Count a tile.

        Args:
            truth: (H, W) uint8 class ids; UNSURE pixels are not counted.
            prediction: (H, W) uint8 class ids.
            valid: (H, W) bool, the pixels that count; None for all.
        """
        counted = counted_pixels(truth, valid)
        predicted = (prediction > 0) & counted
        false = predicted & (truth == 0)
        self.valid_px += int(np.count_nonzero(counted))
        if not predicted.any():
            return
        false_px = int(np.count_nonzero(false))
        self.mostly_false_tiles += int(false_px > np.count_nonzero(predicted & ~false))
        labels, found = slicks(predicted.astype(np.uint8))
        radii = inscribed_radii(labels, len(found))
        areas = np.bincount(labels[false], minlength=len(found) + 1)[1:]
        widths = np.searchsorted(RADIUS_BOUNDS_PX, radii, side="left")
        self.false_px += np.bincount(widths, areas, len(WIDTHS)).astype(np.int64)
        wide = [one.area_px for one, width in zip(found, widths, strict=True) if WIDTHS[width] == "wide"]
        self.wide_count += len(wide)
        self.wide_px += sum(wide)

    def to_dict(self, matches: Iterable[Matches]) -> dict[str, Any]:
        """Return the errors as JSON values.

        Args:
            matches: of the same tiles, see `seep.core.metrics.average_precision.match_tile`.

        Returns:
            `false_px_per_mpx`: false pixels per megapixel of valid pixels by `WIDTHS` and "all", None without
            valid pixels; `mostly_false_tiles`; `slick_precision` and `slick_recall` regardless of class at
            `IOU_THRESHOLD`, None without predicted or true slicks.
        """
        megapixels = self.valid_px / 1e6
        rates = [float(one / megapixels) if megapixels else None for one in self.false_px]
        total = float(self.false_px.sum() / megapixels) if megapixels else None
        objects = [one for one in matches if one.class_id == ANY_CLASS]
        hits = sum(int(one.hits[THRESHOLDS.index(IOU_THRESHOLD)].sum()) for one in objects)
        predicted, true = sum(one.scores.size for one in objects), sum(one.true_count for one in objects)
        return {
            "false_px_per_mpx": dict(zip(WIDTHS, rates, strict=True)) | {"all": total},
            "mostly_false_tiles": int(self.mostly_false_tiles),
            "slick_precision": hits / predicted if predicted else None,
            "slick_recall": hits / true if true else None,
            "wide_areas": {
                "count": self.wide_count,
                "predicted_px": self.wide_px,
                "true_px": self.wide_px - int(self.false_px[WIDTHS.index("wide")]),
            },
        }
