import itertools
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from rasterio.control import GroundControlPoint
from rasterio.shutil import copy as copy_raster

from seep.core.geo.grid import Window
from seep.errors import ImageError
from seep.io.images import kind_of, read_header, read_image, read_window
from seep.io.rasters import open_raster
from seep_testing.image_files import UTM, write_geotiff

WINDOWS = [Window(0, 0, 90, 70), Window(5, 9, 60, 40), Window(89, 69, 1, 1)]


def pixels(dtype="uint16", bands=1):
    image = (np.random.default_rng(0).random((70, 90, bands)) * 250 + 1).astype(dtype)
    return image[:, :, 0] if bands == 1 else image


def assert_read(path, image):
    np.testing.assert_array_equal(read_image(path), image)
    for window in WINDOWS:
        part = read_window(path, window)
        rows = slice(window.y, window.y + window.height)
        np.testing.assert_array_equal(part, image[rows, window.x : window.x + window.width])
        assert part.dtype == image.dtype


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_geotiffs_of_every_packing_hold_the_pixels_written(tmp_path, dtype):
    packings = ["none", "deflate", "lzw", "zstd", "packbits"]
    layouts: list[dict[str, Any]] = [
        {"tiled": True, "blockxsize": 32, "blockysize": 16},
        {"blockysize": 7},
        {"BIGTIFF": "YES"},
    ]
    for bands, (packing, layout) in itertools.product([1, 3], zip(packings, layouts * 2, strict=False)):
        image = pixels(dtype, bands)
        path = write_geotiff(tmp_path / "a.tif", image, compress=packing, **layout)
        assert_read(path, image)
        header = read_header(path)
        assert (header.height, header.width, header.bands, header.dtype) == (70, 90, bands, dtype)


def test_a_geotiff_says_where_it_lies_and_what_its_bands_are(tmp_path):
    path = write_geotiff(
        tmp_path / "a.tif",
        pixels("float32", 2) / 10 - 30,
        names=("VV", "VH"),
        nodata=-9999,
        compress="deflate",
    )
    header = read_header(path)
    assert header.georeference.crs == "EPSG:32633"
    assert header.georeference.transform == tuple(UTM)[:6]
    assert (header.band_names, header.nodata, header.compression) == (("VV", "VH"), -9999.0, "deflate")
    assert header.unit == "db"


def test_ground_control_points_are_kept(tmp_path):
    gcps = [
        GroundControlPoint(row, column, 10 + column / 1000, 50 - row / 1000)
        for row in (0, 35, 70)
        for column in (0, 45, 90)
    ]
    header = read_header(write_geotiff(tmp_path / "a.tif", pixels(), gcps=gcps))
    lon, lat = header.georeference.lonlat(45, 35)
    assert (float(lon), float(lat)) == pytest.approx((10.045, 49.965), abs=1e-5)


def test_a_cloud_optimized_geotiff_reads_and_its_overviews_are_known(tmp_path):
    image = (np.random.default_rng(0).random((600, 700)) * 250).astype("uint16")
    write_geotiff(tmp_path / "a.tif", image)
    copy_raster(tmp_path / "a.tif", tmp_path / "cog.tif", driver="COG", BLOCKSIZE=128, COMPRESS="DEFLATE")
    np.testing.assert_array_equal(read_image(tmp_path / "cog.tif"), image)
    with open_raster(tmp_path / "cog.tif") as raster:
        assert raster.overviews[0] == 2
        assert raster.read(Window(0, 0, 700, 600), (300, 350)).shape == (300, 350)


def test_jpeg_within_a_tiff_is_read_though_not_exactly(tmp_path):
    image = np.full((64, 64, 3), 120, np.uint8)
    path = write_geotiff(tmp_path / "a.tif", image, compress="jpeg", photometric="ycbcr", tiled=True)
    assert read_header(path).compression == "JPEG"
    np.testing.assert_allclose(read_image(path).astype(int), 120, atol=3)


def test_nan_and_infinity_come_through(tmp_path):
    image = pixels("float32")
    image[0, :2] = np.nan, np.inf
    assert_read(write_geotiff(tmp_path / "a.tif", image, nodata=np.nan), image)
    assert read_header(tmp_path / "a.tif").nodata is None


@pytest.mark.parametrize(("dtype", "bands"), [("uint8", 1), ("uint16", 1), ("uint8", 3), ("uint16", 3)])
def test_png_is_read_exactly_in_red_green_blue(tmp_path, dtype, bands):
    image = pixels(dtype, bands)
    cv2.imwrite(str(tmp_path / "a.png"), image if bands == 1 else image[:, :, ::-1])
    assert kind_of(tmp_path / "a.png") == "PNG"
    assert_read(tmp_path / "a.png", image)
    assert read_header(tmp_path / "a.png").band_names == (("red", "green", "blue") if bands == 3 else ())


