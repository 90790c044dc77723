"""Reports to systemd, in its protocol `sd_notify`: started, still answering, stopping.

The reports come from the event loop that answers browsers. If it hangs, or if one computation holds the interpreter,
they end, and systemd starts the service again. See `WatchdogSec` in deploy/seep.service and
https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html.
"""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

LOGGER = logging.getLogger("seep.jobs")


def notify(state: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send a state such as `READY=1` to the service manager; return whether there is one that can be reached.

    Args:
        environment: with `NOTIFY_SOCKET`: the path of a socket, or an abstract name that begins with `@`.
    """
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = f"\0{address[1:]}"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as there:
            there.setblocking(False)
            there.connect(address)
            there.send(state.encode())
    except OSError as error:
        LOGGER.warning("The service manager at NOTIFY_SOCKET cannot be reached: %s.", error)
        return False
    return True


def watchdog_interval_s(environment: Mapping[str, str] = os.environ) -> float | None:
    """Return the time between two reports, half of `WATCHDOG_USEC`; None if this process is not watched."""
    limit_us, process = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not limit_us.isdecimal() or int(limit_us) == 0 or process not in {"", str(os.getpid())}:
        return None
    return int(limit_us) / 2e6


@asynccontextmanager
async def reporting(environment: Mapping[str, str] = os.environ) -> AsyncIterator[None]:
    """Report that the service is ready, then at each interval that it answers, and last that it stops."""
    watch = asyncio.create_task(_report(environment)) if notify("READY=1", environment) else None
    try:
        yield
    finally:
        if watch is not None:
            watch.cancel()
            notify("STOPPING=1", environment)


async def _report(environment: Mapping[str, str]) -> None:
    interval_s = watchdog_interval_s(environment)
    while interval_s is not None:
        notify("WATCHDOG=1", environment)
        await asyncio.sleep(interval_s)
