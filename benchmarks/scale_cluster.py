"""What a Ray cluster on this machine does: `predict`, `train` and `cost` of benchmarks.scale.

`predict` predicts the same tiles by a local worker and by clusters of some nodes, with `--kill-node` also by two
nodes of which one is ended in the middle. It compares every mask and probability with those of the local worker,
byte by byte. `train` does the same for a fine-tuning run, with `--kill-rank` also one of which a process is ended
after the first epoch, and compares the weights bit by bit.

The nodes share the processors of this machine, so the times say nothing about several machines.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile
import torch

from benchmarks.finetuning import correct, tiles_of
from seep.core.import_options import ImportOptions
from seep.core.records import JOB_ENDS
from seep.engine.checkpoint import load_checkpoint
from seep.settings import read_settings
from seep.store import predictions, tile_queries
from seep.workflow.actor import Actor
from seep.workflow.imports.importer import import_folder
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.jobs import get_job, job_view
from seep.workflow.models.registry import list_models, weights_path
from seep.workflow.training.presets import FinetuneRequest
from seep.workflow.training.requests import enqueue_finetune
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.cluster import ROOT, LocalCluster

if TYPE_CHECKING:
    from torch import Tensor

ADA = Actor("ada", "admin")
SCENES, SIDE_PX = 8, 256
PATIENCE_S = 1800.0
SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class Outcome:
    """One prediction of all tiles.

    Attributes:
        state: of the job in the end.
        seconds: from the claim of the job to its end, without the start of the cluster and of the worker.
        first_s: of these, until the first tiles were stored: connecting, importing and loading the network.
        masks: hashes of mask and probability by the name of the tile.
        error: of the job.
    """

    state: str
    seconds: float
    first_s: float
    masks: dict[str, tuple[str, str | None]]
    error: str | None


def make_images(folder: Path, count: int, masks: Path | None = None) -> Path:
    """Write speckled tiles with dark slicks, and their masks if a folder for them is given."""
    for one in filter(None, (folder, masks)):
        one.mkdir()
    random = np.random.default_rng(0)
    for number in range(count):
        image = random.gamma(4, 2000, (SIDE_PX, SIDE_PX)) + 4000
        top, left = random.integers(0, SIDE_PX - 80, 2)
        image[top : top + 20, left : left + 80] *= 0.3
        mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
        mask[top : top + 20, left : left + 80] = 1
        name = f"scene{number % SCENES}.{number // SCENES:06d}.tif"
        tifffile.imwrite(folder / name, np.clip(image, 1, 65535).astype(np.uint16))
        if masks is not None:
            tifffile.imwrite(masks / name, mask)
    return folder


def workspace_of(root: Path) -> Workspace:
    variables = {"SEEP_WORKSPACE": str(root), "SEEP_USER": "ada", "SEEP_DEVICE": "cpu"}
    return open_workspace(read_settings(variables))


def masks_of(workspace: Workspace, checkpoint_id: int) -> dict[str, tuple[str, str | None]]:
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, limit=None)
        found = {tile.name: predictions.find_prediction(session, tile.id, checkpoint_id) for tile in tiles}
    return {name: (one.mask_sha256, one.probability_sha256) for name, one in found.items() if one}


def wait(what: str, reached: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not reached():
        if time.monotonic() > until:
            raise SystemExit(f"Waited {PATIENCE_S:.0f} s in vain: {what}.")
        time.sleep(0.05)


def predict_once(root: Path, cluster: LocalCluster | None, kill: int | None = None) -> Outcome:
    """Predict all tiles of a workspace by a worker in a process of its own."""
    workspace = workspace_of(root)
    job_id = enqueue_predict(workspace, ADA)
    assert job_id is not None
    checkpoint_id = int(get_job(workspace, job_id).params["checkpoint_id"])
    variables = {
        "SEEP_WORKSPACE": str(root),
        "SEEP_DEVICE": "cpu",
        "SEEP_RAY_ADDRESS": cluster.address if cluster else "",
    }
    worker = subprocess.Popen([sys.executable, "-m", "seep", "worker"], env=os.environ | variables, cwd=ROOT)
    try:
        wait("a worker", lambda: get_job(workspace, job_id).state != "queued")
        began = time.monotonic()
        wait("the first tiles", lambda: get_job(workspace, job_id).progress > 0)
        first = time.monotonic()
        if cluster is not None and kill is not None:
            wait("a third of the tiles", lambda: get_job(workspace, job_id).progress > 1 / 3)
            cluster.kill(kill)
        wait("the end of the job", lambda: get_job(workspace, job_id).state in JOB_ENDS)
        ended = time.monotonic()
    finally:
        worker.terminate()
        worker.wait()
    job = get_job(workspace, job_id)
    masks = masks_of(workspace, checkpoint_id)
    for pair in masks.values():
        for sha in pair:
            if sha is not None:
                workspace.store.files.check(sha, ".png")
    workspace.store.close()
    return Outcome(job.state, ended - began, first - began, masks, job.error)


def predict(arguments: argparse.Namespace) -> dict[str, object]:
    found: dict[str, object] = {"tiles": arguments.tiles}
    with tempfile.TemporaryDirectory(prefix="seep-scale-") as name:
        folder = Path(name)
        images = arguments.images or make_images(folder / "images", arguments.tiles)
        made = workspace_of(folder / "made")
        import_folder(made, images, None, ImportOptions(), ADA)
        made.store.close()
        runs: list[tuple[str, int, int | None]] = [
            ("local", 0, None),
            *((f"{count} node{'s' * (count > 1)}", count, None) for count in arguments.nodes),
        ]
        if arguments.kill_node:
            runs.append(("2 nodes, one killed", 2, 1))
        print(
            f"{'worker':22}{'state':>8}{'tiles':>8}{'first s':>10}{'all s':>10}{'other bytes':>14}",
            flush=True,
        )
        expected: dict[str, tuple[str, str | None]] = {}
        for label, nodes, kill in runs:
            root = folder / label.replace(" ", "-").replace(",", "")
            shutil.copytree(folder / "made", root)
            with LocalCluster(nodes) if nodes else nullcontext() as cluster:
                outcome = predict_once(root, cluster, kill)
            expected = expected or outcome.masks
            other = sum(outcome.masks.get(tile) != pair for tile, pair in expected.items())
            print(
                f"{label:22}{outcome.state:>8}{len(outcome.masks):>8}{outcome.first_s:>10.1f}{outcome.seconds:>10.1f}"
                f"{other:>14}",
                flush=True,
            )
            if outcome.error:
                print(outcome.error, flush=True)
            found[label] = {
                "state": outcome.state,
                "tiles": len(outcome.masks),
                "first_s": round(outcome.first_s, 1),
                "seconds": round(outcome.seconds, 1),
                "other": other,
            }
    return found


def add_predict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 2], help="sizes of the clusters")
    parser.add_argument("--kill-node", action="store_true", help="also end one of two nodes in the middle")
    parser.add_argument("--tiles", type=int, default=256)
    parser.add_argument("--images", type=Path, help="folder of images (default: synthetic ones)")
    parser.set_defaults(run=predict)


@dataclass(frozen=True)
class Training:
    """One fine-tuning.

    Attributes:
        state: of the job in the end.
        seconds: from the claim of the job to its end.
        epochs: number of epochs that were reported.
        resumed: how often it went on from a state.
        weights: of the candidate; None without one.
        error: of the job.
    """

    state: str
    seconds: float
    epochs: int
    resumed: int
    weights: "dict[str, Tensor] | None"
    error: str | None


def train_once(
    root: Path, request: FinetuneRequest, cluster: LocalCluster | None, ranks: int, kill: bool
) -> Training:
    """Fine-tune by a worker in a process of its own; `kill` ends a rank after the first epoch."""
    workspace = workspace_of(root)
    job_id = enqueue_finetune(workspace, request, ADA)
    variables = {
        "SEEP_WORKSPACE": str(root),
        "SEEP_DEVICE": "cpu",
        "SEEP_RAY_ADDRESS": cluster.address if cluster else "",
        "SEEP_RAY_RANKS": str(max(1, ranks)),
        "OMP_NUM_THREADS": "1",  # as on the nodes: sums in another order give other weights
    }

    def events() -> list[dict[str, Any]]:
        return [one.data for one in job_view(workspace, job_id).events]

    def ended() -> bool:
        return get_job(workspace, job_id).state in JOB_ENDS

    worker = subprocess.Popen([sys.executable, "-m", "seep", "worker"], env=os.environ | variables, cwd=ROOT)
    try:
        wait("a worker", lambda: get_job(workspace, job_id).state != "queued")
        began = time.monotonic()
        if cluster is not None and kill:
            wait("an epoch", lambda: ended() or any(event["kind"] == "epoch" for event in events()))
            cluster.end(1, "RankActor")
        wait("the end of the job", ended)
        seconds = time.monotonic() - began
    finally:
        worker.terminate()
        worker.wait()
    job, found = get_job(workspace, job_id), events()
    candidates = [one for one in list_models(workspace) if one.run_id is not None]
    weights = None
    if candidates:
        weights = load_checkpoint(weights_path(workspace, candidates[0].id)).model.state_dict()
    workspace.store.close()
    resumed = sum(str(event.get("text", "")).startswith("goes on after step") for event in found)
    epochs = {event["epoch"] for event in found if event["kind"] == "epoch"}
    return Training(job.state, seconds, len(epochs), resumed, weights, job.error)


def same_weights(one: Training, other: Training | None) -> bool | None:
    """Whether two trainings gave the same weights, bit by bit; None where there is nothing to compare."""
    if other is None or one.weights is None or other.weights is None:
        return None
    return all(torch.equal(tensor, other.weights[name]) for name, tensor in one.weights.items())


def train(arguments: argparse.Namespace) -> dict[str, object]:
    found: dict[str, object] = {"tiles": arguments.tiles, "epochs": arguments.epochs}
    ranks = arguments.ranks
    with tempfile.TemporaryDirectory(prefix="seep-scale-") as name:
        folder = Path(name)
        images = make_images(folder / "images", arguments.tiles, folder / "masks")
        made = workspace_of(folder / "made")
        revisions = correct(made, tiles_of(made, images, folder / "masks"), arguments.tiles // 4)
        made.store.close()
        request = FinetuneRequest(
            revision_ids=revisions, epochs=arguments.epochs, patience=0, crop_px=64, interpolate=False
        )
        runs = [("local", 0, False, ""), ("1 rank", 1, False, "local"), (f"{ranks} ranks", ranks, False, "")]
        if arguments.kill_rank:
            runs.append((f"{ranks} ranks, one killed", ranks, True, f"{ranks} ranks"))
        print(f"{'worker':24}{'state':>8}{'epochs':>8}{'resumed':>9}{'s':>8}  weights", flush=True)
        done: dict[str, Training] = {}
        for label, count, kill, like in runs:
            root = folder / label.replace(" ", "-").replace(",", "")
            shutil.copytree(folder / "made", root)
            with LocalCluster(count) if count else nullcontext() as cluster:
                one = done[label] = train_once(root, request, cluster, count, kill)
            same = same_weights(one, done.get(like))
            verdict = "" if same is None else f"{'the same as' if same else 'other than'} {like}"
            print(
                f"{label:24}{one.state:>8}{one.epochs:>8}{one.resumed:>9}{one.seconds:>8.1f}  {verdict}",
                flush=True,
            )
            if one.error:
                print(one.error, flush=True)
            found[label] = {
                "state": one.state,
                "epochs": one.epochs,
                "resumed": one.resumed,
                "seconds": round(one.seconds, 1),
                "same_weights_as": {like: same} if like else {},
            }
    return found


def add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ranks", type=int, default=2, help="processes of the training, one per node")
    parser.add_argument("--kill-rank", action="store_true", help="also end a process after the first epoch")
    parser.add_argument("--tiles", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=4)
    parser.set_defaults(run=train)


def cost(arguments: argparse.Namespace) -> dict[str, float]:
    """A formula: what some tiles cost at a rate and a price, with the time that each machine needs to start."""
    work_s = arguments.tiles / arguments.tiles_per_second
    hours = (work_s + arguments.machines * arguments.start_seconds) / SECONDS_PER_HOUR
    elapsed_s = work_s / arguments.machines + arguments.start_seconds
    found = {
        "tiles": float(arguments.tiles),
        "machine_hours": round(hours, 4),
        "elapsed_hours": round(elapsed_s / SECONDS_PER_HOUR, 4),
        "price": round(hours * arguments.price_per_hour, 4),
    }
    print(
        "A formula, not a measurement: machine hours = tiles / (tiles per s) / 3600 + machines * start s / 3600;"
    )
    print("elapsed = tiles / (tiles per s) / machines + start s; price = machine hours * price per hour.")
    for name, value in found.items():
        print(f"{name:16}{value:>14,.4g}")
    return found


def add_cost(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--price-per-hour", type=float, required=True, help="price of one machine per hour")
    parser.add_argument("--tiles", type=int, default=1_000_000)
    parser.add_argument(
        "--tiles-per-second",
        type=float,
        required=True,
        help="tiles per second of one machine, as `benchmarks.speed` measures",
    )
    parser.add_argument("--machines", type=int, default=1)
    parser.add_argument("--start-seconds", type=float, default=60.0, help="seconds until a machine predicts")
    parser.set_defaults(run=cost)
