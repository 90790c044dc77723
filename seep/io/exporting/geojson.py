"""Export of slicks as GeoJSON (RFC 7946): longitude and latitude in WGS 84, outer rings counterclockwise."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from seep.io.exporting.slick_record import SlickRecord, by_coordinates, values
from seep.io.exporting.staging import place_for

PIXELS_NOTE = (
    "These coordinates are pixels of the image that each feature names, x to the right and y downward from "
    "its upper left corner, because the image has no georeference."
)
_DEGREE_DIGITS = 7  # about a centimeter
_PIXEL_DIGITS = 2


def write_geojson(stage: Path, slicks: Sequence[SlickRecord]) -> list[Path]:
    """Write `slicks.geojson` and `center_lines.geojson`.

    Slicks of images without a georeference go to `slicks_pixels.geojson` and `center_lines_pixels.geojson`, with a
    note in each file, because RFC 7946 allows coordinates in degrees only.

    Returns:
        The files written.
    """
    written = []
    for suffix, members in by_coordinates(slicks):
        lines = [member for member in members if member.line is not None]
        for name, chosen in (("slicks", members), ("center_lines", lines)):
            path = place_for(stage, f"{name}{suffix}.geojson")
            with path.open("w", encoding="utf-8") as file:
                _write(file, chosen, name == "slicks", bool(suffix))
            written.append(path)
    return written


def _write(file: TextIO, slicks: Sequence[SlickRecord], outlines: bool, pixels: bool) -> None:
    """Write one feature per line, so that the text of a large file is never in memory as a whole."""
    head: dict[str, Any] = {"type": "FeatureCollection"}
    if pixels:
        head["note"] = PIXELS_NOTE
    file.write(json.dumps(head)[:-1] + ', "features": [')
    digits = _PIXEL_DIGITS if pixels else _DEGREE_DIGITS
    for index, slick in enumerate(slicks):
        shape = slick.outline if outlines else slick.line
        feature = {
            "type": "Feature",
            "geometry": _geometry(shape, digits),
            "properties": values(slick),
        }
        text = json.dumps(feature, ensure_ascii=False, allow_nan=False)
        file.write(("," if index else "") + "\n" + text)
    file.write("\n]}\n")


def _geometry(shape: BaseGeometry | None, digits: int) -> dict[str, Any]:
    parts = shapely.get_parts(shape)
    single = parts[0] if len(parts) == 1 else shape  # more programs read a Polygon than a MultiPolygon
    found: dict[str, Any] = mapping(shapely.orient_polygons(single))
    return {"type": found["type"], "coordinates": _rounded(found["coordinates"], digits)}


def _rounded(value: Any, digits: int) -> Any:
    if isinstance(value, float):
        return round(value, digits)
    return [_rounded(one, digits) for one in value]
