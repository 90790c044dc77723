"""Results that are derived from scenes: kept in memory, and in a file that can be deleted at any time."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache

T = TypeVar("T")


class Kept(Generic[T]):
    """Results of one kind by file; threads share it.

    Args:
        read: returns the result in a file, None if the file is missing or damaged.
        write: puts a result into a file.
    """

    def __init__(self, read: Callable[[Path], T | None], write: Callable[[Path, T], None]) -> None:
        self._read, self._write = read, write
        self._found: LRUCache[Path, T] = LRUCache(256)
        self._lock = Lock()

    def get(self, path: Path, derive: Callable[[], T]) -> T:
        """Return the result of a file; it is derived, and written, if there is none.

        Args:
            path: of the file; its name changes with what the result is derived from.
            derive: returns the result; takes seconds for a large scene.
        """
        with self._lock:
            found = self._found.get(path)
        if found is None:
            found = self._read(path)
            if found is None:
                found = derive()
                self._write(path, found)
            with self._lock:
                self._found[path] = found
        return found

    def forget(self) -> None:
        """Drop what is in memory; the files stay."""
        with self._lock:
            self._found.clear()
