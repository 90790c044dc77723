"""Hands the files of an import to a Ray cluster, through a process of its own.

Ray ends a process that has lost its cluster. The import may run in the app, which must stay; so another process
connects, `seep.jobs.read_process`, and an import that loses it reads the rest itself.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from seep.workflow.imports.shards import FileShard, FileShardResult, ReadingSetup

WAIT_S = 0.3
_ROOT = Path(__file__).resolve().parents[3]
_MODULE = "seep.jobs.read_process"


@dataclass(frozen=True)
class ReadingCall:
    """What the process is asked to do: read shards on the cluster at an address."""

    address: str
    setup: ReadingSetup
    shards: Sequence[FileShard]


@dataclass(frozen=True)
class ReadingEnd:
    """The last message of the process: why not all shards were read, or "" if all were."""

    failure: str


def read_on_cluster(
    call: ReadingCall, on_done: Callable[[FileShardResult], None], on_wait: Callable[[], None]
) -> str:
    """Read shards on a Ray cluster.

    Args:
        call: what to read.
        on_done: called with each result, in any order.
        on_wait: called about three times a second; an exception ends the reading.

    Returns:
        Why not all shards were read, as a sentence; "" if all were.
    """
    here, there = Pipe()
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", _MODULE, str(there.fileno())],
            pass_fds=[there.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl+C is for the import, which ends it
        )
    except OSError as error:
        return f"Its process cannot be started: {error.strerror or error}."
    finally:
        there.close()
    try:
        with suppress(OSError):  # it ended already, which is found out below
            here.send(call)
        while True:
            on_wait()
            found = _receive(here)
            if isinstance(found, ReadingEnd):
                return found.failure
            if found is not None:
                on_done(found)
    finally:
        process.kill()
        process.wait()
        here.close()


def _receive(connection: Connection) -> FileShardResult | ReadingEnd | None:
    """Wait a moment for a message; None if there is none."""
    try:
        found: FileShardResult | ReadingEnd | None = connection.recv() if connection.poll(WAIT_S) else None
    except (EOFError, OSError):
        return ReadingEnd("The process that was connected to it ended.")
    return found
