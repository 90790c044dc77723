"""What each command of the command line does, once its arguments are read."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from seep.cli.import_arguments import import_options
from seep.cli.printing import bar as _bar
from seep.cli.printing import print_metrics, told
from seep.core.masks.classes import default_classes
from seep.core.text import counted, duration
from seep.errors import ImportRefusedError, SeepError, SettingsError, StorageError, TrainingError
from seep.settings import SHIPPED_CHECKPOINT, settings
from seep.workflow.classes import adopt_classes, classes_of, get_classes, set_classes
from seep.workflow.evaluation.folders import evaluate_folder, write_json
from seep.workflow.exports.exporter import ExportOptions, TileSelection
from seep.workflow.exports.exporter import export as export_results
from seep.workflow.exports.scene_report import write_report
from seep.workflow.imports.importer import import_folder
from seep.workflow.inference.folders import predict_folder
from seep.workflow.inference.raster_files import predict_raster
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.jobs import cancel, get_job, list_jobs
from seep.workflow.models.promotion import promote, roll_back
from seep.workflow.models.registry import active_model, find_checkpoint, list_models
from seep.workflow.review.queue import count, queue
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.training.presets import FINETUNE
from seep.workflow.training.requests import enqueue_finetune, estimate, list_runs
from seep.workflow.training.selection import chosen_revisions
from seep.workflow.workspace import Workspace, install_checkpoint, open_workspace

Command = Callable[[argparse.Namespace], None]


def import_images(options: argparse.Namespace) -> None:
    """`seep import`."""
    workspace = workspace_of(options)
    author = author_of(options, workspace)
    if options.classes is not None and options.classes != len(get_classes(workspace)):
        if count(workspace):
            raise SettingsError("The number of classes can only be set before the first import.")
        set_classes(workspace, default_classes(options.classes), author)
    if options.class_list is not None:
        adopt_classes(workspace, classes_of(options.class_list), author)
    chosen = import_options(options)
    with _bar("import", "tiles") as show:
        report = import_folder(workspace, options.images, options.masks, chosen, author, on_progress=show)
    scenes = len(report.scenes)
    print(
        f"{report.imported} imported, {report.skipped} skipped (there already), "
        f"{len(report.refused)} refused; {scenes} scene{'s' * (scenes != 1)}; {report.elapsed_s:.1f} s"
    )
    if report.masks:
        print(f"{report.masks} masks added to tiles that were there")
    for note in report.notes:
        print(f"note {note}")
    if report.without_mask:
        more = ", ..." if len(report.without_mask) > 5 else ""
        print(f"{len(report.without_mask)} without a mask: {', '.join(report.without_mask[:5])}{more}")
    for refused in report.refused:
        print(f"refused {told(refused)}")
    if options.predict:
        _predict_open(workspace, author)
    if report.refused and not report.imported + report.skipped + report.masks:
        raise ImportRefusedError("Nothing was imported: every file was refused, for the reasons above.")


def predict(options: argparse.Namespace) -> None:
    """`seep predict`, of a folder or of the workspace."""
    if options.images is None:
        if options.out or options.probabilities or options.checkpoint:
            options.usage_error("--out, --probabilities and --checkpoint need IMAGES")
        workspace = workspace_of(options)
        _predict_open(workspace, author_of(options, workspace))
        return
    if options.out is None:
        options.usage_error("--out is needed with IMAGES")
    checkpoint = options.checkpoint or SHIPPED_CHECKPOINT
    if options.images.is_file():
        with _bar("predict", "blocks") as show:
            path = predict_raster(
                options.images,
                options.out,
                checkpoint,
                device=options.device,
                nodata=options.nodata,
                on_progress=show,
            )
        print(f"{path} written")
        return
    with _bar("predict", "tiles") as show:
        report = predict_folder(
            options.images,
            options.out,
            checkpoint,
            device=options.device,
            probabilities=options.probabilities,
            on_progress=show,
            pattern=options.pattern,
            nodata=options.nodata,
            skip_bad=options.skip_bad,
        )
    for refused in report.refused:
        print(f"left out {told(refused)}", file=sys.stderr)
    print(f"{report.written} masks written to {report.folder}")


def finetune(options: argparse.Namespace) -> None:
    """`seep finetune`."""
    workspace = workspace_of(options)
    author = author_of(options, workspace)
    asked = {
        "base_checkpoint_id": find_checkpoint(workspace, options.base) if options.base else None,
        "crop_px": options.crop,
        **{name: getattr(options, name) for name in ("epochs", "learning_rate", "replay_share")},
        **{name: getattr(options, name) for name in ("min_steps", "max_steps", "patience", "seed")},
        "holdout_share": options.holdout_share,
    }
    named = {name: value for name, value in asked.items() if value is not None}
    revisions = options.revisions or tuple(chosen_revisions(workspace, options.tiles))
    request = replace(FINETUNE[options.preset], revision_ids=revisions, **named)
    job_id = enqueue_finetune(workspace, request, author)
    guess = estimate(workspace, request)
    tiles = f"{guess.tiles} tiles, {guess.holdout_tiles} of them held out"
    print(f"{tiles}, {guess.steps} steps, about {duration(guess.seconds)} (based on {guess.basis})")
    job = _do(workspace, job_id, "fine-tune", author)
    print(job.message)
    run = next(one for one in list_runs(workspace) if one.job_id == job_id)
    if options.promote and run.outcome and run.checkpoint_id:
        if run.outcome["verdict"] != "better":
            raise TrainingError(f"Not promoted, since the verdict is {run.outcome['verdict']!r}.")
        print(f"{promote(workspace, run.checkpoint_id, author).name} is active")


def evaluate(options: argparse.Namespace) -> None:
    """`seep evaluate`."""
    if options.json is not None and not os.access(options.json.parent, os.W_OK):
        raise StorageError(f"{options.json} cannot be written; choose a file in a folder that is there.")
    if options.html is not None and not os.access(options.html.parent, os.W_OK):
        raise StorageError(f"{options.html} cannot be written; choose a file in a folder that is there.")
    with _bar("evaluate", "tiles") as show:
        found = evaluate_folder(
            options.images,
            options.masks,
            options.checkpoint or SHIPPED_CHECKPOINT,
            scenes=options.scenes,
            device=options.device,
            on_progress=show,
            pattern=options.pattern,
            nodata=options.nodata,
            skip_bad=options.skip_bad,
            html=options.html,
            class_list=classes_of(options.class_list) if options.class_list else (),
        )
    print_metrics(found, sys.stdout if options.json else sys.stderr)
    if found.without_mask:
        print(f"{counted(found.without_mask, 'image')} without a mask skipped", file=sys.stderr)
    if options.json is None:
        print(json.dumps(found.document, indent=2))
    else:
        write_json(options.json, found.document)


def export(options: argparse.Namespace) -> None:
    """`seep export`."""
    workspace = workspace_of(options)
    chosen = TileSelection(split=options.split, scenes=options.scenes)
    if options.states:
        chosen = replace(chosen, states=options.states)
    how = ExportOptions(options.masks, options.simplify, options.polygons)
    with _bar("export", "steps") as show:
        report = export_results(workspace, options.out, options.format, chosen, how, on_progress=show)
    print(
        f"{report.written} {report.what}s written to {report.folder}; {report.without_mask} tiles have none"
    )
    for note in report.notes:
        print(note)


def report(options: argparse.Namespace) -> None:
    """`seep report`."""
    workspace = workspace_of(options)
    with _bar("report", "steps") as show:
        slicks = write_report(workspace, options.scene, options.out, show)
    print(f"{slicks} slicks of scene {options.scene} reported in {options.out}")


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
    print(f"seep worker: waits for jobs of {workspace.store.root}", file=sys.stderr, flush=True)
    run_worker(workspace, options.parent)


def demo(options: argparse.Namespace) -> None:
    """`seep demo`."""
    from seep.workflow.demo import make_demo

    workspace = workspace_of(options)
    author = author_of(options, workspace)
    if count(workspace):
        if not options.if_new:
            raise SettingsError(
                f"{workspace.store.root} holds tiles already; name another folder with --workspace."
            )
        return
    with _bar("demo", "files") as show:
        report = make_demo(workspace, options.seed, show)
    print(f"{report.imported} tiles in {len(report.scenes)} synthetic scenes")
    if active_model(list_models(workspace)):
        if options.no_predict:
            enqueue_predict(workspace, author)
        else:
            _predict_open(workspace, author)


def list_things(options: argparse.Namespace) -> None:
    """`seep list`."""
    rows = LISTS[options.what](workspace_of(options))
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        cells = [f"{name} {value}" for name, value in row.items() if isinstance(value, str | int | float)]
        print("  ".join(cells))


def promote_checkpoint(options: argparse.Namespace) -> None:
    """`seep promote`."""
    workspace = workspace_of(options)
    author = author_of(options, workspace)
    path = Path(options.checkpoint)
    if path.suffix == ".safetensors":
        chosen = install_checkpoint(workspace, path, author).id
    else:
        chosen = find_checkpoint(workspace, options.checkpoint)
    print(f"{promote(workspace, chosen, author).name} is active")


def roll_back_checkpoint(options: argparse.Namespace) -> None:
    """`seep rollback`."""
    workspace = workspace_of(options)
    print(f"{roll_back(workspace, author_of(options, workspace)).name} is active")


LISTS: dict[str, Callable[[Workspace], list[dict[str, Any]]]] = {
    "classes": lambda workspace: [asdict(one) for one in get_classes(workspace)],
    "jobs": lambda workspace: [asdict(one) for one in list_jobs(workspace)],
    "models": lambda workspace: [asdict(one) for one in list_models(workspace)],
    "runs": lambda workspace: [asdict(one) for one in list_runs(workspace)],
    "scenes": lambda workspace: [asdict(one) for one in list_scenes(workspace)],
    "tiles": lambda workspace: [asdict(one) for one in queue(workspace, order="name", limit=10_000)],
}


def workspace_of(options: argparse.Namespace) -> Workspace:
    """Open the workspace that the options name."""
    chosen = settings()
    if options.workspace is not None:
        chosen = chosen.model_copy(update={"workspace": options.workspace.expanduser().resolve()})
    if getattr(options, "device", None):
        chosen = chosen.model_copy(update={"device": options.device})
    return open_workspace(chosen)


def author_of(options: argparse.Namespace, workspace: Workspace) -> str:
    """Say who acts."""
    return str(options.author or workspace.settings.user)


def _predict_open(workspace: Workspace, author: str) -> None:
    job_id = enqueue_predict(workspace, author)
    if job_id is None:
        print("Every open tile is predicted by the active checkpoint.")
    else:
        print(_do(workspace, job_id, "predict", author).message)


def _do(workspace: Workspace, job_id: int, name: str, author: str) -> Any:
    """Do a job here, or watch the worker that took it; an interrupt cancels it."""
    from seep.jobs.wait import do_job

    try:
        with _bar(name, "%") as show:
            do_job(workspace, job_id, lambda progress, message: show(round(100 * progress), 100, message))
    except KeyboardInterrupt:
        cancel(workspace, job_id, author)
        raise
    job = get_job(workspace, job_id)
    if job.state != "done":
        raise SeepError(job.error or f"The job was {job.state}.")
    return job
