"""The score of a site: a weighted mean of what speaks for a seep there. Every term is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

WEIGHTS: Mapping[str, float] = {"recurrence": 3.0, "origins": 2.0, "wind": 2.0, "reviewed": 1.0}
"""Default weights of the terms; a reference layer has none until a lead gives it one.

- recurrence: lower end of the 95 % interval of the detection rate.
- origins: 1 where all slicks begin at one spot, 0 where they begin at the radius of the site.
- wind: 1 where all slicks lie with the wind of their pass, 0 where they lie across or against it.
- reviewed: share of the slicks whose masks were reviewed.
"""
THRESHOLDS = (0.6, 0.45, 0.3)
"""Lowest scores of the classes A, B and C; below is D."""
NEAR_KM = 10.0
"""A feature of a reference layer counts fully at the site, and not at all from this distance."""
MAX_WEIGHT = 10.0


@dataclass(frozen=True)
class Weights:
    """How sites are scored.

    Attributes:
        terms: weights from 0 to 10 by name, see `WEIGHTS`.
        layers: weights from -10 to 10 by name of a reference layer. Positive: near is better, for faults or seismic
            anomalies. Negative: far is better, for platforms or ship lanes.
        thresholds: see `THRESHOLDS`.
    """

    terms: Mapping[str, float]
    layers: Mapping[str, float]
    thresholds: tuple[float, float, float] = THRESHOLDS


@dataclass(frozen=True)
class Term:
    """A term of a score: value 0 to 1, None if unknown, and its weight, never negative."""

    name: str
    value: float | None
    weight: float


@dataclass(frozen=True)
class SiteScore:
    """The score of a site, 0 to 1, its class A to D, and the terms that made it; both None without a known term."""

    value: float | None
    letter: str | None
    terms: tuple[Term, ...]


def nearness(distance_km: float) -> float:
    """Return 1 at a feature, falling to 0 at `NEAR_KM`."""
    return max(0.0, 1 - distance_km / NEAR_KM)


def origins_value(distances: Sequence[float], radius: float) -> float | None:
    """Return how closely slicks begin together: 1 at one spot, 0 at the radius; None without slicks.

    Args:
        distances: of the origins of the slicks from the site, in the units of the radius.
        radius: of a site.
    """
    return max(0.0, 1 - float(np.mean(distances)) / radius) if distances else None


def wind_value(angles_deg: Sequence[float]) -> float | None:
    """Return how well slicks lie with the wind: the mean cosine, 0 across or against it; None without an angle.

    Args:
        angles_deg: between the direction of a slick away from its site and the one to which the wind blows.
    """
    return float(np.mean(np.maximum(0.0, np.cos(np.radians(angles_deg))))) if angles_deg else None


def score(terms: Sequence[Term], thresholds: Sequence[float] = THRESHOLDS) -> SiteScore:
    """Return the weighted mean of the known terms with a weight."""
    known = [(one.value, one.weight) for one in terms if one.value is not None and one.weight > 0]
    if not known:
        return SiteScore(None, None, tuple(terms))
    value = sum(value * weight for value, weight in known) / sum(weight for _, weight in known)
    letter = next((name for name, least in zip("ABC", thresholds, strict=True) if value >= least), "D")
    return SiteScore(value, letter, tuple(terms))


def top_kept(
    scores: Sequence[SiteScore], top: int = 10, variation: float = 0.2, draws: int = 200
) -> float | None:
    """Return the mean share of the first sites that stay among the first when weights vary.

    Args:
        scores: of all sites, with the same terms in the same order.
        top: how many sites are the first ones.
        variation: each weight is multiplied by 1 - variation to 1 + variation, uniformly.
        draws: number of variations, from a fixed seed.

    Returns:
        0 to 1; None where there are no more sites than `top`, so none can leave.
    """
    rows = [one.terms for one in scores if one.value is not None]
    if len(rows) <= top:
        return None
    values = np.array([[np.nan if term.value is None else term.value for term in row] for row in rows])
    weights = np.array([[term.weight for term in row] for row in rows]) * ~np.isnan(values)
    values = np.nan_to_num(values)
    factors = np.random.default_rng(0).uniform(1 - variation, 1 + variation, (draws, values.shape[1]))

    def first(by_term: np.ndarray) -> set[int]:
        drawn = weights * by_term
        return set(np.argsort(-(values * drawn).sum(1) / drawn.sum(1), kind="stable")[:top].tolist())

    held = first(np.ones(values.shape[1]))
    return float(np.mean([len(held & first(one)) / top for one in factors]))
