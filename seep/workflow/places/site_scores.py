"""Scores of the sites of a place, and the weights that a lead sets for the workspace."""

from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from statistics import mean
from typing import TypedDict

import numpy as np

from seep.core.sites.score import (
    MAX_WEIGHT,
    THRESHOLDS,
    WEIGHTS,
    SiteScore,
    Term,
    Weights,
    nearness,
    origins_value,
    score,
    wind_value,
)
from seep.errors import SettingsError
from seep.store import audit_log, key_value
from seep.workflow.actor import Actor, requires
from seep.workflow.places.evidence import PlaceSites, SiteEvidence
from seep.workflow.places.geometry import Points
from seep.workflow.places.place_data import PlaceData
from seep.workflow.reference_layers import References, list_layers
from seep.workflow.workspace import Workspace

_KEY = "weights of site scores"


class ScoreRow(TypedDict):
    """A score as JSON, see `SiteScore`; `terms` are name, value and weight."""

    value: float | None
    letter: str | None
    terms: list[tuple[str, float | None, float]]


def get_weights(workspace: Workspace) -> Weights:
    """Return the weights of the workspace; what was never set has its default."""
    with workspace.store.reading() as session:
        kept = key_value.get_value(session, _KEY, {})
    first, second, third = kept.get("thresholds", THRESHOLDS)
    return Weights({**WEIGHTS, **kept.get("terms", {})}, kept.get("layers", {}), (first, second, third))


@requires("lead", "change the weights of scores")
def set_weights(workspace: Workspace, weights: Weights, actor: Actor) -> None:
    """Set the weights of the workspace.

    Raises:
        SettingsError: an unknown term, or a weight or threshold out of range; nothing changed.
    """
    _check(weights)
    with workspace.store.transaction() as session:
        key_value.set_value(session, _KEY, asdict(weights))
        audit_log.add(session, actor.name, "change score weights", "workspace", asdict(weights))


def _check(weights: Weights) -> None:
    unknown = [name for name in weights.terms if name not in WEIGHTS]
    if unknown:
        raise SettingsError(f"There is no term {unknown[0][:40]!r}. Terms: {', '.join(WEIGHTS)}.")
    for least, group in ((0.0, weights.terms), (-MAX_WEIGHT, weights.layers)):
        for name, value in group.items():
            if not (isfinite(value) and least <= value <= MAX_WEIGHT):
                raise SettingsError(
                    f"The weight {value:g} of {name[:60]!r} is not from {least:g} to {MAX_WEIGHT:g}."
                )
    first, second, third = weights.thresholds
    if not 1 >= first > second > third >= 0:
        raise SettingsError(
            f"The classes A, B and C begin at {first:g}, {second:g} and {third:g}; they must fall from 1 to 0."
        )


def site_scores(
    workspace: Workspace, found: PlaceSites, references: References, weights: Weights | None = None
) -> dict[int, SiteScore]:
    """Return the scores of the sites of a place by number; with other weights than those of the workspace if given."""
    weights = weights or get_weights(workspace)
    names = {one.name for one in list_layers(workspace)} if found.data.georeference else set()
    layers = {name: weight for name, weight in sorted(weights.layers.items()) if name in names and weight}
    return {
        site.number: score(_terms(found.data, site, references, weights, layers), weights.thresholds)
        for site in found.sites
    }


def score_row(found: SiteScore) -> ScoreRow:
    """Return a score as JSON."""
    return ScoreRow(
        value=found.value,
        letter=found.letter,
        terms=[(term.name, term.value, term.weight) for term in found.terms],
    )


def score_text(found: SiteScore) -> str:
    """Return the terms in words: "recurrence 0.46 (weight 3), wind unknown"."""
    return ", ".join(
        f"{term.name} unknown"
        if term.value is None
        else f"{term.name} {term.value:.2f} (weight {term.weight:g})"
        for term in found.terms
        if term.weight > 0
    )


def _terms(
    data: PlaceData,
    site: SiteEvidence,
    references: References,
    weights: Weights,
    layers: Mapping[str, float],
) -> list[Term]:
    passes = {one.scene.id: one for one in data.passes}
    members = [(passes[one.scene_id], one) for one in site.slicks]
    lines = [_from_origin(one.ends()[slick.slick].ends, slick.origin_end) for one, slick in members]
    away = [float(np.hypot(*(line[0] - (site.x, site.y)))) for line in lines]
    angles = [
        bearing - one.scene.wind_from_deg - 180
        for (one, _), line in zip(members, lines, strict=True)
        if one.scene.wind_from_deg is not None and (bearing := data.bearing_deg(*line.tolist())) is not None
    ]
    values: Mapping[str, float | None] = {
        "recurrence": site.rate_low if site.m else None,
        "origins": origins_value(away, data.radius_px),
        "wind": wind_value(angles),
        "reviewed": mean(one.slicks[slick.slick].reviewed for one, slick in members) if members else None,
    }
    near = {one["layer"]: nearness(one["distance_km"]) for one in references.nearest(site.x, site.y)}
    return [
        *(Term(name, values[name], weights.terms[name]) for name in WEIGHTS),
        *(
            Term(name, near.get(name, 0.0) if weight > 0 else 1 - near.get(name, 0.0), abs(weight))
            for name, weight in layers.items()
        ),
    ]


def _from_origin(ends: Points, origin_end: int) -> Points:
    return ends[::-1] if origin_end else ends
