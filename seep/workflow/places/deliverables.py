"""Deliverables of a place: GeoPackage, tables, and a report to print; and the way back for ranks and notes."""

import base64
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Point, Polygon

from seep.core.geo.georeference import WGS84
from seep.core.image.arrays import ByteImage
from seep.core.records import SITE_RANKS
from seep.errors import SettingsError
from seep.io.exporting.html import render_html
from seep.io.exporting.layers import Layer, categorized_style, read_rows, write_layers
from seep.io.exporting.staging import place_for, staged
from seep.io.exporting.table import safe_cell
from seep.store.places.sites import MAX_NOTE
from seep.workflow.actor import Actor, requires
from seep.workflow.classes import get_classes
from seep.workflow.exports.destination import checked_destination
from seep.workflow.exports.downloads import zip_for_download
from seep.workflow.places import sites
from seep.workflow.places.detection import PlaceSites, SiteEvidence, place_sites
from seep.workflow.places.pass_pictures import Square, pass_picture
from seep.workflow.places.place_data import Pass
from seep.workflow.workspace import Workspace

SHEET_PX = 160
MAP_PX = 1000
MAX_SHEETS = 100

_RANK_COLORS = {"high": "#d0392b", "medium": "#e58a2b", "low": "#e8cf45", "": "#8a8f98"}
_STOPS = ((86, 120, 214), (52, 152, 190), (45, 178, 140), (125, 200, 90), (214, 214, 70), (250, 175, 60))

Row = dict[str, int | float | str | None]


@dataclass(frozen=True)
class SiteExport:
    """What an export of sites wrote."""

    folder: Path
    sites: int
    slicks: int
    files: tuple[str, ...]


@requires("admin", "write to server folders")
def export_sites(workspace: Workspace, place_id: int, out: Path, *, actor: Actor) -> SiteExport:
    """Write the deliverables of a place to a folder: all files, or none if it fails.

    `sites.gpkg` has the layers `sites`, `slicks` and `passes` with QGIS styles, in WGS 84, or in pixels without a
    georeference. `sites.csv` and `slicks.csv` hold the same values. `sites.html` is a report with a map and a
    contact sheet per site.

    Raises:
        DeniedError: the actor is not an admin.
        MissingError: there is no such place.
        SettingsError: the folder belongs to the workspace or the program.
        StorageError: the folder cannot be written.
    """
    out = checked_destination(workspace, out)
    with staged(out, partial(checked_destination, workspace)) as stage:
        found = place_sites(workspace, place_id)
        files = _write(workspace, found, stage)
    return SiteExport(out, len(found.sites), sum(len(one.slicks) for one in found.data.passes), files)


@requires("lead", "export results")
def export_sites_zip(workspace: Workspace, place_id: int, *, actor: Actor) -> Path:
    """Write the deliverables of a place to one zip for download; see `export_sites`.

    Raises:
        DeniedError: the actor is neither a lead nor an admin.
        MissingError: there is no such place.
        StorageError: the folder of exports cannot be written.
    """
    found = place_sites(workspace, place_id)
    _, path = zip_for_download(workspace, "sites", lambda folder: _write(workspace, found, folder))
    return path


def _write(workspace: Workspace, found: PlaceSites, stage: Path) -> tuple[str, ...]:
    site_rows = [_site_row(one) for one in found.sites]
    slicks = [(one, at) for one in found.data.passes for at in range(len(one.slicks))]
    names = {one.id: one.name for one in get_classes(workspace)}
    slick_rows = [_slick_row(found, one, at, names) for one, at in slicks]
    pass_rows: list[Row] = [
        {"scene": one.scene.name, "acquired_at": one.scene.acquired_at, "slicks": len(one.slicks)}
        for one in found.data.passes
    ]
    colors = {
        one.scene.name: color for one, color in zip(found.data.passes, _date_colors(found), strict=True)
    }
    layers = [
        Layer("sites", "Point", [_point(found, one.x, one.y) for one in found.sites], _columns(site_rows),
              categorized_style("rank", _RANK_COLORS, marker=True, label="site")),
        Layer("slicks", "MultiPolygon", [_outline(found, one, at) for one, at in slicks], _columns(slick_rows),
              categorized_style("scene", colors)),
        Layer("passes", "MultiPolygon", [_box(found, one) for one in found.data.passes], _columns(pass_rows),
              categorized_style("scene", colors)),
    ]  # fmt: skip
    filled = [one for one in layers if one.shapes]
    write_layers(place_for(stage, "sites.gpkg"), filled, WGS84 if found.data.georeference else None)
    _write_table(place_for(stage, "sites.csv"), site_rows)
    _write_table(place_for(stage, "slicks.csv"), slick_rows)
    place_for(stage, "sites.html").write_text(_report(workspace, found, site_rows), encoding="utf-8")
    return ("sites.gpkg", "sites.csv", "slicks.csv", "sites.html")


