"""One training inside the worker: the engine's events become metrics, progress and an early end."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seep.store import runs
from seep.store.classes import list_classes
from seep.store.records import RunRecord
from seep.workflow.comparing import held_back_truth
from seep.workflow.inference import load
from seep.workflow.predicting import Report, ShouldStop
from seep.workflow.recipes import BATCH_CROPS, FinetuneRequest, train_config
from seep.workflow.truth import TruthTile, training_tiles
from seep.workflow.workspace import Workspace

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint

PATIENCE_EPOCHS = 5
"""A run ends early when validation has not got better for so many epochs."""
FLUSH_S = 0.5
TRAINING_SHARE = 0.9
"""Of the progress bar; the comparison is the rest."""


class Learning:
    """One training: the engine's events become metrics, progress and an early end."""

    def __init__(
        self,
        workspace: Workspace,
        run: RunRecord,
        request: FinetuneRequest,
        report: Report,
        should_stop: ShouldStop,
    ) -> None:
        self.workspace, self.run, self.request = workspace, run, request
        self.report, self.asked_to_stop = report, should_stop
        self.metrics: list[tuple[int, dict[str, float]]] = []
        self.flushed_at = 0.0
        self.progress, self.message = 0.0, "reads tiles"
        self.first_step: tuple[int, float] | None = None
        self.pace: float | None = None
        self.epochs_done = 0
        self.scores = self._earlier_scores()

    def train(self, corrected: list[TruthTile], replayed: list[TruthTile]) -> "Checkpoint | None":
        """Train; None when stopped from outside."""
        from seep.engine.checkpoint import adapt
        from seep.engine.train import train

        with self.workspace.store.reading() as session:
            class_count = len(list_classes(session))
        base = adapt(load(self.workspace, self.run.base_checkpoint_id or 0), class_count)
        tiles = training_tiles(self.workspace, corrected, corrected=True)
        tiles += training_tiles(self.workspace, replayed, corrected=False)
        validation = held_back_truth(self.workspace)["validation"]
        every = max(1, -(-len(validation) // self.request.validation_tiles))
        area = sum(one.tile.height * one.tile.width for one in corrected)
        result = train(
            base,
            tiles,
            training_tiles(self.workspace, validation[::every], corrected=False),
            train_config(self.request, area),
            state_path=run_folder(self.workspace, self.run.id) / "state.safetensors",
            on_event=self.on_event,
            should_stop=self.should_stop,
            device=self.workspace.settings.device,
        )
        self._flush()
        self.epochs_done = result.epochs_done
        return None if result.stopped and self.asked_to_stop() else result.checkpoint

    def should_stop(self) -> bool:
        """Stop when asked to, or when validation has not got better for long enough."""
        return self.asked_to_stop() or self._got_no_better()

    def on_event(self, event: dict[str, Any]) -> None:
        """Turn an event of the engine into metrics, a message and progress."""
        events = [event]
        if event["kind"] == "step":
            self._step(event)
            events = []
        elif event["kind"] == "epoch":
            names = ("train_loss", "validation_loss", "binary_iou", "mean_iou")
            values = {name: float(event[name]) for name in names if event.get(name) is not None}
            self.metrics.append((int(event["step"]), values))
            if event.get("binary_iou") is not None:
                self.scores[int(event["step"])] = float(event["binary_iou"])
        if events or time.monotonic() - self.flushed_at > FLUSH_S:
            self._flush()
        self.report(self.progress, self.message, events)

    def figures(self) -> dict[str, Any]:
        """How the training went, for the outcome."""
        return {
            "epochs_done": self.epochs_done,
            "stopped_early": self.epochs_done < self.request.epochs,
            "crops_a_second": self.pace,
        }

    def _step(self, event: dict[str, Any]) -> None:
        now = time.monotonic()
        if self.first_step is None:
            self.first_step = (int(event["step"]), now)
        elif now > self.first_step[1]:
            crops = (
                (int(event["step"]) - self.first_step[0]) * BATCH_CROPS * (self.request.crop_px / 128) ** 2
            )
            self.pace = round(crops / (now - self.first_step[1]), 2) or None
        values = {"loss": float(event["loss"]), "learning_rate": float(event["learning_rate"])}
        self.metrics.append((int(event["step"]), values))
        self.progress = TRAINING_SHARE * event["step"] / max(1, event["steps"])
        self.message = (
            f"epoch {event['epoch']} of {self.request.epochs}, step {event['step']} of {event['steps']}, "
            f"{round(event['seconds_left'])} s left"
        )

    def _flush(self) -> None:
        waiting, self.metrics = self.metrics, []
        self.flushed_at = time.monotonic()
        if waiting:
            with self.workspace.store.transaction() as session:
                for step, values in waiting:
                    runs.add_metrics(session, self.run.id, step, values)

    def _got_no_better(self) -> bool:
        scores = [self.scores[step] for step in sorted(self.scores)]
        best = max(range(len(scores)), key=scores.__getitem__, default=0)
        return len(scores) - 1 - best >= PATIENCE_EPOCHS

    def _earlier_scores(self) -> dict[int, float]:
        """Validation scores by step of the epochs before a kill, so that patience is not reset by it.

        By step, because the last of them is measured again when the kill came before its state was kept.
        """
        with self.workspace.store.reading() as session:
            found = runs.metrics(session, self.run.id)
        return {one.step: one.value for one in found if one.name == "binary_iou"}


def run_folder(workspace: Workspace, run_id: int) -> Path:
    """Return the folder of a run's state while it lasts."""
    return workspace.store.root / "runs" / str(run_id)
