import struct

import numpy as np
import pytest

from seep.core.geo.grid import Window
from seep.core.import_options import ImportOptions
from seep.errors import ImageError
from seep.io.decoding import Request, decode
from seep.io.images import read_header, read_image, read_window
from seep.io.readers.safe import acquired_at, calibration_of, is_safe, measurements
from seep_testing.image_files import NAME, write_safe


def expected_vv(rows: int = 60, columns: int = 80) -> np.ndarray:
    row, column = np.mgrid[0:rows, 0:columns].astype(np.float64)
    number = 100 + row
    number[:5] = 0
    return (number / (200 + 200 * row / (rows - 1) + column)) ** 2


def test_a_product_is_calibrated_sigma0_with_polarizations_as_bands(tmp_path):
    product = write_safe(tmp_path)
    header = read_header(product)
    assert (header.height, header.width, header.bands, header.dtype) == (60, 80, 2, "float32")
    assert (header.band_names, header.unit, header.nodata) == (("VV", "VH"), "linear", 0.0)
    image = read_image(product)
    np.testing.assert_allclose(image[:, :, 0], expected_vv(), rtol=1e-5)
    np.testing.assert_array_equal(read_window(product, Window(11, 20, 30, 25)), image[20:45, 11:41])


def test_its_place_is_that_of_its_ground_control_points(tmp_path):
    lon, lat = read_header(write_safe(tmp_path)).georeference.lonlat(40, 30)
    assert (float(lon), float(lat)) == pytest.approx((10.004, 49.9973), abs=1e-6)


def test_one_polarization_is_one_band(tmp_path):
    product = write_safe(tmp_path, polarizations="vv")
    assert read_image(product).shape == (60, 80)


def test_the_time_is_in_the_name():
    assert acquired_at(NAME) == "2020-01-02T05:30:11+00:00"
    assert acquired_at("041872") is None
    assert acquired_at("x_20201399T000000_y") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<calibration/>", "0 vectors"),
        ("not xml", "not valid XML"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><calibration>&a;</calibration>', "DOCTYPE"),
        (
            "<c><calibrationVector><line>0</line><pixel>0 1</pixel><sigmaNought>5</sigmaNought>"
            "</calibrationVector></c>",
            "different lengths",
        ),
        (
            "<c><calibrationVector><line>0</line><pixel>0</pixel><sigmaNought>nan</sigmaNought>"
            "</calibrationVector></c>",
            "not finite",
        ),
        (
            "<c><calibrationVector><line>0</line><pixel>0</pixel><sigmaNought>0</sigmaNought>"
            "</calibrationVector></c>",
            "not above 0",
        ),
    ],
)
def test_a_damaged_calibration_is_refused(tmp_path, text, message):
    product = write_safe(tmp_path)
    path = next((product / "annotation" / "calibration").iterdir())
    path.write_text(text)
    with pytest.raises(ImageError, match=message):
        calibration_of(product / "measurement" / f"{path.stem.removeprefix('calibration-')}.tiff")


def test_a_measurement_without_the_text_of_its_georeference_is_refused_with_a_sentence(tmp_path):
    product = write_safe(tmp_path)
    texts, unknown = struct.pack("<HH", 34737, 2), struct.pack("<HH", 65001, 2)
    for path in (product / "measurement").iterdir():
        data = path.read_bytes()
        assert data.count(texts) == 1
        path.write_bytes(data.replace(texts, unknown))
    with pytest.raises(
        ImageError, match=r"is damaged or truncated \(Key .* GeoAsciiParams .*\)\. Export it again\.$"
    ):
        read_header(product)


def test_what_is_missing_is_named(tmp_path):
    product = write_safe(tmp_path)
    for path in (product / "annotation" / "calibration").iterdir():
        path.unlink()
    with pytest.raises(ImageError, match=r"calibration of .* is missing"):
        read_header(product)
    for path in (product / "measurement").iterdir():
        path.unlink()
    with pytest.raises(ImageError, match="contains no GRD measurement"):
        measurements(product)
    (product / "measurement").rmdir()
    with pytest.raises(ImageError, match="no readable folder measurement"):
        read_header(product)


def test_the_layout_of_cloud_archives_is_read(tmp_path):
    ours, esa = write_safe(tmp_path / "aws", layout="aws"), write_safe(tmp_path / "esa")
    assert is_safe(ours)
    assert read_header(ours) == read_header(esa)
    np.testing.assert_array_equal(read_image(ours), read_image(esa))


def test_a_product_without_control_points_takes_the_geolocation_grid(tmp_path):
    first = read_header(write_safe(tmp_path / "a"))
    second = read_header(write_safe(tmp_path / "b", placed="annotation"))
    np.testing.assert_allclose(second.georeference.gcps, first.georeference.gcps)
    assert second.georeference.lonlat(40, 30) == pytest.approx((10.004, 49.9973), abs=1e-6)


def test_a_product_without_any_points_says_so(tmp_path):
    product = write_safe(tmp_path, placed="nowhere")
    assert read_header(product).georeference is None
    notes = decode(Request(product, None, ImportOptions())).notes
    assert len(notes) == 1
    assert "neither ground control points nor a geolocation grid" in notes[0]


def test_a_damaged_geolocation_grid_is_refused(tmp_path):
    product = write_safe(tmp_path, placed="annotation")
    for path in (product / "annotation").glob("*.xml"):
        path.write_text("<product><geolocationGridPoint><line>x</line></geolocationGridPoint></product>")
    with pytest.raises(ImageError, match=r"geolocation grid of .* is damaged"):
        read_header(product)


@pytest.mark.parametrize(("kind", "name"), [("slc", "single-look complex"), ("ocn", "ocean"), ("raw", "raw")])
def test_other_products_are_named(tmp_path, kind, name):
    folder = tmp_path / "a.SAFE" / "measurement"
    folder.mkdir(parents=True)
    (folder / f"s1a-iw1-{kind}-vv-20200102t053011-20200102t053036-030612-038224-001.tiff").write_bytes(b"")
    with pytest.raises(ImageError, match=f"is a {name}.*Provide a Sentinel-1 GRD"):
        read_header(folder.parent)
