"""Mutated headers of ENVI images and virtual rasters, and mutated NetCDF and HDF5 files."""

import functools
import tempfile
from pathlib import Path

import h5py
import numpy as np
import rasterio.shutil

from benchmarks.fuzzing.bytes_of import anyhow
from tests.io.making import write_geotiff

_SIDE = 48
PIXELS = np.random.default_rng(7).integers(1, 9999, (_SIDE, _SIDE)).astype(np.uint16)
ENVI = (
    f"ENVI\nsamples = {_SIDE}\nlines = {_SIDE}\nbands = 1\nheader offset = 0\nfile type = ENVI Standard\n"
    "data type = 12\ninterleave = bsq\nbyte order = 0\n"
)
VRT = (
    f'<VRTDataset rasterXSize="{_SIDE}" rasterYSize="{_SIDE}"><VRTRasterBand dataType="UInt16" band="1">'
    '<SimpleSource><SourceFilename relativeToVRT="1">{source}</SourceFilename><SourceBand>1</SourceBand>'
    "</SimpleSource></VRTRasterBand></VRTDataset>"
)
_ENVI_TOKENS = (
    "-1",
    "999999",
    "0",
    "data type = 6\n",
    "bands = 300\n",
    "map info = {",
    "bil",
    "\0",
    "e" * 300,
)
_VRT_TOKENS = (
    *(
        "<SourceFilename>/etc/passwd</SourceFilename>",
        "<!DOCTYPE a>",
        ' subClass="VRTWarpedDataset"',
        "&amp;",
        "-1",
    ),
    *("/vsicurl/", "<OpenOptions/>", "<VRTRasterBand>", "../", "999999", "</VRTDataset>", "Float64"),
)


def mutated_envi(random: np.random.Generator) -> bytes:
    """Make an ENVI header and damage it in none to three ways."""
    return _damaged(ENVI, _ENVI_TOKENS, random)


def mutated_vrt(random: np.random.Generator) -> bytes:
    """Make a virtual raster of `pixels.tif` beside it, and damage it in none to three ways."""
    return _damaged(VRT.format(source="pixels.tif"), _VRT_TOKENS, random)


def mutated_variables(kind: str, random: np.random.Generator) -> bytes:
    """Make a file with one variable ("nc" or "h5") and damage it in none to three ways."""
    data = bytearray(_made(kind, int(random.integers(2))))
    for _ in range(int(random.integers(0, 4))):
        anyhow(data, random)
    return bytes(data)


def write_container(path: Path, data: bytes) -> None:
    """Write a case, and the file with its pixels beside it."""
    path.write_bytes(data)
    if path.suffix == ".hdr":
        path.with_suffix(".img").write_bytes(PIXELS.tobytes())
    elif path.suffix == ".vrt" and not path.with_name("pixels.tif").exists():
        write_geotiff(path.with_name("pixels.tif"), PIXELS)


def _damaged(text: str, tokens: tuple[str, ...], random: np.random.Generator) -> bytes:
    for _ in range(int(random.integers(0, 3))):
        at = int(random.integers(len(text) + 1))
        text = text[:at] + tokens[int(random.integers(len(tokens)))] + text[at + int(random.integers(4)) :]
    data = bytearray(text.encode())
    if random.random() < 0.3:
        anyhow(data, random)
    return bytes(data)


@functools.cache
def _made(kind: str, form: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{kind}"
        if kind == "h5":
            with h5py.File(path, "w") as file:
                file.create_dataset("sigma0", data=PIXELS, compression="gzip" if form else None)
        else:
            source = write_geotiff(Path(folder) / "a.tif", PIXELS.astype(np.float32))
            rasterio.shutil.copy(source, path, driver="netCDF", format="NC4" if form else "NC")
        return path.read_bytes()
