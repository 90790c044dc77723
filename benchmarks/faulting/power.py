"""Power cuts: what four savers write is recorded, and the disk rebuilt as a cut at any moment may leave it.

A file keeps what it had at its last fsync, and any part of what was written since, torn at sectors. A folder
keeps the names of its last fsync, and the first few of the changes since. That is what POSIX promises, and less
than what a journaling file system gives.

    python -m benchmarks.faulting.power SAVES SEED     (in SEEP_WORKSPACE, recorded by disk.c)
"""

import json
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from benchmarks.faulting.disk import Change, build, preloaded, read_log
from benchmarks.faulting.step import Batch, Task
from seep_testing.killing.processes import ROOT, run, write_images
from seep_testing.killing.soundness import Kept, faults

SAVERS = 4
SAVES = 10
SECTOR = 512
ACKNOWLEDGED = "acknowledged"


@dataclass
class File:
    """A file: what it holds, what is on the disk for certain, and the changes since; where it was before them."""

    now: bytearray = field(default_factory=bytearray)
    kept: bytes = b""
    pending: list[Change] = field(default_factory=list)
    intact: Path | None = None

    def apply(self, change: Change) -> None:
        """Write or truncate."""
        self.intact = None
        _apply(self.now, change)
        self.pending.append(change)

    def sync(self) -> None:
        """Keep all that was written."""
        self.kept, self.pending = bytes(self.now), []

    def after_cut(self, chance: random.Random) -> bytes:
        """Return what may be on the disk: none, all or some of the changes since the last sync."""
        data, share = bytearray(self.kept), chance.choice((0.0, 0.5, 1.0))
        for change in self.pending:
            if chance.random() >= share:
                continue
            torn = change.what == "w" and share == 0.5
            size = chance.randrange(0, len(change.data) + SECTOR, SECTOR) if torn else len(change.data)
            _apply(data, replace(change, data=change.data[:size]))
        return bytes(data)


@dataclass
class Folder:
    """The names of a folder: now, on the disk for certain, and the changes since; None removes a name."""

    now: dict[str, "File | Folder"] = field(default_factory=dict)
    kept: dict[str, "File | Folder"] = field(default_factory=dict)
    pending: list[tuple[str, "File | Folder | None"]] = field(default_factory=list)

    def set(self, name: str, entry: "File | Folder | None") -> None:
        """Add, replace or remove a name."""
        _set(self.now, name, entry)
        self.pending.append((name, entry))

    def sync(self) -> None:
        """Keep all names."""
        self.kept, self.pending = dict(self.now), []

    def after_cut(self, chance: random.Random) -> dict[str, "File | Folder"]:
        """Return the names that may be on the disk: those of the last sync and the first few changes since."""
        names = dict(self.kept)
        for name, entry in self.pending[: chance.choice((0, chance.randint(0, len(self.pending))))]:
            _set(names, name, entry)
        return names


class Disk:
    """A folder that is written to, and that a power cut can be tried on at any moment."""

    def __init__(self, before: Path, root: Path) -> None:
        """Take the content of a copy; the changes name `root`."""
        self._root = str(root)
        self._top = _load(before)

    def apply(self, change: Change) -> None:
        """Do a recorded change."""
        entry = self._find(change.path)
        if change.what == "c":
            self._set(change.path, File())
        elif change.what == "m":
            self._set(change.path, Folder())
        elif change.what == "u":
            self._set(change.path, None)
        elif change.what in {"r", "l"}:
            self._set(change.other, entry)
            if change.what == "r":
                self._set(change.path, None)
        elif entry is not None and change.what == "s":
            entry.sync()
        elif isinstance(entry, File):  # a file without a name is gone with its process
            entry.apply(change)

    def cut(self, target: Path, chance: random.Random) -> None:
        """Write what may be left after a power cut."""
        _write(self._top, target, chance)

    def _find(self, path: str) -> "File | Folder | None":
        entry: File | Folder | None = self._top
        for part in Path(path).relative_to(self._root).parts:
            entry = entry.now.get(part) if isinstance(entry, Folder) else None
        return entry

    def _set(self, path: str, entry: "File | Folder | None") -> None:
        folder = self._find(str(Path(path).parent))
        if isinstance(folder, Folder):
            folder.set(Path(path).name, entry)


