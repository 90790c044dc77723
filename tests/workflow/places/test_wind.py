"""Wind of scenes: typed, from ERA5, and in what is shown and exported."""

import csv
from pathlib import Path

import geopandas
import numpy as np
import pytest
from affine import Affine

from seep.cli.main import main
from seep.core.import_options import ImportOptions
from seep.core.text import conditions_text, wind_text
from seep.errors import DeniedError, SettingsError
from seep.io.readers.safe import incidence_of
from seep.store import scenes
from seep.workflow.actor import Actor
from seep.workflow.exports.deliverables import export_sites
from seep.workflow.imports.importer import import_folder
from seep.workflow.places import sites
from seep.workflow.places.detection import place_sites
from seep.workflow.places.document import place_document
from seep.workflow.places.places import create_place
from seep.workflow.places.tile_passes import tile_sites
from seep.workflow.places.times import set_time
from seep.workflow.places.wind import clear_wind, set_wind, wind_from_era5
from seep.workflow.scenes.layout import layout
from seep.workflow.workspace import Workspace
from seep_testing.image_files import write_safe
from tests.actors import ADA
from tests.io.readers.test_wind import field, write_netcdf4
from tests.workflow.rasters import open_raster_scene, sea, write_raster

PLACE = Affine(1e-4, 0, 10.2, 0, -1e-4, 50.8)


def winds(workspace: Workspace) -> dict[str, tuple[float | None, float | None, str | None]]:
    with workspace.store.reading() as session:
        return {
            one.name: (one.wind_ms, one.wind_from_deg, one.wind_source) for one in scenes.list_scenes(session)
        }


