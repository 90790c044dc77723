"""A line that breaks: saves through a proxy that cuts, repeats and delays, and past a server that is killed.

The client does what the canvas does: it sends a save again, with the same request id, until it is answered.
"""

import contextlib
import http.client
import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256

import numpy as np

from benchmarks.faulting.kills import Save, make_workspace
from benchmarks.faulting.step import LOST, Batch, Task
from benchmarks.faulting.zygote import Zygote
from benchmarks.loads.people import Caller
from seep.core.masks.mask import pack
from seep_testing.killing.soundness import Kept, faults
from seep_testing.live import free_port

FAULTS = ("request cut", "answer cut", "answer lost", "sent twice", "server killed")
PATIENCE_S = 30


class Line:
    """A proxy to the app that breaks the next connection as told, and passes all others."""

    def __init__(self) -> None:
        self.target = 0
        self.request_bytes: int | None = None
        self.answer_bytes: int | None = None
        self._listener = socket.create_server(("127.0.0.1", free_port()))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._pass, args=(self._listener.accept()[0],), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        request_bytes, answer_bytes = self.request_bytes, self.answer_bytes
        self.request_bytes = self.answer_bytes = None
        with (
            client,
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.target)) as server,
        ):
            back = threading.Thread(target=_copy, args=(server, client, answer_bytes), daemon=True)
            back.start()
            _copy(client, server, request_bytes)
            back.join(PATIENCE_S)


def _copy(source: socket.socket, target: socket.socket, limit: int | None) -> None:
    """Pass bytes on until the end or the limit, then cut both sides."""
    passed = 0
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            if limit is not None and passed + len(data) > limit:
                target.sendall(data[: limit - passed])
                break
            target.sendall(data)
            passed += len(data)
    for one in (source, target):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def _line() -> Iterator[Line]:
    line = Line()
    try:
        yield line
    finally:
        line.close()


def break_network(task: Task) -> Batch:
    """Save over a line that breaks in one way at a time; each save becomes exactly one revision."""
    batch, chance = Batch(), random.Random(task.batch)
    root, tiles = make_workspace(task.folder)
    kept: list[Kept] = []
    with Zygote(root, task.folder / "app.log") as app, _line() as line:
        app.start()
        for number in range(task.cases):
            line.target, kind = app.port, FAULTS[number % len(FAULTS)]
            where = f"batch {task.batch}, case {number} ({kind})"
            tile = chance.choice(tiles)
            before = _revisions(app.port, tile)
            mask = np.random.default_rng([task.batch, number]).integers(0, 8, (64, 64)).astype(np.uint8)
            save = Save(tile, mask, max(before, default=0), f"{task.batch}-{number}-network")
            answer = _save_until_answered(app, line, save, kind, chance)
            batch.cases += 1
            batch.counts[kind] += 1
            if answer is None:
                batch.add("no answer", where)
                continue
            kept.append(Kept(answer, sha256(mask.tobytes()).hexdigest()))
            after = _revisions(app.port, tile)
            if answer not in after:
                batch.add(LOST, f"{where}: revision {answer} was acknowledged and is gone")
            if len(after) != len(before) + 1:
                batch.add("saved twice", f"{where}: {len(after) - len(before)} revisions")
    batch.add_unsound(faults(root, kept), f"batch {task.batch}")
    return batch


def _revisions(port: int, tile: int) -> list[int]:
    with closing(Caller(port, "reader")) as caller:
        return [int(one["id"]) for one in caller.json(f"/tiles/{tile}/document")["history"]]


def _save_until_answered(app: Zygote, line: Line, save: Save, kind: str, chance: random.Random) -> int | None:
    """Save over a broken line, again and again; return the id of the revision."""
    if kind == "request cut":
        line.request_bytes = chance.randrange(len(pack(save.mask)) + 500)
    elif kind in {"answer cut", "answer lost"}:
        line.answer_bytes = 0 if kind == "answer lost" else chance.randrange(1, 600)
    killer = threading.Timer(chance.uniform(0, 0.06), app.kill)
    twin = threading.Thread(target=_send, args=(line.port, save))
    if kind == "server killed":
        killer.start()
    elif kind == "sent twice":
        twin.start()
    answer = _send(line.port, save)
    if kind == "server killed":
        killer.join()
        app.start()
        line.target = app.port
    elif kind == "sent twice":
        twin.join()
    until = time.monotonic() + PATIENCE_S
    while answer is None and time.monotonic() < until:
        answer = _send(line.port, save)
    return answer


def _send(port: int, save: Save) -> int | None:
    """Send a save; return the id of its revision, None where the line broke."""
    path = f"/tiles/{save.tile}/revisions?kind=save"
    headers = {"If-Match": str(save.head), "X-Seep-Request": save.request}
    try:
        with closing(Caller(port, "ann")) as caller:
            answer, content = caller.call("POST", path, pack(save.mask), headers)
    except (OSError, http.client.HTTPException):
        return None
    if answer.status not in {200, 201}:
        return None
    try:
        return int(json.loads(content)["revision"]["id"])
    except ValueError:  # an answer without a length that was cut
        return None
