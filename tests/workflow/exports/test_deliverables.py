import csv
import os
import shutil
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import geopandas
import numpy as np
import pyogrio
import pystac
import pytest
import shapely
import shapely.geometry
from affine import Affine
from pystac.validation import validate_dict

import seep
from seep.errors import DeniedError, SettingsError
from seep.workflow.actor import Actor
from seep.workflow.exports.deliverables import export_sites, export_sites_zip, import_sites
from seep.workflow.exports.place_tables import WIDEST_SPREAD_DEG, drift_text, position_text, rate_texts
from seep.workflow.places import sites
from seep.workflow.places.detection import place_sites
from seep.workflow.places.places import create_place
from seep.workflow.places.times import set_times
from seep.workflow.places.wind import set_wind
from seep.workflow.review.queue import queue
from seep.workflow.review.revisions import save_mask
from seep.workflow.review.tile_document import tile_document
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.rasters import open_raster_scene, sea, write_raster


def layer(path: Path, name: str) -> tuple[dict[str, list[object]], list[shapely.Geometry]]:
    meta, _, shapes, columns = pyogrio.raw.read(path, layer=name)
    values = {field: list(column) for field, column in zip(meta["fields"], columns, strict=True)}
    return values, list(shapely.from_wkb(shapes))


def test_the_geopackage_has_what_the_page_shows(workspace: Workspace, place: int, tmp_path: Path) -> None:
    set_times(workspace, {f"p{n}": f"2026-05-0{n}" for n in range(1, 5)}, ADA)
    sites.rank_site(workspace, place, 1, "high", ADA)
    found = place_sites(workspace, place)
    result = export_sites(workspace, place, tmp_path / "out", actor=ADA)
    assert (result.sites, result.slicks) == (3, 11)
    assert {path.name for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")} == set(
        result.files
    )
    path = tmp_path / "out" / "sites.gpkg"
    values, points = layer(path, "sites")
    assert [(n, m) for n, m in zip(values["n"], values["m"], strict=True)] == [
        (one.n, one.m) for one in found.sites
    ]
    assert values["rank"] == ["high", "", ""]
    assert [(point.x, point.y) for point in points] == [(one.x, one.y) for one in found.sites]
    values, outlines = layer(path, "slicks")
    assert len(outlines) == 11
    assert sum(site == 1 for site in values["site"]) == found.sites[0].n
    assert all(shape.area > 30 for shape in outlines)
    values, _ = layer(path, "passes")
    assert values["scene"] == ["p1", "p2", "p3", "p4"]
    with closing(sqlite3.connect(path)) as database:
        styles = dict(
            database.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1")
        )
    assert styles.keys() == {"sites", "slicks", "passes"}
    assert 'attr="rank"' in styles["sites"]
    report = (tmp_path / "out" / "sites.html").read_text()
    assert report.count("<h3>Site ") == 3
    assert "2026-05-01 to 2026-05-04" in report


def test_rate_and_drift_read_as_on_the_sites_page(workspace: Workspace, place: int, tmp_path: Path) -> None:
    site = replace(
        place_sites(workspace, place).sites[0], n=5, m=8, rate=5 / 8, rate_low=0.305, rate_high=0.8631
    )
    assert rate_texts(site) == ("0.63", "0.30–0.86")
    assert rate_texts(replace(site, m=0)) == ("–", "–")
    known = replace(site, drift_deg=359.7, drift_spread_deg=20.5)
    assert drift_text(known) == "0° ± 21°"
    assert drift_text(replace(known, drift_deg=12.5, drift_spread_deg=None)) == "13°"
    for meaningless in (
        replace(known, drift_deg=None),
        replace(known, n=1),
        replace(known, drift_spread_deg=61),
    ):
        assert drift_text(meaningless) == "–"
    at = replace(site, latitude=None, longitude=None, x=1434.47, y=1434.5)
    assert position_text(at) == "x 1434, y 1435 px"
    script = Path(seep.__file__).parent / "ui/components/site_map/frontend/text.js"
    assert f"const WIDEST_SPREAD_DEG = {WIDEST_SPREAD_DEG};" in script.read_text()

    export_sites(workspace, place, tmp_path / "out", actor=ADA)
    report = (tmp_path / "out" / "sites.html").read_text()
    for one in place_sites(workspace, place).sites:
        assert f"<td>{drift_text(one)}</td>" in report
        assert f"<td>{position_text(one)}</td>" in report
        assert "<td>{}</td><td>{}</td>".format(*rate_texts(one)) in report