def cut_power(task: Task) -> Batch:
    """Record four savers on a small workspace, and cut the power at random moments."""
    batch, chance = Batch(), random.Random(task.batch)
    root, log = task.folder / "workspace", task.folder / "changes"
    images, masks = write_images(task.folder / "few")
    run(root, "seep", "import", str(images), "--masks", str(masks))
    before = shutil.copytree(root, task.folder / "before")
    disk, library = Disk(before, root), build(task.folder)
    subprocess.run(
        [sys.executable, "-m", "benchmarks.faulting.power", str(SAVES), str(task.batch)],
        cwd=ROOT, env=preloaded(library, root, log), check=True,
    )  # fmt: skip
    changes = list(read_log(log))
    moments = sorted(chance.choices(range(len(changes)), k=task.cases))
    kept, done = list[Kept](), 0
    for moment in moments:
        for change in changes[done : moment + 1]:
            if Path(change.path).name == ACKNOWLEDGED and change.what == "w":
                kept += [Kept(**json.loads(line)) for line in change.data.splitlines()]
            else:
                disk.apply(change)
        done = moment + 1
        left = task.folder / "left"
        disk.cut(left, chance)
        batch.add_unsound(look_at(left, kept), f"batch {task.batch}, change {moment}")
        shutil.rmtree(left)
    batch.cases = len(moments)
    batch.counts.update(recorded_changes=len(changes), acknowledged_before_cuts=len(kept))
    return batch


def look_at(left: Path, kept: Sequence[Kept]) -> list[str]:
    """Return what is wrong with the workspace that a power cut left."""
    try:
        return faults(left, kept)
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]


def save_by_threads(saves: int, seed: int) -> None:
    """Save and draft masks in four threads of this process, and write down each acknowledged save."""
    from seep.core.records import TileFilter
    from seep.workflow.actor import Actor
    from seep.workflow.review.drafts import save_draft
    from seep.workflow.review.queue import queue
    from seep.workflow.review.revisions import get_tile, save_mask
    from seep.workflow.workspace import open_workspace

    workspace = open_workspace()
    tiles = [item.id for item in queue(workspace, TileFilter(), "name", 1000)]
    notes = os.open(workspace.store.root / ACKNOWLEDGED, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def work(number: int) -> None:
        from hashlib import sha256

        random_, actor = np.random.default_rng([seed, number]), Actor(f"person{number}", "admin")
        for turn in range(saves):
            tile = get_tile(workspace, int(random_.choice(tiles[number::SAVERS])))
            mask = random_.integers(0, 8, (tile.height, tile.width)).astype(np.uint8)
            save_draft(workspace, tile.id, mask, actor, tile.head_revision_id)
            answer = save_mask(
                workspace,
                tile.id,
                mask,
                str(random_.choice(["save", "accept"])),
                actor=actor,
                base_revision_id=tile.head_revision_id,
                request_id=f"power-{number}-{turn}",
            )
            line = {"revision": answer["revision"]["id"], "sha256": sha256(mask.tobytes()).hexdigest()}
            os.write(notes, json.dumps(line).encode() + b"\n")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(SAVERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _apply(data: bytearray, change: Change) -> None:
    if change.what == "t":
        del data[change.offset :]
        data.extend(bytes(change.offset - len(data)))
    else:
        data.extend(bytes(max(0, change.offset - len(data))))
        data[change.offset : change.offset + len(change.data)] = change.data


def _set(names: dict[str, File | Folder], name: str, entry: File | Folder | None) -> None:
    if entry is None:
        names.pop(name, None)
    else:
        names[name] = entry


def _load(path: Path) -> Folder:
    """Read a folder as it is before the first change; all of it is on the disk."""
    names: dict[str, File | Folder] = {}
    for child in path.iterdir():
        if child.is_dir():
            names[child.name] = _load(child)
        else:
            data = child.read_bytes()
            names[child.name] = File(bytearray(data), data, intact=child)
    return Folder(names, dict(names))


def _write(folder: Folder, target: Path, chance: random.Random) -> None:
    target.mkdir()
    for name, entry in folder.after_cut(chance).items():
        if isinstance(entry, Folder):
            _write(entry, target / name, chance)
        elif entry.intact is not None and not name.startswith("seep.db"):  # SQLite changes these
            (target / name).hardlink_to(entry.intact)
        else:
            (target / name).write_bytes(entry.after_cut(chance))


if __name__ == "__main__":
    save_by_threads(int(sys.argv[1]), int(sys.argv[2]))
