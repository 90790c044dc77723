"""SIGKILL during a fine-tuning: it resumes and gives the same weights.

`python -m benchmarks.faults` does the same for longer and at random moments.
"""

import hashlib
import json
import shutil
import threading
import urllib.request
from http.client import HTTPException

import numpy as np
import pytest

from seep.core.masks.mask import pack
from seep_testing import patience
from seep_testing.killing.processes import run
from seep_testing.killing.soundness import Kept, faults
from seep_testing.killing.trainings import (
    ended,
    finetune,
    job,
    make_trainable,
    wait_for,
    weights,
    worker_died,
)
from seep_testing.live import LiveApp
from seep_testing.patience import PATIENCE_S

pytestmark = [pytest.mark.kill, pytest.mark.slow]

EPOCHS = 16


@pytest.fixture(scope="module")
def trainable(tmp_path_factory):
    """A workspace in which a fine-tuning may be queued, and the weights that it gives undisturbed."""
    folder = tmp_path_factory.mktemp("trainable")
    make_trainable(folder / "workspace", folder)
    shutil.copytree(folder / "workspace", folder / "calm")
    assert finetune(folder / "calm", EPOCHS, kills=0)["state"] == "done"
    return folder / "workspace", weights(folder / "calm")


def test_a_killed_fine_tuning_goes_on_and_gives_the_same_weights(tmp_path, trainable):
    root = tmp_path / "workspace"
    shutil.copytree(trainable[0], root)
    end = finetune(root, EPOCHS, kills=2)
    assert (end["state"], end["error"], end["attempts"]) == ("done", None, 3)
    assert any("goes on after step" in event.get("text", "") for event in end["events"])
    assert weights(root) == trainable[1]
    assert faults(root) == []


def test_app_and_worker_killed_amid_saves_and_a_fine_tuning(tmp_path, trainable):
    app = LiveApp(tmp_path, environment={"SEEP_DEVICE": "cpu", "OMP_NUM_THREADS": "1"})
    shutil.copytree(trainable[0], app.workspace)
    kept: list[Kept] = []
    app.start()
    try:
        run(app.workspace, "seep_testing.killing.trainings", "enqueue", str(EPOCHS))
        wait_for(app.workspace, lambda found: found["progress"] > 0.2)
        saver = threading.Thread(target=save_by_http, args=(app.url, kept))
        saver.start()
        patience.wait_for("five saves", lambda: len(kept) >= 5)
        app.kill()
        saver.join()
        assert job(app.workspace)["state"] == "running"
        assert faults(app.workspace, kept) == []

        worker_died(app.workspace)
        app.start()
        end = wait_for(app.workspace, ended)
    finally:
        app.stop()
    assert (end["state"], end["error"]) == ("done", None)
    assert any("goes on after step" in event.get("text", "") for event in end["events"])
    assert weights(app.workspace) == trainable[1]
    assert faults(app.workspace, kept) == []


def save_by_http(url: str, kept: list[Kept]) -> None:
    """Save as the canvas does until the server is gone, on a tile that the training replays."""
    random = np.random.default_rng(0)
    headers = {"Origin": url}
    with urllib.request.urlopen(f"{url}/seep/queue?split=train&state=unreviewed") as answer:
        tile = json.load(answer)[0]["id"]
    with urllib.request.urlopen(f"{url}/seep/tiles/{tile}/document") as answer:
        document = json.load(answer)
    base = document["head"]["id"]
    while True:
        mask = random.integers(0, 8, (document["height"], document["width"])).astype(np.uint8)
        request = urllib.request.Request(
            f"{url}/seep/tiles/{tile}/revisions?kind=save",
            data=pack(mask),
            headers=headers | {"If-Match": f'"{base}"', "X-Seep-Request": f"request-{base}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                base = json.load(answer)["revision"]["id"]
        except (OSError, HTTPException):  # killed, perhaps between head and body
            return
        kept.append(Kept(base, hashlib.sha256(mask.tobytes()).hexdigest()))
