"""Every image format: which reader takes a file, and what of it is kept, measured on a file of each.

python -m tests.io.image_matrix     # rewrites the table in docs/formats.md
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import h5py
import numpy as np
import rasterio.shutil
import tifffile

from seep.io.containers import container_of, convert
from seep.io.images import kind_of, read_image_and_header
from seep.io.readers.tiff import first_page, is_for_gdal
from seep_testing.image_files import write_geotiff, write_safe
from tests.io.format_matrix import rewrite
from tests.workflow.imports.test_conversion_products import write_dimap
from tests.workflow.test_conversion import write_vrt

START, END = "<!-- images: python -m tests.io.image_matrix -->\n\n", "\n<!-- end of images -->\n"
SHAPE = (50, 70)
NODATA = -99.0
GRAY = np.random.default_rng(5).integers(1, 9999, SHAPE).astype(np.uint16)
COLOR = np.random.default_rng(6).integers(1, 256, (*SHAPE, 3)).astype(np.uint8)
FLOATS = np.random.default_rng(0).normal(-12, 3, (*SHAPE, 2)).astype(np.float32)


@dataclass(frozen=True)
class Row:
    """A format: its name, the kind that the registry gives it, and how a file of it is made.

    Attributes:
        format: name.
        kind: of `seep.io.images.kind_of`, or of `seep.io.containers.container_of`.
        write: makes a file in a folder; returns its path and its pixels, None where they are computed.
    """

    format: str
    kind: str
    write: Callable[[Path], tuple[Path, np.ndarray | None]]


def _plain(folder: Path) -> tuple[Path, np.ndarray]:
    tifffile.imwrite(folder / "a.tif", GRAY, compression="zlib")
    return folder / "a.tif", GRAY


def _gdal(name: str, driver: str) -> Callable[[Path], tuple[Path, np.ndarray]]:
    def write(folder: Path) -> tuple[Path, np.ndarray]:
        path = write_geotiff(folder / name, FLOATS, driver=driver, names=("VV", "VH"), nodata=NODATA)
        return path, FLOATS

    return write


def _nitf(folder: Path) -> tuple[Path, np.ndarray]:
    return write_geotiff(folder / "a.ntf", GRAY, driver="NITF", ICORDS="N"), GRAY


def _jp2(folder: Path) -> tuple[Path, np.ndarray]:
    path = write_geotiff(folder / "a.jp2", GRAY, driver="JP2OpenJPEG", REVERSIBLE="YES", QUALITY=100)
    Path(f"{path}.aux.xml").unlink(missing_ok=True)
    return path, GRAY


def _picture(name: str, pixels: np.ndarray) -> Callable[[Path], tuple[Path, np.ndarray]]:
    def write(folder: Path) -> tuple[Path, np.ndarray]:
        cv2.imwrite(str(folder / name), pixels[:, :, ::-1] if pixels.ndim == 3 else pixels)
        return folder / name, pixels

    return write


def _array(folder: Path) -> tuple[Path, np.ndarray]:
    np.save(folder / "a.npy", FLOATS)
    return folder / "a.npy", FLOATS


def _envi(folder: Path) -> tuple[Path, np.ndarray]:
    path, pixels = _gdal("a.img", "ENVI")(folder)
    Path(f"{path}.aux.xml").unlink(missing_ok=True)
    return path.with_suffix(".hdr"), pixels


def _vrt(folder: Path) -> tuple[Path, np.ndarray]:
    write_geotiff(folder / "a.tif", FLOATS, names=("VV", "VH"), nodata=NODATA)
    return write_vrt(folder, "a.tif"), FLOATS[:, :, ::-1]


def _dimap(folder: Path) -> tuple[Path, np.ndarray]:
    return write_dimap(folder, pixels=FLOATS), FLOATS


def _netcdf(folder: Path) -> tuple[Path, np.ndarray]:
    source = write_geotiff(folder / "a.tif", FLOATS[:, :, 0], nodata=NODATA)
    rasterio.shutil.copy(source, folder / "a.nc", driver="netCDF", format="NC4")
    return folder / "a.nc", FLOATS[:, :, 0]


def _hdf5(folder: Path) -> tuple[Path, np.ndarray]:
    row, column = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]]
    with h5py.File(folder / "a.h5", "w") as file:
        file["sigma0"], file["lat"], file["lon"] = FLOATS[:, :, 0], 60 - row * 1e-3, 5 + column * 2e-3
    return folder / "a.h5", FLOATS[:, :, 0]


def _channels(folder: Path) -> tuple[Path, np.ndarray]:
    inside = folder / "imagesTr"
    inside.mkdir()
    for number in (0, 1):
        write_geotiff(inside / f"a_{number:04d}.tif", FLOATS[:, :, number], nodata=NODATA)
    (folder / "dataset.json").write_text('{"channel_names": {"0": "VV", "1": "VH"}}')
    return inside / "a_0000.tif", FLOATS


ROWS = (
    Row("TIFF, BigTIFF", "TIFF", _plain),
    Row("GeoTIFF, cloud-optimized too", "TIFF", _gdal("a.tif", "GTiff")),
    Row("PNG, 16 bits", "PNG", _picture("a.png", GRAY)),
    Row("PNG, 8 bits in color", "PNG", _picture("a.png", COLOR)),
    Row("JPEG", "JPEG", _picture("a.jpg", COLOR)),
    Row("JPEG 2000 (`.jp2`)", "JPEG 2000", _jp2),
    Row("NITF", "NITF", _nitf),
    Row("NumPy `.npy`", "NumPy", _array),
    Row("Sentinel-1 GRD", "SAFE", lambda folder: (write_safe(folder), None)),
    Row("ENVI", "ENVI", _envi),
    Row("VRT", "VRT", _vrt),
    Row("BEAM-DIMAP (SNAP)", "BEAM-DIMAP", _dimap),
    Row("NetCDF-3, NetCDF-4", "NetCDF", _netcdf),
    Row("HDF5", "HDF5", _hdf5),
    Row("channels of nnU-Net", "nnU-Net channels", _channels),
)


def measured(row: Row, folder: Path) -> dict[str, str]:
    """Write a file of a format, read it as an import does, and return the cells of the table."""
    path, pixels = row.write(folder)
    container = container_of(path) if path.is_file() else None
    kind = container or kind_of(path)
    reader = "converted" if container else _READERS.get(kind, "GDAL")
    if kind == "TIFF":
        with first_page(path) as page:
            reader = "GDAL" if is_for_gdal(page) else "tifffile"
    if container:
        convert(path, folder / "converted.tif")
        path = folder / "converted.tif"
    header, found = read_image_and_header(path)
    place = header.georeference
    exact = pixels is not None and np.array_equal(found, pixels)
    return {
        "format": row.format,
        "kind": kind,
        "reader": reader,
        "pixel values": "exact" if exact else "sigma0" if pixels is None else "lossy",
        "place": "" if place is None else "transform" if place.transform else "control points",
        "nodata value": "" if header.nodata is None else "yes",
        "band names": ", ".join(header.band_names),
    }


_READERS = {"NumPy": "NumPy, memory-mapped", "SAFE": "GDAL and the calibration of the product"}


def table() -> str:
    """Return the table of docs/formats.md."""
    columns = ("format", "reader", "pixel values", "place", "nodata value", "band names")
    lines = [f"| {' | '.join(columns)} |", f"| {' | '.join('---' for _ in columns)} |"]
    for row in ROWS:
        with tempfile.TemporaryDirectory() as folder:
            cells = measured(row, Path(folder))
        lines.append(f"| {' | '.join(cells[name] for name in columns)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    rewrite(START, END, table())
