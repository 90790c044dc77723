"""Two editors on one tile, in every order: nothing is overwritten without being seen."""

import random
import threading
from hashlib import sha256

import numpy as np

from benchmarks.faulting.kills import make_workspace
from benchmarks.faulting.step import LOST, Batch, Task
from seep.core.masks.mask import Mask
from seep.core.records import TileRecord
from seep.errors import ConflictError
from seep.settings import read_settings
from seep.store import revisions as rows
from seep.workflow import tile_data
from seep.workflow.actor import Actor
from seep.workflow.review import drafts, revisions
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.killing.soundness import Kept, faults

STEPS = 12
ACTIONS = ("open", "draft", "save", "save", "accept", "restore", "reject", "drop draft", "both save")


class Editor:
    """One person at a tile: what they have open, and what they were promised."""

    def __init__(self, workspace: Workspace, tile: int, name: str, random_: np.random.Generator) -> None:
        self._workspace, self._tile, self.actor = workspace, tile, Actor(name, "admin")
        self._random = random_
        self.open = revisions.get_tile(workspace, tile)
        self.draft: Mask | None = None
        self.kept: list[tuple[int | None, Kept]] = []
        self.conflicts = 0

    def act(self, action: str) -> None:
        """Do something; a conflict makes the person load the tile again."""
        try:
            self._do(action)
        except ConflictError:
            self.conflicts += 1
            self.open = self._tile_now()

    def _do(self, action: str) -> None:
        mask = self._random.integers(0, 8, (self.open.height, self.open.width)).astype(np.uint8)
        base, request = self.open.head_revision_id, f"{self.actor.name}-{self._random.integers(1 << 60)}"
        if action == "open":
            self.open = self._tile_now()
        elif action == "draft":
            drafts.save_draft(self._workspace, self._tile, mask, self.actor, base)
            self.draft = mask
        elif action == "drop draft":
            drafts.drop_draft(self._workspace, self._tile, self.actor)
            self.draft = None
        elif action == "reject":
            revisions.decide(self._workspace, self._tile, "reject", self.actor)
        elif action == "restore" and base is not None:
            with self._workspace.store.reading() as session:
                mask = tile_data.revision_mask(self._workspace, rows.history(session, self._tile)[-1].id)
                first = rows.history(session, self._tile)[-1].id
            answer = revisions.restore(
                self._workspace,
                self._tile,
                first,
                actor=self.actor,
                base_revision_id=base,
                request_id=request,
            )
            self._keep(base, answer["revision"]["id"], mask)
        else:
            kind = "accept" if action == "accept" else "save"
            answer = revisions.save_mask(
                self._workspace,
                self._tile,
                mask,
                kind,
                actor=self.actor,
                base_revision_id=base,
                request_id=request,
            )
            self._keep(base, answer["revision"]["id"], mask)

    def _keep(self, base: int | None, revision: int, mask: Mask) -> None:
        self.kept.append((base, Kept(revision, sha256(mask.tobytes()).hexdigest())))
        self.open, self.draft = self._tile_now(), None

    def _tile_now(self) -> TileRecord:
        return revisions.get_tile(self._workspace, self._tile)


def edit_together(task: Task) -> Batch:
    """Let two people act in a random order, each schedule on another tile; some saves come at the same moment."""
    batch = Batch()
    root, tiles = make_workspace(task.folder)
    workspace = open_workspace(read_settings({"SEEP_WORKSPACE": str(root), "SEEP_USER": "ana"}))
    every: list[Kept] = []
    for number in range(task.cases):
        chance = random.Random(task.batch * task.cases + number)
        tile = tiles[number % len(tiles)]
        editors = [
            Editor(workspace, tile, name, np.random.default_rng([task.batch, number, index]))
            for index, name in enumerate(("ann", "bob"))
        ]
        where = f"batch {task.batch}, schedule {number}"
        for _ in range(STEPS):
            action = chance.choice(ACTIONS)
            if action == "both save":
                threads = [threading.Thread(target=one.act, args=("save",)) for one in editors]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            else:
                chance.choice(editors).act(action)
        batch.cases += 1
        batch.counts["conflicts"] += sum(one.conflicts for one in editors)
        every += [kept for one in editors for _, kept in one.kept]
        for fault in overwritten(workspace, tile, editors):
            batch.add(*fault[:1], f"{where}: {fault[1]}")
    batch.counts["acknowledged"] = len(every)
    workspace.store.close()
    batch.add_unsound(faults(root, every), f"batch {task.batch}")
    return batch


def overwritten(workspace: Workspace, tile: int, editors: list[Editor]) -> list[tuple[str, str]]:
    """Return faults: a save that follows another revision than its author saw, a draft that is gone."""
    found = []
    with workspace.store.reading() as session:
        parents = {one.id: one.parent_id for one in rows.history(session, tile)}
    for editor in editors:
        for base, kept in editor.kept:
            if kept.revision not in parents:
                found.append((LOST, f"revision {kept.revision} was acknowledged and is gone"))
            elif parents[kept.revision] != base:
                found.append(
                    ("overwritten", f"revision {kept.revision} follows another one than its author saw")
                )
        if editor.draft is not None:
            draft = tile_data.draft_mask(workspace, tile, editor.actor)
            if draft is None or not np.array_equal(draft, editor.draft):
                found.append(("draft lost", f"of {editor.actor.name}"))
    return found
