"""The library of `disk.c`, and the changes that it records."""

import ctypes
import os
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Literal

from seep_testing.killing.processes import environment

SOURCE = Path(__file__).with_name("disk.c")
KINDS = {"no space": 1, "I/O error": 2, "short write": 3, "kill": 4}
_HEAD = Struct("=5q")

What = Literal["c", "w", "t", "s", "r", "l", "u", "m"]


@dataclass(frozen=True)
class Change:
    """A change of the disk.

    Attributes:
        what: create, write, truncate, sync, rename, link, unlink or make a folder, by its first letter.
        path: of the file or folder.
        other: new path of a rename or link.
        offset: of a write, or the size of a truncation, bytes.
        data: what was written.
    """

    what: What
    path: str
    other: str
    offset: int
    data: bytes


def build(folder: Path) -> Path:
    """Compile the library; return its path.

    Raises:
        SystemExit: there is no C compiler.
    """
    library = folder / "disk.so"
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    try:
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl", "-lpthread"], check=True
        )
    except FileNotFoundError as error:
        raise SystemExit(f"There is no C compiler {compiler!r}. Install one, such as gcc.") from error
    return library


def preloaded(library: Path, root: Path, log: Path | None = None) -> dict[str, str]:
    """Return the environment of a process on the workspace `root` whose changes below `root` are seen."""
    seen = {"LD_PRELOAD": str(library), "SEEP_DISK_ROOT": str(root)}
    return environment(root) | seen | ({"SEEP_DISK_LOG": str(log)} if log else {})


def break_change(at: int, kind: str) -> None:
    """Break the `at`-th change of this process from now on; 0 breaks none."""
    ctypes.CDLL(None).seep_disk_break(ctypes.c_long(at), KINDS[kind])


def changes_passed() -> int:
    """Return the number of changes since `break_change`."""
    return int(ctypes.CDLL(None).seep_disk_passed())


def set_root(root: Path) -> None:
    """Watch another folder from now on; for a process that was forked."""
    ctypes.CDLL(None).seep_disk_watch(os.fsencode(root))


def read_log(path: Path) -> Iterator[Change]:
    """Yield the recorded changes in their order."""
    data, at = path.read_bytes(), 0
    while at < len(data):
        what, path_size, other_size, offset, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        ends = (at + path_size, at + path_size + other_size, at + path_size + other_size + size)
        name, other = data[at : ends[0]].decode(), data[ends[0] : ends[1]].decode()
        yield Change(chr(what), name, other, offset, data[ends[1] : ends[2]])  # type: ignore[arg-type]
        at = ends[2]
