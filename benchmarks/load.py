"""Saves by many people at once, and pages in many tabs, before and after, over HTTP and WebSocket.

    python -m benchmarks.load --before CHECKOUT --sessions 100 --writers 20 --rounds 3 --seconds 20

Each checkout serves a copy of one workspace, in turns, round by round. First so many writers save masks without a
pause, each on tiles of its own, while readers read tiles. Then so many tabs open pages; each opens another page
every `--think` seconds on average, and reruns what refreshes itself, as a browser does. Clients and server share
the cores; on a busy machine, compare the processor time of the app. The last line is JSON.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.loads.people import Counted, save_and_read
from benchmarks.loads.tabs import TabFigures, open_tabs
from benchmarks.pages import command
from seep_testing.killing.processes import write_images
from seep_testing.live import ROOT, LiveApp


@dataclass
class Contender:
    """A checkout and what was measured on it, over all rounds.

    Attributes:
        name: "before" or "after".
        checkout: its folder.
        saves: of the writers, one entry per round.
        reads: of the readers.
        tabs: of the tabs.
        memory_mb: resident memory of the app at the end of each round.
        save_cpu_s: processor time of the app while people saved and read, all rounds.
        tab_cpu_s: the same while the tabs were open.
    """

    name: str
    checkout: Path
    saves: list[Counted] = field(default_factory=list)
    reads: list[Counted] = field(default_factory=list)
    tabs: list[TabFigures] = field(default_factory=list)
    memory_mb: list[int] = field(default_factory=list)
    save_cpu_s: float = 0.0
    tab_cpu_s: float = 0.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments, stage, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--before", type=Path, help="another checkout")
    parser.add_argument("--writers", type=int, default=20)
    parser.add_argument("--readers", type=int, default=16)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20, help="seconds of each measurement")
    parser.add_argument("--think", type=float, default=10, help="seconds between two pages of a tab")
    parser.add_argument("--images", type=Path, help="folder of tiles; synthetic ones without it")
    options = parser.parse_args(arguments)
    contenders = [Contender("after", ROOT)]
    if options.before:
        contenders.insert(0, Contender("before", options.before.resolve()))
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        images = options.images or write_images(scratch / "tiles", scenes=8, columns=4, side=256)[0]
        # The older program makes it: the newer one can migrate it, but not the other way round.
        command(contenders[0].checkout, scratch, "import", str(images))
        for number in range(options.rounds):
            for one in contenders:
                print(f"round {number + 1}, {one.name}", file=sys.stderr, flush=True)
                measure(one, scratch / "workspace", scratch / f"{one.name}{number}", options)
    report(contenders, options)


def measure(one: Contender, staged: Path, folder: Path, options: argparse.Namespace) -> None:
    """Serve a copy of the staged workspace, and put both loads on it."""
    folder.mkdir()
    shutil.copytree(staged, folder / "workspace")
    app = LiveApp(folder, worker=False, root=one.checkout)
    app.start()
    assert app.process is not None
    process = app.process.pid
    try:
        began_s = processor_s(process)
        if options.writers:
            saved, read = save_and_read(app.port, options.writers, options.readers, options.seconds)
            one.saves.append(saved)
            one.reads.append(read)
        between_s = processor_s(process)
        if options.sessions:
            one.tabs.append(open_tabs(app.url, options.sessions, options.seconds, options.think))
        one.save_cpu_s += between_s - began_s
        one.tab_cpu_s += processor_s(process) - between_s
        one.memory_mb.append(resident_mb(process))
    finally:
        app.stop()
        shutil.rmtree(folder)


def resident_mb(process: int) -> int:
    """Return the resident memory of a process, MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))


def processor_s(process: int) -> float:
    """Return the processor time that a process has used, seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def figures_of(one: Contender, seconds: float) -> dict[str, float]:
    """Return the figures of a contender over all rounds, by name."""
    rounds = max(1, len(one.memory_mb))
    saves, reads = pooled(one.saves), pooled(one.reads)
    pages = [value for tabs in one.tabs for value in tabs.page_s]
    fragments = [value for tabs in one.tabs for value in tabs.fragment_s]
    return {
        "saves_per_s": round(len(saves) / seconds / rounds, 1),
        **percentiles("save", saves, (50, 95, 99, 100)),
        "refused_saves": sum(sum(counted.refusals.values()) for counted in one.saves),
        "saves_asked_to_wait": sum(counted.waits for counted in one.saves),
        "fairness": round(min((fairness(counted) for counted in one.saves), default=1.0), 2),
        "cpu_ms_per_save_or_read": round(1000 * one.save_cpu_s / max(1, len(saves) + len(reads)), 1),
        "reads_per_s": round(len(reads) / seconds / rounds, 1),
        **percentiles("read", reads, (50, 95)),
        "pages": len(pages),
        **percentiles("page", pages, (50, 95)),
        "fragments": len(fragments),
        **percentiles("fragment", fragments, (50, 95)),
        "cpu_ms_per_rerun": round(1000 * one.tab_cpu_s / max(1, len(pages) + len(fragments)), 1),
        "problems": sum(sum(tabs.problems.values()) for tabs in one.tabs),
        "memory_mb": max(one.memory_mb, default=0),
    }


def pooled(rounds: Sequence[Counted]) -> list[float]:
    """Return the times of all rounds."""
    return [value for counted in rounds for value in counted.seconds]


def fairness(counted: Counted) -> float:
    """Return the saves of the slowest writer over those of the fastest."""
    return min(counted.by_person) / max(1, *counted.by_person)


def percentiles(name: str, values: Sequence[float], wanted: Sequence[int]) -> dict[str, float]:
    """Return percentiles in milliseconds by name; 100 is the maximum."""
    if not values:
        return {}
    return {f"{name}_p{one}_ms": round(1000 * float(np.percentile(values, one))) for one in wanted}


def report(contenders: Sequence[Contender], options: argparse.Namespace) -> None:
    """Print a table, what was refused, and JSON as the last line."""
    figures = {one.name: figures_of(one, options.seconds) for one in contenders}
    print(
        f"{options.writers} writers, {options.readers} readers; {options.sessions} tabs; {options.rounds} rounds of "
        f"{options.seconds:.0f} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'':<22}" + "".join(f"{name:>12}" for name in figures))
    for name in figures["after"]:
        print(f"{name:<22}" + "".join(f"{one.get(name, 0):>12,}" for one in figures.values()))
    for one in contenders:
        refused = sum((counted.refusals for counted in (*one.saves, *one.reads)), Counter[str]())
        seen = sum((tabs.problems for tabs in one.tabs), Counter[str]())
        for sentence, count in (refused + seen).most_common(5):
            print(f"{one.name}: {count} x {sentence}")
    print(json.dumps({"cores": os.cpu_count(), "load": os.getloadavg(), "figures": figures}))


if __name__ == "__main__":
    main()
