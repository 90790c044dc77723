"""How long a fine-tuning takes: guessed before it starts, measured as it goes."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from seep.workflow.training.presets import BATCH_CROPS, FinetuneRequest

FINAL_LOOKS = 9
"""Times that all validation tiles are measured after the last epoch: mixtures of weights, then with flips."""


@dataclass(frozen=True)
class Costs:
    """Seconds that each part of a run takes.

    Attributes:
        start_s: reading tiles and weights, up to the first step.
        crop_s: of training on a crop of 128 px.
        tile_s: of measuring a validation tile after an epoch, painting the strip included.
        compared_s: of predicting a tile for the comparison at the end, flips and all.
    """

    start_s: float = 4.0
    crop_s: float = 0.03
    tile_s: float = 0.08
    compared_s: float = 0.15

    @classmethod
    def from_outcome(cls, outcome: Mapping[str, Any] | None) -> Self | None:
        """Read back what a run measured; None where it did not."""
        found = (outcome or {}).get("costs")
        return None if found is None else cls(**found)


@dataclass(frozen=True)
class Work:
    """What a run has to do, counted.

    Attributes:
        epochs: of the run.
        steps: of the run, in all.
        crop_px: side of a crop.
        measured: tiles measured after each epoch.
        compared: predictions that the comparison takes, of the new checkpoint and of the old one.
        patience: epochs without a better score after which it ends early; 0 for never.
    """

    epochs: float
    steps: float
    crop_px: int
    measured: int
    compared: int
    patience: int = 0

    @classmethod
    def of(cls, request: FinetuneRequest, steps: int, measured: int, compared: int) -> Self:
        """Count the work of a request."""
        return cls(request.epochs, steps, request.crop_px, measured, compared, request.patience)

    def seconds(self, costs: Costs, steps_done: int = 0) -> float:
        """How long what is left takes, if it does not end early."""
        crops = (self.steps - steps_done) * BATCH_CROPS * (self.crop_px / 128) ** 2
        epochs = self.epochs - self.epochs_done(steps_done)
        looks = (epochs + FINAL_LOOKS + (not steps_done)) * self.measured  # first of all the base's
        return crops * costs.crop_s + looks * costs.tile_s + self.compared * costs.compared_s

    def epochs_done(self, steps_done: int) -> int:
        """Count whole epochs."""
        return int(steps_done * self.epochs // max(1, self.steps))

    def likely(self, steps_done: int) -> Self:
        """The work if it ends midway between the last epoch and the first at which patience may end it."""
        if not self.patience or not self.measured:
            return self
        first = min(self.epochs, self.epochs_done(steps_done) + self.patience)
        epochs = (first + self.epochs) / 2
        return replace(self, epochs=epochs, steps=self.steps * epochs / self.epochs)


class Pace:
    """Measures a run as it goes; what it has not measured yet it takes from an earlier run.

    The comparison comes last, so its cost is never measured in time. It is taken to have changed since the
    earlier run as steps and measurings of validation tiles have: on another or a busier machine all do.
    """

    def __init__(self, work: Work, known: Costs, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to measure.

        Args:
            work: what the run has to do.
            known: costs of an earlier run, or guesses.
            clock: seconds from anywhere.
        """
        self.work, self.costs, self._known, self._clock = work, known, known, clock
        self._changes: dict[str, float] = {}
        self._last = (0, clock())
        self._counted = [0, 0.0]
        self._looks = [0, 0.0]
        self._in_step = False

    def started(self) -> None:
        """Note that reading is over and the first step begins."""
        now = self._clock()
        self.costs = replace(self.costs, start_s=round(now - self._last[1], 3))
        self._last = (self._last[0], now)

    def step(self, step: int) -> None:
        """Note that a step is done; steps between two reports count too."""
        now = self._clock()
        if self._in_step and step > self._last[0]:
            self._counted[0] += step - self._last[0]
            self._counted[1] += now - self._last[1]
            crops = self._counted[0] * BATCH_CROPS * (self.work.crop_px / 128) ** 2
            self._take("crop_s", self._counted[1] / crops)
        self._last, self._in_step = (step, now), True

    def measured(self, *, new: bool) -> None:
        """Note that validation tiles were measured since the last call, or something more was done with them.

        Args:
            new: True for the first such call after an epoch.
        """
        now = self._clock()
        self._looks[0] += new
        self._looks[1] += now - self._last[1]
        if self.work.measured:
            tile_s = self._looks[1] / max(1, self._looks[0]) / self.work.measured
            self._take("tile_s", tile_s)
        self._last, self._in_step = (self._last[0], now), False

    def compared(self, predicted: int, elapsed_s: float) -> None:
        """Note how long the comparison took, for the guess before the next run."""
        if predicted:
            self.costs = replace(self.costs, compared_s=round(elapsed_s / predicted, 5))

    def _take(self, name: str, seconds: float) -> None:
        """Take a cost as measured; the comparison has changed by the geometric mean of what is measured."""
        known, seconds = getattr(self._known, name), round(seconds, 5)
        if known and seconds:
            self._changes[name] = seconds / known
        change = math.prod(self._changes.values()) ** (1 / max(1, len(self._changes)))
        compared_s = round(self._known.compared_s * change, 5)
        self.costs = replace(self.costs, compared_s=compared_s, **{name: seconds})

    def seconds_left(self) -> float:
        """How long the run still takes, if it ends as early as is likely."""
        done = self._last[0]
        return self.work.likely(done).seconds(self.costs, done)

    def to_dict(self) -> dict[str, float]:
        """The costs, ready for JSON."""
        return asdict(self.costs)