def test_a_typed_wind_is_in_all_that_is_shown_and_exported(
    workspace: Workspace, place: int, tmp_path: Path
) -> None:
    before = place_document(workspace, place, ADA)
    assert {one["wind"] for one in before["passes"]} == {""}
    set_wind(workspace, "p1", 4.25, 360, ADA)
    document = place_document(workspace, place, ADA)
    assert document["version"] != before["version"]
    assert [one["wind"] for one in document["passes"]] == ["4.2 m/s from 0°", "", "", ""]
    tile = layout(workspace, document["passes"][0]["scene_id"]).tiles[0].id
    assert {one["conditions"] for one in tile_sites(workspace, tile, ADA)["sites"]} == {"4.2 m/s from 0°"}
    export_sites(workspace, place, tmp_path / "out", actor=ADA)
    passes = geopandas.read_file(tmp_path / "out" / "sites.gpkg", layer="passes")
    assert (passes["wind_ms"][0], passes["wind_from_deg"][0], passes["wind_source"][0]) == (4.25, 0, "typed")
    assert np.isnan(passes["wind_ms"][1])
    with (tmp_path / "out" / "slicks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["scene"], row["wind_ms"]) for row in csv.DictReader(file)]
    assert set(rows) == {("p1", "4.25"), ("p2", ""), ("p3", ""), ("p4", "")}
    report = (tmp_path / "out" / "sites.html").read_text()
    assert report.count("<br>4.2 m/s from 0°</figcaption>") == 3
    clear_wind(workspace, "p1", ADA)
    assert winds(workspace)["p1"] == (None, None, None)


def test_a_pass_with_unusable_wind_is_examined_only_where_it_has_a_slick(
    workspace: Workspace, place: int, tmp_path: Path
) -> None:
    before = {one.number: (one.n, one.m) for one in place_sites(workspace, place).sites}
    assert before == {1: (4, 4), 2: (4, 4), 3: (3, 4)}  # p4 has no slick at one vent
    set_wind(workspace, "p4", 1.9, 90, ADA)
    found = place_sites(workspace, place)
    assert {one.number: (one.n, one.m) for one in found.sites} == {1: (4, 4), 2: (4, 4), 3: (3, 3)}
    document = place_document(workspace, place, ADA)
    assert [one["wind_usable"] for one in document["sites"]] == [[True, True, True, False]] * 3
    export_sites(workspace, place, tmp_path / "out", actor=ADA)
    slicks = geopandas.read_file(tmp_path / "out" / "sites.gpkg", layer="slicks")
    usable = slicks.groupby("scene")["wind_usable"].first()
    assert usable["p4"] == 0
    assert usable.drop("p4").isna().all()
    assert (tmp_path / "out" / "sites.html").read_text().count(", wind unusable") == 1
    set_wind(workspace, "p4", 12, 90, ADA)
    assert {one.number: one.m for one in place_sites(workspace, place).sites} == {1: 4, 2: 4, 3: 4}


def test_era5_fills_scenes_with_time_and_place_and_keeps_typed_winds(
    workspace: Workspace, tmp_path: Path
) -> None:
    for number, name in enumerate(("a", "b", "c", "d")):
        path = write_raster(tmp_path / f"{name}.tif", sea(number), crs="EPSG:4326", transform=PLACE)
        open_raster_scene(workspace, path)
    for name, time in {"a": "2026-05-21T05:50", "b": "2026-05-21T05:50", "c": "2026-05-22T05:50"}.items():
        set_time(workspace, name, time, ADA)
    set_wind(workspace, "b", 3, 90, ADA)
    path = write_netcdf4(tmp_path / "era5.nc", u10=field(), v10=0 * field())
    report = wind_from_era5(workspace, path, ADA)
    lon, lat = 10.2 + 350 * 1e-4, 50.8 - 250 * 1e-4
    expected = 1 + 4 * (lat - 50) + 2 * (lon - 10)
    assert report.winds == {"a": (pytest.approx(expected, abs=0.01), 270.0)}
    assert report.without == {
        "b": "it has a typed wind",
        "c": "the file does not cover its place and time",
        "d": "its acquisition time is unknown",
    }
    assert winds(workspace)["a"][2] == "era5.nc"
    assert winds(workspace)["b"] == (3, 90, "typed")


def test_era5_fills_a_set_of_tiles_that_have_georeferences(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    folder.mkdir()
    for number in range(4):
        row, column = divmod(number, 2)
        place = PLACE @ Affine.translation(100 * column, 100 * row)
        write_raster(folder / f"t.{number}.tif", sea(1, 100, 100), crs="EPSG:4326", transform=place)
    import_folder(workspace, folder, None, ImportOptions(columns=2), ADA)
    set_time(workspace, "t", "2026-05-21T05:50", ADA)
    report = wind_from_era5(workspace, write_netcdf4(tmp_path / "era5.nc", u10=field(), v10=0 * field()), ADA)
    expected = 1 + 4 * (50.8 - 100 * 1e-4 - 50) + 2 * (10.2 + 100 * 1e-4 - 10)
    assert report.winds == {"t": (pytest.approx(expected, abs=0.01), 270.0)}


def test_the_incidence_angle_of_a_product_is_interpolated(workspace: Workspace, tmp_path: Path) -> None:
    product = write_safe(tmp_path, (300, 400), placed="annotation")
    table = incidence_of(product)
    assert table is not None
    report = import_folder(workspace, product, None, ImportOptions(window_px=128, overlap_px=16), ADA)
    assert not report.refused
    with workspace.store.reading() as session:
        (scene,) = scenes.list_scenes(session)
    place = create_place(workspace, "Bay", [scene.name], ADA)
    sites.add_site(workspace, place.place.id, (100, 150), ADA)
    (site,) = place_document(workspace, place.place.id, ADA)["sites"]
    column = (site["longitude"] - 10) * 1e4
    expected = 30 + column / 400 * 16
    assert 80 < column < 150
    assert site["incidence_deg"] == [pytest.approx(expected, abs=0.05)]
    set_wind(workspace, scene.name, 5, 270, ADA)
    tile = layout(workspace, scene.id).tiles[0].id
    (site,) = tile_sites(workspace, tile, ADA)["sites"]
    assert site["conditions"] == f"5.0 m/s from 270°, incidence {expected:.0f}°"


def test_wrong_winds_and_roles_are_refused(workspace: Workspace, passes: list[str]) -> None:
    for speed, direction in ((-1, 0), (4, 361), (101, 0), (float("nan"), 0)):
        with pytest.raises(SettingsError, match="cannot be used"):
            set_wind(workspace, "p1", speed, direction, ADA)
    with pytest.raises(SettingsError, match="no scene 'x'"):
        set_wind(workspace, "x", 4, 10, ADA)
    with pytest.raises(DeniedError):
        set_wind(workspace, "p1", 4, 10, Actor("cy", "annotator"))


def test_texts() -> None:
    assert wind_text(4.06, 359.7) == "4.1 m/s from 0°"
    assert conditions_text(None, None, 38.5) == "incidence 38°"
    assert conditions_text(None, None, None) == ""
    assert conditions_text(4.06, 90, None, 5.04) == "4.1 m/s from 90°, image 5.0 m/s"


def test_the_command_sets_lists_and_clears(
    workspace: Workspace, place: int, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--workspace", str(workspace.store.root)]
    assert main(["places", "wind", *where, "--set", "p2", "6.5", "120"]) == 0
    assert main(["places", "list", *where]) == 0
    assert main(["places", "wind", *where, "--set", "p2", "fast", "120"]) != 0
    assert main(["places", "wind", *where, "--clear", "p2"]) == 0
    text = capsys.readouterr().out
    assert "p2: 6.5 m/s from 120°" in text
    assert "p2                            6.5 m/s from 120°" in text
    assert winds(workspace)["p2"] == (None, None, None)
