"""Opens the image in a NetCDF or HDF5 file with GDAL; h5py checks first that the file refers to no other file."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import rasterio
from rasterio.io import DatasetReader
from scipy.io import netcdf_file

from seep.core.geo.georeference import WGS84, Georeference, checked_georeference
from seep.errors import ImageError
from seep.io.readers import gdal
from seep.io.readers.geolocation import place_of_grids
from seep.io.readers.heaps import has_damaged_heap
from seep.io.readers.netcdf import HDF5_MAGIC

_LATITUDES, _LONGITUDES = {"lat", "latitude", "nav_lat"}, {"lon", "longitude", "nav_lon"}
_COORDINATES = _LATITUDES | _LONGITUDES
_DEGREES = re.compile(r"degrees?_?([NE]|north|east)\b", re.ASCII | re.IGNORECASE)
_GDAL_BAND = re.compile(r"Band\d{1,3}", re.ASCII)
_MAX_VARIABLES = 64
_SHOWN = 8


@dataclass(frozen=True)
class OpenVariables:
    """Open variables of a file.

    Attributes:
        images: datasets by the name of the variable.
        place: georeference from coordinates in degrees, or None.
        omitted_grids: the file has grids of latitude and longitude that do not give the place.
    """

    images: dict[str, DatasetReader]
    place: Georeference | None
    omitted_grids: bool


@contextmanager
def opened_variables(path: Path) -> Iterator[OpenVariables]:
    """Open the variable with the image, or the variables `Band1`, `Band2`, ... that GDAL writes.

    A variable counts as an image if it has rows and columns, and is not a latitude or longitude. Among several,
    the only one with two dimensions is taken.

    Yields:
        The datasets, and the place where GDAL does not tell it.

    Raises:
        ImageError: the file refers to other files, or has no image or several.
    """
    names = None
    if _is_hdf5(path):
        if has_damaged_heap(path):
            raise ImageError(
                f"{path.name} is a damaged HDF5 file: the texts of its attributes. Export it again."
            )
        names = _hdf5_names(path)
    else:
        _check_complete(path)
    with ExitStack() as stack:
        datasets = _netcdf_datasets(path, stack) if names is None else _hdf5_datasets(path, names, stack)
        flat = {
            name: dataset for name, dataset in datasets.items() if dataset.count and min(dataset.shape) > 1
        }
        grids = {name: one for name, one in flat.items() if _last(name) in _COORDINATES}
        images = _chosen(path, {name: one for name, one in flat.items() if name not in grids})
        place, omitted = _place(images, grids)
        yield OpenVariables(images, place, omitted)


def _last(name: str) -> str:
    return name.rpartition("/")[2].lower()


def _place(
    images: dict[str, DatasetReader], grids: dict[str, DatasetReader]
) -> tuple[Georeference | None, bool]:
    """Return the place of images that GDAL does not place, and whether grids do not give it."""
    name, image = next(iter(images.items()))
    if not image.transform.is_identity:
        units = {
            found[1][0].upper() for text in image.tags().values() if (found := _DEGREES.fullmatch(str(text)))
        }
        known = image.crs is not None or units != {"N", "E"}
        return (
            None if known else checked_georeference(Georeference(WGS84, tuple(image.transform)[:6]))
        ), False
    latitude, longitude = (_grid_of(name, grids, names) for names in (_LATITUDES, _LONGITUDES))
    if not grids or image.gcps[0]:
        return None, False
    if latitude is None or longitude is None or latitude.shape != image.shape:
        return None, True
    place = place_of_grids(latitude, longitude)
    return place, place is None


def _grid_of(image: str, grids: dict[str, DatasetReader], names: set[str]) -> DatasetReader | None:
    """Return the grid with one of some names in the group of an image, or the only one."""
    group = image.rpartition("/")[0]
    found = [name for name in grids if _last(name) in names]
    beside = [name for name in found if name.rpartition("/")[0] == group]
    chosen = beside or found
    return grids[chosen[0]] if len(chosen) == 1 else None


def _chosen(path: Path, images: dict[str, DatasetReader]) -> dict[str, DatasetReader]:
    flat = [name for name, image in images.items() if image.count == 1]
    if len(images) == 1 or (images and all(_GDAL_BAND.fullmatch(name) for name in images)):
        return images
    if len(flat) == 1:
        return {flat[0]: images[flat[0]]}
    if not images:
        raise ImageError(
            f"{path.name} has no variable with rows and columns of numbers. Export the image as GeoTIFF."
        )
    names = [*(name[:40] for name in list(images)[:_SHOWN]), *(["…"] if len(images) > _SHOWN else [])]
    raise ImageError(
        f"{path.name} has {len(images)} variables that may be the image: {', '.join(names)}. Export one of them as "
        "GeoTIFF, such as with gdal_translate."
    )


def _is_hdf5(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(HDF5_MAGIC)) == HDF5_MAGIC


def _check_complete(path: Path) -> None:
    """Refuse a truncated NetCDF-3 file, whose missing pixels GDAL would read as 0; SciPy maps all variables."""
    try:
        netcdf_file(path, mmap=True)
    except Exception as error:  # SciPy raises errors of many types for a damaged file
        raise ImageError(f"{path.name} is damaged or truncated. Export it again.") from error


def _hdf5_names(path: Path) -> list[str] | None:
    """Return the names of the datasets of an HDF5 file with two or more dimensions; None for NetCDF-4.

    Raises:
        ImageError: damaged, or its pixels are in other files.
    """
    names: list[str] = []
    outside: list[str] = []
    netcdf: list[bool] = []

    def check_link(name: str, link: object) -> None:
        if not isinstance(link, h5py.HardLink | h5py.SoftLink):
            outside.append(name)

    def check_object(name: str, found: object) -> None:
        if not isinstance(found, h5py.Dataset):
            return
        netcdf.append("_Netcdf4Dimid" in found.attrs or "_Netcdf4Coordinates" in found.attrs)
        if found.external or found.is_virtual:
            outside.append(name)
        if found.ndim > 1 and found.dtype.kind in "fiu":
            names.append(name)

    try:
        with h5py.File(path, "r") as file:
            file.visititems_links(check_link)
            if not outside:
                file.visititems(check_object)
            is_netcdf = any(netcdf) or "_NCProperties" in file.attrs or "Conventions" in file.attrs
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ImageError(f"{path.name} is a damaged or truncated HDF5 file. Export it again.") from error
    if outside:
        raise ImageError(
            f"{path.name} refers to other files at {outside[0][:40]!r}, which is not read. Export the image as "
            "GeoTIFF."
        )
    return None if is_netcdf else names


def _hdf5_datasets(path: Path, names: list[str], stack: ExitStack) -> dict[str, DatasetReader]:
    _check_count(path, len(names))
    return {name: _open(f'HDF5:"{path}"://{name}', "HDF5Image", stack) for name in names}


def _netcdf_datasets(path: Path, stack: ExitStack) -> dict[str, DatasetReader]:
    whole = _open_netcdf(str(path), stack)
    parts = list(whole.subdatasets)
    _check_count(path, len(parts))
    if not parts:
        return {str(whole.tags(1).get("NETCDF_VARNAME", "")) if whole.count else "": whole}
    return {part.rpartition(":")[2].lstrip("/"): _open_netcdf(part, stack) for part in parts}


def _open_netcdf(address: str, stack: ExitStack) -> DatasetReader:
    """Open a variable with its rows in the order of the file, or from north to south if GDAL places them.

    GDAL turns variables without coordinates upside down, because it writes them so.
    """
    found = _open(address, "netCDF", stack)
    if not found.transform.is_identity or "NC_GLOBAL#GDAL" in found.tags():
        return found
    with rasterio.Env(GDAL_NETCDF_BOTTOMUP="NO"):
        return _open(address, "netCDF", stack)


def _check_count(path: Path, count: int) -> None:
    if count > _MAX_VARIABLES:
        raise ImageError(
            f"{path.name} has {count} variables; at most {_MAX_VARIABLES} are read. Export the image as GeoTIFF."
        )


def _open(address: str, driver: str, stack: ExitStack) -> DatasetReader:
    with gdal.without_place():
        return stack.enter_context(rasterio.open(address, driver=driver))
