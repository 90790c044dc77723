"""Histories of saves, drafts and undo over two servers that are killed in turns, and a checker of them.

Each person sends to one server, and goes to the other one when it fails; a save is sent again with its request id
until it is answered. Every operation is kept with its begin, its end and its answer. The checker then asks for
linearizability as in https://jepsen.io/consistency: saves on shared tiles are compare-and-set on the newest revision,
and a draft or a state of a tile that one person writes is a register. What was acknowledged is seen by everybody
afterward, in one order, and what was seen once is never gone.
"""

import http.client
import json
import random
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from benchmarks.faulting.kills import make_workspace
from benchmarks.faulting.step import LOST, Batch, Task
from benchmarks.faulting.zygote import Zygote
from benchmarks.loads.people import Caller
from seep.core.masks.mask import Mask, pack, unpack

PEOPLE, SHARED, ROUND_S = 4, 3, 6.0
PATIENCE_S = 60
SIDE_PX = 64
PAUSES_S = (0.2, 1.2)
"""Between a start and the next kill."""


@dataclass(frozen=True)
class Operation:
    """One operation that was answered.

    Attributes:
        kind: "save", "read", "draft", "read draft", "state" or "read state".
        begin: time before it was sent, seconds.
        end: time after its answer.
        value: what was written or read: id of a revision, hash of a draft ("" for none), or a state.
        base: of a save: id of the revision that it replaces, 0 for none.
    """

    kind: str
    tile: int
    begin: float
    end: float
    value: int | str
    base: int = 0


class Person:
    """Works on the shared tiles and on a tile of their own, through whichever server answers."""

    def __init__(
        self, number: int, servers: Sequence[Zygote], shared: Sequence[int], own: int, seed: int
    ) -> None:
        self._servers, self._server = servers, number % len(servers)
        self._shared, self._own, self._chance = shared, own, random.Random(seed)
        self._random = np.random.default_rng(seed)
        self.history: list[Operation] = []
        self.failovers = 0

    def work(self, until: float) -> None:
        """Do one thing after another."""
        while time.monotonic() < until:
            self._chance.choice(
                (self._save, self._save, self._read, self._draft, self._read_draft, self._state)
            )()

    def _save(self) -> None:
        tile, mask = self._chance.choice(self._shared), self._mask()
        base = self._head(tile)
        headers = {"If-Match": str(base), "X-Seep-Request": str(uuid.uuid4())}
        begin = time.monotonic()
        status, answer = self._send("POST", f"/tiles/{tile}/revisions?kind=save", pack(mask), headers)
        if status == 201:
            self._keep("save", tile, begin, int(json.loads(answer)["revision"]["id"]), base)

    def _read(self) -> None:
        tile, begin = self._chance.choice(self._shared), time.monotonic()
        self._keep("read", tile, begin, self._head(tile))

    def _draft(self) -> None:
        mask, begin = self._mask(), time.monotonic()
        status, _ = self._send(
            "PUT", f"/tiles/{self._own}/draft", pack(mask), {"If-Match": str(self._head(self._own))}
        )
        if status == 200:
            self._keep("draft", self._own, begin, sha256(mask.tobytes()).hexdigest())

    def _read_draft(self) -> None:
        begin = time.monotonic()
        status, answer = self._send("GET", f"/tiles/{self._own}/draft")
        if status in {200, 404}:
            read = "" if status == 404 else sha256(unpack(answer, (SIDE_PX, SIDE_PX)).tobytes()).hexdigest()
            self._keep("read draft", self._own, begin, read)

    def _state(self) -> None:
        """Flag the own tile or open it again, then read its state through any server."""
        decision = self._chance.choice(("flag", "reopen"))
        begin = time.monotonic()
        status, answer = self._send(
            "POST", f"/tiles/{self._own}/decision", json.dumps({"decision": decision}).encode()
        )
        if status == 200:
            self._keep("state", self._own, begin, str(json.loads(answer)["state"]))
        begin = time.monotonic()
        self._keep("read state", self._own, begin, str(self._document(self._own)["state"]))

    def _keep(self, kind: str, tile: int, begin: float, value: int | str, base: int = 0) -> None:
        self.history.append(Operation(kind, tile, begin, time.monotonic(), value, base))

    def _mask(self) -> Mask:
        return self._random.integers(0, 8, (SIDE_PX, SIDE_PX)).astype(np.uint8)

    def _document(self, tile: int) -> dict[str, Any]:
        return dict(json.loads(self._send("GET", f"/tiles/{tile}/document")[1]))

    def _head(self, tile: int) -> int:
        head = self._document(tile)["head"]
        return int(head["id"]) if head else 0

    def _send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send a request until a server answers it with something else than "later"."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                with closing(Caller(self._servers[self._server].port, "ann")) as caller:
                    answer, content = caller.call(method, path, body, headers)
                if answer.status < 500:
                    return answer.status, content
            except (OSError, http.client.HTTPException):
                self.failovers += 1
            self._server = (self._server + 1) % len(self._servers)
            time.sleep(0.02)
        raise TimeoutError(f"{method} {path} was not answered in {PATIENCE_S} s")


