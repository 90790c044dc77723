"""Out of one workspace and into another: the masks are the same."""

from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
from rio_cogeo.cogeo import cog_validate

from seep.io.masks import read_mask, write_mask
from seep.settings import read_settings
from seep.store import tile_queries
from seep.workflow import tile_data
from seep.workflow.exports.exporter import ExportOptions, TileSelection, export
from seep.workflow.workspace import Workspace, open_workspace
from tests.actors import ADA
from tests.workflow.making import fill
from tests.workflow.results import UTM, fill_scene, scene_image, scene_mask

ALL = TileSelection(states=None)


def shown(workspace: Workspace) -> dict[str, np.ndarray]:
    """The newest revision's mask of every tile that has one, by name."""
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, order="name", limit=None)
    return {
        tile.name: tile_data.revision_mask(workspace, tile.head_revision_id)
        for tile in tiles
        if tile.head_revision_id is not None
    }


@pytest.fixture
def other(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A second, empty workspace."""
    return open_workspace(read_settings({"SEEP_WORKSPACE": str(tmp_path / "other"), "SEEP_USER": "bob"}))


def same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray], keep_unsure: bool = True) -> None:
    assert found.keys() == expected.keys()
    for name, mask in expected.items():
        wanted = mask if keep_unsure else np.where(mask == 255, 0, mask)
        np.testing.assert_array_equal(found[name], wanted, err_msg=name)


@pytest.mark.parametrize(
    "name",
    [
        "mask-tiff",
        "geotiff",
        "cog",
        "png",
        "coco",
        "cvat",
        "label-studio",
        "rle-csv",
        "geojson",
        "training-set",
        "coco-dataset",
    ],
)
def test_tiles_come_back_with_their_masks(
    workspace: Workspace, other: Workspace, tmp_path: Path, name: str
) -> None:
    fill_scene(workspace, tmp_path / "scene", "s")
    out = tmp_path / "out"
    export(workspace, out, name, ALL, actor=ADA)
    whole = name in {"training-set", "coco-dataset"}
    images, masks = (out, None) if whole else (tmp_path / "scene" / "images", out)
    (out / "center_lines.geojson").unlink(missing_ok=True)
    fill(other, images, masks, columns=2)
    same(shown(other), shown(workspace), keep_unsure=name not in {"geojson", "rle-csv"})


@pytest.fixture
def raster(workspace: Workspace, tmp_path: Path) -> Path:
    """A GeoTIFF of 400 x 384 pixels, cut into windows of 128 px at import, with a mask of its size."""
    mask = np.zeros((384, 400), np.uint8)
    mask[:128, :128] = scene_mask()
    mask[200:206, 20:390] = 2
    images, masks = tmp_path / "raster", tmp_path / "raster_masks"
    images.mkdir()
    masks.mkdir()
    profile = {"height": 384, "width": 400, "count": 1, "dtype": "uint16"}
    path = images / "big.tif"
    with rasterio.open(
        path, "w", driver="GTiff", crs=UTM[0], transform=rasterio.Affine(*UTM[1]), **profile
    ) as file:
        file.write(scene_image(mask), 1)
    write_mask(masks / "big.tif", mask)
    fill(workspace, images, masks, window_px=128, overlap_px=16, reviewed=True)
    return path


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as file:
        return np.asarray(file.read(1))


def test_a_large_file_gets_one_mask_in_its_place(workspace: Workspace, raster: Path, tmp_path: Path) -> None:
    report = export(workspace, tmp_path / "out", "geotiff", ALL, actor=ADA)
    (path,) = (tmp_path / "out").glob("*.tif")
    assert (report.written, path.stem) == (1, "big")
    np.testing.assert_array_equal(read(path), read_mask(raster.parent.parent / "raster_masks" / "big.tif"))
    with rasterio.open(path) as file:
        assert file.transform == rasterio.Affine(*UTM[1])


def test_a_cloud_optimized_geotiff_is_valid_and_has_overviews(workspace: Workspace, tmp_path: Path) -> None:
    mask = np.zeros((1100, 1300), np.uint8)
    mask[300:700, 200:900] = 2
    for folder in ("wide", "wide_masks"):
        (tmp_path / folder).mkdir()
    profile = {"height": 1100, "width": 1300, "count": 1, "dtype": "uint16"}
    path = tmp_path / "wide" / "wide.tif"
    with rasterio.open(
        path, "w", driver="GTiff", crs=UTM[0], transform=rasterio.Affine(*UTM[1]), **profile
    ) as file:
        file.write(scene_image(mask), 1)
    write_mask(tmp_path / "wide_masks" / "wide.tif", mask)
    fill(workspace, tmp_path / "wide", tmp_path / "wide_masks", reviewed=True)
    export(workspace, tmp_path / "out", "cog", ALL, actor=ADA)
    (found,) = (tmp_path / "out").glob("*.tif")
    valid, errors, _ = cog_validate(found)
    assert (valid, errors) == (True, [])
    np.testing.assert_array_equal(read(found), mask)
    with rasterio.open(found) as file:
        assert file.overviews(1)
        assert file.transform == rasterio.Affine(*UTM[1])
        assert file.colormap(1)[2][3] == 255


def test_windows_that_were_not_chosen_are_left_open(
    workspace: Workspace, raster: Path, tmp_path: Path
) -> None:
    with workspace.store.reading() as session:
        first = tile_queries.list_tiles(session, order="name", limit=1)[0]
    export(workspace, tmp_path / "out", "geotiff", TileSelection(states=None, tiles=[first.id]), actor=ADA)
    found = read(tmp_path / "out" / "big.tif")
    assert (found[first.y : first.y + 128, first.x : first.x + 128] != 255).mean() > 0.99
    outside = np.ones(found.shape, bool)
    outside[first.y : first.y + first.height, first.x : first.x + first.width] = False
    assert (found[outside] == 255).all()


def test_a_slick_through_many_windows_is_one(workspace: Workspace, raster: Path, tmp_path: Path) -> None:
    export(workspace, tmp_path / "out", "geojson", ALL, actor=ADA)
    found = geopandas.read_file(tmp_path / "out" / "slicks.geojson")
    assert list(found["area_px"]) == [370 * 6, 90 * 8 - 8, 80]
    np.testing.assert_allclose(found.to_crs(UTM[0]).area, found["area_px"] * 100, rtol=1e-3)
    assert found["length_km"][0] == pytest.approx(3.7, rel=0.02)
    assert found["scene"].unique().tolist() == ["big"]


def test_a_training_set_of_a_large_file_is_its_windows(
    workspace: Workspace, other: Workspace, raster: Path, tmp_path: Path
) -> None:
    truth = ExportOptions(masks="truth")
    export(workspace, tmp_path / "out", "training-set", ALL, truth, actor=ADA)
    with workspace.store.reading() as session:
        tiles = {tile.name: tile for tile in tile_queries.list_tiles(session, order="name", limit=None)}
    whole = read(raster)
    for name, tile in tiles.items():
        with rasterio.open(tmp_path / "out" / "images" / f"{name}.tif") as file:
            expected = whole[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
            np.testing.assert_array_equal(file.read(1), expected)
            assert (file.transform.c, file.transform.f) == (5e5 + 10 * tile.x, 4.6e6 - 10 * tile.y)
    fill(other, tmp_path / "out" / "images", tmp_path / "out" / "masks")
    same(shown(other), shown(workspace))
