"""Measures the slicks of a mosaic for tables, maps and reports."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString, MultiPolygon, Point
from shapely.geometry.base import BaseGeometry

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.geo.polygons import (
    axis_angle_deg,
    azimuth_deg,
    geodesic_area_km2,
    geodesic_length_km,
    inner_point,
    outline,
    simplified,
    to_lonlat,
    track_deg,
    within_globe,
)
from seep.core.image.arrays import BoolImage
from seep.core.masks.slick_shape import SlickShape
from seep.core.masks.tiled_components import BLOCK_PX, TiledSlick, find_slicks
from seep.core.sites.causes import CAUSES, CauseDecision, newest_cause
from seep.io.exporting.slick_record import SlickDetails, SlickRecord
from seep.workflow.exports.review_columns import ReviewColumns
from seep.workflow.places.incidence import incidence_angles
from seep.workflow.places.slicks.causes import mosaic_causes
from seep.workflow.places.slicks.measures import KeptMeasures, SlickMeasures
from seep.workflow.reference_layers import NearestFeature, References, references_around
from seep.workflow.scenes.mosaics import Mosaic, MosaicReader, PlacedTile


@dataclass(frozen=True)
class _Ground:
    """Measurements on the ground; None where the georeference is unknown."""

    longitude: float | None = None
    latitude: float | None = None
    area_km2: float | None = None
    length_km: float | None = None
    width_m: float | None = None
    max_width_m: float | None = None
    along_km: float | None = None


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
    measures, decisions = KeptMeasures(reader), mosaic_causes(reader.workspace, mosaic)
    references = references_around(reader.workspace, mosaic.georeference, (0, 0, mosaic.width, mosaic.height))
    for number, found in enumerate(slicks, 1):
        if on_progress:
            on_progress(number, len(slicks))
        name = class_names.get(found.class_id, "")
        yield _record(
            reader,
            found,
            number,
            class_name=name,
            measures=measures,
            decisions=decisions,
            references=references,
            simplify_px=simplify_px,
            review=review,
        )
    measures.keep()


def _record(
    reader: MosaicReader,
    slick: TiledSlick,
    number: int,
    *,
    class_name: str,
    measures: KeptMeasures,
    decisions: Sequence[CauseDecision],
    references: References,
    simplify_px: float,
    review: ReviewColumns | None,
) -> SlickRecord:
    mosaic, box = reader.mosaic, slick.box
    pixels, found = measures.of(slick)
    exact, measured = outline(pixels, box.x, box.y), found.shape
    point = inner_point(exact)
    line = LineString(measured.line) if len(measured.line) > 1 else None
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
        contrast_db=found.surroundings.contrast_db,
        probability=_probability(reader, pixels, box),
        x=point.x,
        y=point.y,
        **{field.name: getattr(ground, field.name) for field in fields(ground) if field.name != "along_km"},
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
        details=replace(
            _details(mosaic, point, found, ground, references.nearest_to(_rings(exact))),
            cause=_cause(decisions, pixels, box),
        ),
        review=None if review is None else review.slick(tiles, pixels, box),
    )


def _cause(decisions: Sequence[CauseDecision], pixels: BoolImage, box: Window) -> str | None:
    columns, rows = (
        np.floor(values).astype(int)
        for values in ([one.x - box.x for one in decisions], [one.y - box.y for one in decisions])
    )
    inside = (columns >= 0) & (columns < box.width) & (rows >= 0) & (rows < box.height)
    inside[inside] = pixels[rows[inside], columns[inside]]
    newest = newest_cause(decisions, inside)
    return None if newest is None else CAUSES[newest.cause]


def _rings(shape: MultiPolygon) -> list[npt.NDArray[np.float64]]:
    """Return the outer rings of a shape, (N, 2) each."""
    return [shapely.get_coordinates(part.exterior) for part in shape.geoms]


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
        along_km=along_km,
    )


def _details(
    mosaic: Mosaic,
    point: Point,
    found: SlickMeasures,
    ground: _Ground,
    near: Sequence[NearestFeature],
) -> SlickDetails:
    shape, around = found.shape, found.surroundings
    (x1, y1), (x2, y2) = shape.ends
    details = SlickDetails(
        end_1_x=x1,
        end_1_y=y1,
        end_2_x=x2,
        end_2_y=y2,
        sinuosity=shape.sinuosity,
        widths_px=" ".join(f"{width:.1f}" for width in shape.widths_px),
        noise_db=around.noise_db,
        edge_left_db=around.edge_left_db,
        edge_right_db=around.edge_right_db,
        ring_db=around.ring_db,
        bright_px=around.bright_px,
    )
    georeference, along_km, mean_m = mosaic.georeference, ground.along_km, ground.width_m
    if georeference is None or along_km is None or mean_m is None:
        return details
    across_m = mean_m / shape.width_px
    lon, lat = georeference.lonlat(*np.array(shape.ends).T)
    orientation = azimuth_deg((lon[0], lat[0]), (lon[1], lat[1])) if shape.ends[0] != shape.ends[1] else None
    wind, track = mosaic.scene.wind_from_deg, track_deg(georeference, point.x, point.y)
    nearest = min(near, key=lambda one: one["distance_km"], default=None)
    return replace(
        details,
        end_1_longitude=float(lon[0]),
        end_1_latitude=float(lat[0]),
        end_2_longitude=float(lon[1]),
        end_2_latitude=float(lat[1]),
        orientation_deg=None if orientation is None else orientation % 180,
        wind_angle_deg=axis_angle_deg(orientation, wind),
        track_angle_deg=axis_angle_deg(orientation, track),
        curvature_per_km=shape.curvature / along_km,
        widths_m=" ".join(f"{width * across_m:.0f}" for width in shape.widths_px),
        bright_m=None
        if around.bright_px is None
        else around.bright_px * float(np.sqrt(1e3 * along_km * across_m)),
        nearest=None if nearest is None else f"{nearest['layer']}: {nearest['feature']}",
        nearest_km=None if nearest is None else nearest["distance_km"],
    )


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
