"""One training inside the worker: the engine's events become metrics, progress and an early end."""

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from seep.errors import SeepError, StorageError
from seep.store import runs
from seep.store import runs as store_runs
from seep.store.classes import list_classes
from seep.store.records import RunRecord
from seep.workflow.evaluation.compare import evaluation_tiles, predictions_needed
from seep.workflow.inference.runner import load
from seep.workflow.inference.tiles import Report, ShouldStop
from seep.workflow.training.dataset import Material, training_tiles
from seep.workflow.training.epoch_previews import Strip
from seep.workflow.training.eta import Pace, Work
from seep.workflow.training.presets import FinetuneRequest, train_config
from seep.workflow.training.requests import known_costs
from seep.workflow.training.run_files import run_folder, state_path
from seep.workflow.workspace import Workspace

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.training.train import TrainResult
    from seep.engine.unet import UNet

__all__ = ["TRAINING_SHARE", "Learning", "run_folder"]

FLUSH_S = 0.5
TRAINING_SHARE = 0.9
"""Of the progress bar; the comparison is the rest."""
EPOCH_FIGURES = ("train_loss", "validation_loss", "binary_iou", "mean_iou", "holdout_iou", "memory_bytes")
ELAPSED = "elapsed_s"
"""Figure of a run: seconds of work on it so far. A worker that goes on with the run counts on from there."""


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
        self.pace: Pace | None = None
        self.strip: Strip | None = None
        self.epochs_done, self.epoch_steps, self.step = 0, 1, 0
        self.alpha: float | None = None
        self.comparing_since = time.monotonic()
        self._training: Callable[..., TrainResult] | None = None
        self._began = time.monotonic() - self._worked_before()

    def train(self, material: Material) -> "Checkpoint | None":
        """Train; None when stopped from outside.

        Raises:
            LossError: the loss is not finite; `last_good` gives what was good before it.
            SeepError: tiles or weights cannot be read, the state not written.
        """
        from seep.engine.checkpoint import adapt
        from seep.engine.training.train import train

        with self.workspace.store.reading() as session:
            class_count = len(list_classes(session))
        base = adapt(load(self.workspace, self.run.base_checkpoint_id or 0), class_count)
        config = train_config(self.request, material.corrected_area_px)
        self.epoch_steps = config.steps_per_epoch or 1
        self.pace = self._pace(material, config.epochs * self.epoch_steps)
        self.strip = Strip(self.workspace, self.run.id, base, material.judged, self.asked_to_stop)
        tiles = training_tiles(self.workspace, material.corrected, corrected=True, windows=material.windows)
        tiles += training_tiles(self.workspace, material.replayed, corrected=False)
        self._training = partial(
            train,
            base,
            tiles,
            training_tiles(self.workspace, material.validation, corrected=False),
            config,
            state_path=state_path(self.workspace, self.run.id),
            device=self.workspace.settings.device,
            holdout=training_tiles(self.workspace, material.holdout, corrected=False),
        )
        try:
            result = self._training(
                on_event=self.on_event, should_stop=self.asked_to_stop, on_average=self.on_average
            )
        finally:
            self.pause()
        self.epochs_done = result.epochs_done
        return None if result.stopped else result.checkpoint

    def last_good(self) -> "Checkpoint | None":
        """What a training whose loss was not finite had come to: its best epoch; None before its first one.

        Without validation tiles no epoch is the best, and it is the average of the last good step.

        Raises:
            SeepError: the state cannot be read.
        """
        assert self._training is not None
        result = self._training(on_event=lambda _: None, should_stop=lambda: True)
        self.epochs_done = result.epochs_done
        return result.checkpoint if result.epochs_done else None

    def elapsed_s(self) -> float:
        """Seconds of work on the run: this worker's, and those before it was stopped, killed or failed."""
        return time.monotonic() - self._began

    def pause(self) -> None:
        """Keep the figures that wait, and how long the run has taken, for whoever goes on with it."""
        self.metrics.append((self.step, {}))
        self._flush()

    def on_event(self, event: dict[str, Any]) -> None:
        """Turn an event of the engine into metrics, a message and progress."""
        events = [event]
        if event["kind"] == "start" and self.pace:
            self.pace.started()
            self.message = "measures the checkpoint that it starts from"
        elif event["kind"] == "base":
            self._base(event)
        elif event["kind"] == "step":
            self._step(event)
            events = []
        elif event["kind"] == "epoch":
            values = {name: float(event[name]) for name in EPOCH_FIGURES if event.get(name) is not None}
            self.metrics.append((int(event["step"]), values))
            if self.pace:
                self.pace.measured(new=True)
        elif event["kind"] == "alpha":
            self.alpha = float(event["chosen"])
        if self.metrics and (events or time.monotonic() - self.flushed_at > FLUSH_S):
            self._flush()
        self.report(self.progress, self.message, events)

    def on_average(self, model: "UNet", step: int) -> None:
        """Paint the strip after an epoch; what cannot be read or written ends no run."""
        assert self.strip is not None
        try:
            self.strip.paint(model, step // self.epoch_steps)
        except SeepError as error:
            self.report(self.progress, self.message, [{"kind": "log", "text": str(error)}])
        if self.pace:
            self.pace.measured(new=False)

    def comparing(self, done: int, total: int) -> None:
        """Say how many of the tiles that never train are predicted for the verdict; it can take minutes."""
        now = time.monotonic()
        if not done:
            self.comparing_since = now
        left = round((now - self.comparing_since) / done * (total - done)) if done else 0
        tiles = f": {done} of {total} tiles" + (f", {left} s left" if left else "") if total else ""
        progress = TRAINING_SHARE + (1 - TRAINING_SHARE) * done / max(1, total)
        self.report(progress, f"compares with the active checkpoint{tiles}", [])

    def compared(self, predicted: int, elapsed_s: float) -> None:
        """Note how long the comparison took, for the guess before the next run."""
        if self.pace:
            self.pace.compared(predicted, elapsed_s)

    def figures(self) -> dict[str, Any]:
        """How the training went, for the outcome."""
        return {
            "epochs_done": self.epochs_done,
            "stopped_early": self.epochs_done < self.request.epochs,
            "alpha": self.alpha,
            "costs": self.pace.to_dict() if self.pace else None,
        }

    def _base(self, event: dict[str, Any]) -> None:
        """Keep what the epochs have to pass, as figures of step 0."""
        figures = {f"base_{name}": event[name] for name in ("binary_iou", "mean_iou", "holdout_iou")}
        values = {name: float(value) for name, value in figures.items() if value is not None}
        if values:
            self.metrics.append((0, values))
        if self.pace:
            self.pace.measured(new=True)

    def _step(self, event: dict[str, Any]) -> None:
        values = {"loss": float(event["loss"]), "learning_rate": float(event["learning_rate"])}
        self.step = int(event["step"])
        self.metrics.append((self.step, values))
        self.progress = TRAINING_SHARE * event["step"] / max(1, event["steps"])
        left = float(event["seconds_left"])
        if self.pace:
            self.pace.step(self.step)
            left = self.pace.seconds_left()
        self.message = (
            f"epoch {event['epoch']} of {self.request.epochs}, step {event['step']} of {event['steps']}, "
            f"{round(left)} s left"
        )

    def _pace(self, material: Material, steps: int) -> Pace:
        compared = predictions_needed(self.workspace, evaluation_tiles(self.workspace))
        work = Work.of(self.request, steps, measured=len(material.judged), compared=compared)
        return Pace(work, known_costs(self.workspace, self.run.base_checkpoint_id)[0])

    def _worked_before(self) -> float:
        with self.workspace.store.reading() as session:
            return store_runs.best_values(session, ELAPSED).get(self.run.id, 0.0)

    def _flush(self) -> None:
        """Write figures; on a full or busy disk they wait for the next time, and the run goes on."""
        self.metrics[-1][1][ELAPSED] = self.elapsed_s()
        waiting, self.metrics = self.metrics, []
        self.flushed_at = time.monotonic()
        try:
            with self.workspace.store.transaction() as session:
                for step, values in waiting:
                    runs.add_metrics(session, self.run.id, step, values)
        except StorageError as error:
            self.metrics = waiting + self.metrics
            self.report(self.progress, self.message, [{"kind": "log", "text": str(error)}])
