"""What systemd is told, over a real socket."""

import asyncio
import configparser
import contextlib
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seep.jobs.service_manager import notify, reporting, watchdog_interval_s
from seep_testing.live import ROOT, LiveApp
from seep_testing.patience import PATIENCE_S


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """The socket of a service manager, and its address."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        listener.settimeout(PATIENCE_S)
        yield listener, path


def told(listener: socket.socket) -> str:
    return listener.recv(4096).decode()


def all_told(listener: socket.socket) -> list[str]:
    """What waits in a socket that does not block."""
    states = []
    with contextlib.suppress(BlockingIOError):
        while True:
            states.append(told(listener))
    return states


def test_the_app_reports_that_it_started_answers_and_stops(
    manager: tuple[socket.socket, str], tmp_path: Path
) -> None:
    listener, address = manager
    app = LiveApp(tmp_path, worker=False, environment={"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"})
    app.start()
    try:
        assert [told(listener) for _ in range(4)] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]
    finally:
        app.stop()
    assert "STOPPING=1" in iter(lambda: told(listener), "")


def test_an_event_loop_that_hangs_reports_nothing(manager: tuple[socket.socket, str]) -> None:
    listener, address = manager
    listener.setblocking(False)

    async def serve() -> None:
        async with reporting({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "20000"}):
            assert (await received(2))[:2] == ["READY=1", "WATCHDOG=1"]
            time.sleep(0.2)  # hangs on purpose
            assert all_told(listener) == []
            assert (await received(1))[0] == "WATCHDOG=1"

    async def received(count: int) -> list[str]:
        messages: list[str] = []
        while len(messages) < count:  # as long as a busy machine needs
            await asyncio.sleep(0.01)
            messages += all_told(listener)
        return messages

    with ThreadPoolExecutor(1) as thread:  # tests of a browser leave an event loop in the main thread
        thread.submit(asyncio.run, serve()).result()


def test_an_abstract_socket_is_reached() -> None:
    name = f"seep-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        assert notify("READY=1", {"NOTIFY_SOCKET": f"@{name}"})
        assert told(listener) == "READY=1"


def test_without_a_service_manager_nothing_is_sent(tmp_path: Path) -> None:
    assert not notify("READY=1", {})
    assert not notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nothing")})


@pytest.mark.parametrize(
    ("environment", "interval_s"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 30),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 30),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({}, None),
    ],
)
def test_only_the_watched_process_reports(environment: dict[str, str], interval_s: float | None) -> None:
    assert watchdog_interval_s(environment) == interval_s


def test_the_unit_waits_for_the_reports_and_restarts_the_service_without_them() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(ROOT / "deploy" / "seep.service")
    service = unit["Service"]
    assert (service["Type"], service["NotifyAccess"], service["Restart"]) == ("notify", "main", "on-failure")
    assert int(service["WatchdogSec"]) > 0
