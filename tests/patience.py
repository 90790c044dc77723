"""How long tests wait for something that is to happen: one limit for all of them, far over what it takes.

A machine that others share may stand still for a minute, and the first page of a new app then takes as long.
"""

import time
from collections.abc import Callable

PATIENCE_S = 300
PATIENCE_MS = PATIENCE_S * 1000


def wait_for(what: str, reached: Callable[[], object], pause: Callable[[], object] | None = None) -> None:
    """Wait until something is so. `pause` lets time pass; a page's own lets its events come meanwhile."""
    end = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < end, f"waited {PATIENCE_S} s in vain: {what}"
        if pause:
            pause()
        else:
            time.sleep(0.05)
