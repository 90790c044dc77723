"""Seconds of a fine-tuning run from the click to the verdict, in a workspace with a worker.

    python -m benchmarks.finetuning IMAGES MASKS [--tiles 40] [--preset quick] [--root FOLDER]

Imports the folder, accepts the true masks of some training tiles, queues a fine-tuning run as the page does, and
reads the state of its job. The comparison at the end predicts all tiles of validation and test scenes. Prints the
time of each step and the estimate after the first epoch (for a run that does not stop early), and as its last line
the same figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from seep.core.import_options import ImportOptions
from seep.core.records import TileFilter, TileRecord
from seep.settings import read_settings
from seep.store import tile_queries
from seep.workflow import tile_data
from seep.workflow.actor import Actor
from seep.workflow.imports.importer import import_folder
from seep.workflow.inference.tiles import predict_tiles, require_active
from seep.workflow.jobs import job_view
from seep.workflow.review import revisions as review_revisions
from seep.workflow.training.presets import FINETUNE, NETWORK_PRESETS
from seep.workflow.training.requests import enqueue_finetune
from seep.workflow.workspace import Workspace, open_workspace

AUTHOR = Actor("benchmark", "admin")
POLL_S = 0.1
LEFT = re.compile(r"(?:(\d+) min )?(\d+) s left")


def main(arguments: Sequence[str] | None = None) -> None:
    """Prepare, fine-tune, print."""
    chosen = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        root = chosen.root or Path(temporary) / "workspace"
        workspace = open_workspace(read_settings({**os.environ, "SEEP_WORKSPACE": str(root)}))
        revisions = correct(workspace, tiles_of(workspace, chosen.images, chosen.masks), chosen.tiles)
        worker = subprocess.Popen(
            [sys.executable, "-m", "seep", "worker"], env=os.environ | {"SEEP_WORKSPACE": str(root)}
        )
        try:
            time.sleep(chosen.settle_s)
            found = watch(workspace, revisions, chosen.preset)
        finally:
            worker.terminate()
            worker.wait()
    show(found)
    print(json.dumps({"tiles": chosen.tiles, "preset": chosen.preset, "cpus": os.cpu_count(), **found}))


def tiles_of(workspace: Workspace, images: Path, masks: Path) -> list[TileRecord]:
    """The training tiles of the workspace, by name, imported where that was not done yet."""
    wanted = TileFilter(split="train")
    with workspace.store.reading() as session:
        found = tile_queries.list_tiles(session, wanted, order="name", limit=None)
    if not found:
        import_folder(workspace, images, masks, ImportOptions(), AUTHOR)
        return tiles_of(workspace, images, masks)
    return found


def correct(workspace: Workspace, tiles: Sequence[TileRecord], count: int) -> tuple[int, ...]:
    """Predict so many tiles, spread evenly, and accept their true masks; returns the revisions."""
    picked = [tiles[at * len(tiles) // count] for at in range(count)]
    checkpoint = require_active(workspace)
    predict_tiles(workspace, [one.id for one in picked], checkpoint.id, lambda *_: None, lambda: False)
    heads = []
    for one in picked:
        head = review_revisions.get_tile(workspace, one.id).head_revision_id
        truth = tile_data.revision_mask(workspace, head or 0)
        key = f"{AUTHOR.name}-{one.id}-{head}"
        review_revisions.save_mask(
            workspace, one.id, truth, "accept", actor=AUTHOR, base_revision_id=head, request_id=key
        )
        heads.append(review_revisions.get_tile(workspace, one.id).head_revision_id or 0)
    return tuple(heads)


def watch(workspace: Workspace, revisions: tuple[int, ...], preset: str) -> dict[str, Any]:
    """Ask for a fine-tuning and look at its job until it ends."""
    job_id = enqueue_finetune(workspace, replace(FINETUNE[preset], revision_ids=revisions), AUTHOR)
    began, seen, epochs = time.monotonic(), dict[str, float](), 0
    guess: dict[str, float] = {}
    while True:
        view, now = job_view(workspace, job_id), time.monotonic() - began
        job, message = view.job, view.job.message or ""
        if job.state != "queued":
            seen.setdefault("taken", now)
        if "Evaluating" in message:
            seen.setdefault("measures base", now)
        if "step" in message:
            seen.setdefault("first step", now)
        if "Comparing" in message:
            seen.setdefault("trained", now)
        epochs = sum(event.data.get("kind") == "epoch" for event in view.events)
        left = LEFT.search(message)
        if epochs and left and not guess:
            guess = {"at": now, "left": 60 * float(left.group(1) or 0) + float(left.group(2))}
        if job.state in {"done", "failed", "canceled"}:
            break
        time.sleep(POLL_S)
    seen["done"] = now
    run = view.run
    return {
        "state": job.state,
        "said": job.message if job.state == "done" else job.error,
        "seconds": {name: round(at, 1) for name, at in seen.items()},
        "estimated": guess and {
            "at_s": round(guess["at"], 1),
            "left_s": guess["left"],
            "truth_s": round(now - guess["at"], 1),
            "ratio": round(guess["left"] / (now - guess["at"]), 2),
        },
        "epochs": epochs,
        "stopped_early": bool(run and run.outcome and run.outcome.get("stopped_early")),
    }  # fmt: skip


def show(found: dict[str, Any]) -> None:
    """Print what happened when."""
    for name, seconds in found["seconds"].items():
        print(f"{name:13} {seconds:7.1f} s")
    told = found["estimated"]
    if told:
        print(
            f"after the first epoch, at {told['at_s']} s: {told['left_s']:.0f} s left were told, it took "
            f"{told['truth_s']} s ({told['ratio']} of the truth)"
        )
    early = ", ended early" if found["stopped_early"] else ""
    print(f"{found['epochs']} epochs{early}; {found['said']}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--tiles", type=int, default=40, help="corrected tiles")
    parser.add_argument("--preset", choices=NETWORK_PRESETS, default="quick")
    parser.add_argument(
        "--root", type=Path, help="folder of the workspace, which is kept (default: a temporary one)"
    )
    parser.add_argument(
        "--settle-s", type=float, default=20.0, help="seconds to wait until the worker has warmed up"
    )
    return parser


if __name__ == "__main__":
    main()
