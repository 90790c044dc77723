"""Many browser tabs without a browser: each opens pages and, as a browser does, reruns what refreshes itself."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from seep_testing.sessions import problems_of

PAGES = ("", "browse", "models", "data", "settings", "finetune")
TIMEOUT_S = 60


@dataclass
class TabFigures:
    """What all tabs have measured.

    Attributes:
        page_s: from the choice of a page to the end of its script, seconds.
        fragment_s: the same for parts that refresh themselves.
        problems: error boxes and lost connections, by text.
    """

    page_s: list[float] = field(default_factory=list)
    fragment_s: list[float] = field(default_factory=list)
    problems: Counter[str] = field(default_factory=Counter)


def open_tabs(url: str, tabs: int, seconds: float, think_s: float) -> TabFigures:
    """Keep so many tabs open for some seconds; each opens another page every `think_s` on average."""
    return asyncio.run(_open_tabs(url, tabs, seconds, think_s))


async def _open_tabs(url: str, tabs: int, seconds: float, think_s: float) -> TabFigures:
    figures = TabFigures()
    begin = asyncio.Event()
    ready = asyncio.Semaphore(4)  # opened a few at a time; the measurement begins when all are there
    opened = [asyncio.Event() for _ in range(tabs)]
    running = [
        asyncio.create_task(_Tab(figures, number, think_s).live(url, ready, opened[number], begin, seconds))
        for number in range(tabs)
    ]
    for one in opened:
        await one.wait()
    begin.set()
    await asyncio.gather(*running)
    return figures


class _Tab:
    """One tab; sends one request at a time, as Streamlit's page does."""

    def __init__(self, figures: TabFigures, number: int, think_s: float) -> None:
        self._figures, self._number, self._think_s = figures, number, think_s
        self._random = random.Random(number)
        self._refresh_s: dict[str, float] = {}
        self._due: dict[str, float] = {}

    async def live(
        self, url: str, ready: asyncio.Semaphore, opened: asyncio.Event, begin: asyncio.Event, seconds: float
    ) -> None:
        try:
            async with (
                ready,
                asyncio.timeout(TIMEOUT_S),
            ):
                socket = await connect(
                    f"{url.replace('http', 'ws', 1)}/_stcore/stream",
                    origin=Origin(url),
                    subprotocols=[Subprotocol("streamlit")],
                    max_size=None,
                    ping_interval=None,
                )
                await self._run(socket, "")
            opened.set()
            await begin.wait()
            async with socket:
                await self._work(socket, time.monotonic() + seconds)
        except Exception as error:
            self._figures.problems[f"{type(error).__name__}: {error}"[:200]] += 1
        finally:
            opened.set()

    async def _work(self, socket: ClientConnection, until: float) -> None:
        now, page = time.monotonic(), ""
        turn = now + self._random.uniform(0, self._think_s)  # of the next page
        self._due = {one: now + self._random.uniform(0, every) for one, every in self._refresh_s.items()}
        while True:
            fragment, at = min(self._due.items(), key=lambda pair: pair[1], default=("", turn))
            at = min(at, turn)
            if at >= until:
                break
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            wanted = time.monotonic() if at < time.monotonic() - 0.05 else at  # a tab sends when it is free
            if at == turn:
                page = self._random.choice([one for one in PAGES if one != page])
                await self._run(socket, page)
                self._figures.page_s.append(time.monotonic() - wanted)
                now = time.monotonic()
                self._due = {one: now + every for one, every in self._refresh_s.items()}
                turn = now + self._random.uniform(0.5, 1.5) * self._think_s
            else:
                await self._run(socket, page, fragment)
                self._figures.fragment_s.append(time.monotonic() - wanted)
                self._due[fragment] = time.monotonic() + self._refresh_s.get(fragment, self._think_s)

    async def _run(self, socket: ClientConnection, page: str, fragment: str = "") -> None:
        """Ask for a page, or for a part of it, and wait until its script has ended."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = ""
        if fragment:
            message.rerun_script.fragment_id = fragment
            message.rerun_script.is_auto_rerun = True
        else:
            self._refresh_s.clear()
        await socket.send(message.SerializeToString())
        while True:
            data = await asyncio.wait_for(socket.recv(decode=False), TIMEOUT_S)
            answer = ForwardMsg.FromString(data)
            kind = answer.WhichOneof("type")
            if kind == "auto_rerun":
                self._refresh_s[answer.auto_rerun.fragment_id] = answer.auto_rerun.interval
            elif kind == "delta":
                self._figures.problems.update(problems_of(answer))
            elif kind == "script_finished" and answer.script_finished != answer.FINISHED_EARLY_FOR_RERUN:
                return
