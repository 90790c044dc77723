"""Cause every known kind of fault in Seep, for hours, and count what is lost.

    python -m benchmarks.faults --state faults.json --hours 8     # resumes where it was stopped
    python -m benchmarks.faults --steps kills,power --hours 0.5
    python -m benchmarks.faults --steps restore --images IMAGES --masks MASKS

Each step has a goal; the steps take turns, so that each gets an equal share of the hours. A batch takes some
minutes at most; one that is stopped is not counted. Prints a table and, as the last line, JSON; exit status 1 if
there is any fault, first of all a mask that was acknowledged and is lost. Needs a C compiler for the steps power
and writes.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path

from benchmarks.faulting.editors import edit_together
from benchmarks.faulting.files import mutate_annotations, mutate_checkpoints, mutate_images
from benchmarks.faulting.histories import check_histories
from benchmarks.faulting.imports import kill_imports
from benchmarks.faulting.kills import kill_app
from benchmarks.faulting.network import break_network
from benchmarks.faulting.power import cut_power
from benchmarks.faulting.restore import restore_and_damage
from benchmarks.faulting.step import Batch, Step, Task
from benchmarks.faulting.trainings import kill_trainer
from benchmarks.faulting.writes import ACTIONS, break_writes
from seep.core.files import write_atomic

NOTES = 50
"""Longest list of faults that is kept for a step."""


@dataclass(frozen=True)
class Plan:
    """A step.

    Attributes:
        step: does a batch.
        what: a case of it.
        goal: number of cases that are wanted.
        batch: number of cases of a batch; 0 where a batch has all there are, and the goal is the number of batches.
    """

    step: Step
    what: str
    goal: int
    batch: int

    def is_done(self, figures: "Figures") -> bool:
        """Return whether the goal is reached."""
        return (figures.cases if self.batch else figures.batches) >= self.goal


PLANS = {
    "kills": Plan(kill_app, "kill -9 of the app under 4 savers", 10_000, 50),
    "power": Plan(cut_power, "simulated power cuts under 4 savers", 10_000, 250),
    "trainer": Plan(kill_trainer, "kill -9 of the worker in a fine-tuning", 500, 2),
    "imports": Plan(kill_imports, "kill -9 of an import", 200, 10),
    "writes": Plan(
        break_writes, "each change of the disk x full, I/O error, short write, kill", len(ACTIONS), 0
    ),
    "images": Plan(mutate_images, "mutated images, masks and archives", 1_000_000, 250),
    "checkpoints": Plan(mutate_checkpoints, "mutated checkpoints", 100_000, 1000),
    "annotations": Plan(mutate_annotations, "mutated annotation files", 100_000, 250),
    "editors": Plan(edit_together, "schedules of two editors on a tile", 2000, 100),
    "network": Plan(break_network, "cut connections, repeated requests, killed servers", 300, 50),
    "histories": Plan(
        check_histories, "operations of 4 people over two servers, killed in turns", 20_000, 10
    ),
    "restore": Plan(restore_and_damage, "kinds of damage to a restored backup", 1, 0),
}


@dataclass
class Figures:
    """What a step has counted so far, over all runs.

    Attributes:
        batches: number of batches.
        cases: number of cases.
        elapsed_s: duration, seconds.
        faults: number of faults by kind.
        counts: what else was counted.
        notes: the first faults, one sentence each.
    """

    batches: int = 0
    cases: int = 0
    elapsed_s: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, batch: Batch, elapsed_s: float) -> None:
        """Add a batch."""
        self.batches, self.cases = self.batches + 1, self.cases + batch.cases
        self.elapsed_s += elapsed_s
        self.faults = dict(Counter(self.faults) + batch.faults)
        self.counts = dict(Counter(self.counts) + batch.counts)
        self.notes = (self.notes + batch.notes)[:NOTES]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the steps in turns, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", default=",".join(PLANS), help=f"some of {', '.join(PLANS)}")
    parser.add_argument("--hours", type=float, default=1.0, help="of this run; batches are not cut short")
    parser.add_argument("--cases", type=int, help="cases of a batch, in place of the usual number")
    parser.add_argument("--state", type=Path, help="file with the figures so far; a run resumes from it")
    parser.add_argument("--images", type=Path, help="folder of tiles for restore; synthetic ones without it")
    parser.add_argument("--masks", type=Path, help="folder of their masks")
    options = parser.parse_args(arguments)
    names = options.steps.split(",")
    if unknown := [name for name in names if name not in PLANS]:
        parser.error(f"There is no step {unknown[0]!r}. Use {', '.join(PLANS)}.")
    figures = _load(options.state)
    run(names, figures, options)
    report(figures)
    return int(any(one.faults for one in figures.values()))


def run(names: Sequence[str], figures: dict[str, Figures], options: argparse.Namespace) -> None:
    """Give the next batch to the step that had the least time in this run, until the hours are over."""
    until, spent = time.monotonic() + 3600 * options.hours, dict.fromkeys(names, 0.0)
    while time.monotonic() < until:
        left = [one for one in names if not PLANS[one].is_done(figures.setdefault(one, Figures()))]
        if not left:
            break
        name = min(left, key=spent.__getitem__)
        began = time.monotonic()
        found = run_batch(name, figures[name].batches, options)
        spent[name] += time.monotonic() - began
        figures[name].add(found, time.monotonic() - began)
        if options.state:
            state = {one: asdict(counted) for one, counted in figures.items()}
            write_atomic(options.state, (json.dumps(state, indent=1) + "\n").encode())
        faults = sum(figures[name].faults.values())
        print(f"{name}: {figures[name].cases:,} cases, {faults} faults", file=sys.stderr, flush=True)


def run_batch(name: str, number: int, options: argparse.Namespace) -> Batch:
    """Run a batch in a process of its own; a crash of it is a fault."""
    quick = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(prefix="seep-faults-", dir=quick) as folder,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
    ):
        cases = options.cases or PLANS[name].batch
        task = Task(Path(folder), number, cases, options.images, options.masks)
        try:
            return pool.submit(PLANS[name].step, task).result()
        except Exception as error:
            batch = Batch()
            batch.add("failed", f"batch {number}: {type(error).__name__}: {error}"[:2000])
            return batch


def report(figures: dict[str, Figures]) -> None:
    """Print the first faults, a table, and JSON as the last line."""
    for name, one in figures.items():
        for note in one.notes[:10]:
            print(f"{name}: {note}")
    print(f"{'step':<12}{'cases':>10}{'hours':>8}  faults")
    for name, one in figures.items():
        faults = ", ".join(f"{count} {kind}" for kind, count in one.faults.items()) or "none"
        print(f"{name:<12}{one.cases:>10,}{one.elapsed_s / 3600:>8.2f}  {faults} ({PLANS[name].what})")
    summary = {
        name: {
            "cases": one.cases,
            "hours": round(one.elapsed_s / 3600, 3),
            "faults": one.faults,
            "counts": one.counts,
        }
        for name, one in figures.items()
    }
    print(json.dumps(summary))


def _load(path: Path | None) -> dict[str, Figures]:
    if path is None or not path.exists():
        return {}
    return {name: Figures(**values) for name, values in json.loads(path.read_text()).items()}


if __name__ == "__main__":
    sys.exit(main())
