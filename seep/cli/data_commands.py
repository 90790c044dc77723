"""Commands for a workspace's data: `seep import`, `export`, `report`, `list`, `demo`, `worker`."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from seep.cli.arguments import add_command, add_names, add_workspace, words
from seep.cli.import_arguments import add_reading, import_options
from seep.cli.output import progress_bar, refusal
from seep.cli.preview import print_preview
from seep.cli.session import actor_of, predict_open_tiles, workspace_of
from seep.core.masks.classes import default_classes
from seep.core.records import SPLITS, current_split
from seep.core.text import counted, duration
from seep.errors import ImportRefusedError, PartlyImportedError, SettingsError
from seep.workflow.classes import adopt_classes, classes_of, get_classes, set_classes
from seep.workflow.exports.exporter import ExportOptions, TileSelection
from seep.workflow.exports.exporter import export as export_results
from seep.workflow.exports.formats import FORMATS
from seep.workflow.exports.scene_report import write_report
from seep.workflow.imports.buckets import import_bucket, is_bucket
from seep.workflow.imports.importer import ImportReport, import_folder
from seep.workflow.inference.domain_shift import workspace_shift
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.jobs import list_jobs
from seep.workflow.models.registry import active_model, list_models
from seep.workflow.review.queue import count, queue
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.scenes.mosaics import MASKS
from seep.workflow.training.requests import list_runs
from seep.workflow.trash import list_imports
from seep.workflow.workspace import Workspace

if TYPE_CHECKING:
    from seep.cli.arguments import Parsers

_MAX_NAMES = 5

LISTS: dict[str, Callable[[Workspace], list[object]]] = {
    "classes": lambda workspace: [asdict(one) for one in get_classes(workspace)],
    "imports": lambda workspace: [asdict(one) for one in list_imports(workspace)],
    "jobs": lambda workspace: [asdict(job) for job in list_jobs(workspace)],
    "models": lambda workspace: [asdict(model) for model in list_models(workspace)],
    "runs": lambda workspace: [asdict(run) for run in list_runs(workspace)],
    "scenes": lambda workspace: [asdict(scene) for scene in list_scenes(workspace)],
    "tiles": lambda workspace: [asdict(one) for one in queue(workspace, order="name", limit=10_000)],
}
"""What `seep list` prints, as JSON values."""


def add_data_commands(parsers: "Parsers") -> None:
    """Add the commands to the parser."""
    _add_import(parsers)
    _add_export(parsers)
    parser = add_command(
        parsers,
        "report",
        report,
        "write a report on a scene: map, table of slicks, pictures",
        "--scene 041869 --out 041869.html",
    )
    parser.add_argument("--scene", required=True, metavar="NAME", help="name of the scene")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="HTML or PDF file to write")
    parser.add_argument(
        "--record", action="store_true", help="add a page with the review record, which names people"
    )
    add_workspace(parser)
    parser = add_command(
        parsers, "list", list_records, "list records of the workspace", "models", "tiles --json"
    )
    parser.add_argument("what", choices=sorted(LISTS), metavar="WHAT", help=", ".join(sorted(LISTS)))
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_workspace(parser)
    parser = add_command(
        parsers, "demo", demo, "fill an empty workspace with synthetic scenes", "", "--seed 7"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    parser.add_argument("--if-new", action="store_true", help="do nothing if the workspace has tiles")
    parser.add_argument("--no-predict", action="store_true", help="queue the prediction for a worker")
    add_workspace(parser)
    parser = add_command(
        parsers, "worker", worker, "run the workspace's jobs until stopped", "", "--workspace survey --once"
    )
    parser.add_argument("--once", action="store_true", help="exit when no job is queued")
    parser.add_argument("--parent", type=int, metavar="PID", help="exit when this process exits")
    add_workspace(parser)


def _add_import(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "import",
        import_images,
        "import images, with or without masks, into the workspace",
        "train_images_256 --masks train_masks_256",
        "products/S1A_IW_GRDH_....SAFE --bands VV",
        "images --masks coco.json --class-list classes.txt",
        "tiles --nodata 0 --pattern '(?P<scene>.+)_(?P<tile>\\d+)' --predict",
    )
    parser.add_argument(
        "images",
        type=_place,
        metavar="IMAGES",
        help="folder, image, SAFE folder, zip, tar, or s3://BUCKET/PREFIX",
    )
    parser.add_argument(
        "--masks",
        type=_place,
        metavar="MASKS",
        help="folder of masks, an annotation file, or s3://BUCKET/PREFIX",
    )
    add_names(parser)
    add_reading(parser)
    parser.add_argument("--classes", type=int, metavar="N", help="set the number of classes first")
    parser.add_argument("--columns", type=int, metavar="N", help="number of tiles per row of a scene's grid")
    parser.add_argument("--reviewed", action="store_true", help="mark imported masks as reviewed")
    parser.add_argument("--copy", action="store_true", help="copy the images into the workspace")
    parser.add_argument("--predict", action="store_true", help="predict the open tiles afterward")
    parser.add_argument("--dry-run", action="store_true", help="print what would be imported; change nothing")
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="with --dry-run: write four random tiles with masks"
    )
    add_workspace(parser)


def _add_export(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "export",
        export,
        "write masks per tile, or slicks with their measurements",
        "exported",
        "exported --states accepted,corrected,unreviewed --split train",
        "slicks --format geopackage --scenes 041869,045520",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the files")
    parser.add_argument(
        "--format",
        choices=sorted(FORMATS),
        default="mask-tiff",
        metavar="NAME",
        help=f"{', '.join(FORMATS)} (default: mask-tiff)",
    )
    parser.add_argument(
        "--states", type=words, metavar="A,B", help="tile states (default: accepted,corrected)"
    )
    parser.add_argument("--split", choices=SPLITS, type=current_split, help="only this split")
    parser.add_argument("--scenes", type=words, metavar="A,B", help="only these scenes")
    parser.add_argument(
        "--masks",
        choices=MASKS,
        default="shown",
        help="shown: also predictions (default); truth: no predictions",
    )
    parser.add_argument(
        "--simplify",
        type=float,
        default=0.0,
        metavar="PX",
        help="maximum distance between a simplified outline and the pixel edges (default: 0)",
    )
    parser.add_argument("--polygons", action="store_true", help="write COCO polygons, which have no holes")
    parser.add_argument("--record", action="store_true", help="add the review record, which names people")
    add_workspace(parser)


def _place(value: str) -> Path | str:
    """Return a path of this machine, or the address of a bucket as it stands."""
    return value if is_bucket(value) else Path(value)


def import_images(options: argparse.Namespace) -> None:
    """`seep import`."""
    workspace = workspace_of(options, create=True)
    if options.dry_run:
        if isinstance(options.images, str) or isinstance(options.masks, str):
            raise SettingsError("--dry-run reads folders of this machine only, not buckets.")
        print_preview(workspace, options)
        return
    actor = actor_of(options, workspace)
    if options.classes is not None and options.classes != len(get_classes(workspace)):
        if count(workspace):
            raise SettingsError(
                "The number of classes can only be set before the first import. Use a new workspace."
            )
        set_classes(workspace, default_classes(options.classes), actor)
    if options.class_list is not None:
        adopt_classes(workspace, classes_of(options.class_list), actor)
    with progress_bar("import", "tiles") as show:
        import_from = import_bucket if isinstance(options.images, str) else import_folder
        result = import_from(
            workspace, options.images, options.masks, import_options(options), actor, on_progress=show
        )
    _print_report(result)
    if options.predict:
        predict_open_tiles(workspace, actor)
    elif shift := workspace_shift(workspace):
        print(f"note {shift.sentence}")
    if result.refused and not result.imported + result.skipped + result.masks:
        raise ImportRefusedError("Nothing was imported: every file was refused. See the reasons above.")
    if result.refused:
        raise PartlyImportedError(
            f"{counted(len(result.refused), 'file')} refused; all others are in the workspace. See the reasons above."
        )


def _print_report(result: ImportReport) -> None:
    print(
        f"{result.imported} imported, {result.skipped} skipped (already imported), "
        f"{len(result.refused)} refused; {counted(len(result.scenes), 'scene')}; {duration(result.elapsed_s)}"
    )
    if result.nodata:
        print(f"Nodata: {result.nodata}")
    if result.masks:
        print(f"{counted(result.masks, 'mask')} added to existing tiles")
    for note in result.notes:
        print(f"note {note}")
    if result.without_mask:
        more = ", ..." if len(result.without_mask) > _MAX_NAMES else ""
        names = ", ".join(result.without_mask[:_MAX_NAMES])
        print(f"{len(result.without_mask)} without a mask: {names}{more}")
    for refused in result.refused:
        print(f"refused {refusal(refused)}")


def export(options: argparse.Namespace) -> None:
    """`seep export`."""
    workspace = workspace_of(options)
    chosen = TileSelection(split=options.split, scenes=options.scenes)
    if options.states:
        chosen = replace(chosen, states=options.states)
    how = ExportOptions(options.masks, options.simplify, options.polygons, options.record)
    with progress_bar("export", "steps") as show:
        result = export_results(
            workspace,
            options.out,
            options.format,
            chosen,
            how,
            actor=actor_of(options, workspace),
            on_progress=show,
        )
    print(f"{counted(result.written, result.what)} written to {result.folder}")
    if result.without_mask:
        print(f"{counted(result.without_mask, 'tile')} without a mask skipped")
    for note in result.notes:
        print(note)


def report(options: argparse.Namespace) -> None:
    """`seep report`."""
    workspace = workspace_of(options)
    with progress_bar("report", "steps") as show:
        slicks = write_report(workspace, options.scene, options.out, show, record=options.record)
    print(f"{counted(slicks, 'slick')} of scene {options.scene} written to {options.out}")


def list_records(options: argparse.Namespace) -> None:
    """`seep list`."""
    rows = LISTS[options.what](workspace_of(options))
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        cells = row.items() if isinstance(row, dict) else ()
        print("  ".join(f"{name} {value}" for name, value in cells if isinstance(value, str | int | float)))


def demo(options: argparse.Namespace) -> None:
    """`seep demo`."""
    from seep.workflow.demo import make_demo

    workspace = workspace_of(options, create=True)
    actor = actor_of(options, workspace)
    if count(workspace):
        if not options.if_new:
            raise SettingsError(
                f"{workspace.store.root} already has tiles. Name another folder with --workspace."
            )
        return
    with progress_bar("demo", "files") as show:
        result = make_demo(workspace, options.seed, show)
    print(f"{result.imported} tiles in {counted(len(result.scenes), 'synthetic scene')}")
    if active_model(list_models(workspace)):
        if options.no_predict:
            enqueue_predict(workspace, actor)
        else:
            predict_open_tiles(workspace, actor)


def worker(options: argparse.Namespace) -> None:
    """`seep worker`."""
    from seep.jobs.worker import Worker
    from seep.jobs.worker_process import run_worker

    workspace = workspace_of(options)
    if options.once:
        one = Worker(workspace)
        while one.run_one():
            pass
        return
    print(f"seep worker: waiting for jobs of {workspace.store.root}", file=sys.stderr, flush=True)
    run_worker(workspace, options.parent)
