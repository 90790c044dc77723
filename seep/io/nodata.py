"""The nodata value of an image: from the options, from the file, or from areas at the border of the image."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seep.core.geo.grid import Window
from seep.core.image.arrays import Image, as_bands
from seep.core.image.border_value import border_value
from seep.core.text import counted, with_minus_signs
from seep.io.header import ImageHeader, nodata_is_told, told_nodata
from seep.io.rasters import open_raster

_WINDOW_PX = 256
_WINDOWS = 8
"""Windows of a large image along each of its sides, about."""


def nodata_of(
    header: ImageHeader, option: float | str | None, image: Image | None, path: Path
) -> float | None:
    """Return the value of pixels without a measurement, or None if there is no such value.

    Args:
        header: of the image.
        option: a number, None for no such value, or "auto": the value in the file, else a value that fills areas at the
            border (`seep.core.image.border_value`), whatever the dtype. NaN is always invalid.
        image: its pixels; None for a large image, of which windows at the border are read.
        path: of the image.

    Raises:
        ImageError: the image is damaged.
    """
    if nodata_is_told(header, option):
        return told_nodata(header, option)
    return raster_border_value(path, header) if image is None else border_value(image)


def raster_border_value(path: Path, header: ImageHeader) -> float | None:
    """Return what `border_value` finds in most windows along the border of a large image, or None.

    Raises:
        ImageError: the image is damaged.
    """
    side = min(_WINDOW_PX, header.height, header.width)
    right, bottom = header.width - side, header.height - side
    columns, rows = (range(0, end + 1, max(1, -(-end // _WINDOWS))) for end in (right, bottom))
    corners = {(x, y) for x in columns for y in (0, bottom)} | {(x, y) for y in rows for x in (0, right)}
    with open_raster(path) as raster:
        found = [
            _value(raster.read(Window(x, y, side, side))) for x, y in sorted({*corners, (right, bottom)})
        ]
        middle = raster.read(Window(right // 2, bottom // 2, side, side))
    values = [one for one in found if one is not None]
    value = max(set(values), key=values.count) if values else None
    return None if value and (middle == value).all() else value  # as `border_value` of a constant image


def _value(window: Image) -> float | None:
    """Return the value of a window's areas at its border; a part of an image may be nothing else."""
    first = window.flat[0]
    return float(first) if np.isfinite(first) and (window == first).all() else border_value(window)


@dataclass(frozen=True, eq=False)
class ImageNodata:
    """What is known of the nodata value of an image.

    Attributes:
        value: what `nodata_of` returned for the image alone.
        searched: whether it was searched in the pixels; otherwise the options or the file say it.
        scene: name of its scene.
        sample: some of its pixels on a regular grid; None for a large image.
    """

    value: float | None
    searched: bool
    scene: str
    sample: Image | None


def settle_nodata(
    images: Sequence[ImageNodata], known: Mapping[str, float | None] | None = None
) -> tuple[list[float | None], str]:
    """Give all images of a scene one nodata value, where neither the options nor the files say it.

    It is the value of most images that show one, if at least half of all pixels with that value are in such images: a
    value that is scattered over the others is a measurement.

    Args:
        images: of all scenes.
        known: values of existing scenes by name, which keep theirs.

    Returns:
        The value of each image, and the decision in words; "" without images.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for number, image in enumerate(images):
        if image.searched:
            members[image.scene].append(number)
    settled = [image.value for image in images]
    for name, numbers in members.items():
        scene = (known or {}).get(name)
        value = _of_scene([images[number] for number in numbers]) if scene is None else scene
        for number in numbers:
            settled[number] = value
    return settled, _described(images, settled)


def _of_scene(images: Sequence[ImageNodata]) -> float | None:
    values = [image.value for image in images if image.value is not None]
    if not values:
        return None
    value = max(set(values), key=values.count)
    counts = [
        0 if image.sample is None else np.count_nonzero((as_bands(image.sample) == value).all(axis=2))
        for image in images
    ]
    inside = sum(count for count, image in zip(counts, images, strict=True) if image.value == value)
    return value if 2 * inside >= sum(counts) else None


def _described(images: Sequence[ImageNodata], settled: Sequence[float | None]) -> str:
    """Return in words which values are nodata, and why."""
    parts = []
    for value in sorted(set(settled), key=lambda one: (one is None, one or 0)):
        named = "none" if value is None else with_minus_signs(f"{value:g}")
        members = [image for image, own in zip(images, settled, strict=True) if own == value]
        searched = [member for member in members if member.searched]
        if len(searched) < len(members):
            told = counted(len(members) - len(searched), "image")
            parts.append(f"{named} in {told}, from the file or the options")
        if searched and value is None:
            parts.append(
                f"none in {counted(len(searched), 'image')}, where no value fills areas at the border"
            )
        elif searched:
            shown = sum(one.value == value for one in searched)
            parts.append(
                f"{named} in {counted(len(searched), 'image')}; it fills areas at the border of {shown}"
            )
    return "; ".join(parts)
