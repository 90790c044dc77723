"""JPEG 2000 and NITF are read like rasterio; formats that are not read are refused by name."""

import numpy as np
import pytest
import rasterio

from seep.core.geo.grid import Window
from seep.core.import_options import ImportOptions
from seep.errors import ImageError
from seep.io.decoding import Request
from seep.io.images import kind_of, read_header, read_image, read_window
from seep.io.sandbox import SandboxPool
from seep_testing.image_files import write_geotiff

FORMATS = {
    "jp2": ("JPEG 2000", {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES"}),
    "ntf": (
        "NITF",
        {
            "driver": "NITF",
            "ICORDS": "G",
            "crs": "EPSG:4326",
            "transform": rasterio.Affine(0.01, 0, 10, 0, -0.01, 50),
        },
    ),
}


@pytest.fixture(params=sorted(FORMATS))
def written(request, tmp_path):
    kind, options = FORMATS[request.param]
    image = np.random.default_rng(0).integers(1, 60_000, (90, 120, 2), np.uint16)
    path = write_geotiff(tmp_path / f"a.{request.param}", image, **options)
    return kind, path, image


def test_pixels_windows_and_place_are_those_that_were_written(written):
    kind, path, image = written
    header = read_header(path)
    assert (kind_of(path), header.bands, header.dtype) == (kind, 2, "uint16")
    assert (header.height, header.width) == (90, 120)
    np.testing.assert_array_equal(read_image(path), image)
    np.testing.assert_array_equal(read_window(path, Window(30, 20, 50, 40)), image[20:60, 30:80])
    with rasterio.open(path) as dataset:
        assert header.georeference is not None
        assert header.georeference.transform == pytest.approx(tuple(dataset.transform)[:6])


def test_a_sandbox_process_reads_them_and_refuses_what_is_cut_short(written):
    _, path, image = written
    pool = SandboxPool(1)
    try:
        decoded = pool.decode(Request(path, None, ImportOptions()))
        assert (decoded.header.height, decoded.header.bands) == (90, 2)
        np.testing.assert_array_equal(decoded.sample, image)
        path.write_bytes(path.read_bytes()[:2000])
        with pytest.raises(ImageError, match=path.name):
            pool.decode(Request(path, None, ImportOptions()))
        assert pool.deaths == 0
    finally:
        pool.close()


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\x89HDF\r\n\x1a\n\0", "an HDF5 or NetCDF-4 file"),
        (b"CDF\x02\0\0", "a NetCDF file"),
        (b'<VRTDataset rasterXSize="9"><SourceFilename>/etc/passwd</SourceFilename>', "virtual raster"),
        (b'<?xml version="1.0"?>\n<Dimap_Document name="a.dim">', "a BEAM-DIMAP file"),
        (b"ENVI\nsamples = 9", "an ENVI header file"),
    ],
)
def test_other_formats_are_refused_by_name(tmp_path, start, name):
    path = tmp_path / "a.tif"
    path.write_bytes(start)
    with pytest.raises(ImageError, match=name):
        read_image(path)
