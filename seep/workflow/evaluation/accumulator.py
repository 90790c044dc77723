"""What an evaluation collects beside its figures: curves, slicks by class, the worst tiles as pictures."""

import base64
import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seep.core.image.arrays import BoolImage, Image, percentile_limits, thumbnail, valid_pixels
from seep.core.masks.classes import default_classes
from seep.core.masks.components import slicks
from seep.core.masks.mask import UNSURE, Mask
from seep.core.metrics.curves import Curves

WORST = 12
LEAST_PX = 50
"""Tiles with less seep in truth and prediction together are not ranked: a few pixels decide their IoU."""
PICTURE_PX = 256


@dataclass
class Tally:
    """Everything beside the figures; tiles are added one at a time.

    Attributes:
        class_count: with background.
        curves: see `seep.core.metrics.curves`.
        true_slicks: number of slicks in the truth by class.
        found_slicks: number of slicks in the predictions by class.
    """

    class_count: int
    curves: Curves = field(init=False)
    true_slicks: Counter[int] = field(default_factory=Counter)
    found_slicks: Counter[int] = field(default_factory=Counter)
    _worst: list[tuple[float, int, dict[str, Any]]] = field(default_factory=list)
    _added: int = 0

    def __post_init__(self) -> None:
        self.curves = Curves(self.class_count)

    def add(  # noqa: PLR0917 - one call site, every value named there
        self,
        name: str,
        image: Image,
        nodata: float | None,
        truth: Mask,
        prediction: Mask,
        probabilities: Any,
        valid: BoolImage,
    ) -> None:
        """Count a tile; shapes as in `Curves.add`, with the image (H, W) or (H, W, bands)."""
        counted = valid & (truth != UNSURE)
        self.curves.add(truth, probabilities, prediction, valid)
        for mask, counter in ((truth, self.true_slicks), (prediction, self.found_slicks)):
            counter.update(slick.class_id for slick in slicks(np.where(counted, mask, 0).astype(np.uint8))[1])
        held, called = (truth > 0) & counted, (prediction > 0) & counted
        union = int(np.count_nonzero(held | called))
        self._added += 1
        if union < LEAST_PX:
            return
        iou = np.count_nonzero(held & called) / union
        # A heap of the worst so far: its first is the best of them, which the next worse one drives out.
        if len(self._worst) < WORST or -iou > self._worst[0][0]:
            row = {"name": name, "binary_iou": iou, "pictures": _pictures(image, nodata, truth, prediction)}
            heapq.heappush(self._worst, (-iou, -self._added, row))
            if len(self._worst) > WORST:
                heapq.heappop(self._worst)

    def worst(self) -> list[dict[str, Any]]:
        """The worst tiles first: {"name", "binary_iou", "pictures": three JPEG data addresses}."""
        return [row for _, _, row in sorted(self._worst, key=lambda one: one[:2], reverse=True)]

    def to_dict(self) -> dict[str, Any]:
        """Plain values without the pictures: "curves" and "slicks" ({"true", "found"} by class, from 1)."""
        ids = range(1, self.class_count)
        return {
            "curves": self.curves.to_dict(),
            "slicks": {
                "true": [self.true_slicks[one] for one in ids],
                "found": [self.found_slicks[one] for one in ids],
            },
        }


def _pictures(image: Image, nodata: float | None, truth: Mask, prediction: Mask) -> list[str]:
    """The tile as it is, with the truth, and with the prediction over it."""
    limits = percentile_limits(image, valid_pixels(image, nodata))
    highest = max(1, *(int(mask.max(where=mask != UNSURE, initial=0)) for mask in (truth, prediction)))
    colors = {one.id: one.color for one in default_classes(highest + 1) if one.id}
    drawn = [thumbnail(image, mask, nodata, limits, colors, PICTURE_PX) for mask in (None, truth, prediction)]
    return [f"data:image/jpeg;base64,{base64.b64encode(data).decode()}" for data in drawn]
