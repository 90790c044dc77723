"""The report of a scene as one self-contained HTML file, ready for printing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seep.core.text import number, with_minus_signs
from seep.io.exporting.slick_record import SlickRecord, Value
from seep.io.reports.html import render_html

MAX_ROWS = 500
"""Rows of the slick table; the CSV export has no limit."""


@dataclass(frozen=True)
class ClassTotal:
    """Sum over the slicks of one class; `area_km2` and `length_km` are None without a georeference."""

    name: str
    color: str
    slicks: int
    area_px: int
    area_km2: float | None
    length_km: float | None


@dataclass(frozen=True)
class Figure:
    """Pictures of a slick as JPEG data URLs: the image, and the image with its mask."""

    slick: SlickRecord
    image: str
    overlay: str


@dataclass(frozen=True)
class ScenePage:
    """Content of a scene report.

    Attributes:
        scene: name of the scene.
        facts: text by label.
        totals: sums by class.
        map_picture: JPEG data URL of the scene with its slicks; "" for none.
        map_note: caption of the map.
        figures: pictures of the largest slicks.
        slicks: all slicks, largest first.
        review: one row per tile, from `seep.io.exporting.review_record.record_row`; empty without the record.
        notes: sentences at the end.
    """

    scene: str
    facts: Mapping[str, str]
    totals: Sequence[ClassTotal]
    map_picture: str
    map_note: str
    figures: Sequence[Figure]
    slicks: Sequence[SlickRecord]
    review: Sequence[Mapping[str, Value]]
    notes: Sequence[str]


def render_scene_page(page: ScenePage) -> str:
    """Render a scene report; it loads nothing from a network and contains no script."""
    with_km = any(one.area_km2 is not None for one in page.totals)
    columns = _columns(page.slicks)
    # Empty columns would leave the others no room on paper.
    review = [one for one in _REVIEW_COLUMNS if any(row[one[0]] not in {None, ""} for row in page.review)]
    return render_html(
        "scene_report.html",
        title=f"Scene {page.scene}",
        page=page,
        totals_head=["Class", "Slicks", *(["Area, km²", "Length, km"] if with_km else []), "Area, px"],
        totals=[(one.color, _total_cells(one, with_km)) for one in page.totals],
        figures=[(_caption(one.slick), one.image, one.overlay) for one in page.figures],
        slicks_head=[label for _, label in columns],
        slicks=[[_cell(slick, name) for name, _ in columns] for slick in page.slicks[:MAX_ROWS]],
        omitted=max(0, len(page.slicks) - MAX_ROWS),
        review_head=[label for _, label in review],
        review=[[_review_cell(row, name) for name, _ in review] for row in page.review],
    )


def _columns(slicks: Sequence[SlickRecord]) -> tuple[tuple[str, str], ...]:
    columns = _GROUND_COLUMNS if any(slick.on_ground for slick in slicks) else _PIXEL_COLUMNS
    if any(slick.image != slick.scene for slick in slicks):
        return (columns[0], ("image", "Image"), *columns[1:])
    return columns


def _total_cells(one: ClassTotal, with_km: bool) -> list[str]:
    values: list[Value] = [one.name, one.slicks]
    values += [one.area_km2, one.length_km] if with_km else []
    return [_text(value) for value in [*values, one.area_px]]


def _caption(slick: SlickRecord) -> str:
    size = f"{number(slick.area_px)} px, {number(slick.length_px)} px long"
    if slick.area_km2 is not None and slick.length_km is not None:
        size = f"{_three_digits(slick.area_km2)} km², {_three_digits(slick.length_km)} km long"
    image = f" ({slick.image})" if slick.image != slick.scene else ""
    return f"{slick.number}. {slick.class_name}, {size}{image}"


def _cell(slick: SlickRecord, name: str) -> str:
    value: Value = getattr(slick, name)
    digits = _DIGITS.get(name)
    if digits is not None and isinstance(value, float):
        return with_minus_signs(f"{value:.{digits}f}")
    return _text(value)


def _review_cell(row: Mapping[str, Value], name: str) -> str:
    value = row[name]
    if name == "saved_at" and isinstance(value, str):
        return value[:16].replace("T", " ")
    return f"{value:.2f}" if name == "f1" and isinstance(value, float) else _text(value)


def _text(value: Value) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, float):
        return with_minus_signs(_three_digits(value))
    return number(value) if isinstance(value, int) else value


def _three_digits(value: float) -> str:
    """Write three significant digits, or all of a large number: 0.0713, 7.13, 71.3, 713, 7 130."""
    if abs(value) >= 1000:
        return number(value)
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}" if abs(value) >= 0.1 else f"{value:.3g}"


_GROUND_COLUMNS: tuple[tuple[str, str], ...] = (
    ("number", "No."),
    ("class_name", "Class"),
    ("area_km2", "Area, km²"),
    ("length_km", "Length, km"),
    ("width_m", "Width, m"),
    ("contrast_db", "Contrast, dB"),
    ("probability", "Probability"),
    ("latitude", "Latitude"),
    ("longitude", "Longitude"),
    ("author", "Saved by"),
    ("state", "State"),
)
_PIXEL_COLUMNS: tuple[tuple[str, str], ...] = (
    ("number", "No."),
    ("class_name", "Class"),
    ("area_px", "Area, px"),
    ("length_px", "Length, px"),
    ("width_px", "Width, px"),
    ("contrast_db", "Contrast, dB"),
    ("probability", "Probability"),
    ("x", "x, px"),
    ("y", "y, px"),
    ("author", "Saved by"),
    ("state", "State"),
)

_REVIEW_COLUMNS: tuple[tuple[str, str], ...] = (
    ("tile", "Tile"),
    ("state", "State"),
    ("author", "Saved by"),
    ("role", "Role"),
    ("saved_at", "Saved, UTC"),
    ("checkpoint", "Version"),
    ("prediction", "Prediction"),
    ("correction_px", "Changed, px"),
    ("looking_s", "Looking, s"),
    ("drawing_s", "Drawing, s"),
    ("deciding_s", "Deciding, s"),
    ("second_annotator", "Second annotator"),
    ("f1", "F1 within 2 px"),
    ("adjudication", "Adjudication"),
    ("comments", "Comments"),
)

_DIGITS = {"contrast_db": 1, "probability": 2, "latitude": 4, "longitude": 4, "x": 0, "y": 0, "width_px": 1}
