"""Results in memory that the threads of a process share."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class MemoryCache(Generic[K, V]):
    """Results by key; the least recently used ones are dropped. Two threads may compute the same result at once.

    Args:
        size: largest sum of the sizes of all results.
        size_of: returns the size of a result; each counts 1 without it.
    """

    def __init__(self, size: float, size_of: Callable[[V], float] | None = None) -> None:
        self._results: LRUCache[K, V] = LRUCache(size, getsizeof=size_of)
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """Return a result, None if it is not kept."""
        with self._lock:
            return self._results.get(key)

    def put(self, key: K, result: V) -> V:
        """Keep a result, and return it."""
        with self._lock:
            self._results[key] = result
        return result

    def get_or_compute(self, key: K, compute: Callable[[], V]) -> V:
        """Return a result; it is computed, without a lock, if it is not kept."""
        result = self.get(key)
        return self.put(key, compute()) if result is None else result

    def clear(self) -> None:
        """Drop all results."""
        with self._lock:
            self._results.clear()
