"""What all formats of annotations come down to: shapes with labels, drawn into a mask of class ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rasterio.features import rasterize
from rasterio.transform import Affine

from seep.core.geo.georeference import Georeference
from seep.core.masks.mask import UNSURE, Mask
from seep.errors import MaskError
from seep.io.readers.gdal import without_place

Ring = npt.NDArray[np.float64]

MAX_POINTS = 5_000_000
UNSURE_LABEL = "unsure"


@dataclass(frozen=True, eq=False)
class Polygon:
    """A polygon: the outer ring, then holes, each (N, 2) of x and y; and the name or number of its class."""

    label: str | int
    rings: tuple[Ring, ...]


@dataclass(frozen=True, eq=False)
class PixelMask:
    """Pixels of a class: bool (height, width), its first at column x and row y."""

    label: str | int
    bits: npt.NDArray[np.bool_]
    x: int = 0
    y: int = 0


@dataclass(frozen=True)
class ImageShapes:
    """The shapes of one image, in the order in which they are drawn.

    Attributes:
        source: the file that they are from, for messages.
        shapes: later ones cover earlier ones.
        frame: what coordinates are: "pixels", "share" (0 to 1 of width and height), or "lonlat" (degrees).
        size: (height, width) that the file says the image has; None where it does not.
    """

    source: str
    shapes: Sequence[Polygon | PixelMask]
    frame: str = "pixels"
    size: tuple[int, int] | None = None


def rasterize_shapes(
    drawing: ImageShapes,
    shape: tuple[int, int],
    class_names: Sequence[str],
    georeference: Georeference | None,
) -> Mask:
    """Draw annotations into a mask.

    A pixel belongs to a polygon when its center does, so that outlines along pixel edges give back the
    pixels.

    Args:
        drawing: what to draw.
        shape: (height, width) of the image.
        class_names: of the workspace, by class id; labels are matched with them.
        georeference: of the image, for coordinates in degrees.

    Returns:
        (H, W) uint8.

    Raises:
        MaskError: another size, a label that is no class, or degrees without a georeference.
    """
    if drawing.size is not None and drawing.size != shape:
        raise MaskError(
            f"{drawing.source} was drawn on {drawing.size[0]} x {drawing.size[1]} pixels, the image is "
            f"{shape[0]} x {shape[1]} (height x width); give the annotations of this image."
        )
    mask = np.zeros(shape, np.uint8)
    for one in drawing.shapes:
        class_id = class_of(one.label, class_names, drawing.source)
        if isinstance(one, PixelMask):
            _stamp(mask, one, class_id, drawing.source)
        else:
            _fill(mask, [_to_pixels(ring, drawing, shape, georeference) for ring in one.rings], class_id)
    return mask


def class_of(label: str | int, class_names: Sequence[str], source: str) -> int:
    """Find the class of a label: by its name, whatever its case, else by its number.

    Raises:
        MaskError: the workspace has no such class.
    """
    text = str(label).strip().casefold()
    for class_id, name in enumerate(class_names):
        if name.strip().casefold() == text:
            return class_id
    if text in {UNSURE_LABEL, str(UNSURE)}:
        return UNSURE
    if text.isascii() and text.isdecimal() and int(text) < len(class_names):
        return int(text)
    known = ", ".join(class_names[1:6])
    raise MaskError(
        f"{source} has the label {str(label)[:60]!r}, which is no class of this workspace ({known}); rename "
        "a class, or the label."
    )


def ring_of(points: Any, source: str) -> Ring:
    """Turn a list of points, or of alternating x and y, into a ring.

    Raises:
        MaskError: fewer than three points, too many, or a number that is none.
    """
    try:
        ring = np.asarray(points, np.float64).reshape(-1, 2)
    except (ValueError, TypeError) as error:
        raise MaskError(f"{source} has a polygon that is no list of points; export it again.") from error
    if not 3 <= len(ring) <= MAX_POINTS or not np.isfinite(ring).all():
        raise MaskError(f"{source} has a polygon of {len(ring)} points, or not finite; export it again.")
    return ring


def _to_pixels(
    ring: Ring, drawing: ImageShapes, shape: tuple[int, int], georeference: Georeference | None
) -> Ring:
    if drawing.frame == "share":
        return np.asarray(ring * (shape[1], shape[0]), np.float64)
    if drawing.frame != "lonlat":
        return ring
    if georeference is None:
        raise MaskError(
            f"{drawing.source} gives degrees, but the image has no georeference; give masks in pixels."
        )
    return np.stack(georeference.from_lonlat(ring[:, 0], ring[:, 1]), axis=1)


def _fill(mask: Mask, rings: Sequence[Ring], class_id: int) -> None:
    """Fill a polygon, decoding only the part of the mask that it covers."""
    height, width = mask.shape
    low = np.clip(np.floor(rings[0].min(axis=0)), 0, (width, height)).astype(int)
    high = np.clip(np.ceil(rings[0].max(axis=0)), 0, (width, height)).astype(int)
    if (high <= low).any():
        return
    # Coordinates far outside would overflow in GDAL; what lies there is not drawn anyway.
    reach = float(8 * max(height, width))
    # From files come shares and degrees, rounded: a point that was a pixel's corner is one again.
    near = [np.clip(ring, -reach, reach) for ring in rings]
    near = [np.where(np.abs(ring - np.round(ring)) < 1e-3, np.round(ring), ring) for ring in near]
    closed = [np.vstack([ring, ring[:1]]).tolist() for ring in near]
    with without_place():
        part = rasterize(
            [({"type": "Polygon", "coordinates": closed}, 1)],
            out_shape=(int(high[1] - low[1]), int(high[0] - low[0])),
            transform=Affine(1, 0, int(low[0]), 0, 1, int(low[1])),
            dtype="uint8",
        )
    mask[low[1] : high[1], low[0] : high[0]][part > 0] = class_id


def _stamp(mask: Mask, one: PixelMask, class_id: int, source: str) -> None:
    height, width = one.bits.shape
    if one.x < 0 or one.y < 0 or one.x + width > mask.shape[1] or one.y + height > mask.shape[0]:
        raise MaskError(
            f"{source} has a mask of {height} x {width} pixels at ({one.x}, {one.y}), beyond its image of "
            f"{mask.shape[0]} x {mask.shape[1]}; give the annotations of this image."
        )
    mask[one.y : one.y + height, one.x : one.x + width][one.bits] = class_id
