from pathlib import Path

import geopandas
import numpy as np
import pytest
from affine import Affine
from pyproj import Geod

from seep.cli.main import main
from seep.errors import DeniedError, MissingError, SettingsError
from seep.workflow.actor import Actor
from seep.workflow.exports.deliverables import export_sites
from seep.workflow.places.bathymetry import add_bathymetry
from seep.workflow.places.document import place_document
from seep.workflow.water_depth import remove_bathymetry
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.io.readers.test_wind import field, write_netcdf4
from tests.workflow.rasters import write_raster


@pytest.fixture
def bathymetry(tmp_path: Path) -> Path:
    """A GeoTIFF of 100 m pixels around the bay: 1,250 m deep in the west, land in the far east."""
    depths = np.full((400, 400), -1250, np.int16)
    depths[:, 300:] = 20
    return write_raster(
        tmp_path / "depths.tif", depths, nodata=-9999, transform=Affine(100, 0, 385_000, 0, -100, 4_415_000)
    )


def test_a_site_gets_its_depth_and_the_radius_of_its_vent(
    workspace: Workspace, bay: int, bathymetry: Path, tmp_path: Path
) -> None:
    before = place_document(workspace, bay, ADA)
    assert before["sites"][0]["water"] is None
    assert add_bathymetry(workspace, bathymetry, ADA) == 1
    site = place_document(workspace, bay, ADA)["sites"][0]
    assert site["water"] == {"depth_m": 1250, "search_radius_m": 2335}
    export_sites(workspace, bay, tmp_path / "out", actor=ADA)
    rows = geopandas.read_file(tmp_path / "out" / "sites.gpkg", layer="sites")
    assert (rows["depth_m"][0], rows["search_radius_m"][0]) == (1250, 2335)
    areas = geopandas.read_file(tmp_path / "out" / "sites.gpkg", layer="search_areas")
    center = (site["longitude"], site["latitude"])
    for lon, lat in areas.geometry[0].geoms[0].exterior.coords:
        assert Geod(ellps="WGS84").inv(*center, lon, lat)[2] == pytest.approx(2335, abs=1)
    report = (tmp_path / "out" / "sites.html").read_text()
    assert "<td>1,250 m</td><td>2.3 km</td>" in report
    remove_bathymetry(workspace, ADA)
    assert place_document(workspace, bay, ADA)["sites"][0]["water"] is None
    with pytest.raises(MissingError, match="no bathymetry"):
        remove_bathymetry(workspace, ADA)


def test_without_bathymetry_the_export_has_no_search_areas(
    workspace: Workspace, bay: int, tmp_path: Path
) -> None:
    export_sites(workspace, bay, tmp_path / "out", actor=ADA)
    assert "search_areas" not in set(geopandas.list_layers(tmp_path / "out" / "sites.gpkg")["name"])
    assert "Water depth" not in (tmp_path / "out" / "sites.html").read_text()


def test_a_file_that_cannot_be_used_changes_nothing(
    workspace: Workspace, bay: int, bathymetry: Path, tmp_path: Path
) -> None:
    add_bathymetry(workspace, bathymetry, ADA)
    far = write_raster(tmp_path / "far.tif", np.full((9, 9), -5, np.int16), crs="EPSG:32650")
    with pytest.raises(SettingsError, match=r"far\.tif has no depth at any scene"):
        add_bathymetry(workspace, far, ADA)
    with pytest.raises(SettingsError, match="has no elevation"):
        add_bathymetry(workspace, write_netcdf4(tmp_path / "era5.nc", u10=field()), ADA)
    with pytest.raises(DeniedError, match="role lead"):
        add_bathymetry(workspace, bathymetry, Actor("eve", "reviewer"))
    assert place_document(workspace, bay, ADA)["sites"][0]["water"]["depth_m"] == 1250


def test_scenes_without_a_georeference_have_no_depth(
    workspace: Workspace, place: int, bathymetry: Path
) -> None:
    with pytest.raises(SettingsError, match="No scene of this workspace has a georeference"):
        add_bathymetry(workspace, bathymetry, ADA)


def test_the_command_sets_lists_and_removes_the_depth(
    workspace: Workspace, bay: int, bathymetry: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--workspace", str(workspace.store.root)]
    assert main(["layers", "depth", str(bathymetry), *where]) == 0
    assert main(["layers", "list", *where]) == 0
    assert main(["layers", "depth", "--remove", *where]) == 0
    out = capsys.readouterr().out
    assert "depths.tif: water depth of 1 area\n" in out
    assert "Bathymetry of depths.tif, added by" in out
    assert "Bathymetry removed" in out
