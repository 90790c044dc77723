"""Mutated ENVI headers, virtual rasters and BEAM-DIMAP products, and mutated NetCDF and HDF5 files."""

import functools
import io
import tempfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import rasterio.shutil

from benchmarks.fuzzing.bytes_of import anyhow
from seep_testing.image_files import write_geotiff

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
_BAND = (
    "<Spectral_Band_Info><BAND_INDEX>0</BAND_INDEX><BAND_NAME>Sigma0_VV</BAND_NAME><SCALING_FACTOR>1.0</SCALING_FACTOR>"
    "<SCALING_OFFSET>0.0</SCALING_OFFSET><LOG10_SCALED>false</LOG10_SCALED><NO_DATA_VALUE_USED>true"
    "</NO_DATA_VALUE_USED><NO_DATA_VALUE>0.0</NO_DATA_VALUE></Spectral_Band_Info>"
)
_GRID = (
    "<Tie_Point_Grid_Info><TIE_POINT_GRID_INDEX>{index}</TIE_POINT_GRID_INDEX><TIE_POINT_GRID_NAME>{name}"
    "</TIE_POINT_GRID_NAME><NCOLS>3</NCOLS><NROWS>3</NROWS><OFFSET_X>0.5</OFFSET_X><OFFSET_Y>0.5</OFFSET_Y>"
    "<STEP_X>23.0</STEP_X><STEP_Y>23.0</STEP_Y></Tie_Point_Grid_Info>"
)
_GRID_FILE = (
    '<Tie_Point_Grid_File><TIE_POINT_GRID_FILE_PATH href="STEM.data/tie_point_grids/{name}.hdr"/>'
    "<TIE_POINT_GRID_INDEX>{index}</TIE_POINT_GRID_INDEX></Tie_Point_Grid_File>"
)
_GRIDS = ("latitude", "longitude")
DIMAP = (
    '<?xml version="1.0" encoding="ISO-8859-1"?>\n<Dimap_Document name="STEM.dim"><Data_Access><Data_File>'
    '<DATA_FILE_PATH href="STEM.data/Sigma0_VV.hdr"/><BAND_INDEX>0</BAND_INDEX></Data_File>'
    + "".join(_GRID_FILE.format(index=index, name=name) for index, name in enumerate(_GRIDS))
    + "</Data_Access><Tie_Point_Grids>"
    + "".join(_GRID.format(index=index, name=name) for index, name in enumerate(_GRIDS))
    + f"</Tie_Point_Grids><Image_Interpretation>{_BAND}</Image_Interpretation></Dimap_Document>"
)
"""Header of a product; `STEM` stands for the stem of its file name."""
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


def mutated_dimap(random: np.random.Generator) -> bytes:
    """Make a zip of the files of a BEAM-DIMAP product; damage one of them in up to three ways, or leave it out."""
    parts = dict(_dimap())
    name = ("", *sorted(parts))[int(random.integers(len(parts) + 1))] or ".dim"
    if name.endswith(".img"):
        data = bytearray(parts[name])
        for _ in range(int(random.integers(0, 4))):
            anyhow(data, random)
        parts[name] = bytes(data)
    else:
        tokens = _VRT_TOKENS if name == ".dim" else _ENVI_TOKENS
        parts[name] = _damaged(parts[name].decode(), tokens, random)
    if random.random() < 0.1:
        del parts[name]
    return _packed(parts)


def intact_dimap() -> bytes:
    """Return a zip of the files of an undamaged BEAM-DIMAP product."""
    return _packed(_dimap())


def mutated_variables(kind: str, random: np.random.Generator) -> bytes:
    """Make a file with one variable ("nc" or "h5") and damage it in none to three ways."""
    data = bytearray(_made(kind, int(random.integers(2))))
    for _ in range(int(random.integers(0, 4))):
        anyhow(data, random)
    return bytes(data)


def write_container(path: Path, data: bytes) -> None:
    """Write a case, and the file with its pixels beside it."""
    if path.suffix == ".dim":
        return _write_dimap(path, data)
    path.write_bytes(data)
    if path.suffix == ".hdr":
        path.with_suffix(".img").write_bytes(PIXELS.tobytes())
    elif path.suffix == ".vrt" and not path.with_name("pixels.tif").exists():
        write_geotiff(path.with_name("pixels.tif"), PIXELS)
    return None


def _write_dimap(path: Path, data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            target = path if name == ".dim" else path.with_suffix(".data") / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name).replace(b"STEM", path.stem.encode()))


@functools.cache
def _dimap() -> dict[str, bytes]:
    """Return the files of a product by name: its header is `.dim`, the others are in its folder `.data`."""
    grid = ENVI.replace(str(_SIDE), "3").replace("data type = 12", "data type = 4")
    rows, columns = np.mgrid[0:3, 0:3].astype(np.float32)
    found = {
        ".dim": DIMAP.encode(),
        "Sigma0_VV.hdr": ENVI.encode(),
        "Sigma0_VV.img": PIXELS.tobytes(),
    }
    for name, values in zip(_GRIDS, (60 - rows / 50, 5 + columns / 40), strict=True):
        found[f"tie_point_grids/{name}.hdr"] = grid.encode()
        found[f"tie_point_grids/{name}.img"] = values.tobytes()
    return found


def _packed(parts: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(parts):
            archive.writestr(zipfile.ZipInfo(name), parts[name])
    return packed.getvalue()


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
