"""Kill Seep in the middle of its work, again and again, and look at what is left.

    python -m benchmarks.kills [--rounds 20] [--trainings 20] [--only fine-tunes]

Prints a table and, as its last line, JSON. Exit status 1 when anything was lost or left half done.

- saves: two processes save through `seep.workflow.review.revisions`; SIGKILL at a random moment.
- import: SIGKILL of `python -m seep import` at a random moment.
- crash points: a process kills itself at each SQL statement, commit, flush and rename of one action in turn.
- fine-tunes: SIGKILL of `python -m seep worker` at a random moment of a run; a second worker goes on.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from benchmarks.killing.crashes import CRASHES, crash_workspace
from benchmarks.killing.imports import count_tiles, kill_import
from benchmarks.killing.processes import run, write_images
from benchmarks.killing.saves import kill_saves
from benchmarks.killing.soundness import Kept, faults
from benchmarks.killing.trainings import finetune, finetune_killed_after, make_trainable, weights

EPOCHS = 20


def measure_saves(folder: Path, rounds: int) -> tuple[int, list[str]]:
    """Kill savers in one workspace `rounds` times; returns kills and faults."""
    root = folder / "saves"
    images, masks = write_images(folder / "few")
    run(root, "seep", "import", str(images), "--masks", str(masks))
    kept: list[Kept] = []
    for number in range(rounds):
        kept += kill_saves(root, random.uniform(0, 1), seed=100 * number)
    print(f"  {len(kept)} acknowledged saves")
    return 2 * rounds, faults(root, kept)


def measure_imports(folder: Path, rounds: int) -> tuple[int, list[str]]:
    """Kill an import `rounds` times, each on a fresh workspace; returns kills and faults."""
    images, masks = write_images(folder / "many", scenes=4, columns=8)
    began = time.monotonic()
    run(folder / "whole", "seep", "import", str(images), "--masks", str(masks))
    whole_s, total, found = time.monotonic() - began, count_tiles(folder / "whole"), list[str]()
    for number in range(rounds):
        root = folder / f"import{number}"
        there = kill_import(root, images, masks, random.uniform(0.3, 1.0) * whole_s)
        if there not in (0, total):
            found.append(f"{there} of {total} tiles after a kill")
        run(root, "seep", "import", str(images), "--masks", str(masks))
        if count_tiles(root) != total:
            found.append(f"{count_tiles(root)} of {total} tiles after the import was done again")
        found += faults(root)
        shutil.rmtree(root)
    return rounds, found


def measure_crashes(folder: Path) -> tuple[int, list[str]]:
    """Kill each action at each of its writes; returns kills and faults."""
    root = crash_workspace(folder / "crash")
    kills, found = 0, []
    for action in CRASHES:
        *counted, last = run(root, "benchmarks.killing.crashes", action).splitlines()
        kills += int(counted[0].split()[0])
        found += json.loads(last)
    return kills, found


def measure_trainings(folder: Path, rounds: int) -> tuple[int, list[str]]:
    """Kill a fine-tuning at a random moment, `rounds` times; returns kills and faults."""
    make_trainable(folder / "trainable", folder / "trained")
    shutil.copytree(folder / "trainable", folder / "calm")
    calm = finetune(folder / "calm", EPOCHS, kills=0)
    if calm["state"] != "done":
        return 0, [f"the undisturbed run ended as {calm['state']}: {calm['error']}"]
    took_s = _seconds(calm["finished_at"]) - _seconds(calm["started_at"])
    print(f"  undisturbed: {took_s:.1f} s")
    expected, found, resumed = weights(folder / "calm"), list[str](), 0
    for number in range(rounds):
        root = folder / f"training{number}"
        shutil.copytree(folder / "trainable", root)
        end = finetune_killed_after(root, EPOCHS, random.uniform(0, took_s), wait=number == 0)
        resumed += end["attempts"] > 1
        if end["state"] != "done":
            found.append(f"the killed run ended as {end['state']}: {end['error']}")
        elif weights(root) != expected:
            found.append("the killed run gave other weights")
        found += faults(root)
        shutil.rmtree(root)
    print(f"  {resumed} of {rounds} were killed before their end and went on")
    return rounds, found


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def main() -> int:
    """Run all and print the table; see the module."""
    parser = argparse.ArgumentParser(
        description="Kill Seep in the middle of its work and look at what is left."
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--trainings", type=int, default=20)
    parser.add_argument("--only", choices=("saves", "imports", "crash points", "fine-tunes"))
    chosen = parser.parse_args()
    measured: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts: tuple[tuple[str, Callable[[], tuple[int, list[str]]]], ...] = (
            ("saves", lambda: measure_saves(folder, chosen.rounds)),
            ("imports", lambda: measure_imports(folder, chosen.rounds)),
            ("crash points", lambda: measure_crashes(folder)),
            ("fine-tunes", lambda: measure_trainings(folder, chosen.trainings)),
        )
        for title, measure in parts:
            if chosen.only not in {None, title}:
                continue
            began = time.monotonic()
            kills, found = measure()
            measured[title] = {"kills": kills, "faults": len(found)}
            print(
                f"{title:14} {kills:5} kills {len(found):5} faults {time.monotonic() - began:7.0f} s",
                flush=True,
            )
            for fault in found[:20]:
                print(f"  {fault}")
    print(json.dumps(measured))
    return int(any(one["faults"] for one in measured.values()))


if __name__ == "__main__":
    sys.exit(main())
