"""Conversion of color masks to class ids, with a tolerance for colors that are not exact."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import Mask
from seep.errors import MaskError, SettingsError

Colors = npt.NDArray[np.uint8]

TOLERANCE = 48.0
"""Maximum distance in RGB units between a pixel and its class color; allows for JPEG and resampling artifacts."""

# Krestenitis et al. (2019), "Oil Spill Identification from Satellite Images Using Deep Neural Networks": the
# colors of the M4D oil-spill data set.
M4D = (
    SeepClass(0, "Sea surface", "#000000", "0"),
    SeepClass(1, "Oil spill", "#00ffff", "1"),
    SeepClass(2, "Look-alike", "#ff0000", "2"),
    SeepClass(3, "Ship", "#994c00", "3"),
    SeepClass(4, "Land", "#009900", "4"),
)
PRESETS = {"m4d": M4D}


@dataclass(frozen=True)
class Snapped:
    """A mask that was converted from colors.

    Attributes:
        mask: (H, W) uint8 class ids.
        off: number of pixels without an exact color, by the class id of their nearest color.
    """

    mask: Mask
    off: dict[int, int]


def color_table(classes: tuple[SeepClass, ...]) -> dict[str, int]:
    """Return class ids by color, "#rrggbb"."""
    return {seep_class.color.lower(): seep_class.id for seep_class in classes}


def snap(pixels: Colors, table: Mapping[str, int], name: str, tolerance: float = TOLERANCE) -> Snapped:
    """Convert colors to class ids; a pixel without an exact color gets the class of the nearest color.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        table: class id by color, "#rrggbb".
        name: name of the mask in error messages.
        tolerance: largest distance to a color, RGB units.

    Raises:
        MaskError: a pixel is farther than the tolerance from all colors; the message lists these colors.
        SettingsError: the table is empty, or a color is not "#rrggbb".
    """
    colors, ids = _parsed(table)
    codes = pixels[..., 0].astype(np.uint32) << 16 | pixels[..., 1].astype(np.uint32) << 8 | pixels[..., 2]
    found, inverse, counts = np.unique(codes.ravel(), return_inverse=True, return_counts=True)
    each = np.stack([found >> 16 & 255, found >> 8 & 255, found & 255], axis=1).astype(np.int32)
    nearest = np.zeros(len(found), np.intp)
    distance = np.full(len(found), np.inf)
    for number, color in enumerate(colors):
        to_it = np.sqrt(((each - color) ** 2).sum(axis=1))
        closer = to_it < distance
        nearest[closer], distance[closer] = number, to_it[closer]
    strange = np.flatnonzero(distance > tolerance)
    if strange.size:
        most = strange[np.argsort(-counts[strange])][:4]
        listed = ", ".join(f"#{int(found[one]):06x} ({int(counts[one])} px)" for one in most)
        raise MaskError(
            f"{name} has {int(counts[strange].sum())} pixels of colors that belong to no class: {listed}. "
            "Take the classes and colors of its set first (on Settings, or by --class-list), or correct it."
        )
    off: dict[int, int] = {}
    for one in np.flatnonzero(distance > 0):
        class_id = int(ids[nearest[one]])
        off[class_id] = off.get(class_id, 0) + int(counts[one])
    mask = ids[nearest][inverse].reshape(pixels.shape[:2])
    return Snapped(mask, off)


def _parsed(table: Mapping[str, int]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    if not table:
        raise SettingsError(
            "Masks in colors need a list that assigns colors to classes. Add one (--class-list)."
        )
    colors: list[Any] = []
    for color, class_id in table.items():
        digits = color.removeprefix("#")
        try:
            value = int(digits, 16) if len(digits) == 6 else -1
        except ValueError:
            value = -1
        if value < 0 or not 0 <= class_id <= 255:
            raise SettingsError(f"{color!r} for class {class_id} cannot be used; write colors as #rrggbb.")
        colors.append((value >> 16, value >> 8 & 255, value & 255))
    return np.array(colors, np.int32), np.array(list(table.values()), np.uint8)
