"""SIGKILL of the app while four people save over HTTP; after each, the app starts again on what is left."""

import http.client
import json
import random
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from benchmarks.faulting.step import LOST, Batch, Task
from benchmarks.faulting.zygote import Zygote
from benchmarks.loads.people import Caller
from seep.core.masks.mask import Mask, pack
from seep_testing.killing.processes import run, write_images
from seep_testing.killing.soundness import Kept, faults

SAVERS = 4
UNTIL_KILL_S = 0.3


@dataclass
class Save:
    """A save that was sent: it may be repeated with the same words."""

    tile: int
    mask: Mask
    head: int
    request: str


@dataclass
class Saver:
    """One person: saves on tiles of their own until the app is gone, and knows what was acknowledged.

    Attributes:
        number: of the person.
        tiles: ids of the person's tiles.
        kept: acknowledged saves.
        unanswered: save without an answer, which is sent again after the next start.
        refused: answers other than success.
    """

    number: int
    tiles: list[int]
    kept: list[Kept] = field(default_factory=list)
    unanswered: Save | None = None
    refused: list[str] = field(default_factory=list)

    def work(self, port: int, seed: int) -> None:
        """Save until the connection breaks."""
        random_ = np.random.default_rng([seed, self.number])
        try:
            with closing(Caller(port, f"person{self.number}")) as caller:
                while True:
                    save = self.unanswered or self._next(caller, random_)
                    self.unanswered = save
                    self._send(caller, save)
                    self.unanswered = None
        except (OSError, http.client.HTTPException):  # the app was killed
            return
        except Exception as error:
            self.refused.append(f"{type(error).__name__}: {error}")

    def _next(self, caller: Caller, random_: np.random.Generator) -> Save:
        tile = int(random_.choice(self.tiles))
        document = caller.json(f"/tiles/{tile}/document")
        mask = random_.integers(0, 8, (document["height"], document["width"])).astype(np.uint8)
        head = (document["head"] or {"id": 0})["id"]
        return Save(tile, mask, head, f"{self.number}-{random_.integers(1 << 60)}")

    def _send(self, caller: Caller, save: Save) -> None:
        headers = {"If-Match": str(save.head), "X-Seep-Request": save.request}
        while True:
            answer, content = caller.call(
                "POST", f"/tiles/{save.tile}/revisions?kind=save", pack(save.mask), headers
            )
            later = answer.headers.get("Retry-After")
            if answer.status != 503 or later is None:
                break
            time.sleep(float(later))
        if answer.status not in {200, 201}:
            self.refused.append(f"{answer.status} {content[:200]!r}")
            return
        revision = json.loads(content)["revision"]["id"]
        self.kept.append(Kept(revision, sha256(save.mask.tobytes()).hexdigest()))


def make_workspace(folder: Path) -> tuple[Path, list[int]]:
    """Import a few small tiles; return the workspace and the ids of its tiles."""
    root = folder / "workspace"
    images, masks = write_images(folder / "few")
    run(root, "seep", "import", str(images), "--masks", str(masks))
    return root, list(range(1, 13))


def kill_app(task: Task) -> Batch:
    """Start the app and kill it amid saves, again and again on one workspace."""
    batch, chance = Batch(), random.Random(task.batch)
    root, tiles = make_workspace(task.folder)
    savers = [Saver(number, tiles[number::SAVERS]) for number in range(SAVERS)]
    with Zygote(root, task.folder / "app.log") as app:
        for number in range(task.cases):
            try:
                app.start()
            except RuntimeError as error:
                batch.add("no start", f"batch {task.batch}, after kill {number}: {error}")
                break
            threads = [
                threading.Thread(target=one.work, args=(app.port, task.batch * task.cases + number))
                for one in savers
            ]
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(0, UNTIL_KILL_S))
            app.kill()
            for thread in threads:
                thread.join()
            batch.cases += 1
    kept = [one for saver in savers for one in saver.kept]
    batch.counts["acknowledged"] = len(kept)
    for refused in (one for saver in savers for one in saver.refused):
        batch.add("refused", refused)
    if len({one.revision for one in kept}) < len(kept):
        batch.add(LOST, "two acknowledged saves have one revision")
    batch.add_unsound(faults(root, kept), f"batch {task.batch}")
    return batch
