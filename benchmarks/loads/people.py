"""People who save masks over HTTP without a pause, and people who read tiles meanwhile."""

import http.client
import itertools
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import numpy as np
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from seep.core.masks.mask import pack

TIMEOUT_S = 60


@dataclass
class Counted:
    """What the people of one kind have measured.

    Attributes:
        seconds: from a request to its answer, of each success.
        by_person: successes of each person.
        refusals: by status and sentence.
        waits: answers that asked to try again later, with Retry-After; they are no refusals.
    """

    seconds: list[float] = field(default_factory=list)
    by_person: list[int] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    waits: int = 0

    def refuse(self, status: int, content: bytes) -> None:
        """Count an answer other than success."""
        self.refusals[f"{status} {content[:200].decode(errors='replace')}"] += 1


class Caller:
    """One person's connection; sends the headers of the older and of the newer app."""

    def __init__(self, port: int, name: str) -> None:
        token = generate_xsrf_token_string()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        self._headers = {
            "Origin": f"http://127.0.0.1:{port}",
            "Cookie": f"_streamlit_xsrf={token}",
            "X-XsrfToken": token,
            "X-Seep-Author": name,
        }

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send a request to /seep; return the answer and its body."""
        self._connection.request(method, f"/seep{path}", body, {**self._headers, **(headers or {})})
        answer = self._connection.getresponse()
        return answer, answer.read()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def json(self, path: str) -> Any:
        """Return the JSON of an address."""
        answer, content = self.call("GET", path)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {content[:300]!r}")
        return json.loads(content)


@dataclass(frozen=True)
class Shift:
    """The time in which people work: they begin together.

    Attributes:
        start: passed when everybody is ready.
        seconds: from then on.
    """

    start: threading.Barrier
    seconds: float

    def begin(self) -> float:
        """Wait for the others; return when to stop."""
        self.start.wait()
        return time.monotonic() + self.seconds


def save_and_read(port: int, writers: int, readers: int, seconds: float) -> tuple[Counted, Counted]:
    """Let people save and read for some seconds; return what the writers and the readers measured.

    Each writer has tiles of its own, so that none is refused because another one was faster.
    """
    saved, read = Counted(), Counted()
    shift = Shift(threading.Barrier(writers + readers), seconds)
    with ExitStack() as connections:

        def caller(name: str) -> Caller:
            return connections.enter_context(closing(Caller(port, name)))

        tiles = [one["id"] for one in caller("staging").json("/queue?limit=1000&order=name")]
        threads = [
            *(
                Thread(target=write, args=(shift, caller(f"w{n}"), n, tiles[n::writers], saved))
                for n in range(writers)
            ),
            *(Thread(target=look, args=(shift, caller(f"r{n}"), n, tiles, read)) for n in range(readers)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return saved, read


def write(shift: Shift, caller: Caller, number: int, tiles: Sequence[int], counted: Counted) -> None:
    """Save masks of the tiles in turn, one after the other."""
    documents = {tile: caller.json(f"/tiles/{tile}/document") for tile in tiles}
    heads = {tile: (one["head"] or {"id": 0})["id"] for tile, one in documents.items()}
    random, done = np.random.default_rng(number), 0
    until = shift.begin()
    for tile in itertools.cycle(tiles):
        if time.monotonic() >= until:
            break
        mask = np.zeros((documents[tile]["height"], documents[tile]["width"]), np.uint8)
        row, column = random.integers(0, mask.shape[0] - 40, 2)
        mask[row : row + 30, column : column + 40] = random.integers(0, 2, (30, 40))
        began = time.monotonic()
        answer, content = _save(caller, tile, heads[tile], pack(mask), counted)
        if answer.status == 201:
            heads[tile] = json.loads(content)["revision"]["id"]
            counted.seconds.append(time.monotonic() - began)
            done += 1
        else:
            counted.refuse(answer.status, content)
    counted.by_person.append(done)


def _save(
    caller: Caller, tile: int, head: int, mask: bytes, counted: Counted
) -> tuple[http.client.HTTPResponse, bytes]:
    """Save a mask, again while the app asks to try again later."""
    headers = {"If-Match": str(head), "X-Seep-Request": str(uuid.uuid4())}
    while True:
        answer, content = caller.call("POST", f"/tiles/{tile}/revisions?kind=save", mask, headers)
        later = answer.headers.get("Retry-After")
        if answer.status != 503 or later is None:
            return answer, content
        counted.waits += 1
        time.sleep(float(later))


def look(shift: Shift, caller: Caller, number: int, tiles: Sequence[int], counted: Counted) -> None:
    """Read documents, images and the queue."""
    done = 0
    random = np.random.default_rng(100 + number)
    until = shift.begin()
    while time.monotonic() < until:
        tile = int(random.choice(tiles))
        path = ("/tiles/{}/document", "/tiles/{}/image", "/queue?limit=200&order=name&state=draft")[done % 3]
        began = time.monotonic()
        answer, content = caller.call("GET", path.format(tile))
        if answer.status == 200:
            counted.seconds.append(time.monotonic() - began)
            done += 1
        else:
            counted.refuse(answer.status, content)
    counted.by_person.append(done)
