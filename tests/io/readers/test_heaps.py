"""The HDF5 library never ends on a global heap with an object of no length, so such files are refused before."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from seep.errors import ImageError, SettingsError
from seep.io.readers.heaps import has_damaged_heap
from seep.io.readers.wind import WindQuery
from seep.io.sandbox import SANDBOX


def write(path: Path) -> Path:
    """Write a file with texts of any length among its attributes, which lie in a global heap."""
    with h5py.File(path, "w") as file:
        file.attrs["Conventions"] = "CF-1.5"
        image = file.create_dataset("sigma0", data=np.arange(60, dtype=np.float32).reshape(6, 10))
        image.attrs["units"] = "dB"
    return path


def damaged(path: Path, length: int) -> Path:
    """Give the free space at the end of the heap another length."""
    data = bytearray(write(path).read_bytes())
    at = data.index(b"GCOL") + 16
    while data[at]:
        at += 16 + (int.from_bytes(data[at + 8 : at + 16], "little") + 7) // 8 * 8
    data[at + 8 : at + 16] = length.to_bytes(8, "little")
    path.write_bytes(data)
    return path


def test_intact_heaps_are_told_from_damaged_ones(tmp_path: Path) -> None:
    assert not has_damaged_heap(write(tmp_path / "a.nc"))
    for length in (0, 2**63, 2**64 - 8):
        assert has_damaged_heap(damaged(tmp_path / "a.nc", length))


def test_text_that_looks_like_a_heap_is_none(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file["text"] = np.frombuffer(b"GCOL\x01" + bytes(91), np.uint8)
    assert not has_damaged_heap(path)


@pytest.mark.parametrize("name", ["a.nc", "a.h5"])
def test_an_image_with_a_damaged_heap_is_refused_before_it_is_opened(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        ImageError, match=r"is a damaged HDF5 file: the texts of its attributes\. Export it again\.$"
    ):
        SANDBOX.convert(damaged(tmp_path / name, 0), tmp_path / "out.tif")


def test_wind_with_a_damaged_heap_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"era5\.nc is damaged: the texts of its attributes\. Download it again\.$"
    ):
        SANDBOX.read_wind(damaged(tmp_path / "era5.nc", 0), [WindQuery(10, 50, 0)])
