"""Results that are derived from scenes: kept in memory, and in a file that can be deleted at any time."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from seep.core.memory_cache import MemoryCache

T = TypeVar("T")


class DerivedFiles(Generic[T]):
    """Results of one kind by file; threads share it.

    Args:
        read: returns the result in a file, None if the file is missing or damaged.
        write: puts a result into a file.
    """

    def __init__(self, read: Callable[[Path], T | None], write: Callable[[Path, T], None]) -> None:
        self._read, self._write = read, write
        self._results = MemoryCache[Path, T](256)

    def get(self, path: Path, derive: Callable[[], T]) -> T:
        """Return the result of a file; it is derived, and written, if there is none.

        Args:
            path: of the file; its name changes with what the result is derived from.
            derive: returns the result; takes seconds for a large scene.
        """
        return self._results.get_or_compute(path, lambda: self._read_or_derive(path, derive))

    def _read_or_derive(self, path: Path, derive: Callable[[], T]) -> T:
        result = self._read(path)
        if result is None:
            result = derive()
            self._write(path, result)
        return result

    def forget(self) -> None:
        """Drop what is in memory; the files stay."""
        self._results.clear()