@requires("reviewer", "change sites")
def import_sites(workspace: Workspace, place_id: int, path: Path, actor: Actor) -> int:
    """Read ranks and notes of sites from a file that `export_sites` wrote and a person edited.

    Args:
        workspace: where to.
        place_id: place of the sites.
        path: GeoPackage with a layer `sites`, or CSV file; with `site`, and `rank` or `note` or both.
        actor: who imports.

    Returns:
        Number of sites that changed.

    Raises:
        MissingError: there is no such place.
        SettingsError: the file cannot be read, a site is unknown, a rank is, or a note is too long; nothing changed.
    """
    rows = _read_layer(path) if path.suffix.lower() == ".gpkg" else _read_table(path)
    if not rows or "site" not in rows[0] or not {"rank", "note"} & rows[0].keys():
        raise SettingsError(f"{path.name} needs a row of headings with site, and rank or note.")
    known = {str(one.number): one for one in place_sites(workspace, place_id).sites}
    for row in rows:
        if row["site"] not in known or (row.get("rank") or "") not in ("", *SITE_RANKS):
            raise SettingsError(
                f"{path.name}: site {row['site']!r} with rank {row.get('rank')!r} cannot be used. Nothing changed."
            )
        if len(row.get("note", "")) > MAX_NOTE:
            raise SettingsError(
                f"{path.name}: the note of site {row['site']} has more than {MAX_NOTE} characters. Nothing changed."
            )
    changed = set[int]()
    for row in rows:
        site = known[row["site"]]
        rank, note = row.get("rank", site.rank), row.get("note", site.note).strip()
        if rank != site.rank:
            sites.rank_site(workspace, place_id, site.number, rank, actor, reason=f"from {path.name}")
            changed.add(site.number)
        if note != site.note:
            sites.note_site(workspace, place_id, site.number, note, actor)
            changed.add(site.number)
    return len(changed)


def _read_table(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, restval=""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"{path} cannot be read: {error}. Use a CSV file in UTF-8.") from error
    return [
        {name: (row[name] or "").removeprefix("'") for name in ("site", "rank", "note") if name in row}
        for row in rows
    ]


def _read_layer(path: Path) -> list[dict[str, str]]:
    return [
        {
            name: "" if row[name] is None else str(row[name])
            for name in ("site", "rank", "note")
            if name in row
        }
        for row in read_rows(path, "sites")
    ]


def _site_row(site: SiteEvidence) -> Row:
    return {
        "site": site.number,
        "rank": site.rank,
        "n": site.n,
        "m": site.m,
        "rate": round(site.rate, 4) if site.m else None,
        "rate_low": round(site.rate_low, 4) if site.m else None,
        "rate_high": round(site.rate_high, 4) if site.m else None,
        "longitude": site.longitude,
        "latitude": site.latitude,
        "x_px": round(site.x, 1),
        "y_px": round(site.y, 1),
        "first_seen": site.first_seen,
        "last_seen": site.last_seen,
        "drift_deg": _rounded(site.drift_deg, 1),
        "drift_spread_deg": _rounded(site.drift_spread_deg, 1),
        "area_km2": _rounded(site.area_km2, 5),
        "length_km": _rounded(site.length_km, 3),
        "area_px": site.area_px,
        "length_px": _rounded(site.length_px, 1),
        "note": site.note,
        "changed_by": site.changed_by,
        "changed_at": site.changed_at,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _slick_row(found: PlaceSites, one: Pass, at: int, names: dict[int, str]) -> Row:
    slick = one.slicks[at]
    site = found.site_of(one.scene.id, at)
    end = (
        next((s.origin_end for s in site.slicks if (s.scene_id, s.slick) == (one.scene.id, at)), 0)
        if site
        else None
    )
    x, y = one.ends()[at].ends[end or 0].tolist()
    place = found.data.lonlat(x, y) if site else None
    pixel_km = one.pixel_km
    return {
        "scene": one.scene.name,
        "acquired_at": one.scene.acquired_at,
        "slick": at + 1,
        "site": site.number if site else None,
        "n": site.n if site else None,
        "m": site.m if site else None,
        "rate": round(site.rate, 4) if site else None,
        "rank": site.rank if site else "",
        "origin_end": end,
        "origin_lon": place[0] if place else None,
        "origin_lat": place[1] if place else None,
        "origin_x_px": round(x, 1) if site else None,
        "origin_y_px": round(y, 1) if site else None,
        "class_id": slick.class_id,
        "class_name": names.get(slick.class_id, ""),
        "reviewed": int(slick.reviewed),
        "area_px": slick.area_px,
        "length_px": slick.length_px,
        "area_km2": None if pixel_km is None else round(slick.area_px * pixel_km**2, 5),
        "length_km": None if pixel_km is None else round(slick.length_px * pixel_km, 3),
    }


def _columns(rows: Sequence[Row]) -> dict[str, list[int | float | str | None]]:
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def _write_table(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0] if rows else ["site"])
        for row in rows:
            writer.writerow([safe_cell(value) for value in row.values()])


def _placed(found: PlaceSites, points: np.ndarray) -> np.ndarray:
    if found.data.georeference is None:
        return points
    return np.column_stack(found.data.georeference.lonlat(points[:, 0], points[:, 1]))


