"""What an evaluation collects besides the confusion matrices: curves, slicks per class, the worst tiles."""

import base64
import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seep.core.image.arrays import BoolImage, Image, display_limits, valid_pixels
from seep.core.masks.classes import default_classes
from seep.core.masks.components import slicks
from seep.core.masks.mask import UNSURE, Mask
from seep.core.masks.thumbnail import thumbnail
from seep.core.metrics.curves import Curves

WORST_TILES = 12
MIN_UNION_PX = 50
"""Tiles with less seep in mask and prediction together are not ranked: a few pixels decide their IoU."""
PICTURE_PX = 256


@dataclass(frozen=True, eq=False)
class EvaluatedTile:
    """One tile with its mask and prediction.

    Attributes:
        name: of the tile.
        image: (H, W) or (H, W, bands).
        nodata: value of pixels without data; None for none.
        truth: (H, W) uint8 class ids; UNSURE is not counted.
        prediction: (H, W) uint8 class ids.
        probabilities: (classes, H, W), summing to 1.
        valid: (H, W) bool, pixels with data.
    """

    name: str
    image: Image
    nodata: float | None
    truth: Mask
    prediction: Mask
    probabilities: NDArray[Any]
    valid: BoolImage


@dataclass(frozen=True)
class WorstPicture:
    """A tile with a low binary IoU; `pictures` are data URLs of JPEGs: "image", "mask" and "prediction"."""

    name: str
    binary_iou: float
    pictures: dict[str, str]


@dataclass
class Accumulator:
    """Collects curves, slicks and the worst tiles; tiles are added one at a time.

    Attributes:
        class_count: background included.
        curves: see `seep.core.metrics.curves`.
        true_slicks: number of slicks in the masks by class.
        predicted_slicks: number of slicks in the predictions by class.
    """

    class_count: int
    curves: Curves = field(init=False)
    true_slicks: Counter[int] = field(default_factory=Counter)
    predicted_slicks: Counter[int] = field(default_factory=Counter)
    _worst: list[tuple[float, int, WorstPicture]] = field(default_factory=list)
    _added: int = 0

    def __post_init__(self) -> None:
        self.curves = Curves(self.class_count)

    def add(self, tile: EvaluatedTile) -> None:
        """Count a tile."""
        counted = tile.valid & (tile.truth != UNSURE)
        self.curves.add(tile.truth, tile.probabilities, tile.prediction, tile.valid)
        for mask, counter in ((tile.truth, self.true_slicks), (tile.prediction, self.predicted_slicks)):
            counter.update(slick.class_id for slick in slicks(np.where(counted, mask, 0).astype(np.uint8))[1])
        truth, prediction = (tile.truth > 0) & counted, (tile.prediction > 0) & counted
        union = int(np.count_nonzero(truth | prediction))
        self._added += 1
        if union < MIN_UNION_PX:
            return
        iou = float(np.count_nonzero(truth & prediction) / union)
        # A heap whose first entry is the best of the worst tiles: the next worse one replaces it.
        if len(self._worst) < WORST_TILES or -iou > self._worst[0][0]:
            heapq.heappush(self._worst, (-iou, -self._added, WorstPicture(tile.name, iou, _pictures(tile))))
            if len(self._worst) > WORST_TILES:
                heapq.heappop(self._worst)

    def worst(self) -> list[WorstPicture]:
        """Return the worst tiles, lowest binary IoU first."""
        return [one for _, _, one in sorted(self._worst, key=lambda entry: entry[:2], reverse=True)]

    def to_json(self) -> dict[str, object]:
        """Return "curves" and "slicks" as `seep.core.metrics.model_metrics` reads them, without pictures."""
        ids = range(1, self.class_count)
        return {
            "curves": self.curves.to_dict(),
            "slicks": {
                "true": [self.true_slicks[one] for one in ids],
                "found": [self.predicted_slicks[one] for one in ids],
            },
        }


def _pictures(tile: EvaluatedTile) -> dict[str, str]:
    limits = display_limits(tile.image, valid_pixels(tile.image, tile.nodata))
    masks = {"image": None, "mask": tile.truth, "prediction": tile.prediction}
    highest = max(
        1, *(int(mask.max(where=mask != UNSURE, initial=0)) for mask in masks.values() if mask is not None)
    )
    colors = {seep_class.id: seep_class.color for seep_class in default_classes(highest + 1) if seep_class.id}
    pictures = {}
    for kind, mask in masks.items():
        jpeg = thumbnail(tile.image, mask, tile.nodata, limits=limits, colors=colors, size_px=PICTURE_PX)
        pictures[kind] = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    return pictures
