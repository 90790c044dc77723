"""Images of unusual colors and types: the same pixels as rasterio, or a note about what was ignored."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
import tifffile
from PIL import Image

from seep.core.geo.grid import Window
from seep.core.import_options import ImportOptions
from seep.errors import ImageError
from seep.io.decoding import Request, decode
from seep.io.images import read_header, read_image, read_window
from seep.io.masks import read_mask
from seep_testing.image_files import write_geotiff

RANDOM = np.random.default_rng(0)
GRAY = RANDOM.integers(1, 255, (40, 60), np.uint8)
RGB = RANDOM.integers(1, 255, (40, 60, 3), np.uint8)
CMYK = RANDOM.integers(1, 255, (40, 60, 4), np.uint8)


def by_rasterio(path: Path, bands: int) -> np.ndarray:
    with rasterio.open(path) as dataset:
        found = dataset.read(list(range(1, bands + 1)))
    return found[0] if bands == 1 else np.moveaxis(found, 0, -1)


def write_colors(path: Path, kind: str) -> int:
    """Write a picture; return its number of bands."""
    if kind == "cmyk":
        tifffile.imwrite(path, CMYK, photometric="separated")
    elif kind == "palette":
        tifffile.imwrite(path, GRAY, photometric="palette", colormap=np.zeros((3, 256), np.uint16))
    elif kind == "miniswhite":
        tifffile.imwrite(path, GRAY, photometric="miniswhite")
    elif kind == "ycbcr jpeg":
        tifffile.imwrite(path, RGB, photometric="ycbcr", compression="jpeg")
    else:
        Image.fromarray(RGB).convert(kind).save(path)
    return 1 if kind in {"palette", "miniswhite"} else 3


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("kind", ["YCbCr", "LAB", "ycbcr jpeg", "cmyk", "palette", "miniswhite"])
def test_pixels_are_those_of_rasterio(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.tif"
    bands = write_colors(path, kind)
    expected = by_rasterio(path, bands)
    np.testing.assert_array_equal(read_image(path), expected)
    np.testing.assert_array_equal(read_window(path, Window(3, 2, 20, 30)), expected[2:32, 3:23])


def notes_of(path: Path) -> tuple[str, ...]:
    return decode(Request(path, None, ImportOptions())).notes


def test_what_is_ignored_is_told(tmp_path: Path) -> None:
    write_colors(tmp_path / "palette.tif", "palette")
    Image.fromarray(RGB).quantize(64).save(tmp_path / "palette.png")
    for name in ("palette.tif", "palette.png"):
        assert notes_of(tmp_path / name) == (f"{name}: the pixels are read without a palette of the file.",)
    path = write_geotiff(tmp_path / "scaled.tif", GRAY.astype(np.int16))
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.01,), (-30.0,)
    assert "the scale 0.01 and the offset -30" in notes_of(path)[0]
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        path = write_geotiff(tmp_path / "masked.tif", GRAY)
        with rasterio.open(path, "r+") as dataset:
            dataset.write_mask(GRAY > 100)
    assert "a mask of valid pixels" in notes_of(path)[0]
    assert notes_of(write_geotiff(tmp_path / "plain.tif", GRAY)) == ()


@pytest.mark.parametrize(
    "dtype", ["float64", "float16", "int32", "uint32", "int64", "uint64", "int8", "bool"]
)
@pytest.mark.parametrize("writer", ["plain", "tiled", "placed", "numpy"])
def test_other_types_are_converted(tmp_path: Path, dtype: str, writer: str) -> None:
    pixels = (GRAY > 100) if dtype == "bool" else (GRAY // 2).astype(dtype)
    path = tmp_path / ("a.npy" if writer == "numpy" else "a.tif")
    if writer == "numpy":
        np.save(path, pixels)
    elif writer == "placed":
        if dtype in {"float16", "bool"}:
            pytest.skip("GDAL does not write this type")
        write_geotiff(path, pixels)
    else:
        tifffile.imwrite(path, pixels, tile=(16, 16) if writer == "tiled" else None)
    header, image = read_header(path), read_image(path)
    expected = {"int8": "int16", "bool": "uint8"}.get(dtype, "float32")
    assert (header.dtype, image.dtype) == (expected, expected)
    np.testing.assert_array_equal(image, pixels.astype(expected))
    window = Window(3, 2, 20, 30)
    np.testing.assert_array_equal(read_window(path, window), image[2:32, 3:23])
    if writer != "numpy":
        np.testing.assert_array_equal(read_mask(path), pixels.astype(np.uint8))


def test_complex_values_are_named(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "slc.tif", GRAY.astype(np.complex64))
    with pytest.raises(ImageError, match="single-look complex"):
        read_header(tmp_path / "slc.tif")


@pytest.mark.parametrize("compression", ["ccittfax4", "ccittfax3", "ccittrle"])
def test_ccitt_masks_are_read(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "mask.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=40,
        width=60,
        count=1,
        dtype="uint8",
        nbits=1,
        compress=compression.upper(),
        crs="EPSG:32633",
        transform=rasterio.Affine(10, 0, 5e5, 0, -10, 4.5e6),
    ) as dataset:
        dataset.write((GRAY > 100).astype(np.uint8), 1)
    np.testing.assert_array_equal(read_mask(path), GRAY > 100)


def png_bytes(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


@pytest.mark.parametrize("pixels", [GRAY, RGB, GRAY.astype(np.uint16) * 200], ids=["gray", "rgb", "16 bits"])
@pytest.mark.parametrize("kept", [0.2, 0.6, 0.95])
def test_truncated_pngs_are_refused(tmp_path: Path, pixels: np.ndarray, kept: float) -> None:
    path, data = tmp_path / "a.png", png_bytes(pixels)
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(ImageError, match=r"a\.png is damaged or truncated"):
        read_image(path)


def test_a_png_with_a_flipped_byte_is_refused(tmp_path: Path) -> None:
    data = bytearray(png_bytes(GRAY))
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(ImageError, match="damaged"):
        read_image(tmp_path / "a.png")
