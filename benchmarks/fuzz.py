"""Import mutated files of every format that Seep reads, and count the results.

    python -m benchmarks.fuzz                     # 20,000 cases on 2 cores, about 20 minutes
    python -m benchmarks.fuzz --cases 300 --processes 1
    python -m benchmarks.fuzz --cases 100000 --state fuzz.json   # resumes where it was stopped

A case is a file made from its number: an intact one with entries of its directory, chunks, values or lists
changed, bytes flipped, pieces cut or copied. Images come in six formats, and in five that are converted (ENVI,
VRT, NetCDF, HDF5, BEAM-DIMAP), masks in two; zips, tars and Sentinel-1 products are sources of images. Annotations
(COCO, LabelMe, Datumaro, Label Studio, GeoJSON, CVAT, VOC, run lengths in CSV, GeoPackage, Shapefile, YOLO) are
imported as masks of an intact image. Each file must be imported or refused with a sentence. Nothing may crash,
take more than 5 s of processor time, use too much memory, or write beside the workspace. An imported mask is
compared with what an independent reader makes of the same file. Prints a table and, as the last line, JSON; exit
status 1 if any rule is broken.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.fuzzing.cases import Case, case
from benchmarks.fuzzing.feeding import Feeder
from benchmarks.fuzzing.progress import BatchResult, Progress, load
from benchmarks.fuzzing.watch import Watch

BATCH = 250
LIMIT_S = 5
WAIT_S = 60
CHILD_MB = 1024
PARENT_MB = 4096
FAULTS = ("died", "hung", "untyped", "outside", "contradicted")


def main() -> int:
    """Run all batches that are left, print what was counted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--state", type=Path, help="file with the figures so far; a run resumes from it")
    options = parser.parse_args()
    progress = load(options.state, options.first)
    last = options.first + options.cases
    batches = [(start, min(start + BATCH, last)) for start in range(progress.next, last, BATCH)]
    if batches:
        run(batches, progress, options.processes, options.state)
    figures = figures_of(progress)
    report(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if any(figures[name] for name in FAULTS) else 0


def run(batches: list[tuple[int, int]], progress: Progress, processes: int, state: Path | None) -> None:
    """Run batches in processes of their own; note each in the state file."""
    began = time.monotonic()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for result in pool.map(run_batch, batches):
            now = time.monotonic()
            progress.add(result, now - began)
            began = now
            if state:
                progress.save(state)
            print(f"up to {result.end:,} of {batches[-1][1]:,}", file=sys.stderr, flush=True)


def run_batch(batch: tuple[int, int]) -> BatchResult:
    """Import a batch of cases, from the first number to before the last."""
    return import_cases([case(number) for number in range(*batch)], batch[1])


def import_cases(cases: list[Case], end: int) -> BatchResult:
    """Import cases into a fresh workspace; limits the memory of this process for good."""
    warnings.simplefilter("ignore")  # libraries warn of what the cases are made of
    os.environ |= {"SEEP_READ_SECONDS": str(WAIT_S), "SEEP_READ_MB": str(CHILD_MB)}
    limit = PARENT_MB * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    with (
        tempfile.TemporaryDirectory(prefix="seep-fuzz-") as scratch,
        Watch() as watch,
        Feeder(Path(scratch), LIMIT_S) as feeder,
    ):
        feeder.feed(cases)
    peaks = Counter(
        child_peak_mb=watch.peak_kb // 1024,
        importer_peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        slowest_cpu_ms=round(1000 * feeder.slowest_s),
    )
    return BatchResult(end, feeder.counts, peaks, feeder.kept)


def figures_of(progress: Progress) -> dict[str, float]:
    """Return the figures of a run by name."""
    counts = dict.fromkeys((*FAULTS, "unexpected", "confirmed", "partial", "unread"), 0) | progress.counts
    rate = progress.counts.get("cases", 0) / max(progress.elapsed_s, 1e-9)
    return {
        **counts,
        **progress.peaks,
        "elapsed_s": round(progress.elapsed_s, 1),
        "cases_per_s": round(rate, 2),
    }


def report(figures: dict[str, float]) -> None:
    """Print a table, and JSON as the last line."""
    rows = {
        "cases": "mutated files",
        "imported": "tiles that came in",
        "masks": "masks that came in for tiles",
        "classes": "class lists that were read",
        "refused": "files refused with a sentence",
        "refused_sources": "whole sources refused with a sentence",
        "unexpected": "of these, sentences made of a decoder's own words",
        "died": "processes that crashed",
        "hung": f"files that took more than {LIMIT_S} s of processor time, or {WAIT_S} s",
        "untyped": "errors without a sentence",
        "outside": "files beside the workspace",
        "confirmed": "masks that an independent reader confirms",
        "partial": "masks without damaged elements, which a note counts",
        "unread": "masks that the independent reader cannot read",
        "contradicted": "masks that an independent reader contradicts",
        "slowest_cpu_ms": "longest processor time for a file, ms",
        "child_peak_mb": f"largest reading process, MB (limit {CHILD_MB})",
        "importer_peak_mb": f"largest importing process, MB (limit {PARENT_MB})",
        "elapsed_s": "seconds in all",
        "cases_per_s": "cases per second",
    }
    for name, words in rows.items():
        print(f"{words:60s} {figures.get(name, 0):>10,}")
    print(json.dumps(figures))


if __name__ == "__main__":
    sys.exit(main())
