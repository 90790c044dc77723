"""Where things stand, in a sentence, and what to do next."""

from typing import Any

from seep.core.text import counted
from seep.store import predictions, runs, statistics
from seep.store.records import OPEN, REVIEWED, CheckpointRecord
from seep.workflow.classes import get_classes
from seep.workflow.evaluation.metrics import Metrics
from seep.workflow.imports import background
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.jobs import ACTIVE, list_jobs
from seep.workflow.models.registry import list_models
from seep.workflow.review.label_errors import waiting
from seep.workflow.review.quality_sample import audited
from seep.workflow.workspace import Workspace

FEW_CORRECTIONS = 10
"""Fewer reviewed tiles than this are hardly worth a fine-tuning."""

WORK = {"predict": "prediction", "finetune": "fine-tuning", "evaluate": "measurement"}
"""What a job of each kind is called in a sentence."""


IDLE = "nothing running"


def overview(workspace: Workspace) -> dict[str, Any]:
    """Gather what the Overview page shows, ready for JSON.

    Returns:
        {"tiles": how many, "states": {state: tiles}, "splits": {split: tiles}, "reviewed", "since_run":
        reviewed in training scenes and new to the model, "sentence", "next_step": {"text", "page"}, "jobs":
        the newest ten, "running": those that wait or run, "active": {"id", "name", "iou", "basis"} or None,
        "quality": [{"id", "name", "created_at", "active", "split", "iou", "low", "high", "scenes"}] oldest
        first, "by_day": [{"day", "author", "tiles"}], "audit": see `auditing.audited`,
        "second_look": tiles that wait for one, "classes": [{"id", "name", "color", "tiles",
        "area_px"}]}.
    """
    with workspace.store.reading() as session:
        found = statistics.progress(session)
        since_run = len(runs.revisions_since_last_run(session))
    states = found["states"]
    tiles, reviewed = sum(states.values()), sum(states.get(one, 0) for one in REVIEWED)
    jobs = [_job(job) for job in list_jobs(workspace, 10)]
    running = [job for job in jobs if job["state"] in ACTIVE]
    active = active_checkpoint(workspace)
    with workspace.store.reading() as session:
        unpredicted = len(predictions.unpredicted(session, active.id, OPEN)) if active else 0
    quality = _quality(workspace)
    last = background.last_run(workspace)
    importing = last if last and last.running else None
    shown = _active(active, quality)
    return {
        "tiles": tiles,
        "states": states,
        "splits": found["splits"],
        "reviewed": reviewed,
        "since_run": since_run,
        "sentence": _sentence(tiles, reviewed, since_run, shown, _busy(running, importing)),
        "next_step": _next_step(
            states, since_run, unpredicted, active, running, importing=importing is not None
        ),
        "jobs": jobs,
        "running": running,
        "active": shown,
        "quality": quality,
        "by_day": found["by_day"],
        "audit": audited(workspace),
        "second_look": waiting(workspace),
        "classes": _classes(workspace, found["classes"]),
    }


def _classes(workspace: Workspace, counted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    areas = {entry["id"]: entry for entry in counted}
    return [
        {
            "id": one.id,
            "name": one.name,
            "color": one.color,
            "tiles": areas.get(one.id, {}).get("tiles", 0),
            "area_px": areas.get(one.id, {}).get("area_px", 0),
        }
        for one in get_classes(workspace)
        if one.id
    ]


def _job(job: Any) -> dict[str, Any]:
    kept = ("id", "kind", "state", "progress", "message", "error", "author", "created_at", "finished_at")
    return {name: getattr(job, name) for name in kept}


def _quality(workspace: Workspace) -> list[dict[str, Any]]:
    """Binary IoU of every checkpoint whose card has it, oldest first; test before validation scenes."""
    rows = []
    for model in reversed(list_models(workspace)):
        split, metrics = next(iter(model.metrics.items()), ("", Metrics()))
        if metrics.binary_iou is None:
            continue
        interval = metrics.binary_iou_interval
        rows.append(
            {
                "id": model.id,
                "name": model.name,
                "created_at": model.created_at,
                "active": model.active,
                "split": split,
                "iou": metrics.binary_iou,
                "low": interval.low if interval else None,
                "high": interval.high if interval else None,
                "scenes": metrics.scenes,
            }
        )
    return rows


def _active(active: CheckpointRecord | None, quality: list[dict[str, Any]]) -> dict[str, Any] | None:
    if active is None:
        return None
    point = next((one for one in quality if one["id"] == active.id), None)
    basis = None
    if point:
        noun = f"{point['split']} scene"
        basis = counted(point["scenes"], noun) if point["scenes"] else f"{noun}s"
    return {"id": active.id, "name": active.name, "iou": point["iou"] if point else None, "basis": basis}


def _busy(running: list[dict[str, Any]], importing: background.ImportRun | None) -> str:
    told = [f"{WORK[job['kind']]} {job['state']}, {job['progress']:.0%}" for job in running]
    if importing:
        told.insert(0, f"import running, {importing.share:.0%}")
    return ", ".join(told) or IDLE


def _sentence(tiles: int, reviewed: int, since_run: int, active: dict[str, Any] | None, busy: str) -> str:
    if not tiles:
        return "No tiles yet." if busy == IDLE else f"No tiles yet; {busy}."
    model = "no model active"
    if active:
        model = f"{active['name']} active"
        if active["iou"] is not None:
            model += f", IoU {active['iou']:.2f} on {active['basis']}"
    return f"{reviewed} of {tiles} tiles reviewed; {since_run} of them new to the model; {model}; {busy}."


def _next_step(
    states: dict[str, int],
    since_run: int,
    unpredicted: int,
    active: CheckpointRecord | None,
    running: list[dict[str, Any]],
    *,
    importing: bool,
) -> dict[str, str]:
    """The one button of the page: the first of these that applies."""
    tiles, open_tiles = sum(states.values()), sum(states.get(one, 0) for one in OPEN)
    tuning = any(job["kind"] == "finetune" for job in running)
    material = since_run >= FEW_CORRECTIONS or (since_run > 0 and not open_tiles)
    steps = (
        (not tiles and importing, "Watch the import", "data"),
        (not tiles, "Import tiles", "data"),
        (active is None, "Choose a model", "models"),
        (tuning, "Watch the fine-tuning", "finetune"),
        (material, f"Fine-tune on {since_run} reviewed tiles", "finetune"),
        (bool(open_tiles) and unpredicted == open_tiles and not running, "Predict the open tiles", "browse"),
        (bool(open_tiles), "Continue review", "review"),
        (True, "Export masks", "data"),
    )
    return next({"text": text, "page": page} for applies, text, page in steps if applies)
