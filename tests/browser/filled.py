"""A workspace in which every page has something to show: predictions, reviews, a run, two evaluated versions."""

from dataclasses import replace
from pathlib import Path

import pytest

from seep.core.records import TileFilter
from seep.jobs.worker import Worker
from seep.settings import read_settings
from seep.workflow.evaluation.checkpoints import enqueue_evaluate
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.models.registry import list_models
from seep.workflow.review.queue import queue
from seep.workflow.review.revisions import decide
from seep.workflow.training.presets import FINETUNE
from seep.workflow.training.requests import enqueue_finetune
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.live import LiveApp
from tests.actors import ADA
from tests.workflow.making import accept, fill, make_checkpoint, write_tiles

LABELED = ("a", "b", "c", "d", "e", "f")
OPEN = ("g", "h")


def filled(folder: Path, *, worker: bool = False) -> LiveApp:
    """Make an app, not started yet, on a workspace with tiles of eight scenes and one fine-tuned version.

    Args:
        folder: new; takes the workspace, the images and the masks.
        worker: whether the app starts a worker; all jobs here are done before it starts.
    """
    app = LiveApp(folder, worker=worker)
    with pytest.MonkeyPatch.context() as patch:
        tiny = make_checkpoint(folder / "tiny.safetensors")
        patch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", tiny)
        workspace = open_workspace(read_settings(app.environment))
        fill(workspace, *write_tiles(folder / "labeled", LABELED, each=2))
        images, _ = write_tiles(folder / "open", OPEN, each=3)
        fill(workspace, images)
        _use(workspace)
        workspace.store.close()
    return app


def _use(workspace: Workspace) -> None:
    enqueue_predict(workspace, ADA)
    _work(workspace)
    first = queue(workspace, TileFilter(), "name")
    for number, item in enumerate(first[:8]):  # scenes a to d, among them the test scene
        accept(workspace, item.id, ADA, stripe=2 if number < 3 else 0)
    decide(workspace, first[8].id, "flag", ADA, "Is the lower edge oil?")
    decide(workspace, first[9].id, "reject", ADA, "Ice")
    enqueue_finetune(workspace, replace(FINETUNE["quick"], epochs=2, max_steps=2, crop_px=64), ADA)
    _work(workspace)
    for model in list_models(workspace):
        enqueue_evaluate(workspace, model.id, ADA)
    _work(workspace)


def _work(workspace: Workspace) -> None:
    worker = Worker(workspace)
    while worker.run_one():
        pass
