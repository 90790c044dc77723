"""Land masks at import, compared with geopandas and rasterio."""

from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from rasterio.features import geometry_mask
from shapely.geometry import Point, Polygon

from seep.core.geo.grid import Window
from seep.core.image.arrays import valid_pixels
from seep.core.import_options import ImportOptions
from seep.core.records import TileRecord
from seep.core.text import number
from seep.errors import ImageError, MaskError
from seep.io.images import read_header, read_window
from seep.io.readers.land_mask import LandMask, encode_land
from seep.io.readers.view import read_view
from seep.store import scenes, tile_queries
from seep.workflow import tile_data
from seep.workflow.imports.importer import ImportReport, import_folder
from seep.workflow.imports.preview import preview_import
from seep.workflow.maintenance.backup import backup, restore
from seep.workflow.workspace import Workspace
from seep_testing.image_files import UTM, write_geotiff
from tests.actors import ADA

SHAPE = (300, 330)
COAST = shapely.affinity.translate(
    Polygon(
        [
            (499_000, 4_498_500),
            (500_900, 4_499_000),
            (501_400, 4_499_800),
            (501_900, 4_501_000),
            (499_000, 4_501_000),
        ],
        [[(500_200, 4_499_500), (500_500, 4_499_500), (500_500, 4_499_800), (500_200, 4_499_800)]],
    ),
    1.3,
    2.7,  # so that no edge goes through the center of a pixel
)
LAND = ~geometry_mask([COAST], SHAPE, UTM)


def write_land(path: Path, crs: str = "EPSG:32633") -> Path:
    # Edges are straight in the CRS of the file: more points keep them straight in that of the image too.
    coast = shapely.segmentize(COAST, 20)
    far = shapely.affinity.translate(coast, 400_000)
    frame = geopandas.GeoDataFrame({"featurecla": ["Land", "Land"]}, geometry=[far, coast], crs="EPSG:32633")
    frame.to_crs(crs).to_file(path)
    return path


def put_images(folder: Path, *images: np.ndarray, **options: object) -> Path:
    folder.mkdir()
    for at, image in enumerate(images):
        write_geotiff(folder / f"s.{at:03d}.tif", image, **options)
    return folder


def imported(workspace: Workspace, images: Path, land: Path, **options: object) -> ImportReport:
    chosen = ImportOptions(land=str(land), **options)  # type: ignore[arg-type]
    return import_folder(workspace, images, None, chosen, ADA)


def tiles_of(workspace: Workspace) -> list[TileRecord]:
    with workspace.store.reading() as session:
        return tile_queries.list_tiles(session, order="name", limit=None)


@pytest.mark.parametrize("name", ["land.gpkg", "land.shp", "land.geojson"])
@pytest.mark.parametrize("crs", ["EPSG:32633", "EPSG:3857"])
def test_land_in_any_crs_becomes_nodata(workspace: Workspace, tmp_path: Path, name: str, crs: str) -> None:
    image = np.random.default_rng(0).integers(1, 99, SHAPE).astype(np.uint16)
    images = put_images(tmp_path / "images", image)
    report = imported(workspace, images, write_land(tmp_path / name, crs))
    (tile,) = tiles_of(workspace)
    pixels = tile_data.read_pixels(workspace, tile)
    np.testing.assert_array_equal(valid_pixels(pixels, tile.nodata), ~LAND)
    np.testing.assert_array_equal(pixels, np.where(LAND, 0, image))
    assert report.notes == [
        f"{name}: {number(int(np.count_nonzero(LAND)))} land pixels of 1 image are nodata."
    ]


def test_floats_become_nan_in_all_bands_and_statistics_leave_land_out(
    workspace: Workspace, tmp_path: Path
) -> None:
    image = np.full((*SHAPE, 2), 0.5, np.float32)
    image[LAND] = 900
    report = imported(workspace, put_images(tmp_path / "images", image), write_land(tmp_path / "a.gpkg"))
    (tile,) = tiles_of(workspace)
    np.testing.assert_array_equal(
        np.isnan(tile_data.read_pixels(workspace, tile)), np.stack([LAND, LAND], axis=-1)
    )
    with workspace.store.reading() as session:
        (scene,) = scenes.list_scenes(session)
    assert max(scene.statistics["high"]) < 1
    assert report.refused == []


