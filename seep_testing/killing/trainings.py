"""A fine-tuning whose worker is killed on its way.

python -m seep_testing.killing.trainings prepare IMAGES MASKS | enqueue EPOCHS     (in SEEP_WORKSPACE)
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from seep.store import sqlite
from seep.store.files.file_store import FileStore
from seep.workflow.actor import Actor
from seep_testing.killing.processes import run, start, write_images

LAST_STEPS = 0.85
"""Progress at the last steps; evaluation begins at 0.9."""


def make_trainable(root: Path, folder: Path) -> None:
    """Make a workspace with a small network and reviewed tiles, in which a fine-tuning may be queued."""
    images, masks = write_images(folder, side=128)
    run(root, "seep_testing.killing.trainings", "prepare", str(images), str(masks))


def prepare(images: Path, masks: Path) -> None:
    """Fill the workspace of the environment: a small network, tiles, half of the training ones accepted."""
    from seep.core.import_options import ImportOptions
    from seep.core.records import TileFilter
    from seep.engine.checkpoint import new_checkpoint, save_checkpoint
    from seep.engine.unet import UNetConfig
    from seep.store import checkpoints
    from seep.workflow import tile_data
    from seep.workflow.imports import importer
    from seep.workflow.review import revisions
    from seep.workflow.review.queue import queue
    from seep.workflow.workspace import install_checkpoint, open_workspace

    workspace = open_workspace()
    path = workspace.settings.workspace / "small.safetensors"
    save_checkpoint(path, new_checkpoint(UNetConfig(levels=3, width=8), seed=0, name="small"))
    record = install_checkpoint(workspace, path, Actor("ana", "admin"))
    with workspace.store.transaction() as session:
        checkpoints.promote(session, record.id, "ana")
    importer.import_folder(workspace, images, masks, ImportOptions(), Actor("ana", "admin"))
    for item in queue(workspace, TileFilter(split="train"), "name", 1000)[::2]:
        head = revisions.get_tile(workspace, item.id).head_revision_id
        mask = tile_data.revision_mask(workspace, head or 0)
        revisions.save_mask(
            workspace,
            item.id,
            mask,
            "accept",
            actor=Actor("ana", "admin"),
            base_revision_id=head,
            request_id=f"review-{item.id}",
        )


def enqueue(epochs: int) -> None:
    """Queue a fine-tuning in the workspace of the environment."""
    from seep.workflow.training.presets import FinetuneRequest
    from seep.workflow.training.requests import enqueue_finetune
    from seep.workflow.workspace import open_workspace

    request = FinetuneRequest(epochs=epochs, learning_rate=1e-3, crop_px=64, patience=0)
    enqueue_finetune(open_workspace(), request, Actor("ana", "admin"))


def job(root: Path) -> dict[str, Any]:
    """The newest job of a workspace, as its row."""
    with closing(sqlite.connect(root / "seep.db")) as database:
        database.row_factory = sqlite.Row
        row = database.execute("SELECT * FROM job ORDER BY id DESC LIMIT 1").fetchone()
        events = database.execute("SELECT data FROM job_event WHERE job_id = ?", (row["id"],)).fetchall()
        return dict(row) | {"events": [json.loads(event["data"]) for event in events]}


def wait_for(root: Path, what: Callable[[dict[str, Any]], bool], limit_s: float = 600) -> dict[str, Any]:
    """Wait until the newest job is as wanted; returns it."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        found = job(root)
        if what(found):
            return found
        time.sleep(0.05)
    raise RuntimeError(
        f"waited {limit_s} s in vain; the job is {found['state']}: {found['error'] or found['message']}"
    )


def worker_died(root: Path) -> None:
    """Let the time pass after which a silent worker counts as dead."""
    with closing(sqlite.connect(root / "seep.db", timeout=10)) as database, database:
        database.execute(
            "UPDATE job SET heartbeat_at = '2000-01-01T00:00:00.000000Z' WHERE state = 'running'"
        )


def ended(found: dict[str, Any]) -> bool:
    """Whether a job has come to its end."""
    return found["state"] in {"done", "failed", "canceled"}


def _has_passed(progress: float, found: dict[str, Any]) -> bool:
    return bool(found["progress"] > progress) or ended(found)


def finetune(root: Path, epochs: int, kills: int, *, wait: bool = False) -> dict[str, Any]:
    """Fine-tune with so many SIGKILLs of the worker on the way; returns the job at its end.

    With `wait` the next worker finds the job by its silence, without it the silence is written in.
    """
    run(root, "seep_testing.killing.trainings", "enqueue", str(epochs))
    for number in range(kills):
        worker = start(root, "seep", "worker")
        wait_for(root, partial(_has_passed, (number + 0.5) / (kills + 1) * 0.8))
        kill(root, worker, wait=wait)
    return end(root)


def finetune_killed_after(root: Path, epochs: int, after_s: float, *, wait: bool = False) -> dict[str, Any]:
    """Fine-tune with one SIGKILL so long after a worker took the job; returns the job at its end.

    A run that is faster is killed at its last steps, so that the kill always hits a running one. With `wait` the next
    worker finds the job by its silence, without it the silence is written in.
    """
    run(root, "seep_testing.killing.trainings", "enqueue", str(epochs))
    worker = start(root, "seep", "worker")
    wait_for(root, lambda found: found["state"] != "queued")
    until = time.monotonic() + after_s
    wait_for(root, lambda found: time.monotonic() >= until or _has_passed(LAST_STEPS, found))
    kill(root, worker, wait=wait)
    return end(root)


def kill(root: Path, worker: subprocess.Popen[str], *, wait: bool) -> None:
    """Kill a worker; without `wait` the silence by which the next one finds its job is written in."""
    worker.kill()
    worker.communicate()
    if not wait:
        worker_died(root)


def end(root: Path) -> dict[str, Any]:
    """Let a worker go on to the job's end; returns the job."""
    worker = start(root, "seep", "worker")
    try:
        return wait_for(root, ended)
    finally:
        worker.terminate()
        worker.communicate()


def weights(root: Path) -> dict[str, bytes]:
    """The tensors of the newest checkpoint of a workspace, as bytes."""
    from safetensors import safe_open

    with closing(sqlite.connect(root / "seep.db")) as database:
        query = "SELECT weights_sha256 FROM checkpoint WHERE run_id IS NOT NULL ORDER BY id DESC LIMIT 1"
        (sha,) = database.execute(query).fetchone()
    with safe_open(FileStore(root / "files").path(sha, ".safetensors"), framework="np") as file:
        return {name: file.get_tensor(name).tobytes() for name in file.keys()}  # noqa: SIM118


if __name__ == "__main__":
    if sys.argv[1] == "enqueue":
        enqueue(int(sys.argv[2]))
    else:
        prepare(Path(sys.argv[2]), Path(sys.argv[3]))
