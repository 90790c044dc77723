import contextlib
import math
import struct
import zlib

import numpy as np
import pytest
import tifffile

from seep.core.text import number
from seep.errors import ImageError
from seep.io.header import ImageHeader, nodata_is_told, told_nodata
from seep.io.images import read_header, read_image
from seep.settings import settings


def write(path, image, **options):
    tifffile.imwrite(path, image, photometric="minisblack", **options)
    return path


def patched(path, changes: dict[str, int]):
    """Overwrite values of a file's first page by tag name, where they lie."""
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tiff:
        for name, value in changes.items():
            tag = tiff.pages.first.tags[name]
            struct.pack_into("<H" if tag.dtype == 3 else "<I", data, tag.valueoffset, value)
    path.write_bytes(data)
    return path


def test_a_header_says_size_bands_and_dtype(tmp_path):
    path = write(tmp_path / "a.tif", np.zeros((5, 7, 3), np.float32), planarconfig="contig")
    assert read_header(path) == ImageHeader(
        height=5, width=7, bands=3, dtype="float32", nodata=None, unit="linear"
    )


@pytest.mark.parametrize(
    ("text", "nodata"), [("-9999", -9999.0), ("0\0", 0.0), ("nan", None), ("none", None)]
)
def test_nodata_is_read_from_the_gdal_tag(tmp_path, text, nodata):
    path = write(tmp_path / "a.tif", np.zeros((4, 4), np.int16), extratags=[(42113, 2, 0, text, True)])
    assert read_header(path).nodata == nodata


@pytest.mark.parametrize(
    ("dtype", "tag", "option", "nodata"),
    [
        ("uint16", 65535.0, "auto", 65535),
        ("float32", -9999.0, "auto", -9999),
        ("uint16", 65535.0, None, None),
        ("uint16", 65535.0, 3, 3),
    ],
)
def test_the_option_then_the_tag_tell_nodata(dtype, tag, option, nodata):
    header = ImageHeader(1, 1, 1, dtype, tag)
    assert nodata_is_told(header, option)
    assert told_nodata(header, option) == nodata


def test_without_option_and_tag_nodata_is_not_told():
    assert not nodata_is_told(ImageHeader(1, 1, 1, "uint16", None), "auto")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ImageError, match=r"gone\.tif cannot be opened: No such file"):
        read_header(tmp_path / "gone.tif")


def test_a_folder_is_no_image(tmp_path):
    with pytest.raises(ImageError, match="cannot be opened"):
        read_header(tmp_path)


@pytest.mark.parametrize("data", [b"", b"II", b"PNG is not TIFF", b"\x89PNG\r\n\x1a\n" + bytes(100)])
def test_a_file_that_is_no_tiff_is_refused(tmp_path, data):
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    with pytest.raises(ImageError, match=r"a\.tif is"):
        read_header(path)


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("kept", [0.05, 0.3, 0.6, 0.99])
def test_a_truncated_file_is_refused_before_its_pixels_are_read(tmp_path, compression, kept):
    image = np.random.default_rng(0).integers(0, 999, (64, 64)).astype(np.uint16)
    path = write(tmp_path / "a.tif", image, compression=compression, rowsperstrip=8)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(ImageError, match=r"a\.tif is (truncated|damaged)"):
        read_header(path)


def test_a_header_that_announces_too_many_pixels_is_refused(tmp_path):
    path = write(tmp_path / "a.tif", np.zeros((4, 4), np.uint8))
    patched(path, {"ImageWidth": 60_000, "ImageLength": 60_000, "RowsPerStrip": 60_000})
    with pytest.raises(
        ImageError, match=f"60000 x 60000 pixels, more than {number(settings().limits.pixels)}"
    ):
        read_header(path)


def test_a_small_file_that_would_grow_to_a_gigabyte_is_refused_unread(tmp_path):
    path = write(tmp_path / "a.tif", np.zeros((4, 4), np.uint16), compression="zlib")
    patched(path, {"ImageWidth": 22_000, "ImageLength": 22_000, "RowsPerStrip": 22_000})
    with pytest.raises(ImageError, match="decompression bomb"):
        read_image(path)


def test_a_strip_that_inflates_beyond_its_announced_size_is_refused(tmp_path):
    path = write(tmp_path / "a.tif", np.zeros((64, 64), np.uint16), compression="zlib")
    bomb = zlib.compress(bytes(50_000_000), 9)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + bomb)
    patched(path, {"StripOffsets": size, "StripByteCounts": len(bomb)})
    with pytest.raises(ImageError, match="damaged"):
        read_image(path)


def test_blocks_far_larger_than_the_image_are_refused(tmp_path):
    path = write(tmp_path / "a.tif", np.zeros((40, 40), np.uint8), tile=(16, 16))
    patched(path, {"TileWidth": 32_768, "TileLength": 32_768})
    with pytest.raises(ImageError, match="blocks much larger"):
        read_header(path)


@pytest.mark.parametrize("side", ["ImageWidth", "ImageLength"])
def test_an_image_without_pixels_is_refused(tmp_path, side):
    path = patched(write(tmp_path / "a.tif", np.zeros((4, 4), np.uint8)), {side: 0})
    with pytest.raises(ImageError, match="no pixels"):
        read_header(path)


def test_more_bands_than_are_read_are_refused(tmp_path):
    path = write(tmp_path / "a.tif", np.zeros((4, 4, 17), np.uint8), planarconfig="contig")
    with pytest.raises(ImageError, match="17 bands, more than 16"):
        read_header(path)


def test_a_compression_that_is_not_read_is_named(tmp_path):
    path = write(tmp_path / "a.tif", np.zeros((16, 16), np.uint8), compression="jpeg2000")
    with pytest.raises(ImageError, match=r"JPEG.?2000.*Convert it"):
        read_header(path)


def test_a_page_without_pixel_data_is_refused(tmp_path):
    path = patched(write(tmp_path / "a.tif", np.zeros((4, 4), np.uint8)), {"StripByteCounts": 0})
    with pytest.raises(ImageError, match=r"is damaged"):
        read_header(path)


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_reads_or_is_refused_but_never_fails_otherwise(tmp_path, seed):
    generator = np.random.default_rng(seed)
    image = generator.integers(0, 300, (32, 32)).astype(np.uint16)
    options = [{}, {"compression": "zlib"}, {"compression": "lzw", "predictor": True}, {"tile": (16, 16)}]
    path = write(tmp_path / "a.tif", image, **options[seed % 4])
    intact = path.read_bytes()
    for _ in range(10):
        data = bytearray(intact)
        for place in generator.integers(0, min(300, len(data)), size=3):
            data[place] = generator.integers(0, 256)
        path.write_bytes(data)
        with contextlib.suppress(ImageError):
            assert math.prod(read_image(path).shape) <= settings().limits.pixels


def test_an_image_with_fewer_strips_than_its_height_needs_is_refused(tmp_path):
    path = write(tmp_path / "a.tif", np.arange(64, dtype=np.uint8).reshape(8, 8), rowsperstrip=8)
    patched(path, {"RowsPerStrip": 3})  # GDAL reads the rows below as 0
    with pytest.raises(ImageError, match=r"a\.tif is damaged: pixel data is missing"):
        read_header(path)
