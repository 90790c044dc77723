"""How the threads of the app share one interpreter and one database."""

import sys
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from seep.errors import BusyError
from seep.web.streamlit_patches.theme_messages import keep_theme_messages

AT_ONCE = 3
"""Requests that are worked on: one writes to the database, the others unpack and store their files meanwhile."""
READS_AT_ONCE = 2
"""Quick reads that are worked on while nobody changes anything, so that map images are decoded side by side."""
READS_BESIDE_CHANGES = 1
"""Quick reads that are worked on while a change is. Each further thread takes the interpreter from those who save
(`benchmarks.load`)."""
WAITING = 60
"""Requests that wait; more would wait for longer than browsers do."""
_FULL = (
    "Too many people save at this moment. Nothing was changed; the same request can be sent again in {} s."
)
_WAIT_S = 2

T = TypeVar("T")


def share_interpreter() -> None:
    """Let threads that compute hold the interpreter for 0.5 ms at most, in place of 5 ms.

    The event loop and those who save let go of it at each read and write, and then wait for all others.
    """
    sys.setswitchinterval(0.0005)
    keep_theme_messages()


class ReadLimiter:
    """Runs functions that only read in threads, a few at a time, in the order in which they came; none is refused."""

    def __init__(self, at_once: int = READS_AT_ONCE, beside_changes: int = READS_BESIDE_CHANGES) -> None:
        self._threads, self._at_once, self._beside_changes = CapacityLimiter(at_once), at_once, beside_changes

    async def run(self, function: Callable[[], T]) -> T:
        """Run a function in a thread when its turn comes."""
        return await to_thread.run_sync(function, limiter=self._threads)

    def give_way(self, to_changes: bool) -> None:
        """Start fewer functions at a time while there are changes, or the usual number again; running ones go on."""
        self._threads.total_tokens = self._beside_changes if to_changes else self._at_once


class WriteLimiter:
    """Runs functions that change something in threads, a few at a time, in the order in which they came.

    All at once, they would take the interpreter from each other, and wait for the database in no order. They would
    also take the threads that answer everybody else.

    Args:
        reads: give way while a function runs or waits.
        at_once: number of functions that run.
        waiting: number of functions that wait for them.
    """

    def __init__(self, reads: ReadLimiter, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._reads, self._threads = reads, CapacityLimiter(at_once)
        self._most, self._inside = at_once + waiting, 0

    async def run(self, function: Callable[[], T]) -> T:
        """Run a function in a thread when its turn comes.

        Raises:
            BusyError: too many are waiting; the function was not called.
        """
        if self._inside >= self._most:
            raise BusyError(_FULL.format(_WAIT_S), _WAIT_S)
        self._inside += 1
        self._reads.give_way(to_changes=True)
        try:
            return await to_thread.run_sync(function, limiter=self._threads)
        finally:
            self._inside -= 1
            self._reads.give_way(to_changes=self._inside > 0)
