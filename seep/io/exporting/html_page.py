"""A report of a scene as one HTML file: pictures inside, nothing fetched, nothing run, fit to be printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from seep.core.text import minus
from seep.io.exporting.slick_record import SlickRecord, Value

MAX_ROWS = 500
"""Slicks in the table; a longer one is for the CSV."""


@dataclass(frozen=True)
class ClassTotal:
    """What a class amounts to in a scene; areas and lengths on the ground are None without a georeference."""

    name: str
    color: str
    slicks: int
    area_px: int
    area_km2: float | None
    length_km: float | None


@dataclass(frozen=True)
class Figure:
    """A slick's pictures as JPEG data addresses: as it was taken, and with its mask."""

    slick: SlickRecord
    plain: str
    marked: str


@dataclass(frozen=True)
class ScenePage:
    """What a report says.

    Attributes:
        scene: its name.
        facts: names and values, shown as they are.
        totals: by class.
        map_picture: JPEG data address of the scene with its slicks; "" without one.
        map_note: what the map shows.
        figures: of the largest slicks.
        slicks: all, largest first.
        notes: sentences at the end.
    """

    scene: str
    facts: Mapping[str, str]
    totals: Sequence[ClassTotal]
    map_picture: str
    map_note: str
    figures: Sequence[Figure]
    slicks: Sequence[SlickRecord]
    notes: Sequence[str]


def html_page(page: ScenePage) -> str:
    """Write the report; every text in it is escaped, and scripts are forbidden by the page itself."""
    parts = [
        f"<h1>Scene {escape(page.scene)}</h1>",
        _facts(page.facts),
        "<h2>Totals by class</h2>",
        _totals(page.totals),
        _map(page),
        "<h2>Largest slicks</h2>" if page.figures else "",
        f'<div class="figures">{"".join(_figure(one) for one in page.figures)}</div>',
        "<h2>Slicks</h2>",
        _slicks(page.slicks),
        "".join(f'<p class="note">{escape(note)}</p>' for note in page.notes),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Scene {escape(page.scene)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


def _facts(facts: Mapping[str, str]) -> str:
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in facts.items()
    )
    return f"<dl>{rows}</dl>"


def _totals(totals: Sequence[ClassTotal]) -> str:
    ground = any(one.area_km2 is not None for one in totals)
    head = ["Class", "Slicks", *(["Area, km²", "Length, km"] if ground else []), "Area, px"]
    rows = [
        [
            _swatch(one.color) + escape(one.name),
            _number(one.slicks),
            *([_number(one.area_km2), _number(one.length_km)] if ground else []),
            _number(one.area_px),
        ]
        for one in totals
    ]
    return _table(head, rows) if rows else '<p class="note">No slick in this scene.</p>'


def _map(page: ScenePage) -> str:
    if not page.map_picture:
        return ""
    caption = f"<figcaption>{escape(page.map_note)}</figcaption>"
    return (
        f'<h2>Map</h2><figure class="map"><img alt="Map" src="{escape(page.map_picture)}">{caption}</figure>'
    )


def _figure(one: Figure) -> str:
    slick = one.slick
    text = f"{slick.number}. {slick.class_name}, {_size(slick)}"
    pictures = "".join(
        f'<img alt="{word}" src="{escape(source)}">'
        for word, source in (("as taken", one.plain), ("with its mask", one.marked))
    )
    where = f" ({slick.image})" if slick.image != slick.scene else ""
    return f"<figure>{pictures}<figcaption>{escape(text + where)}</figcaption></figure>"


def _size(slick: SlickRecord) -> str:
    if slick.area_km2 is None or slick.length_km is None:
        return f"{slick.area_px} px, {slick.length_px:.0f} px long"
    return f"{_figures(slick.area_km2)} km², {_figures(slick.length_km)} km long"


def _slicks(slicks: Sequence[SlickRecord]) -> str:
    ground = any(one.on_ground for one in slicks)
    columns: tuple[tuple[str, str], ...] = _GROUND_COLUMNS if ground else _PIXEL_COLUMNS
    if any(one.image != one.scene for one in slicks):
        columns = (columns[0], ("image", "Image"), *columns[1:])
    rows = [[_cell(one, name) for name, _ in columns] for one in slicks[:MAX_ROWS]]
    left_out = len(slicks) - MAX_ROWS
    more = f'<p class="note">{left_out} smaller slicks are left out here; the CSV has all.</p>'
    table = _table([word for _, word in columns], rows, "slicks")
    return (table if rows else "") + (more if left_out > 0 else "")


def _cell(slick: SlickRecord, name: str) -> str:
    value: Value = getattr(slick, name)
    digits = _DIGITS.get(name)
    if digits is not None and isinstance(value, float):
        return minus(f"{value:.{digits}f}")
    return _number(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], name: str = "") -> str:
    top = "".join(f"<th>{escape(word)}</th>" for word in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="{name}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def _swatch(color: str) -> str:
    return f'<span class="swatch" style="background:{escape(color)}"></span>'


def _number(value: Value) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, float):
        return minus(_figures(value))
    return escape(f"{value:,}".replace(",", "\u202f") if isinstance(value, int) else value)


def _figures(value: float) -> str:
    """Write three figures: 0.0713, 7.13, 71.3, 713."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}" if abs(value) >= 0.1 else f"{value:.3g}"


_GROUND_COLUMNS = (
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
_PIXEL_COLUMNS = (
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

_DIGITS = {"contrast_db": 1, "probability": 2, "latitude": 4, "longitude": 4, "x": 0, "y": 0, "width_px": 1}

_STYLE = """
:root{color-scheme:light}
body{font:14px/1.5 system-ui,sans-serif;color:#1a1a1e;background:#fff;max-width:1120px;margin:32px auto;
padding:0 24px;font-variant-numeric:tabular-nums}
h1{font-size:24px;margin:0 0 16px;overflow-wrap:anywhere}h2{font-size:16px;margin:32px 0 8px}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:8px 24px;margin:0}
dt{color:#62626b;font-size:12px}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}th,td{text-align:right;padding:4px 8px;border-bottom:1px solid #ddd}
th{font-weight:600;font-size:12px;color:#44444c;vertical-align:bottom}
td:first-child,th:first-child,.slicks td:nth-child(2),.slicks th:nth-child(2){text-align:left}
td{overflow-wrap:anywhere}.swatch{display:inline-block;width:12px;height:12px;margin-right:8px;
border:1px solid #0006;vertical-align:-1px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
figure{margin:0}figcaption,.note{color:#62626b;font-size:12px;margin:4px 0 0}
.map img{max-width:100%;max-height:900px;display:block}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(330px,1fr));gap:16px}
.figures img{width:49%;aspect-ratio:1;object-fit:contain;background:#151517;margin-right:2%}
.figures img+img{margin-right:0}
@page{size:A4;margin:14mm}
@media print{body{margin:0;padding:0;max-width:none;font-size:10px}h2{break-after:avoid}
figure,tr{break-inside:avoid}thead{display:table-header-group}.map img{max-height:200mm}
.figures{grid-template-columns:1fr 1fr}th,td{padding:2px 4px}}
""".strip()
