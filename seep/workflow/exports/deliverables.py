"""Deliverables of a place: GeoPackage, tables, and a report to print; and the way back for ranks and notes."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import shapely
from pyproj import Geod
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from seep.core.geo.georeference import WGS84
from seep.core.geo.polygons import to_lonlat, within_globe
from seep.core.records import SITE_RANKS
from seep.errors import SettingsError
from seep.io.exporting.layers import (
    Layer,
    categorized_style,
    read_rows,
    write_geoparquet,
    write_kml,
    write_layers,
)
from seep.io.exporting.pdf import print_pdf
from seep.io.exporting.staging import place_for, staged
from seep.io.exporting.table import plain_text, safe_cell
from seep.store.places.sites import MAX_NOTE
from seep.workflow.actor import Actor, requires
from seep.workflow.classes import get_classes
from seep.workflow.exports.destination import checked_destination
from seep.workflow.exports.downloads import zip_for_download
from seep.workflow.exports.place_report import date_colors, place_report
from seep.workflow.exports.place_stac import FOLDER, write_place_stac
from seep.workflow.exports.place_tables import Row, pass_row, site_row, slick_row
from seep.workflow.places import sites
from seep.workflow.places.detection import refresh_sites
from seep.workflow.places.environment.slick_paths import SlickPaths, slick_paths
from seep.workflow.places.evidence import PlaceSites
from seep.workflow.places.place_data import Pass
from seep.workflow.places.site_scores import site_scores
from seep.workflow.places.slicks.causes import pass_causes
from seep.workflow.reference_layers import references_around
from seep.workflow.workspace import Workspace

_GEOD = Geod(ellps="WGS84")
_RANK_COLORS = {"high": "#d0392b", "medium": "#e58a2b", "low": "#e8cf45", "": "#8a8f98"}


@dataclass(frozen=True)
class SiteExport:
    """What an export of sites wrote."""

    folder: Path
    sites: int
    slicks: int
    files: tuple[str, ...]


@requires("admin", "write to server folders")
def export_sites(
    workspace: Workspace, place_id: int, out: Path, *, actor: Actor, pdf: bool = False, names: bool = False
) -> SiteExport:
    """Write the deliverables of a place to a folder: all files, or none if it fails.

    `sites.gpkg` has the layers `sites`, `slicks` and `passes` with QGIS styles, in WGS 84, or in pixels without a
    georeference; with bathymetry also `search_areas`, within which the vents are to be searched, and with wind or
    currents `paths` of the slicks back in time. `sites.csv` and
    `slicks.csv` hold the same values. `sites.html` is a report with a map and a contact sheet per site. `stac` has
    items for the sites and for the slicks of each pass, if a pass has a georeference and an acquisition time. A place
    with a georeference also gets `sites.kml`, and `sites.parquet` and `slicks.parquet` as GeoParquet.

    Args:
        pdf: also print the report to `sites.pdf`; needs Chromium.
        names: say who changed a site, and who decided a cause.

    Raises:
        DeniedError: the actor is not an admin.
        MissingError: there is no such place.
        SettingsError: the folder belongs to the workspace or the program, or there is no Chromium for the PDF.
        StorageError: the folder cannot be written, or Chromium failed.
    """
    out = checked_destination(workspace, out)
    with staged(out, partial(checked_destination, workspace)) as stage:
        found = refresh_sites(workspace, place_id)
        files = _write(workspace, found, stage, names)
        if pdf:
            print_pdf(place_for(stage, "sites.html"), place_for(stage, "sites.pdf"))
            files = (*files, "sites.pdf")
    return SiteExport(out, len(found.sites), sum(len(one.slicks) for one in found.data.passes), files)


@requires("lead", "export results")
def export_sites_zip(workspace: Workspace, place_id: int, *, actor: Actor) -> Path:
    """Write the deliverables of a place to one zip for download; see `export_sites`.

    Raises:
        DeniedError: the actor is neither a lead nor an admin.
        MissingError: there is no such place.
        StorageError: the folder of exports cannot be written.
    """
    found = refresh_sites(workspace, place_id)
    _, path = zip_for_download(workspace, "sites", lambda folder: _write(workspace, found, folder))
    return path


def _write(workspace: Workspace, found: PlaceSites, stage: Path, names: bool = False) -> tuple[str, ...]:
    references = references_around(workspace, found.data.georeference, found.data.bounds)
    scores = site_scores(workspace, found, references)
    paths = slick_paths(workspace, found)
    causes = pass_causes(workspace, found.data.passes)
    site_rows = [
        site_row(site, scores[site.number], references=references, paths=paths, causes=causes, names=names)
        for site in found.sites
    ]
    slicks = [(one, at) for one in found.data.passes for at in range(len(one.slicks))]
    classes = {seep_class.id: seep_class.name for seep_class in get_classes(workspace)}
    slick_rows = []
    for one, at in slicks:
        cause = causes.get((one.scene.id, at))
        row = slick_row(found, one, at, names=classes, references=references, paths=paths, cause=cause)
        slick_rows.append(row | ({"cause_by": cause.author if cause else ""} if names else {}))
    pass_rows = [pass_row(one) for one in found.data.passes]
    colors = {one.scene.name: color for one, color in zip(found.data.passes, date_colors(found), strict=True)}
    outlines = [_outline(found, one, at) for one, at in slicks]
    layers = [
        Layer("sites", "Point", [_point(found, site.x, site.y) for site in found.sites], _columns(site_rows),
              categorized_style("rank", _RANK_COLORS, marker=True, label="site")),
        Layer("slicks", "MultiPolygon", outlines, _columns(slick_rows),
              categorized_style("scene", colors)),
        Layer("passes", "MultiPolygon", [_box(found, one) for one in found.data.passes], _columns(pass_rows),
              categorized_style("scene", colors)),
    ]  # fmt: skip
    if any(row["search_radius_m"] for row in site_rows):
        layers.append(_search_areas(found, site_rows))
    layers.append(_paths(slicks, slick_rows, paths, colors))
    filled = [layer for layer in layers if layer.shapes]
    write_layers(place_for(stage, "sites.gpkg"), filled, WGS84 if found.data.georeference else None)
    _write_table(place_for(stage, "sites.csv"), site_rows)
    _write_table(place_for(stage, "slicks.csv"), slick_rows)
    place_for(stage, "sites.html").write_text(
        place_report(workspace, found, site_rows, references, causes), encoding="utf-8"
    )
    files = ["sites.gpkg", "sites.csv", "slicks.csv", "sites.html"]
    if found.data.georeference is not None and filled:
        write_kml(place_for(stage, "sites.kml"), filled)
        tables = [one for one in filled if one.name in ("sites", "slicks")]
        for table in tables:
            write_geoparquet(place_for(stage, f"{table.name}.parquet"), table)
        files += ["sites.kml", *(f"{table.name}.parquet" for table in tables)]
    owners = [one for one, _ in slicks]
    stac = write_place_stac(stage, found, list(zip(owners, slick_rows, outlines, strict=True)))
    return (*files, FOLDER) if stac else tuple(files)


@requires("reviewer", "change sites")
def import_sites(workspace: Workspace, place_id: int, path: Path, actor: Actor) -> int:
    """Read ranks and notes of sites from a file that `export_sites` wrote and a person edited.

    Args:
        path: GeoPackage with a layer `sites`, or CSV file; with `site`, and `rank` or `note` or both.

    Returns:
        Number of sites that changed.

    Raises:
        MissingError: there is no such place.
        SettingsError: the file cannot be read, a site is unknown, a rank is, or a note is too long; nothing changed.
    """
    rows = _read_layer(path) if path.suffix.lower() == ".gpkg" else _read_table(path)
    if not rows or "site" not in rows[0] or not {"rank", "note"} & rows[0].keys():
        raise SettingsError(f"{path.name} needs a row of headings with site, and rank or note.")
    known = {str(one.number): one for one in refresh_sites(workspace, place_id).sites}
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
        {name: plain_text(row[name] or "") for name in ("site", "rank", "note") if name in row}
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


def _columns(rows: Sequence[Row]) -> dict[str, list[int | float | str | None]]:
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def _write_table(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0] if rows else ["site"])
        for row in rows:
            writer.writerow([safe_cell(value) for value in row.values()])


def _point(found: PlaceSites, x: float, y: float) -> Point:
    return Point(found.data.lonlat(x, y) or (x, y))


def _outline(found: PlaceSites, one: Pass, at: int) -> MultiPolygon:
    shape = shapely.make_valid(MultiPolygon([Polygon(ring) for ring in one.outlines(one.slicks[at])]))
    return MultiPolygon(
        [part for part in shapely.get_parts(_placed(found, shape)) if part.geom_type == "Polygon"]
    )


def _search_areas(found: PlaceSites, rows: Sequence[Row]) -> Layer:
    """Circles on the ground around the sites within which their vents are to be searched."""
    areas = [(one, row) for one, row in zip(found.sites, rows, strict=True) if row["search_radius_m"]]
    azimuths = np.arange(0, 360, 5)
    circles = []
    for site, row in areas:
        place = found.data.lonlat(site.x, site.y)
        assert place is not None
        starts = np.broadcast_to(np.array(place)[:, np.newaxis], (2, len(azimuths)))
        lon, lat, _ = _GEOD.fwd(
            starts[0], starts[1], azimuths, np.full(len(azimuths), row["search_radius_m"])
        )
        lon = place[0] + (lon - place[0] + 180) % 360 - 180  # continues beyond the antimeridian
        circles.append(
            MultiPolygon(shapely.get_parts(within_globe(Polygon(np.column_stack([lon, lat])))).tolist())
        )
    columns = [
        {name: row[name] for name in ("site", "rank", "depth_m", "search_radius_m")} for _, row in areas
    ]
    style = categorized_style("rank", _RANK_COLORS)
    return Layer("search_areas", "MultiPolygon", circles, _columns(columns), style)


def _paths(
    slicks: Sequence[tuple[Pass, int]], rows: Sequence[Row], paths: SlickPaths, colors: Mapping[str, str]
) -> Layer:
    """Where the far ends of slicks were in the hours before their pass, as far as wind and currents are known."""
    known = [
        (found, row)
        for (one, at), row in zip(slicks, rows, strict=True)
        if (found := paths.slicks.get((one.scene.id, at))) is not None and len(found.lon) > 1
    ]
    names = ("scene", "slick", "site", "path_agrees", "path_hours", "path_site_km", "path_spread_km")
    columns = [
        {name: row[name] for name in names}
        | {"hours": len(found.lon) - 1, "spread_km": round(float(found.spread_m[-1]) / 1000, 3)}
        for found, row in known
    ]
    lines = []
    for found, _ in known:
        lon = np.unwrap(found.lon, period=360)  # continues beyond the antimeridian
        lon = lon + 360 if lon.min() < -180 else lon
        line = within_globe(LineString(np.column_stack([lon, found.lat])))
        lines.append(MultiLineString(shapely.get_parts(line).tolist()))
    return Layer(
        "paths", "MultiLineString", lines, _columns(columns), categorized_style("scene", colors, line=True)
    )


def _box(found: PlaceSites, one: Pass) -> MultiPolygon:
    return MultiPolygon(shapely.get_parts(_placed(found, Polygon(one.corners()))).tolist())


def _placed(found: PlaceSites, shape: BaseGeometry) -> BaseGeometry:
    """Return a shape in longitude and latitude, cut at the antimeridian; in pixels without a georeference."""
    georeference = found.data.georeference
    return shape if georeference is None else within_globe(to_lonlat(shape, georeference))