def test_a_site_that_no_pass_covers_has_no_rate(workspace: Workspace, place: int, tmp_path: Path) -> None:
    number = sites.add_site(workspace, place, (2, 2), ADA)  # in the wedge of nodata of all passes
    added = next(one for one in place_sites(workspace, place).sites if one.number == number)
    assert (added.n, added.m) == (0, 0)
    export_sites(workspace, place, tmp_path / "out", actor=ADA)
    rows = list(csv.DictReader((tmp_path / "out" / "sites.csv").read_text("utf-8-sig").splitlines()))
    row = next(row for row in rows if row["site"] == str(number))
    assert (row["m"], row["rate"], row["rate_low"], row["rate_high"]) == ("0", "", "", "")
    assert "<td>0 of 0</td><td>–</td><td>–</td>" in (tmp_path / "out" / "sites.html").read_text()


def test_ranks_and_notes_come_back(workspace: Workspace, place: int, tmp_path: Path) -> None:
    export_sites(workspace, place, tmp_path, actor=ADA)
    table = tmp_path / "sites.csv"
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[1] |= {"rank": "low", "note": "=see log"}
    edited = tmp_path / "edited.csv"
    with edited.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert import_sites(workspace, place, edited, ADA) == 1
    site = place_sites(workspace, place).sites[1]
    assert (site.rank, site.note, site.changed_by) == ("low", "=see log", "ada")
    assert import_sites(workspace, place, edited, ADA) == 0
    assert "'=see log" in _exported(workspace, place, tmp_path / "again")
    assert import_sites(workspace, place, tmp_path / "again" / "sites.csv", ADA) == 0
    edited.write_text("site,rank\n1,high\n99,low\n")
    with pytest.raises(SettingsError, match="'99'"):
        import_sites(workspace, place, edited, ADA)
    assert place_sites(workspace, place).sites[0].rank == ""


def _exported(workspace: Workspace, place: int, folder: Path) -> str:
    export_sites(workspace, place, folder, actor=ADA)
    return (folder / "sites.csv").read_text(encoding="utf-8-sig")


def test_only_an_admin_writes_to_folders(workspace: Workspace, place: int, tmp_path: Path) -> None:
    with pytest.raises(DeniedError):
        export_sites(workspace, place, tmp_path / "out", actor=Actor("ann", "reviewer"))
    assert not (tmp_path / "out").exists()


def test_ranks_and_notes_come_back_from_the_geopackage(
    workspace: Workspace, place: int, tmp_path: Path
) -> None:
    sites.rank_site(workspace, place, 1, "low", ADA)
    export_sites(workspace, place, tmp_path, actor=ADA)
    path = tmp_path / "sites.gpkg"
    with closing(sqlite3.connect(path)) as database:
        # The triggers need functions of SpatiaLite.
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'sites'"
        ).fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE sites SET rank = NULL WHERE site = 1")
        database.execute("UPDATE sites SET rank = 'high', note = ? WHERE site = 2", ("'59 survey",))
        database.commit()
    assert import_sites(workspace, place, path, ADA) == 2
    found = {one.number: (one.rank, one.note) for one in place_sites(workspace, place).sites}
    assert found == {1: ("", ""), 2: ("high", "'59 survey"), 3: ("", "")}
    assert import_sites(workspace, place, path, ADA) == 0
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(b"no database")
    with pytest.raises(SettingsError, match="Use a GeoPackage with a layer 'sites'"):
        import_sites(workspace, place, broken, ADA)


def test_a_note_that_is_too_long_changes_nothing(workspace: Workspace, place: int, tmp_path: Path) -> None:
    edited = tmp_path / "edited.csv"
    edited.write_text(f"site,rank,note\n1,high,ok\n2,low,{'x' * 4001}\n")
    with pytest.raises(SettingsError, match="site 2 has more than 4000"):
        import_sites(workspace, place, edited, ADA)
    assert {one.rank for one in place_sites(workspace, place).sites} == {""}


def test_a_lead_downloads_a_zip(workspace: Workspace, place: int) -> None:
    path = export_sites_zip(workspace, place, actor=Actor("lea", "lead"))
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["sites.csv", "sites.gpkg", "sites.html", "slicks.csv"]
    with pytest.raises(DeniedError):
        export_sites_zip(workspace, place, actor=Actor("ann", "reviewer"))


def test_stac_items_of_sites_and_slicks_are_valid(workspace: Workspace, tmp_path: Path) -> None:
    names = [f"pass-{number}" for number in range(3)]
    for number, name in enumerate(names):
        open_raster_scene(workspace, write_raster(tmp_path / f"{name}.tif", sea(number)))
        paint_slick(workspace, name)
    set_times(workspace, {"pass-0": "2026-05-01T06:00", "pass-1": "2026-05-13T06:00"}, ADA)
    set_wind(workspace, "pass-1", 4.5, 310, ADA)
    place = create_place(workspace, "Bay", names, ADA).place.id
    sites.add_site(workspace, place, (60, 60), ADA)
    result = export_sites(workspace, place, tmp_path / "out", actor=ADA)
    assert "stac" in result.files
    collection = pystac.Collection.from_file(tmp_path / "out" / "stac" / "collection.json")
    items = {one.id: one for one in collection.get_items(recursive=True)}
    for one in (collection, *items.values()):
        validate_dict(one.to_dict(transform_hrefs=False) | {"stac_extensions": []})
    assert sorted(items) == ["sites", "slicks-pass-0", "slicks-pass-1"]  # no time, no item
    assert items["sites"].properties["start_datetime"].startswith("2026-05-01")
    assert all(Path(one.get_absolute_href()).is_file() for one in items["sites"].assets.values())
    item = items["slicks-pass-1"]
    assert (item.properties["seep:wind_ms"], item.properties["seep:slicks"]) == (4.5, 1)
    slicks = geopandas.read_file(item.assets["slicks"].get_absolute_href())
    assert list(slicks["scene"]) == ["pass-1"]
    west, south, east, north = item.bbox
    assert shapely.box(west, south, east, north).contains(slicks.geometry[0])


