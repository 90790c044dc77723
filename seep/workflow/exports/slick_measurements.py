"""Measures the slicks of a mosaic for tables, maps and reports."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString, MultiPolygon, Point
from shapely.geometry.base import BaseGeometry

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.geo.polygons import (
    component_at,
    geodesic_area_km2,
    geodesic_length_km,
    inner_point,
    outline,
    simplified,
    to_lonlat,
    within_globe,
)
from seep.core.image.arrays import BoolImage
from seep.core.image.units import to_db
from seep.core.masks.slick_shape import RING_GAP_PX, RING_WIDTH_PX, SlickShape, contrast_db, measure_shape
from seep.core.masks.tiled_components import BLOCK_PX, TiledSlick, find_slicks
from seep.io.exporting.slick_record import SlickRecord
from seep.workflow.exports.review_columns import ReviewColumns
from seep.workflow.places.incidence import incidence_angles
from seep.workflow.scenes.mosaics import MosaicReader, PlacedTile

MAX_COMPARED_PIXELS = 2**24
"""The contrast of a slick with more pixels in its box and surroundings is None, to limit memory."""


@dataclass(frozen=True)
class _Ground:
    """Measurements on the ground; None where the georeference is unknown."""

    longitude: float | None = None
    latitude: float | None = None
    area_km2: float | None = None
    length_km: float | None = None
    width_m: float | None = None
    max_width_m: float | None = None


BoolPixels = npt.NDArray[np.bool_]


def measured_slicks(
    reader: MosaicReader,
    class_names: Mapping[int, str],
    simplify_px: float = 0.0,
    on_progress: Callable[[int, int], None] | None = None,
    review: ReviewColumns | None = None,
) -> Iterator[SlickRecord]:
    """Find and measure the slicks of a mosaic; a slick that crosses tile borders is one slick.

    Args:
        class_names: by class id.
        simplify_px: maximum distance of simplified outlines from the pixel edges; measurements use exact ones.
        on_progress: called with (done, total) numbers of slicks.
        review: gives the columns of the review record; None for none.

    Yields:
        Slicks, largest first.
    """
    mosaic = reader.mosaic
    slicks = find_slicks(mosaic.height, mosaic.width, reader.mask)
    for number, found in enumerate(slicks, 1):
        if on_progress:
            on_progress(number, len(slicks))
        yield _record(reader, found, number, class_names.get(found.class_id, ""), simplify_px, review=review)


def _record(
    reader: MosaicReader,
    slick: TiledSlick,
    number: int,
    class_name: str,
    simplify_px: float,
    *,
    review: ReviewColumns | None,
) -> SlickRecord:
    mosaic, box = reader.mosaic, slick.box
    pixels = component_at(reader.mask(box), slick.seed[0] - box.x, slick.seed[1] - box.y)
    exact, measured = outline(pixels, box.x, box.y), measure_shape(pixels)
    point = inner_point(exact)
    line = _line(measured, box)
    tiles = [tile for tile in reader.tiles_in(box) if _holds(tile, pixels, box)]
    incidence = incidence_angles(mosaic.scene)
    ground = _on_ground(exact, point, line, measured, mosaic.georeference)
    shape: BaseGeometry = simplified(exact, simplify_px)
    if ground.longitude is not None and mosaic.georeference:
        shape = within_globe(to_lonlat(shape, mosaic.georeference))
        line = within_globe(to_lonlat(line, mosaic.georeference)) if line else None
    return SlickRecord(
        scene=mosaic.scene.name,
        image=mosaic.name,
        number=number,
        class_id=slick.class_id,
        class_name=class_name,
        area_px=slick.area_px,
        length_px=measured.length_px,
        width_px=measured.width_px,
        max_width_px=measured.max_width_px,
        contrast_db=_contrast(reader, pixels, box),
        probability=_probability(reader, pixels, box),
        x=point.x,
        y=point.y,
        **asdict(ground),
        acquired_at=mosaic.scene.acquired_at,
        saved_at=max((tile.saved_at for tile in tiles if tile.saved_at), default=None),
        author=_joined(tile.author for tile in tiles),
        checkpoint=_joined(tile.checkpoint for tile in tiles),
        state=_joined(tile.tile.state for tile in tiles) or "",
        wind_ms=mosaic.scene.wind_ms,
        wind_from_deg=mosaic.scene.wind_from_deg,
        incidence_deg=None if incidence is None else incidence(point.x, point.y),
        box=box,
        outline=shape if isinstance(shape, MultiPolygon) else MultiPolygon([shape]),
        line=line,
        review=None if review is None else review.slick(tiles, pixels, box),
    )


def _line(measured: SlickShape, box: Window) -> LineString | None:
    return LineString(measured.line + np.array([box.x, box.y])) if len(measured.line) > 1 else None


def _on_ground(
    shape: MultiPolygon,
    point: Point,
    line: LineString | None,
    measured: SlickShape,
    georeference: Georeference | None,
) -> _Ground:
    """Measure a slick on the ellipsoid.

    Pixels may have sides of different length, such as degrees far north. The center line gives the length of a
    pixel along the slick; the area divided by it gives the length across.
    """
    if georeference is None:
        return _Ground()
    placed = to_lonlat(shape, georeference)
    if not np.isfinite(shapely.get_coordinates(placed)).all():
        return _Ground()
    area_km2 = geodesic_area_km2(placed)
    pixel_km2 = area_km2 / shape.area
    line_km = geodesic_length_km(to_lonlat(line, georeference)) if line else 0.0
    along_km = line_km / line.length if line and line_km else float(np.sqrt(pixel_km2))
    across_m = 1e3 * pixel_km2 / along_km
    longitude, latitude = georeference.lonlat([point.x], [point.y])
    return _Ground(
        longitude=float(longitude[0]),
        latitude=float(latitude[0]),
        area_km2=area_km2,
        length_km=measured.length_px * along_km,
        width_m=measured.width_px * across_m,
        max_width_m=measured.max_width_px * across_m,
    )


def _contrast(reader: MosaicReader, pixels: BoolImage, box: Window) -> float | None:
    margin = RING_GAP_PX + RING_WIDTH_PX
    mosaic = reader.mosaic
    left, top = max(0, box.x - margin), max(0, box.y - margin)
    right = min(mosaic.width, box.x + box.width + margin)
    bottom = min(mosaic.height, box.y + box.height + margin)
    around = Window(left, top, right - left, bottom - top)
    if around.width * around.height > MAX_COMPARED_PIXELS:
        return None
    slick: BoolPixels = np.zeros((around.height, around.width), dtype=bool)
    y, x = box.y - top, box.x - left
    slick[y : y + box.height, x : x + box.width] = pixels
    image, measured = reader.pixels(around)
    power = 10.0 ** (to_db(image, mosaic.scene.unit).astype(np.float64) / 10)
    return contrast_db(power, slick & measured, measured & (reader.mask(around) == 0))


def _probability(reader: MosaicReader, pixels: BoolImage, box: Window) -> float | None:
    """Return the mean probability of a slick, read in strips because its box may be most of a scene."""
    total, count = 0.0, 0
    for top in range(0, box.height, BLOCK_PX):
        part = pixels[top : top + BLOCK_PX]
        probability, known = reader.probability(Window(box.x, box.y + top, box.width, part.shape[0]))
        inside = part & known
        total += float(probability[inside].sum(dtype=np.float64))
        count += int(inside.sum())
    return total / count / 255 if count else None


def _holds(one: PlacedTile, pixels: BoolImage, box: Window) -> bool:
    left, top = max(0, one.x - box.x), max(0, one.y - box.y)
    right, bottom = one.x + one.tile.width - box.x, one.y + one.tile.height - box.y
    return one.mask_sha256 is not None and bool(pixels[top:bottom, left:right].any())


def _joined(names: Iterable[str | None]) -> str | None:
    return "; ".join(sorted({name for name in names if name})) or None