def test_windows_of_a_large_image_leave_land_out(workspace: Workspace, tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(1, 99, SHAPE).astype(np.uint8)
    images = put_images(tmp_path / "images", image)
    imported(workspace, images, write_land(tmp_path / "a.gpkg"), window_px=32, overlap_px=0)
    tiles = tiles_of(workspace)
    covered = np.zeros(SHAPE, bool)
    for tile in tiles:
        part = np.s_[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
        np.testing.assert_array_equal(tile_data.read_pixels(workspace, tile), np.where(LAND, 0, image)[part])
        covered[part] = True
    assert covered[~LAND].all()
    assert not covered.all()  # windows on land only are no tiles


@pytest.mark.sqlite
def test_a_backup_keeps_the_land(workspace: Workspace, tmp_path: Path) -> None:
    image = np.full(SHAPE, 7, np.uint8)
    images = put_images(tmp_path / "images", image)
    imported(workspace, images, write_land(tmp_path / "a.gpkg"), copy=True)
    backup(workspace, tmp_path / "backup", ADA)
    restore(tmp_path / "backup", tmp_path / "restored", ADA)
    views = (tmp_path / "restored").rglob("*.view")
    (view,) = (one for one in views if read_view(one).path.is_relative_to(tmp_path / "restored"))
    np.testing.assert_array_equal(read_window(view, Window(0, 0, *SHAPE[::-1])) == 0, LAND)


def test_images_on_land_or_without_a_place_are_named(workspace: Workspace, tmp_path: Path) -> None:
    images = put_images(tmp_path / "images", np.where(LAND, 7, 0).astype(np.uint8))
    write_geotiff(images / "t.000.tif", np.full(SHAPE, 7, np.uint8), crs=None, transform=None)
    report = imported(workspace, images, write_land(tmp_path / "a.gpkg"))
    (refused,) = report.refused
    assert refused.reason == "s.000.tif has no valid pixel outside the land of a.gpkg. Remove the file."
    assert "t.000.tif: no georeference, so the land of a.gpkg is not masked." in report.notes
    assert "a.gpkg covers no pixel of the new images. Check its CRS." in report.notes


def test_integers_without_a_nodata_value_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    images = put_images(tmp_path / "images", np.full(SHAPE, 7, np.uint8))
    report = imported(workspace, images, write_land(tmp_path / "a.gpkg"), nodata=None)
    assert "needs a nodata value" in report.refused[0].reason


def test_a_file_that_is_no_land_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    images = put_images(tmp_path / "images", np.full(SHAPE, 7, np.uint8))
    points = tmp_path / "points.gpkg"
    geopandas.GeoDataFrame(geometry=[Point(5e5, 4.5e6)], crs="EPSG:32633").to_file(points)
    coco = tmp_path / "coco.json"
    coco.write_text('{"images": [], "annotations": [], "categories": []}')
    for path, reason in (
        (points, r"points\.gpkg has no polygons \(1 point\)"),
        (coco, r"coco\.json has no coordinates on the Earth"),
        (tmp_path / "no.gpkg", r"no\.gpkg"),
    ):
        with pytest.raises(MaskError, match=reason):
            imported(workspace, images, path)
        with pytest.raises(MaskError, match=reason):
            preview_import(workspace, images, None, ImportOptions(land=str(path)))
    assert tiles_of(workspace) == []


def test_any_window_of_an_encoded_mask_is_exact() -> None:
    land = np.random.default_rng(0).random((700, 45)) < 0.3
    found = LandMask.from_dict(encode_land(land).to_dict())
    assert found.pixels == np.count_nonzero(land)
    for window in (
        Window(0, 0, 45, 700),
        Window(3, 250, 40, 10),
        Window(44, 699, 1, 1),
        Window(8, 255, 9, 258),
    ):
        part = land[window.y : window.y + window.height, window.x : window.x + window.width]
        np.testing.assert_array_equal(found.window(window), part)
    with pytest.raises(ImageError, match="land mask of an image is damaged"):
        LandMask(45, 700, 1, (b"x",)).window(Window(0, 0, 1, 1))


def test_an_image_that_changed_its_size_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    images = put_images(tmp_path / "images", np.full(SHAPE, 7, np.uint8))
    imported(workspace, images, write_land(tmp_path / "a.gpkg"))
    (tile,) = tiles_of(workspace)
    write_geotiff(images / "s.000.tif", np.full((9, 9), 7, np.uint8))
    with pytest.raises(ImageError, match="300 x 330 were imported"):
        read_header(Path(tile.path))
