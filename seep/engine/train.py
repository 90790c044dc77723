"""Training and fine-tuning: one visible loop.

Fine-tuning is the same loop from a checkpoint, at a lower rate, with batch-norm statistics frozen
and base tiles replayed beside the corrected ones so that old skill is kept.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seep.engine.augment import augment
from seep.engine.checkpoint import Card, Checkpoint, new_checkpoint
from seep.engine.dataset import CropSampler, TrainingTile, check_tiles, pixel_counts
from seep.engine.device import pick_device
from seep.engine.losses.total import total_loss, weights_of
from seep.engine.schedule import TrainConfig, check_config, estimate_seconds, learning_rate, steps_per_epoch
from seep.engine.state import identity_of, new_state, restore_state, save_state
from seep.engine.unet import UNet, UNetConfig
from seep.engine.validation import Validation, validate
from seep.errors import TrainingError

__all__ = ["TrainConfig", "TrainResult", "estimate_seconds", "train"]

SAVE_EVERY_S = 20.0
REPORT_EVERY_S = 0.2
MAX_GRADIENT = 5.0

Event = dict[str, Any]


@dataclass(frozen=True, eq=False)
class TrainResult:
    """What a training leaves.

    Attributes:
        checkpoint: the best epoch by validation IoU, else the last moving average.
        epochs_done: whole epochs trained.
        stopped: True if `should_stop` ended it early.
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
) -> TrainResult:
    """Train a network, or go on with the training whose state is at `state_path`.

    Args:
        base: a checkpoint to fine-tune, or the shape of a new network.
        tiles: what to learn from.
        validation: tiles of other scenes; chooses the epoch and the threshold. May be empty.
        config: see `TrainConfig`.
        state_path: where the state is kept, each epoch and about every 20 s; None keeps none.
        on_event: called with JSON-able dictionaries of kind start, step, epoch and log.
        should_stop: asked before every step; True ends the training with its state saved.
        device: "cpu", "cuda", "cuda:N" or None to pick.

    Returns:
        The result. An interrupted and resumed training gives the same weights on a CPU, bit by
        bit, as an undisturbed one.

    Raises:
        TrainingError: without usable tiles, with settings that do not fit, or if the loss is not
            finite; the state before that step is kept.
        DeviceError: if the device is not there.
    """
    where = pick_device(device)
    start = new_checkpoint(base, config.seed) if isinstance(base, UNetConfig) else base
    check_config(config, start.model.config)
    check_tiles(tiles, bands=start.model.config.bands, classes=start.model.config.classes)
    run = _Run(
        start,
        tiles,
        validation=validation,
        config=config,
        device=where,
        state_path=state_path,
        on_event=on_event,
        should_stop=should_stop,
    )
    return run.go()


