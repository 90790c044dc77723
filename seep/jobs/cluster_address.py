"""The address of a Ray cluster, and what connecting to it must leave as it is."""

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator

from seep.errors import ClusterError

CONNECT_S = 5.0
MAX_REASON = 300


@contextlib.contextmanager
def own_signals() -> Iterator[Callable[[], None]]:
    """Keep the handlers of this process, which Ray replaces when it connects and drops when it disconnects."""
    main = threading.current_thread() is threading.main_thread()
    handlers = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)} if main else {}

    def restore() -> None:
        for number, handler in handlers.items():
            signal.signal(number, handler)

    try:
        yield restore
    finally:
        restore()


def probe(address: str) -> str:
    """Return the host of an address that answers.

    Raises:
        ClusterError: it is not HOST:PORT, or does not answer.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in address:
        raise ClusterError(
            f"SEEP_RAY_ADDRESS is {address!r}. Set it to HOST:PORT of the head of the Ray cluster, such as "
            "10.0.0.5:6379; ray:// addresses are not supported."
        )
    try:
        socket.create_connection((host, int(port)), CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise unreachable(address, str(getattr(error, "strerror", None) or error)) from error
    return host


def unreachable(address: str, reason: str) -> ClusterError:
    """Return the error for a cluster that cannot be reached; `reason` is without a period."""
    return ClusterError(
        f"The Ray cluster at {address} cannot be reached ({reason}). Start it, and a Ray node on the worker's "
        "machine, or correct SEEP_RAY_ADDRESS; then start the job again. Without SEEP_RAY_ADDRESS the worker "
        "computes itself."
    )


def first_line(error: BaseException) -> str:
    """Return the first line of an error without its period."""
    lines = str(error).strip().splitlines()
    return lines[0].strip().rstrip(".")[:MAX_REASON] if lines else type(error).__name__
