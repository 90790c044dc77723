"""The training of one run in the worker: events of the engine become metrics, progress and events of the job."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from seep.core.records import RunRecord
from seep.core.text import duration
from seep.errors import SeepError, StorageError
from seep.store import runs
from seep.store.classes import list_classes
from seep.workflow.evaluation.compare import evaluation_tiles, predictions_needed
from seep.workflow.inference.runner import load
from seep.workflow.inference.tiles import Report, ShouldStop
from seep.workflow.training.dataset import RunDataset, training_tiles
from seep.workflow.training.epoch_previews import PreviewWriter
from seep.workflow.training.eta import Costs, TimeLeft, Work
from seep.workflow.training.presets import FinetuneRequest, train_config
from seep.workflow.training.remote import Train
from seep.workflow.training.requests import earlier_costs
from seep.workflow.training.run_files import fetch_state, share_state, state_path
from seep.workflow.workspace import Workspace

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.training.train import TrainResult
    from seep.engine.unet import UNet

READING_MESSAGE = "Reading tiles"
FLUSH_S = 0.5
SHARE_S = 20.0
"""Shortest time between two uploads of the state."""
EPOCH_METRICS = ("train_loss", "validation_loss", "binary_iou", "mean_iou", "holdout_iou", "memory_bytes")
BASE_METRICS = ("binary_iou", "mean_iou", "holdout_iou")
ELAPSED = "elapsed_s"
"""Metric of a run: seconds of work on it so far, over all its workers."""


class Trainer:
    """Trains one run; see the module.

    Attributes:
        training_share: of the progress bar; the comparison is the rest.
    """

    training_share = 0.9

    def __init__(
        self,
        workspace: Workspace,
        run: RunRecord,
        request: FinetuneRequest,
        report: Report,
        should_stop: ShouldStop,
        *,
        train: Train | None = None,
    ) -> None:
        self._elsewhere = train
        self.workspace, self.run, self.request = workspace, run, request
        self.report, self.should_stop = report, should_stop
        self.metrics: list[tuple[int, dict[str, float]]] = []
        self.flushed_at = self.shared_at = 0.0
        self.shared_state: int | None = None
        self.progress, self.message = 0.0, READING_MESSAGE
        self.time_left = TimeLeft(Work(0, 0, 0, 0, 0), Costs())
        self.previews: PreviewWriter | None = None
        self.epochs_done, self.steps_per_epoch, self.step = 0, 1, 0
        self.alpha: float | None = None
        self.comparing_since = time.monotonic()
        self._resume: Callable[..., TrainResult] | None = None
        self._began = time.monotonic() - self._earlier_seconds()

    def train(self, dataset: RunDataset) -> "Checkpoint | None":
        """Train; return None when stopped.

        Raises:
            LossError: the loss is not finite; `last_good` returns the weights before it.
            SeepError: tiles or weights cannot be read, or the state not written.
        """
        from seep.engine.checkpoint import adapt
        from seep.engine.training.train import train

        with self.workspace.store.reading() as session:
            class_count = len(list_classes(session))
        base = adapt(load(self.workspace, self.run.base_checkpoint_id or 0), class_count)
        config = train_config(self.request, dataset.corrected_area_px, base.model.config)
        self.steps_per_epoch = config.steps_per_epoch or 1
        self.time_left = self._estimate(dataset, config.epochs * self.steps_per_epoch)
        fetch_state(self.workspace, self.run.id)
        self.previews = PreviewWriter(self.workspace, self.run.id, base, dataset.held_out, self.should_stop)
        tiles = training_tiles(self.workspace, dataset.corrected, corrected=True, windows=dataset.windows)
        tiles += training_tiles(self.workspace, dataset.replay, corrected=False)
        validation = training_tiles(self.workspace, dataset.validation, corrected=False)
        given: dict[str, Any] = {
            "state_path": state_path(self.workspace, self.run.id),
            "device": self.workspace.settings.device,
            "holdout": training_tiles(self.workspace, dataset.holdout, corrected=False),
        }
        self._resume = partial(train, base, tiles, validation, config, **given)
        try:
            result = partial(self._elsewhere or train, base, tiles, validation, config, **given)(
                on_event=self.on_event, should_stop=self.should_stop, on_average=self.on_average
            )
        finally:
            self.pause()
        self.epochs_done = result.epochs_done
        return None if result.stopped else result.checkpoint

    def last_good(self) -> "Checkpoint | None":
        """Return the best epoch before the loss was not finite; None before the end of the first epoch.

        Without validation tiles, it is the moving average at the last good step.

        Raises:
            SeepError: the state cannot be read.
        """
        assert self._resume is not None
        result = self._resume(on_event=lambda _: None, should_stop=lambda: True)
        self.epochs_done = result.epochs_done
        return result.checkpoint if result.epochs_done else None

    def elapsed_s(self) -> float:
        """Return the seconds of work on the run, including those before it was resumed."""
        return time.monotonic() - self._began

    def pause(self) -> None:
        """Store the waiting metrics, the elapsed time and the state."""
        self._share_state(0)
        self.metrics.append((self.step, {}))
        self._flush()

    def on_event(self, event: dict[str, Any]) -> None:
        """Turn an event of the engine into metrics, a message and progress."""
        events = [event]
        if event["kind"] == "start":
            self.time_left.start()
            self.message = "Evaluating the base model"
        elif event["kind"] == "base":
            self.metrics.append((0, _values(event, BASE_METRICS, "base_")))
            self.time_left.validate()
        elif event["kind"] == "step":
            self._on_step(event)
            events = []
        elif event["kind"] == "epoch":
            self.metrics.append((int(event["step"]), _values(event, EPOCH_METRICS)))
        elif event["kind"] == "alpha":
            self.alpha = float(event["chosen"])
        if self.metrics and (events or time.monotonic() - self.flushed_at > FLUSH_S):
            self._flush()
        self._share_state(SHARE_S)
        self.report(self.progress, self.message, events)

    def on_average(self, model: "UNet", step: int) -> None:
        """Write the previews of an epoch; a file that cannot be read or written does not end the run."""
        assert self.previews is not None
        try:
            self.previews.write(model, step // self.steps_per_epoch)
        except SeepError as error:
            self.report(self.progress, self.message, [{"kind": "log", "text": str(error)}])
        self.time_left.validate()

    def report_comparison(self, done: int, total: int) -> None:
        """Report the progress of the predictions for the verdict."""
        now = time.monotonic()
        if not done:
            self.comparing_since = now
        left = round((now - self.comparing_since) / done * (total - done)) if done else 0
        tiles = f": {done} of {total} tiles" + (f", {duration(left)} left" if left else "") if total else ""
        progress = self.training_share + (1 - self.training_share) * done / max(1, total)
        self.report(progress, f"Comparing with the active version{tiles}", [])

    def statistics(self) -> Mapping[str, Any]:
        """Return what the outcome stores of the training, ready for JSON."""
        return {
            "epochs_done": self.epochs_done,
            "stopped_early": self.epochs_done < self.request.epochs,
            "alpha": self.alpha,
            "costs": self.time_left.to_dict(),
        }

    def _share_state(self, after_s: float) -> None:
        """Store the state in the bucket if it was saved since, and `after_s` passed; without a bucket, do nothing."""
        if not self.workspace.store.files.is_remote or time.monotonic() - self.shared_at < after_s:
            return
        path = state_path(self.workspace, self.run.id)
        saved_at = path.stat().st_mtime_ns if path.exists() else None
        if saved_at is None or saved_at == self.shared_state:
            return
        self.shared_at = time.monotonic()
        try:
            share_state(self.workspace, self.run.id)
            self.shared_state = saved_at
        except SeepError as error:  # the state on this machine is newer then, and the run goes on
            self.report(self.progress, self.message, [{"kind": "log", "text": str(error)}])

    def _on_step(self, event: dict[str, Any]) -> None:
        self.step = int(event["step"])
        self.metrics.append((self.step, _values(event, ("loss", "learning_rate"))))
        self.progress = self.training_share * event["step"] / max(1, event["steps"])
        self.time_left.step(self.step)
        self.message = (
            f"Epoch {event['epoch']} of {self.request.epochs}, step {event['step']} of {event['steps']}, "
            f"{duration(round(self.time_left.seconds()))} left"
        )

    def _estimate(self, dataset: RunDataset, steps: int) -> TimeLeft:
        work = Work(
            self.request.epochs,
            steps,
            self.request.crop_px,
            validated=len(dataset.held_out),
            compared=predictions_needed(self.workspace, evaluation_tiles(self.workspace)),
            patience=self.request.patience,
        )
        return TimeLeft(work, earlier_costs(self.workspace, self.run.base_checkpoint_id)[0])

    def _earlier_seconds(self) -> float:
        with self.workspace.store.reading() as session:
            return runs.best_values(session, ELAPSED).get(self.run.id, 0.0)

    def _flush(self) -> None:
        """Write the metrics; on a full or busy disk they wait for the next time, and the run goes on."""
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


def _values(event: Mapping[str, Any], names: tuple[str, ...], prefix: str = "") -> dict[str, float]:
    return {prefix + name: float(event[name]) for name in names if event.get(name) is not None}
