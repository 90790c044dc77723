"""Paths of slicks back from their far ends, from typed wind, ERA5 and currents of CMEMS."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import geopandas
import numpy as np
import pytest
from affine import Affine
from pyproj import Geod
from scipy.io import netcdf_file

from seep.cli.main import main
from seep.core.import_options import ImportOptions
from seep.errors import DeniedError, MissingError, SettingsError
from seep.store import audit_log
from seep.workflow.actor import Actor
from seep.workflow.exports.deliverables import export_sites
from seep.workflow.imports.importer import import_folder
from seep.workflow.places.document import place_document
from seep.workflow.places.environment.velocities import add_currents, get_currents, remove_currents
from seep.workflow.places.places import create_place
from seep.workflow.places.times import set_time
from seep.workflow.places.wind import clear_wind, set_wind, wind_from_era5
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.rasters import sea, write_raster

SIDE = 300
GROUND = Affine(1e-3, 0, 10.0, 0, -1e-3, 0.15)
"""Pixels of 111 m at the equator."""
DAYS = (1, 2, 3)


def seconds(day: int, hour: float) -> float:
    return datetime(2026, 5, day, tzinfo=UTC).timestamp() + hour * 3600


def write_field(path: Path, names: tuple[str, str], east: dict[int, float], north: float = 0.0) -> Path:
    """An hourly field that is the same everywhere: eastward m/s by day, around 6 o'clock of each."""
    days = sorted(east)
    times = [(day, hour) for day in days for hour in range(-17, 7)]
    axes: dict[str, Any] = {
        "time": [seconds(day, hour) / 3600 for day, hour in times],
        "latitude": np.arange(-1, 1.01, 0.25),
        "longitude": np.arange(9, 11.01, 0.25),
    }
    with netcdf_file(path, "w") as file:
        for name, axis in axes.items():
            file.createDimension(name, len(axis))
            file.createVariable(name, "f8", (name,))[:] = axis
        file.variables["time"].units = "hours since 1970-01-01"
        for name, values in zip(names, ([east[day] for day, _ in times], [north] * len(times)), strict=True):
            field = np.ones((len(times), 9, 9)) * np.reshape(values, (-1, 1, 1))
            file.createVariable(name, "f4", tuple(axes))[:] = field
    return path


@pytest.fixture
def strait(workspace: Workspace, tmp_path: Path) -> int:
    """A place of three passes; in each, a slick of 11 km leaves (100, 150) to about the east."""
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    for day in DAYS:
        mask = np.zeros((SIDE, SIDE), np.uint8)
        cv2.line(mask, (100, 150), (200, 130 + 20 * (day - 1)), 1, 5)
        write_raster(
            tmp_path / "images" / f"p{day}.0.tif", sea(day, SIDE, SIDE), crs="EPSG:4326", transform=GROUND
        )
        cv2.imwrite(str(tmp_path / "masks" / f"p{day}.0.png"), mask)
    report = import_folder(
        workspace, tmp_path / "images", tmp_path / "masks", ImportOptions(columns=1, reviewed=True), ADA
    )
    assert not report.refused
    for day in DAYS:
        set_time(workspace, f"p{day}", f"2026-05-0{day}T06:00", ADA)
    return create_place(workspace, "Strait", [f"p{day}" for day in DAYS], ADA).place.id


def shown(workspace: Workspace, place: int) -> tuple[Any, dict[str, list[float]]]:
    document = place_document(workspace, place, ADA)
    (site,) = document["sites"]
    return site["paths"], {one["name"]: one["slicks"][0]["path"] for one in document["passes"]}


def test_currents_show_which_slicks_may_have_come_from_the_site(
    workspace: Workspace, strait: int, tmp_path: Path
) -> None:
    assert shown(workspace, strait) == (None, {"p1": [], "p2": [], "p3": []})
    file = write_field(tmp_path / "cmems.nc", ("uo", "vo"), {1: 0.5, 2: -0.5, 3: 0.0})
    assert add_currents(workspace, file, ADA) == 3
    agreement, paths = shown(workspace, strait)
    assert agreement == {"agree": 1, "known": 2}  # the third drifts less than its error
    points = np.reshape(paths["p1"], (-1, 2))
    assert points[0] == pytest.approx([200, 130], abs=3)
    assert points[:, 0] - points[0, 0] == pytest.approx(
        -0.5 * 3600 / 111.32 * np.arange(len(points)), abs=0.3
    )
    assert points[-1, 0] == pytest.approx(100, abs=20)
    assert np.reshape(paths["p2"], (-1, 2))[1, 0] > 200
    remove_currents(workspace, "cmems.nc", ADA)
    assert shown(workspace, strait)[0] is None
    with workspace.store.reading() as session:
        actions = {one.action for one in audit_log.list_audit(session)}
    assert {"add currents", "remove currents"} <= actions
    with pytest.raises(MissingError, match=r"no currents of 'cmems\.nc'"):
        remove_currents(workspace, "cmems.nc", ADA)


