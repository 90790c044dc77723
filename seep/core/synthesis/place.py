"""A synthetic place: passes on several dates with fixed vents and a drift direction that changes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seep.core.synthesis.fields import Field, smooth_field
from seep.core.synthesis.scene import SyntheticScene, add_lookalikes, digitize, lay_slick
from seep.core.synthesis.sea import sea_surface, speckle, texture
from seep.core.synthesis.slicks import SLICK_STYLES, center_line, draw

VENT_CLASSES = (1, 2, 3)
"""Classes whose slicks repeat from pass to pass (docs/synthesis.md)."""

STRAY_CLASSES = (5, 6, 7)
"""Classes of slicks that occur in one pass only."""

MARGIN = 0.1
"""Minimum distance of vents from the edges, as a share of the side."""

START_SPREAD_PX = 3.0
"""Standard deviation of the distance between a vent and the point where its slick surfaces."""


@dataclass(frozen=True, eq=False)
class Vent:
    """A source on the sea floor.

    Attributes:
        x: position, pixels.
        y: position, pixels.
        rate: probability of a slick in a pass, 0 to 1.
        seen_in: numbers of the passes in which a slick was drawn, from 0.
    """

    x: float
    y: float
    rate: float
    seen_in: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class SyntheticPlace:
    """Passes of one place and the vents of their slicks.

    Attributes:
        passes: scenes of one size, in the order of their dates.
        vents: all vents, also those without a slick in any pass.
        drifts: heading of each pass, radians from x toward y.
    """

    passes: tuple[SyntheticScene, ...]
    vents: tuple[Vent, ...]
    drifts: tuple[float, ...]


def synthesize_place(
    seed: int,
    *,
    side_px: int = 1024,
    passes: int = 8,
    vents: int = 12,
    rates: tuple[float, float] = (0.1, 0.9),
    stray_slicks: float = 3.0,
    lookalikes: bool = True,
) -> SyntheticPlace:
    """Generate the passes of a place; the same arguments give the same pixels.

    Args:
        seed: any integer of 0 or more.
        side_px: height and width of each pass.
        rates: lowest and highest detection rate; vents are spread evenly between them.
        stray_slicks: mean number of slicks per pass without a vent.
        lookalikes: whether low-wind patches and natural films are drawn.
    """
    rng = np.random.default_rng((seed, 7))
    spots = rng.uniform(MARGIN * side_px, (1 - MARGIN) * side_px, (vents, 2))
    chances = rng.permutation(np.linspace(*rates, vents))
    seen: list[list[int]] = [[] for _ in range(vents)]
    scenes, drifts = [], []
    for number in range(passes):
        heading = float(rng.uniform(0, 2 * np.pi))
        active = np.flatnonzero(rng.random(vents) < chances)
        scenes.append(
            _pass(
                rng,
                side_px,
                heading,
                sources=spots[active],
                stray_slicks=stray_slicks,
                lookalikes=lookalikes,
            )
        )
        drifts.append(heading)
        for at in active:
            seen[at].append(number)
    found = [
        Vent(float(x), float(y), float(chance), tuple(numbers))
        for (x, y), chance, numbers in zip(spots, chances, seen, strict=True)
    ]
    return SyntheticPlace(tuple(scenes), tuple(found), tuple(drifts))


@dataclass(frozen=True, eq=False)
class _Films:
    """Damping and mask of one pass; slicks are added in place."""

    rng: np.random.Generator
    wind: float
    drift: Field
    damping: Field
    mask: NDArray[np.uint8]

    def add(self, start: tuple[float, float], classes: tuple[int, ...]) -> None:
        """Draw one slick of one of the classes from its source along the drift."""
        odds = np.array([SLICK_STYLES[seep_class].frequency for seep_class in classes])
        class_id = int(self.rng.choice(classes, p=odds / odds.sum()))
        habit = SLICK_STYLES[class_id]
        points = center_line(self.rng, start, self.drift, self.rng.uniform(*habit.length), habit.winding)
        height, width = self.mask.shape
        ribbon = draw(self.rng, class_id, points, (height, width), self.wind)
        if ribbon is not None:
            lay_slick(ribbon, self.damping, self.mask)


def _pass(
    rng: np.random.Generator,
    side_px: int,
    heading: float,
    *,
    sources: NDArray[np.float64],
    stray_slicks: float,
    lookalikes: bool,
) -> SyntheticScene:
    shape = (side_px, side_px)
    wind = heading + rng.uniform(-0.5, 0.5)
    intensity, mask = sea_surface(rng, shape, wind), np.zeros(shape, np.uint8)
    if lookalikes:
        add_lookalikes(rng, intensity, mask, wind, (0, 0))
    drift = heading + 0.35 * smooth_field(rng, shape, 160, 160)
    films = _Films(rng, wind, drift, np.ones_like(intensity), mask)
    for x, y in sources:
        films.add((x + rng.normal(0, START_SPREAD_PX), y + rng.normal(0, START_SPREAD_PX)), VENT_CLASSES)
    for _ in range(rng.poisson(stray_slicks)):
        films.add((rng.uniform(0, side_px), rng.uniform(0, side_px)), STRAY_CLASSES)
    intensity *= films.damping
    intensity *= texture(rng, shape, rng.uniform(16, 36)) * speckle(rng, shape, rng.uniform(11, 15))
    return SyntheticScene(digitize(rng, intensity, 0), mask)
