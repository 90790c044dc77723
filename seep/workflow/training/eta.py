"""Time left of a fine-tuning: an estimate before it starts, then moving averages of what it measures."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from seep.workflow.training.presets import BATCH_CROPS

FINAL_VALIDATIONS = 9
"""Validations after the last epoch: mixtures of old and new weights, then one with flips."""
HEAD_S = 10.0
"""Training of a slick head with its cross-validation, on one CPU core."""
NEWEST_SHARE = 0.2
"""Weight of the newest measurement in the moving average."""


@dataclass(frozen=True)
class Costs:
    """Seconds per unit of work; the defaults were measured on four CPU cores.

    Attributes:
        start_s: reading tiles and weights, up to the first step.
        crop_s: one training crop of 128 px.
        tile_s: one validation tile after an epoch, including its preview.
        compared_s: one prediction for the final comparison, with flips.
    """

    start_s: float = 4.0
    crop_s: float = 0.03
    tile_s: float = 0.08
    compared_s: float = 0.15

    @classmethod
    def from_outcome(cls, outcome: Mapping[str, Any] | None) -> Self | None:
        """Read the costs that a run measured; None where it measured none."""
        costs = (outcome or {}).get("costs")
        return None if costs is None else cls(**costs)


@dataclass(frozen=True)
class Work:
    """Units of work of a run.

    Attributes:
        epochs: of the run.
        steps: of the whole run.
        crop_px: side of a crop.
        validated: tiles measured after each epoch; 0 without validation and hold-out tiles.
        compared: predictions for the final comparison, by the new and by the old version.
        patience: epochs without improvement after which the run stops; 0 for never.
    """

    epochs: float
    steps: float
    crop_px: int
    validated: int
    compared: int
    patience: int = 0

    def crops(self, steps: float) -> float:
        """Return the training crops of some steps, in units of 128 px squares."""
        return steps * BATCH_CROPS * (self.crop_px / 128) ** 2

    def seconds(self, costs: Costs, steps_done: int = 0) -> float:
        """Return the seconds from a step to the end, if the run does not stop early."""
        epochs = self.epochs - self._epochs_done(steps_done)
        validations = epochs + FINAL_VALIDATIONS + (not steps_done)  # the base is validated first
        return (
            self.crops(self.steps - steps_done) * costs.crop_s
            + validations * self.validated * costs.tile_s
            + self.compared * costs.compared_s
        )

    def expected(self, steps_done: int) -> Self:
        """Return the work of a run that stops midway between the earliest possible epoch and the last."""
        if not self.patience or not self.validated:
            return self
        earliest = min(self.epochs, self._epochs_done(steps_done) + self.patience)
        epochs = (earliest + self.epochs) / 2
        return replace(self, epochs=epochs, steps=self.steps * epochs / self.epochs)

    def _epochs_done(self, steps_done: int) -> int:
        return int(steps_done * self.epochs // max(1, self.steps))


class TimeLeft:
    """Moving averages of the costs of a run while it trains.

    The comparison comes last. Until then, its cost is the earlier run's, scaled by the change in speed.
    """

    def __init__(self, work: Work, earlier: Costs, clock: Callable[[], float] = time.monotonic) -> None:
        """Start the clock.

        Args:
            earlier: costs of an earlier run, or the defaults.
            clock: returns seconds.
        """
        self.work, self.costs, self._earlier, self._clock = work, earlier, earlier, clock
        self._measured: set[str] = set()
        self._step: int | None = None
        self._at = clock()

    def start(self) -> None:
        """Record that the tiles are read and the first step begins."""
        self.costs = replace(self.costs, start_s=round(self._lap(), 3))

    def step(self, step: int) -> None:
        """Record that the run has done `step` steps."""
        seconds, before = self._lap(), self._step
        self._step = step
        if before is not None and step > before:
            self._average("crop_s", seconds / self.work.crops(step - before))

    def validate(self) -> None:
        """Record that the validation after an epoch, or that of the base, is over."""
        seconds = self._lap()
        if self.work.validated:
            self._average("tile_s", seconds / self.work.validated)

    def compare(self, predictions: int, seconds: float) -> None:
        """Record how long the comparison took, for the estimate of the next run."""
        if predictions:
            self.costs = replace(self.costs, compared_s=round(seconds / predictions, 5))

    def seconds(self) -> float:
        """Return the expected seconds to the end of the run."""
        step = self._step or 0
        return self.work.expected(step).seconds(self.costs, step)

    def to_dict(self) -> dict[str, float]:
        """Return the costs, ready for JSON."""
        return asdict(self.costs)

    def _lap(self) -> float:
        before, self._at = self._at, self._clock()
        return self._at - before

    def _average(self, name: str, seconds: float) -> None:
        if name in self._measured:
            seconds = NEWEST_SHARE * seconds + (1 - NEWEST_SHARE) * getattr(self.costs, name)
        self._measured.add(name)
        self.costs = replace(self.costs, **{name: round(seconds, 5)})
        basis = "tile_s" if "tile_s" in self._measured else "crop_s"
        ratio = getattr(self.costs, basis) / (getattr(self._earlier, basis) or 1)
        self.costs = replace(self.costs, compared_s=round(self._earlier.compared_s * ratio, 5))
