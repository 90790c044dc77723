"""How long a training still takes, and the most memory that it used."""

from __future__ import annotations

import sys

import torch

from seep.engine.training.schedule import TrainConfig
from seep.engine.training.selection import ALPHAS

FLIPPED = 4
"""Measuring over flips costs so many times as much."""


class Pace:
    """Seconds a step and seconds a measuring, and what they make of the steps that are left."""

    def __init__(self, config: TrainConfig, epoch_steps: int, *, flips: bool) -> None:
        """Start counting.

        Args:
            config: of the training.
            epoch_steps: steps an epoch.
            flips: whether the best network is measured over flips at the end.
        """
        self._epochs, self._epoch_steps = config.epochs, epoch_steps
        self._settling = FLIPPED * flips + len(ALPHAS) * config.interpolate
        self._steps, self._learning_s, self._measuring_s = 0, 0.0, 0.0

    def learned(self, seconds: float) -> None:
        """Count a step."""
        self._steps += 1
        self._learning_s += seconds

    def measured(self, seconds: float) -> None:
        """Count the measuring of an epoch; the last one stands for those to come."""
        self._measuring_s = seconds

    def seconds_left(self, step: int) -> float:
        """Seconds from a step on, if no epoch is spared: steps, measuring after each epoch and at the end."""
        steps = self._epochs * self._epoch_steps - step
        measurings = self._epochs - (step - 1) // self._epoch_steps + self._settling
        return self._learning_s / max(1, self._steps) * steps + self._measuring_s * measurings


def memory_bytes(device: torch.device) -> int | None:
    """The most that was in use: of the GPU's memory, else of this process; None where it is not told."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if sys.platform != "linux":
        return None
    import resource  # is not there on every system

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