def test_an_alpha_channel_is_no_band(tmp_path):
    image = pixels("uint8", 4)
    cv2.imwrite(str(tmp_path / "a.png"), image[:, :, (2, 1, 0, 3)])
    assert_read(tmp_path / "a.png", image[:, :, :3])


def test_the_alpha_of_a_tiff_is_no_band_either(tmp_path):
    image = pixels("uint8", 4)
    placed = write_geotiff(tmp_path / "a.tif", image, photometric="rgb", alpha="YES")
    plain = tmp_path / "b.tif"
    tifffile.imwrite(plain, image, photometric="rgb", extrasamples=["unassalpha"], compression="deflate")
    for path in (placed, plain):
        assert_read(path, image[:, :, :3])
        with open_raster(path) as raster:
            assert raster.bands == read_header(path).bands == 3
            np.testing.assert_array_equal(raster.read(Window(3, 4, 10, 8)), image[4:12, 3:13, :3])
            np.testing.assert_array_equal(raster.read(Window(3, 4, 10, 8), band=2), image[4:12, 3:13, 2])


def test_jpeg_is_read(tmp_path):
    cv2.imwrite(str(tmp_path / "a.jpg"), np.full((70, 90, 3), (10, 100, 200), np.uint8))
    np.testing.assert_allclose(read_image(tmp_path / "a.jpg")[30, 30].astype(int), (200, 100, 10), atol=4)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("bands", [1, 3])
def test_arrays_are_read_in_either_order(tmp_path, order, bands):
    image = pixels("float32", bands)
    np.save(tmp_path / "a.npy", np.array(image, order=order))
    assert_read(tmp_path / "a.npy", image)
    if bands == 3:
        np.save(tmp_path / "a.npy", np.moveaxis(image, -1, 0))
        assert_read(tmp_path / "a.npy", image)


def test_arrays_of_objects_are_never_unpickled(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    with pytest.raises(ImageError, match=r"a\.npy has object values"):
        read_image(tmp_path / "a.npy")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 4), np.complex64), "complex values"),
        (np.zeros(4, np.uint8), "1 dimensions"),
        (np.zeros((0, 4), np.uint8), "no pixels"),
        (np.zeros((20, 20, 40), np.uint8), "40 bands"),
    ],
)
def test_arrays_that_are_no_images_are_refused(tmp_path, array, message):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(ImageError, match=message):
        read_header(tmp_path / "a.npy")


def test_an_array_that_is_cut_short_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", pixels())
    data = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(data[:-10])
    with pytest.raises(ImageError, match="truncated"):
        read_header(tmp_path / "a.npy")


def test_the_kind_is_told_by_what_is_in_the_file(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), pixels("uint8"))
    (tmp_path / "a.png").rename(tmp_path / "a.tif")
    assert kind_of(tmp_path / "a.tif") == "PNG"
    (tmp_path / "b.tif").write_text("<html>")
    with pytest.raises(ImageError, match=r"b\.tif is not a TIFF, PNG, JPEG, JPEG 2000, NITF or NumPy array"):
        read_header(tmp_path / "b.tif")
    (tmp_path / "b.json").write_text("{}")
    with pytest.raises(
        ImageError, match=r"b\.json is a text file, not an image\. If it contains annotations, choose"
    ):
        kind_of(tmp_path / "b.json")


def test_a_sidecar_cannot_change_what_an_image_says(tmp_path):
    path = write_geotiff(tmp_path / "a.tif", pixels("uint8"))
    (tmp_path / "a.tif.aux.xml").write_text(
        '<PAMDataset><PAMRasterBand band="1"><NoDataValue>77</NoDataValue></PAMRasterBand></PAMDataset>'
    )
    assert read_header(path).nodata is None


@pytest.mark.parametrize("kind", ["png", "npy"])
def test_parts_of_other_images_are_read_as_rasters_are(tmp_path, kind):
    image, path = pixels("uint8", 3), tmp_path / f"a.{kind}"
    if kind == "png":
        cv2.imwrite(str(path), image[:, :, ::-1])
    else:
        np.save(path, image)
    with open_raster(path) as raster:
        assert (raster.height, raster.width, raster.bands, raster.overviews) == (70, 90, 3, [])
        np.testing.assert_array_equal(raster.read(Window(3, 4, 10, 8), band=1), image[4:12, 3:13, 1])
        assert raster.read(Window(0, 0, 90, 70), (7, 9)).shape == (7, 9, 3)