def test_a_place_across_the_antimeridian_is_exported_in_short_parts(
    workspace: Workspace, tmp_path: Path
) -> None:
    """In UTM zone 60, longitude 180 is near x = 834,000 at the equator."""
    names = ["x-0", "x-1"]
    for number, name in enumerate(names):
        path = write_raster(
            tmp_path / f"{name}.tif",
            sea(number),
            crs="EPSG:32660",
            transform=Affine(10, 0, 833_000, 0, -10, 1_000),
        )
        open_raster_scene(workspace, path)
        paint_slick(workspace, name)
    set_times(workspace, dict.fromkeys(names, "2026-05-01T06:00"), ADA)
    place = create_place(workspace, "Line", names, ADA).place.id
    export_sites(workspace, place, tmp_path / "out", actor=ADA)
    for name in ("slicks", "passes"):
        _, shapes = layer(tmp_path / "out" / "sites.gpkg", name)
        assert [len(shape.geoms) for shape in shapes] == [2, 2]
        assert all(part.bounds[2] - part.bounds[0] < 0.1 for shape in shapes for part in shape.geoms)
    collection = pystac.Collection.from_file(tmp_path / "out" / "stac" / "collection.json")
    for item in collection.get_items():
        west, _, east, _ = item.bbox or (0, 0, 0, 0)
        assert (west > 179, east < -179) == (True, True)
        assert shapely.geometry.shape(item.geometry).area < 0.01


def paint_slick(workspace: Workspace, scene: str) -> None:
    """Accept a slick of 60 px in the first window of a scene."""
    item = next(one for one in queue(workspace, None, "name") if one.scene == scene)
    info = tile_document(workspace, item.id, ADA)
    mask = np.zeros((info["height"], info["width"]), np.uint8)
    mask[60:64, 60:120] = 1
    save_mask(
        workspace,
        item.id,
        mask,
        "accept",
        actor=ADA,
        base_revision_id=None,
        request_id=uuid4().hex,
        confirmed=True,
    )


def test_sites_of_a_place_on_the_ground_are_kml_and_geoparquet_too(
    workspace: Workspace, bay: int, tmp_path: Path
) -> None:
    export_sites(workspace, bay, tmp_path / "out", actor=ADA)
    expected = geopandas.read_file(tmp_path / "out" / "sites.gpkg", layer="sites")
    found = geopandas.read_parquet(tmp_path / "out" / "sites.parquet")
    assert found.crs == "OGC:CRS84"
    found = found.set_crs("EPSG:4326", allow_override=True)  # the same, with the axes in the other order
    assert found.geometry.geom_equals_exact(expected.geometry, 1e-9).all()
    assert list(found["site"]) == list(expected["site"]) == [1]
    layers = geopandas.list_layers(tmp_path / "out" / "sites.kml")["name"].tolist()
    assert layers == ["sites", "passes"]
    placed = geopandas.read_file(tmp_path / "out" / "sites.kml", layer="sites")
    assert placed.geometry.geom_equals_exact(expected.geometry, 1e-6).all()


def test_names_of_people_are_written_only_when_asked(workspace: Workspace, bay: int, tmp_path: Path) -> None:
    for names in (False, True):
        out = tmp_path / f"names-{names}"
        export_sites(workspace, bay, out, actor=ADA, names=names)
        assert ("changed_by" in geopandas.read_file(out / "sites.gpkg", layer="sites")) is names
        assert ("ada" in "".join(path.read_text() for path in out.glob("sites.[ch]*"))) is names


def test_the_report_is_printed_as_pdf(
    workspace: Workspace, bay: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = os.environ.get("SEEP_BROWSER") or shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "chromium").symlink_to(program)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    export_sites(workspace, bay, tmp_path / "out", actor=ADA, pdf=True)
    pdf = (tmp_path / "out" / "sites.pdf").read_bytes()
    assert pdf.count(b"/Type /Page\n") >= 1
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(SettingsError, match="A PDF needs Chromium"):
        export_sites(workspace, bay, tmp_path / "again", actor=ADA, pdf=True)
    assert not (tmp_path / "again").exists()
