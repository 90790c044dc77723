"""Kill Seep in the middle of its work, again and again, and look at what is left.

    python -m benchmarks.kills [--rounds 20] [--trainings 2]

Prints a table and, as its last line, JSON. Exit status 1 when anything was lost or left half done.

- saves: two processes save through `seep.workflow.reviewing`; SIGKILL at a random moment.
- import: SIGKILL of `python -m seep import` at a random moment.
- crash points: a process kills itself at each SQL statement, commit, flush and rename of one action in turn.
- fine-tune: SIGKILL of `python -m seep worker` in the middle of a training; a second worker goes on.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.killing.crashes import CRASHES, crash_workspace
from benchmarks.killing.imports import count_tiles, kill_import
from benchmarks.killing.processes import run, write_images
from benchmarks.killing.saves import kill_saves
from benchmarks.killing.soundness import Kept, faults
from benchmarks.killing.trainings import finetune, make_trainable, weights


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
    """Kill a fine-tuning twice, `rounds` times; returns kills and faults."""
    make_trainable(folder / "trainable", folder / "trained")
    shutil.copytree(folder / "trainable", folder / "calm")
    finetune(folder / "calm", epochs=30, kills=0)
    expected, found = weights(folder / "calm"), list[str]()
    for number in range(rounds):
        root = folder / f"training{number}"
        shutil.copytree(folder / "trainable", root)
        end = finetune(root, epochs=30, kills=2, wait=True)
        if end["state"] != "done":
            found.append(f"the killed run ended as {end['state']}: {end['error']}")
        elif weights(root) != expected:
            found.append("the killed run gave other weights")
        found += faults(root)
    return 2 * rounds, found


def main() -> int:
    """Run all and print the table; see the module."""
    parser = argparse.ArgumentParser(
        description="Kill Seep in the middle of its work and look at what is left."
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--trainings", type=int, default=2)
    chosen = parser.parse_args()
    measured: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, measure in (
            ("saves", lambda: measure_saves(folder, chosen.rounds)),
            ("imports", lambda: measure_imports(folder, chosen.rounds)),
            ("crash points", lambda: measure_crashes(folder)),
            ("fine-tunes", lambda: measure_trainings(folder, chosen.trainings)),
        ):
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
