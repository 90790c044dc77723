"""Slick records as tests need them."""

from dataclasses import replace
from typing import Any

from shapely.geometry import LineString, MultiPolygon, box

from seep.core.geo.grid import Window
from seep.io.exporting.slick_record import SlickRecord

ONE = SlickRecord(
    scene="s",
    image="s",
    number=1,
    class_id=1,
    class_name="Seep class 1",
    area_px=6,
    area_km2=0.0006,
    length_px=3.0,
    length_km=0.03,
    width_px=2.0,
    width_m=20.0,
    max_width_px=2.0,
    max_width_m=20.0,
    contrast_db=-6.5,
    probability=None,
    x=1.5,
    y=1.0,
    longitude=3.0,
    latitude=41.0,
    acquired_at=None,
    saved_at="2026-01-02T03:04:05.000+00:00",
    author="ada",
    checkpoint=None,
    wind_ms=4.25,
    wind_from_deg=310.0,
    incidence_deg=38.52,
    state="accepted",
    box=Window(0, 0, 3, 2),
    outline=MultiPolygon([box(3.0, 41.0, 3.1, 41.1)]),
    line=LineString([(3.0, 41.05), (3.1, 41.05)]),
)


def slick(**changes: Any) -> SlickRecord:
    return replace(ONE, **changes)


def pixel_slick(**changes: Any) -> SlickRecord:
    """A slick of an image without a georeference."""
    bare = dict.fromkeys(("area_km2", "length_km", "width_m", "max_width_m", "longitude", "latitude"))
    return replace(ONE, **{**bare, "outline": MultiPolygon([box(0, 0, 3, 2)]), "line": None, **changes})
