"""The STAC catalog, read and validated by pystac."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pystac
import pytest
import rasterio
import shapely.geometry
from pystac.extensions.classification import ClassificationExtension
from pystac.extensions.projection import ProjectionExtension
from pystac.validation import validate_dict
from rio_cogeo.cogeo import cog_validate

from seep.core.geo.georeference import Georeference
from seep.io.exporting.stac import StacImage, bounding_box, footprint, write_stac
from seep.workflow.classes import get_classes
from seep.workflow.exports.exporter import TileSelection, export
from seep.workflow.places.times import set_time
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import SIDE_PX, fill
from tests.workflow.results import UTM, fill_scene, scene_image, scene_mask

ALL = TileSelection(states=None)
TIME = "2026-05-21T06:12:55"


def opened(folder: Path) -> pystac.Collection:
    """Read the collection; check it and its items against the schemas of STAC 1.1.0."""
    collection = pystac.Collection.from_file(folder / "collection.json")
    for one in (collection, *collection.get_items(recursive=True)):
        content = one.to_dict(transform_hrefs=False)
        validate_dict(content | {"stac_extensions": []})  # the others are on the web
    return collection


def test_pystac_reads_items_with_place_time_and_assets(workspace: Workspace, tmp_path: Path) -> None:
    fill_scene(workspace, tmp_path / "scene", "s")
    set_time(workspace, "s", TIME, ADA)
    report = export(workspace, tmp_path / "out", "stac", ALL, actor=ADA)
    items = {one.id: one for one in opened(tmp_path / "out").get_items()}
    assert (report.written, report.notes) == (4, ())
    assert sorted(items) == ["s.000", "s.001", "s.002", "s.003"]
    item = items["s.001"]
    assert item.datetime == datetime(2026, 5, 21, 6, 12, 55, tzinfo=UTC)
    place = ProjectionExtension.ext(item)
    a, b, c, d, e, f = UTM[1]
    assert place.code == UTM[0]
    assert place.transform == [a, b, c + a * SIDE_PX, d, e, f]
    assert place.shape == [SIDE_PX, SIDE_PX]
    lon, lat = Georeference(UTM[0], (a, b, c + a * SIDE_PX, d, e, f)).lonlat([0, SIDE_PX], [SIDE_PX, 0])
    np.testing.assert_allclose(item.bbox, [lon[0], lat[0], lon[1], lat[1]], atol=1e-4)
    image, mask = (item.assets[name].get_absolute_href() for name in ("image", "mask"))
    for path in (image, mask):
        assert cog_validate(path)[:2] == (True, [])
    with rasterio.open(mask) as file:
        np.testing.assert_array_equal(file.read(1), scene_mask()[:SIDE_PX, SIDE_PX:])
    with rasterio.open(image) as file:
        np.testing.assert_array_equal(file.read(1), scene_image(scene_mask())[:SIDE_PX, SIDE_PX:])
        assert list(file.transform)[:6] == place.transform
    classes = ClassificationExtension.ext(item.assets["mask"]).classes
    assert [one.value for one in classes] == [*(one.id for one in get_classes(workspace)), 255]


def test_a_large_image_is_one_item_with_all_its_windows(workspace: Workspace, tmp_path: Path) -> None:
    mask = np.zeros((384, 400), np.uint8)
    mask[200:206, 20:390] = 2
    pixels = scene_image(mask)
    for folder, array in (("images", pixels), ("masks", mask)):
        path = tmp_path / folder / "big.tif"
        path.parent.mkdir()
        profile = {"height": 384, "width": 400, "count": 1, "dtype": array.dtype.name}
        with rasterio.open(
            path, "w", driver="GTiff", crs=UTM[0], transform=rasterio.Affine(*UTM[1]), **profile
        ) as file:
            file.write(array, 1)
    fill(workspace, tmp_path / "images", tmp_path / "masks", window_px=128, overlap_px=16, reviewed=True)
    set_time(workspace, "big", TIME, ADA)
    export(workspace, tmp_path / "out", "stac", ALL, actor=ADA)
    (item,) = opened(tmp_path / "out").get_items()
    with rasterio.open(item.assets["image"].get_absolute_href()) as file:
        np.testing.assert_array_equal(file.read(1), pixels)
    with rasterio.open(item.assets["mask"].get_absolute_href()) as file:
        np.testing.assert_array_equal(file.read(1), mask)


def test_images_without_place_or_time_are_omitted_and_counted(workspace: Workspace, tmp_path: Path) -> None:
    fill_scene(workspace, tmp_path / "scene", "s")
    fill_scene(workspace, tmp_path / "bare", "bare", None)
    set_time(workspace, "bare", TIME, ADA)
    report = export(workspace, tmp_path / "out", "stac", ALL, actor=ADA)
    assert list(opened(tmp_path / "out").get_items()) == []
    assert report.written == 0
    (note,) = report.notes
    assert note.startswith("8 images without georeference or acquisition time")


def test_points_and_unknown_codes_give_valid_items(tmp_path: Path, workspace: Workspace) -> None:
    points = tuple(
        (float(row), float(column), 4 + column / 1000, 60 - row / 1000)
        for row in (0, 50)
        for column in (0, 80)
    )
    places = {
        "points 1": Georeference(None, None, points, "EPSG:4326"),
        "wkt": Georeference('LOCAL_CS["a"]', None, points, "EPSG:4326"),
    }
    images = [
        StacImage(name, "s", 50, 80, place, f"{TIME}Z", "uint8", ["1"], 0.0, "ada", None)
        for name, place in places.items()
    ]
    write_stac(tmp_path, images, get_classes(workspace))
    items = {one.id: one for one in opened(tmp_path).get_items()}
    assert items.keys() == places.keys()
    assert ProjectionExtension.ext(items["points 1"]).code is None
    assert items["points 1"].bbox == pytest.approx([4, 59.95, 4.08, 60])
    assert items["points 1"].assets["mask"].get_absolute_href().endswith("masks/points 1.tif")


def test_the_footprint_runs_counterclockwise_whatever_the_axes() -> None:
    for transform in ((0.1, 0.0, 4.0, 0.0, -0.1, 60.0), (0.1, 0.0, 4.0, 0.0, 0.1, 59.0)):
        ring = np.array(footprint(Georeference("EPSG:4326", transform), 10, 10))
        x, y = ring.T
        assert np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2 == pytest.approx(1.0)
        assert (ring[0] == ring[-1]).all()


def test_images_at_the_antimeridian_have_short_footprints(tmp_path: Path, workspace: Workspace) -> None:
    """Two images side by side in UTM zone 60; longitude 180 is near x = 834,000 at the equator."""
    images = [
        StacImage(name, "s", 300, 300, place, f"{TIME}Z", "uint8", ["1"], 0.0, "ada", None)
        for name, place in (
            ("across", Georeference("EPSG:32660", (10.0, 0.0, 832_500.0, 0.0, -10.0, 1_000.0))),
            ("east", Georeference("EPSG:32660", (10.0, 0.0, 835_500.0, 0.0, -10.0, 1_000.0))),
        )
    ]
    write_stac(tmp_path, images, get_classes(workspace))
    collection = opened(tmp_path)
    items = {one.id: one for one in collection.get_items()}
    west, south, east, north = items["across"].bbox or (0, 0, 0, 0)
    assert (west, east) == (pytest.approx(179.987, abs=0.001), pytest.approx(-179.986, abs=0.001))
    shape = shapely.geometry.shape(items["across"].geometry)
    assert shape.geom_type == "MultiPolygon"
    assert shape.area == pytest.approx((east + 360 - west) * (north - south), rel=0.01)
    assert all(one.exterior.is_ccw for one in shape.geoms)
    assert items["east"].geometry["type"] == "Polygon"
    (whole,) = collection.extent.spatial.bboxes
    assert (whole[0], whole[2]) == (west, pytest.approx(-179.959, abs=0.001))


def test_a_box_around_the_globe_is_whole() -> None:
    rings = [[[west, 0.0], [west + 130, 0.0], [west, 1.0], [west, 0.0]] for west in (-170.0, -45.0, 60.0)]
    assert bounding_box(rings) == [-180, 0, 180, 1]
