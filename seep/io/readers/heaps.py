"""Checks the heaps of HDF5 files with texts of attributes: the HDF5 library never ends on a damaged one."""

import mmap
from pathlib import Path

_START = b"GCOL\x01"
_LEAST = 4096


def has_damaged_heap(path: Path) -> bool:
    """Return whether a file has a global heap with an object of no length, or beyond its end.

    HDF5 1.14 and 2.0 go from object to object by their lengths, and for ever where a length is 0.
    Source: HDF5 file format specification, III.E, Global Heap.
    """
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        width = data[14 if data[8] < 2 else 10] if len(data) > 14 else 8
        at = data.find(_START)
        while at >= 0:
            if _is_damaged(data, at, width):
                return True
            at = data.find(_START, at + 1)
    return False


def _is_damaged(data: mmap.mmap, start: int, width: int) -> bool:
    """Walk the objects of a heap, as the library does; `width` is the number of bytes of a length."""
    size = int.from_bytes(data[start + 8 : start + 8 + width], "little")
    if not _LEAST <= size <= len(data) - start:
        return False  # the library refuses it
    head = 8 + (width + 7) // 8 * 8
    at, end = start + head, start + size
    while at + head <= end:
        length = int.from_bytes(data[at + 8 : at + 8 + width], "little")
        is_free = data[at : at + 2] == b"\0\0"
        step = length if is_free else head + (length + 7) // 8 * 8
        if not 0 < step <= end - at:
            return True
        at += step
    return False
