"""Requests that change something when too many of them come: each is answered with a sentence, or waits its turn."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from seep.client import Client as Script
from seep.core.masks.mask import pack
from seep.errors import BusyError
from seep.store import sqlite
from seep.web.limiters import ReadLimiter, WriteLimiter
from seep.web.streamlit_patches.theme_messages import kept_themes
from tests.web.conftest import HEIGHT, WIDTH, Site
from tests.web.test_client import Served, served  # noqa: F401 - a fixture


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a thread of its own: a browser test before this one may have left a loop in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_functions_run_in_the_order_in_which_they_came() -> None:
    order = list[int]()

    async def all_of_them() -> None:
        turns = WriteLimiter(ReadLimiter(), at_once=1)
        await asyncio.gather(*(turns.run(partial(order.append, number)) for number in range(20)))

    run(all_of_them())
    assert order == list(range(20))


def test_kept_themes_write_the_same_messages() -> None:
    original: Any = app_session._populate_theme_msg
    write: Any = kept_themes(original)
    for _ in range(2):
        expected, message = CustomThemeConfig(), CustomThemeConfig()
        for fill, target in ((original, expected), (write, message)):
            fill(target)
            fill(target.light, "theme.light")
            fill(target.dark, "theme.dark")
            fill(target.sidebar, "theme.sidebar")
            fill(target.light.sidebar, "theme.light.sidebar")
            fill(target.dark.sidebar, "theme.dark.sidebar")
        assert message.SerializeToString(deterministic=True) == expected.SerializeToString(deterministic=True)
        assert message.light.primary_color == "#0d6a8c"


def test_a_full_queue_refuses_the_next_one_and_serves_those_who_wait() -> None:
    free = threading.Event()

    async def two_more_than_wait() -> list[object]:
        turns = WriteLimiter(ReadLimiter(), at_once=1, waiting=2)
        tasks = [asyncio.create_task(turns.run(lambda: free.wait(30))) for _ in range(4)]
        await asyncio.sleep(0.2)
        free.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    *served_ones, refused = run(two_more_than_wait())
    assert served_ones == [True, True, True]
    assert isinstance(refused, BusyError)
    assert "Nothing was changed" in str(refused)


def test_quick_reads_leave_threads_to_those_who_save() -> None:
    inside, most = 0, 0
    lock = threading.Lock()
    together = threading.Barrier(2)

    def read(companion: bool) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        if companion:
            together.wait(30)  # for the other one that runs
        time.sleep(0.01)
        with lock:
            inside -= 1

    async def read_all(reads: ReadLimiter, companions: bool) -> int:
        nonlocal most
        most = 0
        await asyncio.gather(*(reads.run(lambda: read(companions)) for _ in range(12)))
        return most

    async def beside_a_change() -> tuple[int, int, int]:
        reads = ReadLimiter(at_once=2, beside_changes=1)
        turns = WriteLimiter(reads)
        began, free = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def change() -> None:
            loop.call_soon_threadsafe(began.set)
            free.wait(30)

        before = await read_all(reads, companions=True)
        changes = [asyncio.create_task(turns.run(change)) for _ in range(2)]
        await began.wait()
        beside = await read_all(reads, companions=False)
        free.set()
        await asyncio.gather(*changes)
        return before, beside, await read_all(reads, companions=True)

    assert run(beside_a_change()) == (2, 1, 2)


def test_no_third_read_starts_when_changes_begin_and_end_beside_two() -> None:
    """Before anyio 4.15, a limiter that was lowered and raised again let one too many in."""
    free, begun = threading.Event(), list[int]()

    def read(number: int) -> None:
        begun.append(number)
        free.wait(30)

    async def three_reads() -> list[int]:
        reads = ReadLimiter(at_once=2, beside_changes=1)
        tasks = [asyncio.create_task(reads.run(partial(read, number))) for number in range(3)]
        while len(begun) < 2:
            await asyncio.sleep(0.01)
        reads.give_way(to_changes=True)
        reads.give_way(to_changes=False)
        await asyncio.sleep(0.2)
        beside = sorted(begun)
        free.set()
        await asyncio.gather(*tasks)
        return beside

    assert run(three_reads()) == [0, 1]
    assert sorted(begun) == [0, 1, 2]


def test_reads_run_at_their_usual_number_after_a_change_that_failed() -> None:
    together = threading.Barrier(2)

    async def two_after_a_failure() -> list[bool]:
        reads = ReadLimiter(at_once=2, beside_changes=1)
        turns = WriteLimiter(reads, at_once=1, waiting=0)
        free = threading.Event()
        change = asyncio.create_task(turns.run(lambda: free.wait(30) and 1 // 0))
        await asyncio.sleep(0)
        refused = await asyncio.gather(turns.run(lambda: None), return_exceptions=True)
        free.set()
        failed = await asyncio.gather(change, return_exceptions=True)
        await asyncio.gather(*(reads.run(lambda: together.wait(30)) for _ in range(2)))
        return [isinstance(refused[0], BusyError), isinstance(failed[0], ZeroDivisionError)]

    assert run(two_after_a_failure()) == [True, True]


def test_a_save_beside_a_long_write_of_another_process_is_asked_to_come_back(site: Site) -> None:
    mask = pack(np.ones((HEIGHT, WIDTH), np.uint8))
    head = str(site.client.get(f"/seep/tiles/{site.tile}/document").json["head"]["id"])
    headers = {"if_match": head, "x_seep_request": "request-1"}
    address = f"/seep/tiles/{site.tile}/revisions?kind=save"
    with closing(sqlite.connect(site.workspace.store.root / "seep.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = site.client.change("POST", address, mask, **headers)
    assert (answer.status, answer.headers["retry-after"]) == (503, "2")
    assert "Try again. Nothing was changed." in answer.json["error"]
    assert site.client.change("POST", address, mask, **headers).status == 201


def test_a_script_comes_back_by_itself(served: Served) -> None:  # noqa: F811
    client: Script = served.client("review")
    tile = served.site.ids["alpha.000002"]
    other = sqlite.connect(
        served.site.workspace.store.root / "seep.db", isolation_level=None, check_same_thread=False
    )
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(6, other.close)  # after the first attempt was refused
    release.start()
    mask = np.full((HEIGHT, WIDTH), 2, np.uint8)
    saved = client.save(tile, mask)
    release.join()
    assert saved["revision"]["author"] == "Ann"