class _Run:
    """One training in progress; `go` is the loop."""

    def __init__(
        self,
        start: Checkpoint,
        tiles: Sequence[TrainingTile],
        *,
        validation: Sequence[TrainingTile],
        config: TrainConfig,
        device: torch.device,
        state_path: Path | None,
        on_event: Callable[[Event], None],
        should_stop: Callable[[], bool],
    ) -> None:
        self.start, self.config, self.device = start, config, device
        self.state_path, self.on_event, self.should_stop = state_path, on_event, should_stop
        self.sampler = CropSampler(
            tiles,
            crop_px=config.crop_px,
            batch_size=config.batch_size,
            replay_share=config.replay_share,
            seed=config.seed,
            sampling=config.sampling,
        )
        every = max(1, -(-len(validation) // max(1, config.validation_tiles)))
        self.validation = list(validation)[::every]
        heads = start.model.config.heads
        counts = pixel_counts(tiles, start.model.config.classes)
        self.weights = weights_of(counts, config.class_weighting, heads).to(device)
        self.epoch_steps = steps_per_epoch(config, tiles)
        self.steps = config.epochs * self.epoch_steps
        self.state = new_state(start, identity_of(start, tiles, config), config, device)
        self.saved_at = self.reported_at = self.began_at = time.monotonic()
        self.began_step = 0

    def go(self) -> TrainResult:
        """Train until the last step or until told to stop."""
        state = self.state
        self.on_event({"kind": "start", "steps": self.steps, "device": str(self.device)})
        if self.state_path and restore_state(self.state_path, state):
            self.on_event({"kind": "log", "text": f"goes on after step {state.step} of {self.steps}"})
        self.began_step = state.step
        stopped = False
        while state.step < self.steps:
            stopped = self.should_stop()
            if stopped:
                break
            loss = self._learn()
            self._report(loss)
            if state.step % self.epoch_steps == 0:
                # An epoch counts when it was measured: a stop meanwhile repeats the measuring, so
                # the state is saved at the step before and after, never in between.
                stopped = not self._end_epoch()
                if stopped:
                    break
                self._save()
            elif time.monotonic() - self.saved_at > SAVE_EVERY_S:
                self._save()
        if stopped and state.step % self.epoch_steps:
            self._save()
        return TrainResult(self._result(stopped=stopped), state.step // self.epoch_steps, stopped)

    def _learn(self) -> float:
        """One step; returns its loss."""
        state, config = self.state, self.config
        crops = self.sampler.batch(state.step)
        random = np.random.default_rng((config.seed, state.step, 1))
        images, masks = torch.from_numpy(crops.images), torch.from_numpy(crops.masks)
        images, masks = augment(images.to(self.device), masks.to(self.device), random, config.augmentation)
        images = images.contiguous(memory_format=torch.channels_last)
        _set_training(state.model, frozen_norm=config.freeze_batch_norm)
        for group in state.optimiser.param_groups:
            group["lr"] = learning_rate(state.step, self.steps, config)
        with torch.autocast("cuda", torch.bfloat16, enabled=self.device.type == "cuda"):
            outputs = state.model.outputs(images)
        loss: Tensor = total_loss(
            outputs,
            masks,
            self.weights,
            config.loss,
            heads=state.model.config.heads,
            only_held=config.segment_only_held,
        )
        value = float(loss.detach())
        if not np.isfinite(value):
            raise TrainingError(
                f"the loss is {value} at step {state.step + 1}, with crops of "
                f"{', '.join(sorted(set(crops.names)))}: lower the learning rate or leave these tiles out"
            )
        state.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(state.model.parameters(), MAX_GRADIENT)
        state.optimiser.step()
        _follow(state.average, state.model, min(config.ema_decay, (1 + state.step) / (10 + state.step)))
        state.step += 1
        state.epoch_loss += value
        return value

    def _report(self, loss: float) -> None:
        now, step = time.monotonic(), self.state.step
        if now - self.reported_at < REPORT_EVERY_S and step % self.epoch_steps:
            return
        self.reported_at = now
        pace = (now - self.began_at) / max(1, step - self.began_step)
        self.on_event(
            {
                "kind": "step",
                "step": step,
                "steps": self.steps,
                "epoch": (step - 1) // self.epoch_steps + 1,
                "loss": loss,
                "learning_rate": learning_rate(step - 1, self.steps, self.config),
                "seconds_left": pace * (self.steps - step),
            }
        )

    def _end_epoch(self) -> bool:
        """Measure and keep the best; False if told to stop meanwhile."""
        state = self.state
        epoch = state.step // self.epoch_steps
        found = validate(state.average, self.validation, self.device, self.should_stop)
        if found is None and self.validation and self.should_stop():
            return False
        self._keep_if_best(found, epoch)
        self.on_event(
            {
                "kind": "epoch",
                "epoch": epoch,
                "step": state.step,
                "train_loss": state.epoch_loss / self.epoch_steps,
                "validation_loss": found.loss if found else None,
                "binary_iou": found.binary_iou if found else None,
                "mean_iou": found.mean_iou if found else None,
            }
        )
        state.epoch_loss = 0.0
        return True

    def _keep_if_best(self, found: Validation | None, epoch: int) -> None:
        state = self.state
        if found is None or found.score is None:
            return
        if state.best_score is None or found.score > state.best_score:
            state.best = {
                name: tensor.detach().clone() for name, tensor in state.average.state_dict().items()
            }
            state.best_score, state.best_epoch = found.score, epoch
            state.best_threshold = found.threshold

    def _save(self) -> None:
        if self.state_path:
            save_state(self.state_path, self.state)
        self.saved_at = time.monotonic()

    def _result(self, *, stopped: bool) -> Checkpoint:
        state = self.state
        model = UNet(self.start.model.config).to(self.device)
        model.load_state_dict(state.best or state.average.state_dict())
        card: Card = json.loads(json.dumps(self.start.card))
        card["parent"] = self.start.card["name"] or None
        threshold, score = state.best_threshold, state.best_score
        if state.best and self.start.flips and not stopped:
            # Epochs were compared without flips, at a quarter of the cost; the threshold is not.
            found = validate(model, self.validation, self.device, self.should_stop, flips=True)
            threshold, score = (found.threshold, found.score) if found else (threshold, score)
        if threshold is not None:
            card["threshold"] = threshold
        basis = "binary_iou" if model.config.heads == "two" else "mean_iou_all"
        card["figures"] = {"validation": {basis: score}} if state.best else {}
        card["training"] = {
            "config": self.config.to_dict(),
            "steps": state.step,
            "epoch": state.best_epoch or state.step // self.epoch_steps,
        }
        return Checkpoint(model.cpu().eval(), card)


def _set_training(model: UNet, *, frozen_norm: bool) -> None:
    model.train()
    if frozen_norm:
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()


@torch.no_grad()
def _follow(average: UNet, model: UNet, decay: float) -> None:
    """Move the average towards the model; counters of batches are copied."""
    for mean, current in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(current, 1 - decay)
        else:
            mean.copy_(current)