def check_saves(history: Sequence[Operation], chain: Sequence[int]) -> list[str]:
    """Check saves and reads of one tile against the order of its revisions; return a sentence for each fault.

    Args:
        history: "save" and "read" operations of the tile.
        chain: ids of all revisions of the tile, oldest first.
    """
    place = {0: -1} | {id_: number for number, id_ in enumerate(chain)}
    found, seen = [], -1
    for one in history:
        if one.value not in place:
            found.append(f"revision {one.value} was answered and is not in the history of tile {one.tile}")
        elif one.kind == "save" and place[int(one.value)] != place.get(one.base, -2) + 1:
            found.append(f"revision {one.value} says it replaced {one.base}, which is not the one before it")
    known = sorted((one for one in history if one.value in place), key=lambda one: one.begin)
    ended = sorted(known, key=lambda one: one.end)
    for one in known:  # whatever had ended before this began is not newer than what this saw or made
        while ended and ended[0].end < one.begin:
            seen = max(seen, place[int(ended.pop(0).value)])
        if place[int(one.value)] < seen:
            found.append(f"a {one.kind} of tile {one.tile} went back to revision {one.value}")
    return found


def check_register(history: Sequence[Operation], written: str, read: str) -> list[str]:
    """Check a value that one person writes and reads in turn: each read gives the last write."""
    found, value = [], None
    for one in sorted(history, key=lambda one: one.begin):
        if one.kind == written:
            value = one.value
        elif one.kind == read and value is not None and one.value != value:
            found.append(f"a {read} of tile {one.tile} gave {one.value}, after {value} was acknowledged")
    return found


def check_histories(task: Task) -> Batch:
    """Let people work over two servers on one workspace while one of them is killed after the other."""
    batch, chance = Batch(), random.Random(task.batch)
    root, tiles = make_workspace(task.folder)
    with ExitStack() as stack:
        servers = [stack.enter_context(Zygote(root, task.folder / f"app{number}.log")) for number in range(2)]
        for server in servers:
            server.start()
        people = [
            Person(number, servers, tiles[:SHARED], tiles[SHARED + number], task.batch * PEOPLE + number)
            for number in range(PEOPLE)
        ]
        until = time.monotonic() + ROUND_S * task.cases
        threads = [threading.Thread(target=one.work, args=(until,)) for one in people]
        for thread in threads:
            thread.start()
        while time.monotonic() < until:
            time.sleep(chance.uniform(*PAUSES_S))
            server = servers[batch.counts["kills"] % 2]
            server.kill()
            server.start()
            batch.counts["kills"] += 1
        for thread in threads:
            thread.join()
        with closing(Caller(servers[0].port, "reader")) as caller:
            chains = {
                tile: sorted(int(one["id"]) for one in caller.json(f"/tiles/{tile}/document")["history"])
                for tile in tiles[:SHARED]
            }
    everything = [operation for one in people for operation in one.history]
    found = [
        sentence
        for tile, chain in chains.items()
        for sentence in check_saves([one for one in everything if one.tile == tile], chain)
    ]
    for one in people:
        found += check_register(one.history, "draft", "read draft")
        found += check_register(one.history, "state", "read state")
    for sentence in found:
        batch.add(LOST, f"batch {task.batch}: {sentence}")
    batch.cases = len(everything)
    batch.counts.update(one.kind for one in everything)
    batch.counts["failovers"] = sum(one.failovers for one in people)
    return batch
