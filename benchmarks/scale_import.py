"""What a Ray cluster on this machine does with an import: `import` of benchmarks.scale.

Imports the same images and masks by this machine alone and with clusters of some nodes, with `--kill-node` also
with two nodes of which one is ended in the middle. Some files are damaged. Rows, refused files with their reasons,
and notes are compared with those of the import without a cluster. A cluster is used for any number of files here.

The nodes share the processors of this machine, so the times say nothing about several machines.
"""

import argparse
import shutil
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks.cluster import LocalCluster
from benchmarks.scale_cluster import ADA, make_images
from seep.core.import_options import ImportOptions
from seep.settings import read_settings
from seep.store.schema import Base
from seep.workflow.imports import shards
from seep.workflow.imports.importer import ImportReport, import_folder
from seep.workflow.workspace import Workspace, open_workspace

TABLES = ("scene", "tile", "tile_class", "revision", "seep_class")
TIMES = {"created_at", "updated_at"}

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Import:
    """One import.

    Attributes:
        seconds: in total.
        first_s: of these, until the first file was read: connecting and starting processes.
        report: of the import.
        rows: see `imported_rows`.
    """

    seconds: float
    first_s: float
    report: ImportReport
    rows: Rows


def imported_rows(workspace: Workspace) -> Rows:
    """Everything but times that an import has written, by table and in the order of the ids."""
    found: Rows = {}
    with workspace.store.reading() as session:
        for name in TABLES:
            table = Base.metadata.tables[name]
            columns = [one for one in table.columns if one.name not in TIMES]
            keys = table.primary_key.columns
            found[name] = [tuple(row) for row in session.execute(select(*columns).order_by(*keys))]
    return found


def other_rows(one: Rows, other: Rows) -> int:
    """The number of rows that only one of two imports has written."""
    return sum(
        len({*map(repr, one[name])} ^ {*map(repr, other[name])}) + abs(len(one[name]) - len(other[name]))
        for name in TABLES
    )


def outcome_of(report: ImportReport) -> tuple[object, ...]:
    """What a report says to people, in order, without its duration."""
    return (
        report.imported,
        report.skipped,
        [(one.path, one.reason) for one in report.refused],
        report.scenes,
        report.without_mask,
        report.masks,
        report.notes,
    )


def spoil(images: Path, masks: Path | None) -> None:
    """Damage an image in the middle, cut another one short, and replace a mask by text."""
    paths = sorted(images.iterdir())
    paths[len(paths) // 2].write_bytes(b"damaged")
    cut = paths[len(paths) // 3]
    cut.write_bytes(cut.read_bytes()[:1000])
    if masks is not None:
        sorted(masks.iterdir())[len(paths) // 4].write_text("no mask")


def import_once(
    root: Path, images: Path, masks: Path | None, cluster: LocalCluster | None, kill: bool
) -> Import:
    """Import into a new workspace; `kill` ends node 1 after a third of the files."""
    variables = {"SEEP_WORKSPACE": str(root), "SEEP_USER": "ada", "SEEP_DEVICE": "cpu"}
    variables["SEEP_RAY_ADDRESS"] = cluster.address if cluster else ""
    workspace = open_workspace(read_settings(variables))
    began, first, killed = time.monotonic(), 0.0, False

    def on_progress(done: int, total: int, _name: str) -> None:
        nonlocal first, killed
        first = first or (time.monotonic() if done else 0.0)
        if cluster is not None and kill and not killed and total / 3 < done < total:
            cluster.kill(1)
            killed = True

    report = import_folder(workspace, images, masks, ImportOptions(), ADA, on_progress=on_progress)
    seconds = time.monotonic() - began
    if kill and not killed:
        raise SystemExit("The import ended before a node could be ended. Use more tiles.")
    rows = imported_rows(workspace)
    workspace.store.close()
    return Import(seconds, first - began, report, rows)


def run_import(arguments: argparse.Namespace) -> dict[str, object]:
    found: dict[str, object] = {}
    shards.MIN_FILES = 1
    with tempfile.TemporaryDirectory(prefix="seep-scale-") as name:
        folder = Path(name)
        images, masks = folder / "images", folder / "masks"
        if arguments.images:
            images.mkdir()
            masks.mkdir()
            for path in sorted(arguments.images.iterdir())[: arguments.tiles]:
                shutil.copy(path, images)
                if arguments.masks and (arguments.masks / path.name).is_file():
                    shutil.copy(arguments.masks / path.name, masks)
        else:
            make_images(images, arguments.tiles, masks)
        found["files"] = len(list(images.iterdir()))
        with_masks = masks if any(masks.iterdir()) else None
        spoil(images, with_masks)
        runs: list[tuple[str, int, bool]] = [
            ("local", 0, False),
            *((f"{count} node{'s' * (count > 1)}", count, False) for count in arguments.nodes),
        ]
        if arguments.kill_node:
            runs.append(("2 nodes, one killed", 2, True))
        print(
            f"{'import':22}{'tiles':>8}{'refused':>9}{'first s':>10}{'all s':>10}{'other rows':>12}  report",
            flush=True,
        )
        local: Import | None = None
        for label, nodes, kill in runs:
            root = folder / label.replace(" ", "-").replace(",", "")
            with LocalCluster(nodes) if nodes else nullcontext() as cluster:
                one = import_once(root, images, with_masks, cluster, kill)
            local = local or one
            other = other_rows(one.rows, local.rows)
            same = outcome_of(one.report) == outcome_of(local.report)
            print(
                f"{label:22}{one.report.imported:>8}{len(one.report.refused):>9}{one.first_s:>10.1f}{one.seconds:>10.1f}"
                f"{other:>12}  {'the same' if same else 'other'}",
                flush=True,
            )
            for note in one.report.notes:
                print(note, flush=True)
            found[label] = {
                "tiles": one.report.imported,
                "refused": len(one.report.refused),
                "first_s": round(one.first_s, 1),
                "seconds": round(one.seconds, 1),
                "other_rows": other,
                "same_report": same,
            }
    return found


def add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 2], help="sizes of the clusters")
    parser.add_argument("--kill-node", action="store_true", help="also end one of two nodes in the middle")
    parser.add_argument("--tiles", type=int, default=1024, help="number of files")
    parser.add_argument("--images", type=Path, help="folder of images (default: synthetic ones)")
    parser.add_argument("--masks", type=Path, help="folder of their masks")
    parser.set_defaults(run=run_import)
