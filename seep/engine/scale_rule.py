"""The choice of the resolutions of a prediction; `seep.engine.inference.scales` predicts at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from seep.core.text import counted

SCALES = (1.0, 0.5, 0.25)
"""Resolutions, finest first."""
MAX_GRAIN = 10.0
CHOICES = ("auto", "all", "1", "1/2", "1/4")
"""Choices of scales: by the grain, all, or a single one."""


def scales_text(used: Sequence[tuple[float, ...]], noun: str) -> str:
    """Return in words at which scales images were predicted: "8 tiles at full resolution, 1 tile at 1/4".

    Args:
        used: scales of each image.
        noun: what an image is called, singular.
    """
    names = dict(zip(SCALES, ("full", "1/2", "1/4"), strict=True))
    parts = []
    for scales, count in sorted(Counter(used).items(), reverse=True):
        named = [names[one] for one in scales]
        listed = f"{', '.join(named[:-1])} and {named[-1]}" if named[1:] else named[0]
        parts.append(f"{counted(count, noun)} at {listed} resolution")
    return ", ".join(parts)


@dataclass(frozen=True)
class ScaleRule:
    """The scales of a prediction.

    Attributes:
        scales: resolutions, finest first.
        above_grain: images of a lower or unknown grain are predicted at the first scale only; 0 for none.
    """

    scales: tuple[float, ...] = (1.0,)
    above_grain: float = 0.0

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> ScaleRule:
        """Read `scales` and `scales_above_grain` of a card; without them, the full scale only.

        Raises:
            ValueError: a value is invalid; the message names it.
        """
        scales, grain = card.get("scales", [1.0]), card.get("scales_above_grain", 0.0)
        possible = [list(some) for count in (1, 2, 3) for some in combinations(SCALES, count)]
        if scales not in possible:
            raise ValueError(f"the scales {scales!r}: use some of 1.0, 0.5 and 0.25, the largest first")
        if type(grain) not in (int, float) or not 0 <= grain <= MAX_GRAIN:
            raise ValueError(f"the scales_above_grain {grain!r}, which is not a number 0 to {MAX_GRAIN:g}")
        return cls(tuple(float(scale) for scale in scales), float(grain))

    @classmethod
    def chosen(cls, name: str, card: Mapping[str, Any]) -> ScaleRule:
        """Return the rule of a choice of `CHOICES`.

        Raises:
            ValueError: the choice is unknown.
        """
        if name not in CHOICES:
            raise ValueError(f"the scale {name!r}: use {', '.join(CHOICES)}")
        if name == "auto":
            return cls.from_card(card)
        return cls(SCALES) if name == "all" else cls((dict(zip(CHOICES[2:], SCALES, strict=True))[name],))

    def of(self, grain: float | None) -> tuple[float, ...]:
        """Return the scales for an image of this grain; None where it could not be measured."""
        if self.above_grain and (grain is None or grain <= self.above_grain):
            return self.scales[:1]
        return self.scales
