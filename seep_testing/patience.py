"""How long tests wait for a condition: one limit for all of them, well above what it takes."""

import time
from collections.abc import Callable

PATIENCE_S = 60
PATIENCE_MS = PATIENCE_S * 1000
COMMAND_S = 120
"""Limit for one command of the command line, which may predict or train."""


def wait_for(what: str, reached: Callable[[], object], pause: Callable[[], object] | None = None) -> None:
    """Wait until `reached()` is true; fail with `what` after `PATIENCE_S`.

    Args:
        what: the condition in words.
        reached: the condition.
        pause: lets time pass between two checks; by default sleeps 50 ms. A page passes its own, which
            handles its events meanwhile.
    """
    end = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < end, f"waited {PATIENCE_S} s in vain: {what}"
        if pause:
            pause()
        else:
            time.sleep(0.05)
