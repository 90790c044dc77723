import itertools
import struct
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seep.core.geo.grid import Window
from seep.core.import_options import ImportOptions
from seep.errors import ImageError, MaskError, StorageError
from seep.io.decoding import Request, decode
from seep.io.images import read_header, read_image, read_window
from seep.io.masks import read_mask, write_mask

LAYOUTS: list[Any] = list(
    itertools.product(
        ["uint8", "uint16", "int16", "float32"],
        [(1, "contig"), (3, "contig"), (3, "separate")],
        [None, "zlib", "lzw", "zstd", "packbits"],
        [{}, {"tile": (32, 48)}, {"rowsperstrip": 7}],
    )
)
WINDOWS = [Window(0, 0, 90, 70), Window(5, 9, 60, 40), Window(89, 69, 1, 1), Window(40, 30, 20, 5)]


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_images_and_windows_of_every_layout_hold_the_pixels_written(tmp_path, byteorder):
    path = tmp_path / "a.tif"
    pixels = np.random.default_rng(0).random((70, 90, 3)) * 250
    for dtype, (bands, planes), compression, blocks in LAYOUTS:
        image = pixels.astype(dtype) if bands > 1 else pixels[:, :, 0].astype(dtype)
        stored = np.ascontiguousarray(np.moveaxis(image, -1, 0)) if planes == "separate" else image
        options: dict[str, Any] = {"planarconfig": planes} if bands > 1 else {}
        tifffile.imwrite(
            path,
            stored,
            photometric="minisblack",
            compression=compression,
            byteorder=byteorder,
            **options,
            **blocks,
        )
        np.testing.assert_array_equal(read_image(path), image)
        for window in WINDOWS:
            part = read_window(path, window)
            rows = slice(window.y, window.y + window.height)
            np.testing.assert_array_equal(part, image[rows, window.x : window.x + window.width])
            assert part.dtype == dtype
            assert part.dtype.isnative


def test_only_the_first_page_is_read(tmp_path):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(np.full((8, 8), 3, np.uint8), photometric="minisblack")
        writer.write(np.full((4, 4), 9, np.uint8), photometric="minisblack")
    assert read_image(path).tolist() == np.full((8, 8), 3).tolist()


@pytest.mark.parametrize(
    "window", [Window(1, 0, 8, 8), Window(0, 1, 8, 8), Window(-1, 0, 4, 4), Window(0, 0, 0, 4)]
)
def test_a_window_beyond_the_image_is_refused(tmp_path, window):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((8, 8), np.uint8))
    with pytest.raises(ImageError, match="is not inside"):
        read_window(path, window)


def test_a_damaged_block_is_an_image_error_for_image_and_window(tmp_path):
    path = tmp_path / "a.tif"
    image = np.random.default_rng(0).integers(0, 255, (64, 64)).astype(np.uint8)
    tifffile.imwrite(path, image, compression="zlib", tile=(32, 32))
    with tifffile.TiffFile(path) as tiff:
        offset = tiff.pages.first.dataoffsets[3]
    data = bytearray(path.read_bytes())
    data[offset : offset + 40] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(ImageError, match=r"a\.tif is damaged"):
        read_image(path)
    with pytest.raises(ImageError, match=r"a\.tif is damaged"):
        read_window(path, Window(40, 40, 8, 8))
    np.testing.assert_array_equal(read_window(path, Window(0, 0, 32, 32)), image[:32, :32])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 30))))
def test_a_mask_comes_back_exactly(tmp_path, mask):
    path = tmp_path / "mask.tif"
    write_mask(path, mask)
    np.testing.assert_array_equal(read_mask(path, mask.shape), mask)
    np.testing.assert_array_equal(tifffile.imread(path), mask)


def test_a_written_mask_is_a_plain_deflated_tiff_and_always_the_same(tmp_path):
    mask = np.zeros((256, 256), np.uint8)
    mask[20:30, 40:200] = 4
    write_mask(tmp_path / "a.tif", mask)
    write_mask(tmp_path / "b.tif", mask)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    assert (tmp_path / "a.tif").stat().st_size < 2000
    assert read_header(tmp_path / "a.tif").dtype == "uint8"


def test_a_mask_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError):
        write_mask(tmp_path / "file" / "mask.tif", np.zeros((2, 2), np.uint8))


@pytest.mark.parametrize("dtype", ["uint16", "int16"])
def test_a_mask_of_wider_integers_is_read_if_its_ids_fit(tmp_path, dtype):
    path = tmp_path / "mask.tif"
    tifffile.imwrite(path, np.array([[0, 255]], dtype))
    assert read_mask(path).dtype == np.uint8
    assert read_mask(path).tolist() == [[0, 255]]


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.array([[0, 256]], np.uint16), "class ids from 0 to 256"),
        (np.array([[0, -1]], np.int16), "class ids from −1 to 0"),
        (np.full((2, 2), 0.5, np.float32), "float32 values that are not whole"),
        (np.zeros((4, 4, 3), np.uint8), "3 bands"),
        (np.full((2, 2), np.nan), "values that are not whole"),
    ],
)
def test_what_is_no_mask_is_refused_as_one(tmp_path, pixels, message):
    path = tmp_path / "mask.tif"
    tifffile.imwrite(path, pixels, photometric="rgb" if pixels.ndim == 3 else "minisblack")
    with pytest.raises(MaskError, match=message):
        read_mask(path)


def test_a_mask_of_another_size_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / "mask.tif"
    write_mask(path, np.zeros((12_000, 12_000), np.uint8))
    with pytest.raises(MaskError, match=r"mask\.tif has 12000 x 12000 pixels, but its image has 8 x 8"):
        read_mask(path, (8, 8))


def test_one_strip_of_hundreds_of_megabytes_is_refused_before_the_import(tmp_path):
    """Its header was accepted, and each of its 289 windows failed later."""
    side = 16_384
    tifffile.imwrite(
        tmp_path / "a.tif",
        np.zeros((side, side), np.uint8),
        compression="zlib",
        compressionargs={"level": 9},
        rowsperstrip=side,
    )
    assert (tmp_path / "a.tif").stat().st_size < 2**19
    with pytest.raises(ImageError, match="decompression bomb"):
        decode(Request(tmp_path / "a.tif", None, ImportOptions()))


@pytest.mark.parametrize("name", ["StripOffsets", "StripByteCounts"])
def test_a_tag_of_a_type_that_programs_read_differently_is_refused(tmp_path, name):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.eye(48, dtype=np.uint8), rowsperstrip=8, photometric="minisblack")
    with tifffile.TiffFile(path) as tiff:
        place = tiff.pages.first.tags[name].offset
    content = bytearray(path.read_bytes())
    content[place + 2 : place + 4] = struct.pack("<H", 5)  # RATIONAL
    path.write_bytes(content)
    for read in (read_image, read_mask):
        with pytest.raises(
            (ImageError, MaskError), match=rf"its tag {name} has the type RATIONAL, not whole"
        ):
            read(path)
