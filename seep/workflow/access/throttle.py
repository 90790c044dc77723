"""Limits failed sign-ins by name and address, so that passwords cannot be tried one after the other."""

import threading
import time
from collections.abc import Callable

from cachetools import TTLCache

WINDOW_S = 300
LIMITS = {"person at address": 5, "address": 20, "person": 50}
"""Failures within `WINDOW_S` before further ones wait: for a name from one address, for all names from one address,
and for a name from all addresses."""
_MAX_KEYS = 20_000


class Throttle:
    """Counts failures in memory; a restart forgets them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: TTLCache[tuple[str, ...], list[float]] = TTLCache(_MAX_KEYS, WINDOW_S, timer=clock)
        self._lock = threading.Lock()

    def wait_s(self, name: str, address: str) -> int:
        """Return the seconds until the next attempt is allowed; 0 for now."""
        with self._lock:
            return max(self._wait_s(kind, key) for kind, key in _keys(name, address))

    def failed(self, name: str, address: str) -> None:
        """Count a failed attempt."""
        with self._lock:
            for _, key in _keys(name, address):
                self._failures[key] = [*self._failures.get(key, []), self._clock()]

    def _wait_s(self, kind: str, key: tuple[str, ...]) -> int:
        oldest_s = self._clock() - WINDOW_S
        recent = [moment for moment in self._failures.get(key, []) if moment > oldest_s]
        if len(recent) < LIMITS[kind]:
            return 0
        return max(1, int(recent[-LIMITS[kind]] - oldest_s + 1))


def _keys(name: str, address: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        ("person at address", ("both", name, address)),
        ("address", ("address", address)),
        ("person", ("person", name)),
    )
