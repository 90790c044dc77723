"""Training and fine-tuning: one visible loop.

Fine-tuning is the same loop from a checkpoint, with a lower rate, frozen batch-norm statistics, and base tiles replayed
in addition to the corrected ones to reduce forgetting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from seep.engine.checkpoint import Checkpoint, new_checkpoint
from seep.engine.device import peak_memory_bytes, pick_device
from seep.engine.distributed import DistributedContext, distributed_context
from seep.engine.training.augment import augment
from seep.engine.training.dataset import (
    TrainingTile,
    check_tiles,
    ignore_wide_slicks,
    ignored_share,
    pixel_counts,
)
from seep.engine.training.losses.combined import head_class_weights
from seep.engine.training.schedule import (
    TrainConfig,
    check_config,
    learning_rate,
    steps_per_epoch,
)
from seep.engine.training.selection import best_weights, build_checkpoint, select_checkpoint
from seep.engine.training.sources import create_crop_loader
from seep.engine.training.state import identity_of, new_state, restore_state, save_state
from seep.engine.training.step import Learner
from seep.engine.training.validation import TrainingStopped, Validation, create_evaluator, validation_metrics
from seep.engine.unet import UNet, UNetConfig
from seep.errors import TrainingError

SAVE_EVERY_S = 20.0
REPORT_EVERY_S = 0.2
COMPILED_FROM = 500
"""Minimum number of steps for compilation on a GPU, which takes half a minute or more."""

Event = dict[str, Any]


@dataclass(frozen=True, eq=False)
class TrainResult:
    """The result of a training.

    Attributes:
        checkpoint: the epoch with the best validation score (interpolated with the base if this is configured and
            better); without validation tiles, the last moving average.
        epochs_done: number of completed epochs.
        stopped: True if `should_stop` stopped it early.
    """

    checkpoint: Checkpoint
    epochs_done: int
    stopped: bool


def train(
    base: Checkpoint | UNetConfig,
    tiles: Sequence[TrainingTile],
    validation: Sequence[TrainingTile],
    config: TrainConfig,
    *,
    state_path: Path | None,
    on_event: Callable[[Event], None],
    should_stop: Callable[[], bool],
    device: str | None = None,
    on_average: Callable[[UNet, int], None] | None = None,
    holdout: Sequence[TrainingTile] = (),
) -> TrainResult:
    """Train a network, or resume the training whose state is at `state_path`.

    With `torchrun`, each process computes `batch_size` crops of a batch. Only the main process validates, reports,
    writes the state and calls `should_stop`; all processes return its checkpoint.

    Args:
        base: a checkpoint to fine-tune, or the shape of a new network.
        validation: tiles of other scenes, which select the epoch and the threshold. May be empty.
        state_path: file of the state, written at each epoch and about every 20 s; None to keep no state.
        on_event: called with JSON dictionaries of the kinds start, base (metrics of the base of a fine-tuning), step,
            epoch, memory, alpha and log.
        should_stop: called before every step; returning True saves the state and stops the training. If it returns
            True at once, the result is the best network of a saved state.
        device: "cpu", "cuda", "cuda:N", or None to select one.
        on_average: called after each epoch with the averaged network, in evaluation mode and not to be changed, and
            the number of completed steps.
        holdout: tiles of training scenes that are held out of training and used for selection with the validation
            tiles.

    Returns:
        The result. On a CPU, a resumed training gives the same weights, bit by bit, as an uninterrupted one.

    Raises:
        TrainingError: there are no usable tiles, the configuration is invalid, or a single crop does not fit in memory.
        LossError: the loss or gradient is not finite; the state before this step is kept.
        DeviceError: the device is not available.
    """
    context = distributed_context(pick_device(device))
    start = new_checkpoint(base, config.seed) if isinstance(base, UNetConfig) else base
    check_config(config, start.model.config)
    check_tiles(tiles, bands=start.model.config.bands, classes=start.model.config.classes)
    radius_px = config.ignore_above_radius_px
    narrow = ignore_wide_slicks(tiles, radius_px)
    ignored = ignored_share(tiles, narrow)
    if ignored and context.is_main:
        text = f"Slicks with an inscribed radius above {radius_px:g} px are ignored: {ignored:.1%} of the seep pixels."
        on_event({"kind": "log", "text": text})
    trainer = _Trainer(
        start,
        narrow,
        validation=ignore_wide_slicks(validation, radius_px),
        config=replace(config, interpolate=config.interpolate and start is base),
        context=context,
        tunes=start is base,
        state_path=state_path,
        on_event=on_event if context.is_main else lambda _: None,
        should_stop=should_stop,
        on_average=on_average,
        holdout=ignore_wide_slicks(holdout, radius_px),
    )
    return trainer.run()


class _Trainer:
    """One training in progress; `run` is the loop."""

    def __init__(
        self,
        start: Checkpoint,
        tiles: Sequence[TrainingTile],
        *,
        validation: Sequence[TrainingTile],
        config: TrainConfig,
        context: DistributedContext,
        tunes: bool,
        state_path: Path | None,
        on_event: Callable[[Event], None],
        should_stop: Callable[[], bool],
        on_average: Callable[[UNet, int], None] | None,
        holdout: Sequence[TrainingTile],
    ) -> None:
        self.start, self.config, self.context, self.tunes = start, config, context, tunes
        self.state_path, self.on_event, self.should_stop = state_path, on_event, should_stop
        self.on_average = on_average
        self.epoch_steps = steps_per_epoch(config, tiles)
        self.steps = config.epochs * self.epoch_steps
        self.state = new_state(start, identity_of(start, tiles, config), config, context.device)
        self.crops = create_crop_loader(
            context.device, tiles, config, part=(context.rank, context.world_size)
        )
        self.evaluator = create_evaluator(
            start, validation, config, context.device, should_stop, holdout=holdout
        )
        heads, counts = start.model.config.heads, pixel_counts(tiles, start.model.config.classes)
        weights = head_class_weights(counts, config.class_weighting, heads).to(context.device)
        compiled = config.compile == "auto" and context.device.type == "cuda" and self.steps >= COMPILED_FROM
        self.learner = Learner(self.state, weights, config, context, on_event, compiled=compiled)
        self.saved_at = self.reported_at = time.monotonic()

    @property
    def epochs_done(self) -> int:
        return self.state.step // self.epoch_steps

    def run(self) -> TrainResult:
        """Train until the last step, early stopping, or a request to stop."""
        self.on_event({"kind": "start", "steps": self.steps, "device": str(self.context.device)})
        if self.state_path and self.state_path.exists():
            restored = restore_state(self.state_path, self.state)
            text = f"goes on after step {self.state.step} of {self.steps}"
            anew = "begins anew: the state that was kept is damaged, or of another training"
            self.on_event({"kind": "log", "text": text if restored else anew})
        try:
            if self.tunes and not self.state.step:  # before the first step the average equals the base
                self.on_event({"kind": "base", **validation_metrics(self._evaluate())})
            self._run_steps()
            return self._result(stopped=False)
        except TrainingStopped:
            # An epoch is complete after its validation. A stop during validation repeats it, so the state is saved
            # before and after validation only.
            if self.state.step % self.epoch_steps:
                self._save()
            return self._result(stopped=True)
        except TrainingError:
            if self.state.step:
                self._save()
            raise

    def _run_steps(self) -> None:
        while not self._is_done():
            if self.context.broadcast_flag(self.context.is_main and self.should_stop()):
                raise TrainingStopped
            self._report(self._training_step())
            if self.state.step % self.epoch_steps == 0:
                self._end_epoch()
                self._save()
            elif time.monotonic() - self.saved_at > SAVE_EVERY_S:
                self._save()

    def _is_done(self) -> bool:
        """Return whether this is the last step, or the score has not improved for `patience` epochs."""
        state, patience = self.state, self.config.patience
        if state.step >= self.steps:
            return True
        if not patience or state.step % self.epoch_steps or not self.epochs_done:
            return False
        waited = self.epochs_done - state.best_epoch if state.best_score is not None else 0
        done = self.context.broadcast_flag(waited >= patience)
        if done:
            text = f"ends after epoch {self.epochs_done}: none was better than epoch {state.best_epoch}"
            self.on_event({"kind": "log", "text": text})
        return done

    def _training_step(self) -> float:
        """Run one step; return its loss."""
        step, config = self.state.step, self.config
        crops = self.crops.batch(step)
        others = [self.context.rank] if self.context.rank else []
        random = np.random.default_rng((config.seed, step, 1, *others))
        images, masks = augment(crops.images, crops.masks, random, config.augmentation)
        return self.learner.training_step(
            crops._replace(images=images, masks=masks), learning_rate(step, self.steps, config)
        )

    def _report(self, loss: float) -> None:
        now, step = time.monotonic(), self.state.step
        if now - self.reported_at < REPORT_EVERY_S and step % self.epoch_steps:
            return
        self.reported_at = now
        self.on_event(
            {
                "kind": "step",
                "step": step,
                "steps": self.steps,
                "epoch": (step - 1) // self.epoch_steps + 1,
                "loss": loss,
                "learning_rate": learning_rate(step - 1, self.steps, self.config),
            }
        )

    def _evaluate(self) -> Validation | None:
        """Return the metrics of the moving average; None in other processes than the main one."""
        found, halted = None, False
        if self.context.is_main:
            try:
                found = self.evaluator(self.state.average)
            except TrainingStopped:
                halted = True
        if self.context.broadcast_flag(halted):
            raise TrainingStopped
        return found

    def _end_epoch(self) -> None:
        """Validate, and keep the weights if they are the best."""
        state, found = self.state, self._evaluate()
        self._keep_if_best(found)
        self.on_event(
            {
                "kind": "epoch",
                "epoch": self.epochs_done,
                "step": state.step,
                "train_loss": state.epoch_loss / self.epoch_steps,
                **validation_metrics(found),
                "memory_bytes": peak_memory_bytes(self.context.device),
            }
        )
        if self.on_average and self.context.is_main:
            self.on_average(state.average.eval(), state.step)
        state.epoch_loss = 0.0

    def _keep_if_best(self, found: Validation | None) -> None:
        state = self.state
        if found is None or found.score is None:
            return
        if state.best_score is None or found.score > state.best_score:
            tensors = state.average.state_dict().items()
            state.best = {name: tensor.detach().clone() for name, tensor in tensors}
            state.best_score, state.best_epoch = found.score, self.epochs_done
            state.best_threshold = found.threshold

    def _save(self) -> None:
        if self.state_path and self.context.is_main:
            save_state(self.state_path, self.state)
        self.saved_at = time.monotonic()

    def _result(self, *, stopped: bool) -> TrainResult:
        start, state, config = self.start, self.state, self.config
        checkpoint, halted = None, False
        if self.context.is_main and stopped:
            checkpoint = build_checkpoint(start, state, config, best_weights(state), self.epochs_done)
        elif self.context.is_main:
            try:
                done, tell = self.epochs_done, self.on_event
                checkpoint = select_checkpoint(
                    start, state, config, self.evaluator, on_event=tell, epochs_done=done
                )
            except TrainingStopped:
                halted = True
        if self.context.broadcast_flag(halted):
            raise TrainingStopped
        return TrainResult(
            self.context.broadcast_checkpoint(checkpoint, start.model), self.epochs_done, stopped
        )
