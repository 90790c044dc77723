"""Rasterizes shapes of annotation files to masks of class ids."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from rasterio.features import rasterize
from rasterio.transform import Affine

from seep.core.geo.georeference import Georeference
from seep.core.masks.mask import UNSURE, Mask
from seep.errors import MaskError
from seep.io.annotations.model import ImageShapes, Polygon, Ring
from seep.io.annotations.runs import PAIRS, PixelMask
from seep.io.readers.gdal import without_place

_EDGE_POINTS = 9
_LEAST_TRACED = 8
_WHOLE_PX = 0.02
UNSURE_LABEL = "unsure"


def rasterize_shapes(
    annotation: ImageShapes,
    shape: tuple[int, int],
    class_names: Sequence[str],
    georeference: Georeference | None,
) -> Mask:
    """Rasterize shapes to a mask of class ids.

    A pixel belongs to a polygon if its center is inside, so outlines along pixel edges give back the pixels.

    Args:
        shape: (height, width) of the image.
        class_names: names of the workspace's classes by id, matched with the labels.
        georeference: of the image, for coordinates in degrees.

    Returns:
        (H, W) uint8.

    Raises:
        MaskError: another image size, an unknown label, or degrees without a georeference.
    """
    if annotation.size is not None and annotation.size != shape:
        raise MaskError(
            f"{annotation.source} has annotations for {annotation.size[0]} x {annotation.size[1]} pixels, but "
            f"the image has {shape[0]} x {shape[1]} (height x width). Provide the annotations of this image."
        )
    mask = np.zeros(shape, np.uint8)
    for one in annotation.shapes:
        class_id = class_of(one.label, class_names, annotation.source)
        if isinstance(one, PixelMask):
            covering = replace(one, shape=shape) if one.encoding in PAIRS else one
            _stamp(mask, covering, class_id, annotation.source)
        else:
            _fill(mask, [_to_pixels(ring, annotation, shape, georeference) for ring in one.rings], class_id)
    return mask


def is_traced_through_centers(annotation: ImageShapes, shape: tuple[int, int]) -> bool:
    """Return whether the outlines are probably traced through the centers of edge pixels, as `cv2.findContours` does.

    Then all coordinates are whole, and some lines are neither horizontal nor vertical. Outlines along pixel edges have
    no such lines, and drawn ones have no whole coordinates. Fewer than 8 points are not enough to tell.

    Args:
        shape: (height, width) of the image.
    """
    if annotation.frame == "lonlat":
        return False
    rings = [
        _to_pixels(ring, annotation, shape, None)
        for one in annotation.shapes
        if isinstance(one, Polygon) and not one.drawn_as
        for ring in one.rings
    ]
    if sum(map(len, rings)) < _LEAST_TRACED:
        return False
    if any((np.abs(ring - np.round(ring)) > _WHOLE_PX).any() for ring in rings):
        return False
    return any((np.abs(ring - np.roll(ring, 1, axis=0)) > 0.5).all(axis=1).any() for ring in rings)


def are_runs_of_other_order(annotation: ImageShapes, shape: tuple[int, int]) -> bool:
    """Return whether run lengths of starts and lengths are probably in the other order.

    Then the pixels have less than half as many edges if they are counted along the other side of the image.

    Args:
        annotation: of an image.
        shape: (height, width) of the image.
    """
    edges = np.zeros(2, np.int64)
    for one in annotation.shapes:
        if isinstance(one, PixelMask) and one.encoding in PAIRS:
            for at, encoding in enumerate((one.encoding, PAIRS[one.encoding])):
                bits = replace(one, encoding=encoding, shape=shape).decode(annotation.source)
                edges[at] += np.count_nonzero(np.diff(bits, axis=0)) + np.count_nonzero(np.diff(bits, axis=1))
    return bool(2 * edges[1] < edges[0])


def rasterize_land(
    annotation: ImageShapes, shape: tuple[int, int], georeference: Georeference
) -> npt.NDArray[np.bool_]:
    """Return the pixels whose centers are inside any polygon, whatever its label.

    Args:
        annotation: polygons in longitude and latitude.
        shape: (height, width) of the image.

    Returns:
        (H, W) bool.
    """
    mask = np.zeros(shape, np.uint8)
    rows, columns = (np.linspace(0, side, _EDGE_POINTS) for side in shape)
    lon, lat = georeference.lonlat(*np.meshgrid(columns, rows))
    margin = max(float(np.ptp(lon)), float(np.ptp(lat))) / _EDGE_POINTS
    low, high = (lon.min() - margin, lat.min() - margin), (lon.max() + margin, lat.max() + margin)
    for one in annotation.shapes:
        assert isinstance(one, Polygon)  # others are in pixels
        if (one.rings[0].min(axis=0) > high).any() or (one.rings[0].max(axis=0) < low).any():
            continue
        _fill(mask, [_to_pixels(ring, annotation, shape, georeference) for ring in one.rings], 1)
    return mask > 0


def class_of(label: str | int, class_names: Sequence[str], source: str) -> int:
    """Return the class id of a label: by name, ignoring case, else by number.

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
        f"{source} has the label {str(label)[:60]!r}, but this workspace has no such class ({known}). Rename "
        "the label or a class."
    )


