"""Reads variables of NetCDF files: NetCDF4 with h5py, classic NetCDF with SciPy."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
from scipy.io import netcdf_file

from seep.errors import SettingsError
from seep.io.readers.heaps import has_damaged_heap

Numbers = npt.NDArray[np.float64]

NETCDF_SUFFIXES = (".nc", ".nc4", ".cdf", ".netcdf")

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
NETCDF_MAGICS = (b"CDF\x01", b"CDF\x02")


@dataclass(frozen=True)
class Variable:
    """A variable of either format: names and sizes of its dimensions, attributes, and one value by index."""

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    attributes: Mapping[str, Any]
    read: Callable[[tuple[Any, ...]], Any]

    def values(self, index: tuple[Any, ...] = (...,)) -> Numbers:
        """Return values in the unit of the variable; NaN where none is stored."""
        raw = np.asarray(self.read(index), np.float64)
        for name in ("_FillValue", "missing_value"):
            if name in self.attributes:
                raw = np.where(raw == self._number(name, 0.0), np.nan, raw)
        return np.asarray(
            raw * self._number("scale_factor", 1.0) + self._number("add_offset", 0.0), np.float64
        )

    def _number(self, name: str, default: float) -> float:
        return float(np.asarray(self.attributes.get(name, default)).ravel()[0])


@contextmanager
def opened_netcdf(path: Path, names: Collection[str]) -> Iterator[Mapping[str, Variable]]:
    """Open a NetCDF file and yield those of its variables that have one of the names.

    Raises:
        SettingsError: the file cannot be read, or refers to other files.
    """
    try:
        yield from _opened(path, names)
    except (OSError, KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise SettingsError(
            f"{path.name} cannot be read ({str(error)[:80]}). Download it again as NetCDF."
        ) from error


def _opened(path: Path, names: Collection[str]) -> Iterator[Mapping[str, Variable]]:
    with path.open("rb") as file:
        start = file.read(len(HDF5_MAGIC))
    if start == HDF5_MAGIC:
        if has_damaged_heap(path):
            raise SettingsError(f"{path.name} is damaged: the texts of its attributes. Download it again.")
        with h5py.File(path, "r") as file:
            yield {name: _hdf5_variable(path.name, file, name) for name in names if name in file}
    elif start[:4] in NETCDF_MAGICS:
        with netcdf_file(path, "r", mmap=False) as file:
            yield {name: _classic_variable(file.variables[name]) for name in names if name in file.variables}
    else:
        raise SettingsError(f"{path.name} is no NetCDF file. Download it as NetCDF.")


def _hdf5_variable(source: str, file: h5py.File, name: str) -> Variable:
    link = file.get(name, getlink=True)
    dataset = file[name] if isinstance(link, h5py.HardLink) else None
    if not isinstance(dataset, h5py.Dataset) or dataset.external or dataset.is_virtual:
        raise SettingsError(f"{source} refers to other files. Download it again as one file.")
    dims = tuple(
        dataset.dims[at][0].name.rpartition("/")[2] if len(dataset.dims[at]) else ""
        for at in range(dataset.ndim)
    )
    if dataset.ndim == 1 and not dims[0]:
        dims = (name,)
    return Variable(dims, tuple(dataset.shape), dict(dataset.attrs), lambda index: dataset[index])


def _classic_variable(variable: Any) -> Variable:
    return Variable(
        tuple(variable.dimensions),
        tuple(variable.shape),
        dict(variable._attributes),
        lambda index: np.array(variable.data[index]),
    )


def attribute_text(value: Any) -> str:
    """Return an attribute as text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
