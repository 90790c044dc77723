"""Wind estimated from Sentinel-1 products whose backscatter is modeled by CMOD5.N."""

from pathlib import Path

import geopandas
import numpy as np
import pytest

from seep.cli.main import main
from seep.core.geo.grid import Window
from seep.core.import_options import ImportOptions
from seep.core.sites.image_wind import cmod5n
from seep.errors import DeniedError, SettingsError
from seep.io.readers.safe import calibration_of, incidence_of, measurements
from seep.store import scenes
from seep.workflow.actor import Actor
from seep.workflow.exports.deliverables import export_sites
from seep.workflow.imports.importer import import_folder
from seep.workflow.places import sites
from seep.workflow.places.document import place_document
from seep.workflow.places.environment.image_wind import estimate_wind
from seep.workflow.places.places import create_place
from seep.workflow.places.wind import clear_wind, set_wind
from seep.workflow.review.revisions import save_mask
from seep.workflow.workspace import Workspace
from seep_testing.image_files import UNPLACED, write_geotiff, write_safe
from tests.actors import ADA

HEIGHT, WIDTH = 330, 430
FROM_DEG = 300.0
LOOKS_DEG = 90.0  # the columns of the product go east


def write_modeled(folder: Path, speeds: np.ndarray) -> Path:
    """Write a product with the backscatter of a wind speed at each pixel, m/s."""
    product = write_safe(folder, (HEIGHT, WIDTH), placed="annotation")
    window = Window(0, 0, WIDTH, HEIGHT)
    table = incidence_of(product)
    assert table is not None
    path = measurements(product)["VV"]
    sigma0 = cmod5n(speeds, FROM_DEG - LOOKS_DEG, table.at(window))
    sigma0[100:200, 100:110] /= 30  # a slick
    numbers = np.sqrt(sigma0) * calibration_of(path).at(window)
    random = np.random.default_rng(3).uniform(0, 1, numbers.shape)
    write_geotiff(path, np.floor(numbers + random).astype(np.uint16), **UNPLACED)
    return product


def open_product(workspace: Workspace, folder: Path, speeds: np.ndarray) -> str:
    """Import a product with a mask of its slick; return the name of the scene."""
    product = write_modeled(folder, speeds)
    report = import_folder(workspace, product, None, ImportOptions(window_px=512, overlap_px=16), ADA)
    assert not report.refused
    with workspace.store.reading() as session:
        (scene,) = scenes.list_scenes(session)
        (tile,) = scenes.tiles_of_scene(session, scene.id)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[100:200, 100:110] = 1
    save_mask(workspace, tile.id, mask, "accept", actor=ADA, base_revision_id=None, request_id="first")
    return scene.name


def test_modeled_backscatter_gives_the_wind_of_each_cell_back(workspace: Workspace, tmp_path: Path) -> None:
    speeds = np.broadcast_to(np.linspace(3, 15, WIDTH), (HEIGHT, WIDTH))
    name = open_product(workspace, tmp_path, speeds)
    set_wind(workspace, name, 7, FROM_DEG, ADA)
    field = estimate_wind(workspace, name, ADA)
    side = field.cell_px
    assert side == pytest.approx(1000 / np.sqrt(10 * 7.2), rel=0.05)
    assert np.isfinite(field.speed_ms).all()
    for column, found in enumerate(field.speed_ms.T):
        expected = speeds[0, column * side : (column + 1) * side].mean()
        assert np.abs(found - expected).max() < 0.5
    assert field.median_ms == pytest.approx(9, abs=1.5)


def test_a_wrong_direction_gives_another_speed(workspace: Workspace, tmp_path: Path) -> None:
    name = open_product(workspace, tmp_path, np.full((HEIGHT, WIDTH), 8.0))
    set_wind(workspace, name, 7, FROM_DEG, ADA)
    right = estimate_wind(workspace, name, ADA).median_ms
    set_wind(workspace, name, 7, LOOKS_DEG, ADA)
    assert right == pytest.approx(8, abs=0.2)  # a cell of this product spans 4 degrees of incidence
    assert estimate_wind(workspace, name, ADA).median_ms < 7.5  # upwind the sea is brighter


def test_a_pass_is_examined_by_area_and_exports_have_the_wind_of_each_slick(
    workspace: Workspace, tmp_path: Path
) -> None:
    speeds = np.where(np.arange(WIDTH) < 215, 6.0, 14.0) * np.ones((HEIGHT, 1))
    name = open_product(workspace, tmp_path, speeds)
    place = create_place(workspace, "Bay", [name], ADA).place.id
    for point in ((90, 118), (310, 180)):  # pixels of the place are 10 m wide
        sites.add_site(workspace, place, point, ADA)
    set_wind(workspace, name, 7, FROM_DEG, ADA)
    before = place_document(workspace, place, ADA)
    assert [one["m"] for one in before["sites"]] == [1, 1]
    assert [one["image_wind_ms"] for one in before["sites"]] == [[None], [None]]
    assert main(["places", "wind", "--workspace", str(workspace.store.root), "--image", name]) == 0
    after = place_document(workspace, place, ADA)
    assert after["version"] != before["version"]
    assert [one["m"] for one in after["sites"]] == [1, 0]
    assert [one["wind_usable"] for one in after["sites"]] == [[True], [False]]
    assert [one["image_wind_ms"][0] for one in after["sites"]] == pytest.approx([6, 14], abs=0.5)
    export_sites(workspace, place, tmp_path / "out", actor=ADA)
    slicks = geopandas.read_file(tmp_path / "out" / "sites.gpkg", layer="slicks")
    assert slicks["wind_ms"].tolist() == [7]
    assert slicks["wind_image_ms"].tolist() == pytest.approx([6], abs=0.5)
    assert slicks["wind_usable"].tolist() == [1]
    text = (tmp_path / "out" / "sites.html").read_text()
    assert "wind unusable" in text
    assert "image 14." in text or "image 13." in text
    set_wind(workspace, name, 7, 0, ADA)  # another direction, so the estimate is dropped
    assert [one["m"] for one in place_document(workspace, place, ADA)["sites"]] == [1, 1]


def test_scenes_without_calibration_direction_or_role_are_refused(
    workspace: Workspace, passes: list[str], tmp_path: Path
) -> None:
    set_wind(workspace, "p1", 5, 90, ADA)
    with pytest.raises(SettingsError, match="p1 is not a Sentinel-1 product in VV"):
        estimate_wind(workspace, "p1", ADA)
    with pytest.raises(SettingsError, match="no scene 'x'"):
        estimate_wind(workspace, "x", ADA)
    with pytest.raises(DeniedError):
        estimate_wind(workspace, "p1", Actor("cy", "annotator"))


def test_a_product_needs_the_direction_of_its_wind(workspace: Workspace, tmp_path: Path) -> None:
    name = open_product(workspace, tmp_path, np.full((HEIGHT, WIDTH), 8.0))
    with pytest.raises(SettingsError, match=r"The wind direction of .* is unknown"):
        estimate_wind(workspace, name, ADA)
    set_wind(workspace, name, 7, FROM_DEG, ADA)
    estimate_wind(workspace, name, ADA)
    clear_wind(workspace, name, ADA)
    with pytest.raises(SettingsError, match=r"The wind direction of .* is unknown"):
        estimate_wind(workspace, name, ADA)