def _to_pixels(
    ring: Ring, annotation: ImageShapes, shape: tuple[int, int], georeference: Georeference | None
) -> Ring:
    if annotation.frame == "share":
        return np.asarray(ring * (shape[1], shape[0]), np.float64)
    if annotation.frame != "lonlat":
        return ring
    if georeference is None:
        raise MaskError(
            f"{annotation.source} is in degrees, but the image has no georeference. Provide masks in pixels."
        )
    return np.stack(georeference.from_lonlat(ring[:, 0], ring[:, 1]), axis=1)


def _fill(mask: Mask, rings: Sequence[Ring], class_id: int) -> None:
    """Fill a polygon; only its bounding box is rasterized."""
    height, width = mask.shape
    points = np.concatenate(rings)  # rings may also be parts beside each other, by the even-odd rule
    low = np.clip(np.floor(points.min(axis=0)), 0, (width, height)).astype(int)
    high = np.clip(np.ceil(points.max(axis=0)), 0, (width, height)).astype(int)
    if (high <= low).any():
        return
    # Coordinates far outside would overflow in GDAL, and are not visible.
    near = [clipped for ring in rings if len(clipped := _clip(ring, float(8 * max(height, width)))) > 2]
    if not near:
        return
    # Files contain rounded numbers: snap points to the pixel corners where they came from.
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


def _clip(ring: Ring, reach: float) -> Ring:
    """Cut a ring at the square from -reach to reach, side by side (Sutherland and Hodgman, 1974).

    Inside the square, what is filled by the even-odd rule stays the same.
    """
    if np.abs(ring).max() <= reach:
        return ring
    ring = np.clip(ring, -1e12, 1e12)  # no difference overflows
    for axis, sign in ((0, 1.0), (0, -1.0), (1, 1.0), (1, -1.0)):
        kept: list[npt.NDArray[np.float64]] = []
        for start, end in zip(np.roll(ring, 1, axis=0), ring, strict=True):
            before, after = reach - sign * start[axis], reach - sign * end[axis]
            if (before >= 0) != (after >= 0):
                crossing = start + (end - start) * (before / (before - after))
                crossing[axis] = sign * reach
                kept.append(crossing)
            if after >= 0:
                kept.append(end)
        ring = np.array(kept).reshape(-1, 2)
    return ring


def _stamp(mask: Mask, one: PixelMask, class_id: int, source: str) -> None:
    height, width = one.shape
    if one.x < 0 or one.y < 0 or one.x + width > mask.shape[1] or one.y + height > mask.shape[0]:
        raise MaskError(
            f"{source} has a mask of {height} x {width} pixels at ({one.x}, {one.y}), outside its image of "
            f"{mask.shape[0]} x {mask.shape[1]} pixels. Provide the annotations of this image."
        )
    mask[one.y : one.y + height, one.x : one.x + width][one.decode(source)] = class_id