def _point(found: PlaceSites, x: float, y: float) -> Point:
    return Point(*_placed(found, np.array([[x, y]]))[0])


def _outline(found: PlaceSites, one: Pass, at: int) -> MultiPolygon:
    parts = [Polygon(_placed(found, ring)) for ring in one.outlines(one.slicks[at])]
    valid = [
        part
        for part in shapely.get_parts(shapely.make_valid(MultiPolygon(parts)))
        if part.geom_type == "Polygon"
    ]
    return MultiPolygon(valid)


def _box(found: PlaceSites, one: Pass) -> MultiPolygon:
    return MultiPolygon([Polygon(_placed(found, one.corners()))])


def _date_colors(found: PlaceSites) -> list[str]:
    """One color per pass, from the first date (blue) to the last one (orange), as on the Sites page."""
    count = len(found.data.passes)
    stops = np.array(_STOPS, float)
    at = np.linspace(0, len(stops) - 1, count) if count > 1 else np.array([2.5])
    mixed = np.stack([np.interp(at, range(len(stops)), stops[:, band]) for band in range(3)], axis=1)
    return ["#" + "".join(f"{round(value):02x}" for value in color) for color in mixed]


def _report(workspace: Workspace, found: PlaceSites, rows: Sequence[Row]) -> str:
    data = found.data
    colors = _date_colors(found)
    radius = f"{data.radius_px:.0f} px" if data.pixel_m is None else f"{data.radius_px * data.pixel_m:.0f} m"
    largest = sorted(found.sites, key=lambda one: (-one.n, one.number))[:MAX_SHEETS]
    shown = sorted(largest, key=lambda one: one.number)
    times = [one.scene.acquired_at[:10] for one in data.passes if one.scene.acquired_at]
    return render_html(
        "site_report.html",
        title=f"Seep sites of {data.place.name}",
        facts={
            "Sites": len(found.sites),
            "Slicks": sum(len(one.slicks) for one in data.passes),
            "Passes": len(data.passes),
            "Acquired": f"{times[0]} to {times[-1]}" if times else "unknown; passes in the order of their names",
            "Radius of a site": radius,
        },
        map_picture=_data_url(_map(found, colors)),
        dates=[(one.scene.acquired_at or one.scene.name)[:10] for one in data.passes],
        colors=colors,
        rows=rows,
        sheets=[
            (site, [_card(workspace, found, site, one, color) for one, color in zip(data.passes, colors, strict=True)
                    if one.scene.id in site.covering])
            for site in shown
        ],
    )  # fmt: skip


def _map(found: PlaceSites, colors: Sequence[str]) -> ByteImage:
    left, top, right, bottom = found.data.bounds
    scale = MAP_PX / max(right - left, bottom - top, 1)
    drawn = np.full(
        (max(1, round((bottom - top) * scale)), max(1, round((right - left) * scale)), 3), 255, np.uint8
    )
    origin = np.array([left, top])
    for one, color in zip(found.data.passes, colors, strict=True):
        rings = [
            np.asarray((ring - origin) * scale, np.int32)
            for slick in one.slicks
            for ring in one.outlines(slick)
        ]
        cv2.polylines(drawn, rings, True, _bgr(color), 1, cv2.LINE_AA)
    for site in found.sites:
        at = (round((site.x - left) * scale), round((site.y - top) * scale))
        cv2.circle(drawn, at, 4 + site.n, (40, 40, 40), 1, cv2.LINE_AA)
        cv2.putText(
            drawn,
            str(site.number),
            (at[0] + 5 + site.n, at[1] + 4),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.4,
            (0, 0, 0),
            1,
            cv2.LINE_AA,
        )
    return drawn


def _card(
    workspace: Workspace, found: PlaceSites, site: SiteEvidence, one: Pass, color: str
) -> dict[str, str]:
    side = max(120.0, 3 * found.data.radius_px)
    square = Square(site.x - side / 2, site.y - side / 2, side)
    gray = pass_picture(workspace, one.scene.id, square, SHEET_PX)
    plain = np.repeat(gray[:, :, np.newaxis], 3, axis=2)
    marked = plain.copy()
    scale, origin = SHEET_PX / side, np.array([square.x, square.y])
    rings = [
        np.asarray((ring - origin) * scale, np.int32) for slick in one.slicks for ring in one.outlines(slick)
    ]
    cv2.polylines(marked, rings, True, _bgr(color), 1, cv2.LINE_AA)
    cv2.circle(marked, (SHEET_PX // 2, SHEET_PX // 2), 6, (255, 255, 255), 1, cv2.LINE_AA)
    seen = any(slick.scene_id == one.scene.id for slick in site.slicks)
    date = (one.scene.acquired_at or one.scene.name)[:10]
    return {
        "plain": _data_url(plain),
        "marked": _data_url(marked),
        "label": f"{date}, {'slick' if seen else 'none'}",
    }


def _bgr(color: str) -> tuple[int, int, int]:
    return int(color[5:7], 16), int(color[3:5], 16), int(color[1:3], 16)


def _data_url(picture: ByteImage) -> str:
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
    assert done  # encoding a uint8 array in memory cannot fail
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()
