"""Import mutated TIFFs, PNGs, zips and annotation files, and count the results.

    python -m benchmarks.fuzz                     # 20,000 cases on 2 cores, some 20 minutes
    python -m benchmarks.fuzz --cases 300 --processes 1

A case is a file made from its number: an intact one with entries of its directory, chunks, values or lists
changed, bytes flipped, pieces cut or copied. TIFFs and PNGs are imported as images and as masks, zips as a source
of images. Annotations (COCO, LabelMe, Datumaro, Label Studio, GeoJSON, CVAT, VOC, run lengths in CSV, GeoPackage,
Shapefile, YOLO)
are imported as masks of an intact image. Each file must be imported or refused with a sentence. Nothing may crash,
take more than 5 s, use too much memory, or write beside the workspace. Prints a table and, as the last line, JSON;
exit status 1 if any of that happened.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from benchmarks.fuzzing import tiffs
from benchmarks.fuzzing.annotations import IMAGE, write_annotations
from benchmarks.fuzzing.cases import ANNOTATIONS, Case, case
from seep.core.import_options import ImportOptions
from seep.workflow.actor import Actor
from seep.workflow.imports.importer import ImportReport

BATCH = 250
LIMIT_S = 5
CHILD_MB = 1024
PARENT_MB = 4096


def main() -> int:
    """Run all batches, print what was counted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    began = time.monotonic()
    starts = range(options.first, options.first + options.cases, BATCH)
    last = options.first + options.cases
    batches = [(start, min(BATCH, last - start)) for start in starts]
    total: Counter[str] = Counter()
    peaks: Counter[str] = Counter()
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        for done, (counted, peak) in enumerate(pool.map(run_batch, batches), 1):
            total += counted
            peaks |= peak
            if done % 8 == 0 or done == len(batches):
                print(f"{done * BATCH:,} of {options.cases:,}", file=sys.stderr, flush=True)
    total.update(dict.fromkeys(("died", "hung", "untyped", "outside", "unexpected"), 0))
    figures = {"elapsed_s": round(time.monotonic() - began, 1), **dict(total), **dict(peaks)}
    report(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if any(total[name] for name in ("died", "hung", "untyped", "outside")) else 0


def run_batch(batch: tuple[int, int]) -> tuple[Counter[str], Counter[str]]:
    """Import a batch of cases into a fresh workspace; what was counted, and the largest of each measure."""
    os.environ |= {"SEEP_READ_SECONDS": str(LIMIT_S), "SEEP_READ_MB": str(CHILD_MB)}
    limit = PARENT_MB * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    cases = [case(number) for number in range(batch[0], batch[0] + batch[1])]
    with tempfile.TemporaryDirectory(prefix="seep-fuzz-") as scratch, Watch() as watch:
        counted, slowest = feed(cases, Path(scratch))
    peak = Counter(
        child_peak_mb=watch.peak_kb // 1024,
        importer_peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        slowest_ms=slowest,
    )
    return counted, peak


def feed(cases: list[Case], scratch: Path) -> tuple[Counter[str], int]:
    """Import cases into a workspace below a folder.

    Returns:
        Outcomes by name, and the longest time that one file took, milliseconds.
    """
    from seep.io.sandbox import SANDBOX
    from seep.settings import read_settings
    from seep.workflow.imports import importer
    from seep.workflow.workspace import open_workspace

    importer.READERS = 1  # one file at a time, so that its time can be told
    counted: Counter[str] = Counter(cases=len(cases))
    deaths, unexpected = SANDBOX.deaths, SANDBOX.unexpected
    root = scratch / "workspace"
    sources = [*_folders(cases, scratch), *_zips(cases, scratch), *_annotations(cases, scratch)]
    before = _files(scratch, root)
    workspace = open_workspace(read_settings({"SEEP_WORKSPACE": str(root), "SEEP_USER": "fuzz"}))
    slowest = 0.0
    for images, masks in sources:
        last = time.monotonic()

        def tell(_done: int, _total: int, _name: str) -> None:
            nonlocal last, slowest
            now = time.monotonic()
            slowest, last = max(slowest, now - last), now

        options = ImportOptions(masks_again=True, boxes_as_areas=True)
        counted += _import(
            partial(
                importer.import_folder,
                workspace,
                images,
                masks,
                options,
                Actor("fuzz", "admin"),
                on_progress=tell,
            )
        )
    counted["died"] += SANDBOX.deaths - deaths
    counted["unexpected"] += SANDBOX.unexpected - unexpected
    counted["outside"] += len(_files(scratch, root) - before) + Path("/tmp/seep-fuzz-outside.tif").exists()
    workspace.store.close()
    return counted, round(1000 * slowest)


def _import(run: Callable[[], ImportReport]) -> Counter[str]:
    from seep.errors import SeepError

    try:
        found = run()
    except SeepError as error:
        if not str(error).strip().endswith((".", ")")):
            return Counter(untyped=1)
        return Counter(refused_sources=1)
    except Exception as error:
        print(f"untyped: {type(error).__name__}: {error}", file=sys.stderr)
        return Counter(untyped=1)
    hung = sum("SEEP_READ_SECONDS" in one.reason for one in found.refused)
    return Counter(imported=found.imported, known=found.skipped, refused=len(found.refused), hung=hung)


def _folders(cases: list[Case], scratch: Path) -> list[tuple[Path, Path | None]]:
    """Lay images into one folder with masks for every second of them: the case itself, or its neighbor."""
    images, masks = scratch / "set" / "images", scratch / "set" / "masks"
    images.mkdir(parents=True)
    masks.mkdir()
    pictures = [one for one in cases if one.kind in {"tif", "png"}]
    for index, one in enumerate(pictures):
        (images / one.name).write_bytes(one.data)
        if index % 2:
            mask = pictures[index - 1]
            (masks / f"{Path(one.name).stem}.{mask.kind}").write_bytes(mask.data)
    return [(images, masks)] if pictures else []


def _zips(cases: list[Case], scratch: Path) -> list[tuple[Path, Path | None]]:
    folder = scratch / "zips"
    folder.mkdir()
    found: list[tuple[Path, Path | None]] = []
    for one in cases:
        if one.kind == "zip":
            (folder / one.name).write_bytes(one.data)
            found.append((folder / one.name, None))
    return found


def _annotations(cases: list[Case], scratch: Path) -> list[tuple[Path, Path | None]]:
    """Give each annotation file the same intact image with a georeference, under a name of its own."""
    found: list[tuple[Path, Path | None]] = []
    for one in cases:
        if one.kind in ANNOTATIONS:
            folder = scratch / "annotated" / str(one.number)
            (folder / "images").mkdir(parents=True)
            (folder / "images" / IMAGE).write_bytes(tiffs.make(6))
            name = IMAGE.replace(".tif", ".txt") if one.kind == "txt" else one.name
            write_annotations(folder / name, one.data)
            found.append((folder / "images", folder / name))
    return found


def _files(scratch: Path, workspace: Path) -> set[Path]:
    """Everything below the scratch folder and beside it, but not in the workspace."""
    inside = {path for path in scratch.rglob("*") if not path.is_relative_to(workspace)}
    return inside | set(scratch.parent.glob("outside*"))


class Watch:
    """Notes the largest memory of this process's children while a `with` lasts."""

    def __enter__(self) -> "Watch":
        self.peak_kb = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            for task in Path("/proc/self/task").iterdir():
                self._note(task)

    def _note(self, task: Path) -> None:
        try:
            for child in (task / "children").read_text().split():
                status = Path(f"/proc/{child}/status").read_text()
                peak = status.partition("VmHWM:")[2].split()
                self.peak_kb = max(self.peak_kb, int(peak[0]) if peak else 0)
        except OSError:  # ended meanwhile
            return


def report(figures: dict[str, float]) -> None:
    """Print a table, and JSON as the last line."""
    rows = {
        "cases": "mutated files",
        "imported": "came in (as images, or out of zips)",
        "refused": "files refused with a sentence",
        "refused_sources": "whole sources refused with a sentence",
        "unexpected": "of these, sentences made of a decoder's own words",
        "died": "processes that crashed",
        "hung": f"files that took more than {LIMIT_S} s",
        "untyped": "errors without a sentence",
        "outside": "files beside the workspace",
        "slowest_ms": "longest time for a file, ms",
        "child_peak_mb": f"largest reading process, MB (limit {CHILD_MB})",
        "importer_peak_mb": f"largest importing process, MB (limit {PARENT_MB})",
        "elapsed_s": "seconds in all",
    }
    for name, words in rows.items():
        print(f"{words:55s} {figures.get(name, 0):>10,}")
    print(json.dumps(figures))


if __name__ == "__main__":
    sys.exit(main())
