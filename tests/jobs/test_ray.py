"""Jobs on a Ray cluster of two nodes on this machine, and what is said where there is none."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seep.core.records import JobRecord
from seep.jobs.worker import Worker
from seep.store import predictions, tile_queries
from seep.workflow.inference.tiles import enqueue_predict, predict_tiles
from seep.workflow.jobs import get_job, job_view
from seep.workflow.models.registry import list_models
from seep.workflow.training.presets import FinetuneRequest
from seep.workflow.training.requests import enqueue_finetune
from seep.workflow.training.run_files import state_path
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.cluster import LocalCluster
from seep_testing.live import free_port
from tests.actors import ADA
from tests.databases import copy_workspace
from tests.workflow.making import (
    accept,
    fill,
    make_checkpoint,
    make_settings,
    make_workspace,
    never,
    quiet,
    write_tiles,
)

ROOT = Path(__file__).parents[2]
SCENES = "abcdefghijkl"
START_S = 240
"""Ray starts a dozen processes, and each machine imports torch: a minute and more on a busy machine."""


def wait_for(what: str, reached: Callable[[], object]) -> None:
    end = time.monotonic() + START_S
    while not reached():
        assert time.monotonic() < end, f"waited {START_S} s in vain: {what}"
        time.sleep(0.05)


@contextmanager
def worker(workspace: Workspace, address: str, **more: str) -> Iterator["subprocess.Popen[bytes]"]:
    variables = more | {
        "SEEP_WORKSPACE": str(workspace.store.root),
        "SEEP_DEVICE": "cpu",
        "SEEP_RAY_ADDRESS": address,
    }
    if workspace.settings.database_url:
        variables["SEEP_DATABASE_URL"] = workspace.settings.database_url
    started = subprocess.Popen([sys.executable, "-m", "seep", "worker"], env=os.environ | variables, cwd=ROOT)
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def masks(workspace: Workspace) -> dict[str, tuple[str, str | None]]:
    """By name, the hashes of mask and probability of every tile that is predicted."""
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, limit=None)
        found = {tile.name: predictions.find_prediction(session, tile.id, 1) for tile in tiles}
    return {name: (one.mask_sha256, one.probability_sha256) for name, one in found.items() if one}


@pytest.mark.kill
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_prediction_survives_a_lost_node_and_goes_on_after_a_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = make_checkpoint(tmp_path / "wide.safetensors", width=48)
    monkeypatch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", checkpoint)
    images, _ = write_tiles(tmp_path, SCENES, each=8)
    made = make_workspace(tmp_path / "made")
    ids = fill(made, images)
    made.store.close()
    (images / "c.000003.tif").write_bytes(b"damaged")
    for name in ("workspace", "local"):
        copy_workspace(made.store.root, tmp_path / name)
    workspace, local = (make_workspace(tmp_path / name) for name in ("workspace", "local"))
    predict_tiles(local, ids, 1, quiet, never)
    expected = masks(local)
    assert len(expected) == len(ids) - 1

    def record(tile_ids: list[int]) -> Callable[[], JobRecord]:
        job = enqueue_predict(workspace, ADA, tile_ids)
        assert job is not None
        return lambda: get_job(workspace, job)

    with LocalCluster(2) as cluster, worker(workspace, cluster.address) as process:
        job = record(ids[:48])
        wait_for("a first shard", lambda: job().progress > 0)
        cluster.kill(1)
        wait_for("the end", lambda: job().state in ("done", "failed"))
        assert (job().state, job().error) == ("done", None)
        assert job().message == "47 tiles predicted; 1 could not be read"
        assert masks(workspace).items() < expected.items()
        job = record(ids)
        wait_for("a first shard", lambda: job().progress > 0)
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_S) == 0
    assert job().state == "queued"
    assert Worker(workspace).run_one()
    assert job().state == "done"
    assert masks(workspace) == expected
    for name in (sha for pair in expected.values() for sha in pair):
        assert name is not None
        workspace.store.files.check(name, ".png")


@pytest.mark.kill
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_training_of_two_ranks_survives_a_lost_process(workspace: Workspace, tiles: list[int]) -> None:
    for tile in tiles[::2]:
        accept(workspace, tile, stripe=1)
    request = FinetuneRequest(epochs=40, patience=0, crop_px=32, learning_rate=1e-3, interpolate=False)
    job_id = enqueue_finetune(workspace, request, ADA)

    def logged(words: str) -> bool:
        return any(words in str(event.data) for event in job_view(workspace, job_id).events)

    def ended() -> bool:
        return get_job(workspace, job_id).state in ("done", "failed")

    with LocalCluster(2) as cluster, worker(workspace, cluster.address, SEEP_RAY_RANKS="2"):
        wait_for("a state", lambda: state_path(workspace, 1).exists())
        cluster.end(1, "RankActor")
        wait_for("the loss", lambda: ended() or logged("A machine of the Ray cluster was lost"))
        assert not ended()
        wait_for("the end", ended)
    job = get_job(workspace, job_id)
    assert (job.state, job.error) == ("done", None)
    assert logged("goes on after step")
    found = [one.data for one in job_view(workspace, job_id).events if one.data["kind"] == "epoch"]
    assert {event["epoch"] for event in found} == set(range(1, 41))
    assert [one.name for one in list_models(workspace)] == ["seep-1", "tiny"]


def fails_with(workspace: Workspace, address: str) -> str:
    chosen = open_workspace(make_settings(workspace.store.root, SEEP_RAY_ADDRESS=address))
    elsewhere = Workspace(chosen.store, make_settings(workspace.store.root, SEEP_RAY_ADDRESS=address))
    job = enqueue_predict(elsewhere, ADA)
    assert job is not None
    assert Worker(elsewhere).run_one()
    assert get_job(workspace, job).state == "failed"
    assert masks(workspace) == {}
    return str(get_job(workspace, job).error)


def test_a_cluster_that_is_not_there_is_a_sentence(workspace: Workspace, bare_tiles: list[int]) -> None:
    address = f"127.0.0.1:{free_port()}"
    assert fails_with(workspace, address) == (
        f"The Ray cluster at {address} cannot be reached (Connection refused). Start it, and a Ray node on the "
        "worker's machine, or correct SEEP_RAY_ADDRESS; then start the job again. Without SEEP_RAY_ADDRESS the "
        "worker computes itself."
    )


@pytest.mark.parametrize("address", ["cluster", "ray://head:10001", ":6379", "head:"])
def test_an_address_that_is_none_is_a_sentence(
    workspace: Workspace, bare_tiles: list[int], address: str
) -> None:
    assert fails_with(workspace, address).startswith(
        f"SEEP_RAY_ADDRESS is '{address}'. Set it to HOST:PORT of"
    )


def test_ray_that_is_not_installed_is_a_sentence(
    workspace: Workspace, bare_tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        assert fails_with(workspace, address) == (
            f"SEEP_RAY_ADDRESS={address} needs the library ray, which is not installed. Install it with: "
            "pip install -r requirements-cluster.txt"
        )