def test_a_typed_wind_is_steady_for_six_hours_and_one_of_a_file_is_followed(
    workspace: Workspace, strait: int, tmp_path: Path
) -> None:
    out = tmp_path / "typed"
    set_wind(workspace, "p1", 12, 270, ADA)
    assert shown(workspace, strait)[0] == {"agree": 1, "known": 1}
    export_sites(workspace, strait, out, actor=ADA)
    paths = geopandas.read_file(out / "sites.gpkg", layer="paths")
    assert paths["hours"].tolist() == [6]
    assert paths["path_agrees"].tolist() == [1]
    clear_wind(workspace, "p1", ADA)
    # Half a day before the passes the wind comes from the other side.
    era5 = write_field(tmp_path / "era5.nc", ("u10", "v10"), {1: 12.0, 2: -12.0, 3: 12.0})
    wind_from_era5(workspace, era5, ADA)
    assert shown(workspace, strait)[0] == {"agree": 2, "known": 3}
    set_wind(workspace, "p2", 12, 270, ADA)
    assert shown(workspace, strait)[0] == {"agree": 3, "known": 3}


def test_exports_hold_the_paths_and_their_agreement(
    workspace: Workspace, strait: int, tmp_path: Path
) -> None:
    export_sites(workspace, strait, tmp_path / "before", actor=ADA)
    assert "paths" not in set(geopandas.list_layers(tmp_path / "before" / "sites.gpkg")["name"])
    add_currents(workspace, write_field(tmp_path / "c.nc", ("uo", "vo"), {1: 0.5, 2: -0.5, 3: 0.0}), ADA)
    export_sites(workspace, strait, tmp_path / "out", actor=ADA)
    slicks = geopandas.read_file(tmp_path / "out" / "sites.gpkg", layer="slicks").set_index("scene")
    assert slicks["path_agrees"].tolist()[:2] == [1, 0]
    assert np.isnan(slicks["path_agrees"].iloc[2])
    assert slicks["path_hours"].iloc[0] == pytest.approx(11132 / 0.5 / 3600, abs=0.5)
    assert slicks["path_spread_km"].iloc[0] == pytest.approx(
        np.hypot(0.1, 0.2) * slicks["path_hours"].iloc[0] * 3.6, abs=0.001
    )
    sites = geopandas.read_file(tmp_path / "out" / "sites.gpkg", layer="sites")
    assert (sites["paths_agree"][0], sites["paths_known"][0]) == (1, 2)
    paths = geopandas.read_file(tmp_path / "out" / "sites.gpkg", layer="paths")
    assert paths["hours"].tolist() == [23, 24, 24]  # the file begins 23 hours before the first pass
    length = Geod(ellps="WGS84").geometry_length(paths.geometry[0])
    assert length == pytest.approx(0.5 * 23 * 3600, rel=2e-3)
    assert "<td>1 of 2</td>" in (tmp_path / "out" / "sites.html").read_text()
    assert "Closest" not in (tmp_path / "before" / "sites.html").read_text()


def test_files_without_use_change_nothing(workspace: Workspace, strait: int, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"late\.nc has no currents at the place and time"):
        add_currents(workspace, write_field(tmp_path / "late.nc", ("uo", "vo"), {20: 0.5}), ADA)
    wind = write_field(tmp_path / "era5.nc", ("u10", "v10"), {1: 5.0})
    with pytest.raises(SettingsError, match=r"era5\.nc has wind, not currents"):
        add_currents(workspace, wind, ADA)
    with pytest.raises(DeniedError, match="role lead"):
        add_currents(workspace, wind, Actor("eve", "reviewer"))
    assert get_currents(workspace) == []


def test_the_command_adds_lists_and_removes_currents(
    workspace: Workspace, strait: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--workspace", str(workspace.store.root)]
    file = write_field(tmp_path / "c.nc", ("uo", "vo"), {1: 0.5})
    assert main(["layers", "currents", str(file), *where]) == 0
    assert main(["layers", "list", *where]) == 0
    assert main(["layers", "currents", "--remove", "c.nc", *where]) == 0
    out = capsys.readouterr().out
    assert "c.nc: currents of 1 scene\n" in out
    assert "Currents of c.nc, added by" in out
    assert "Currents of c.nc removed" in out
