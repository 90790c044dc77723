"""Selection of the final weights: the best epoch, interpolated with the base weights if that is better."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from seep.core.masks.dark_areas import DARK_AREA_DEPTH
from seep.engine.checkpoint import Card, Checkpoint
from seep.engine.training.schedule import TrainConfig
from seep.engine.training.state import TrainingState
from seep.engine.training.validation import Evaluator
from seep.engine.unet import UNet

ALPHAS = (0.75, 0.5, 0.25, 0.0)
"""Shares of the new weights that are candidates besides 1."""
DEFAULT_ALPHA = 0.5
"""Used unless another share is clearly better. In three of three draws it was as good as the base weights or better
on scenes without corrections."""
MIN_GAIN = 0.005
"""Score that another share has to gain over the default: a gain of 0.002 on 16 tiles came with a loss of 0.02 on all
98 tiles of the same scenes."""

Weights = Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class WeightsCandidate:
    """Weights with their validation score.

    Attributes:
        weights: of the network.
        score: see `Validation.score`; None without validation tiles.
        threshold: seep threshold for these weights; None for the base's.
        alpha: share of the new weights; the rest is the base.
    """

    weights: Weights
    score: float | None
    threshold: float | None
    alpha: float | None = None


def best_weights(state: TrainingState) -> WeightsCandidate:
    """Return the weights of the best epoch so far, else the current moving average."""
    return WeightsCandidate(state.best or state.average.state_dict(), state.best_score, state.best_threshold)


def select_checkpoint(
    start: Checkpoint,
    state: TrainingState,
    config: TrainConfig,
    evaluator: Evaluator,
    *,
    on_event: Callable[[dict[str, Any]], None],
    epochs_done: int,
) -> Checkpoint:
    """Select the checkpoint of a completed training.

    Raises:
        TrainingStopped: `should_stop` returned True.
    """
    found = best_weights(state)
    if config.interpolate:
        found = select_interpolation(start, found, evaluator, on_event)
    if state.best and start.flips:
        # Epochs are compared without flips, at a quarter of the cost; the threshold needs them.
        figures = evaluator(_network(start, found, evaluator.device), flips=True)
        if figures:
            found = WeightsCandidate(found.weights, figures.score, figures.threshold, found.alpha)
    return build_checkpoint(start, state, config, found, epochs_done)


def select_interpolation(
    start: Checkpoint, new: WeightsCandidate, evaluator: Evaluator, on_event: Callable[[dict[str, Any]], None]
) -> WeightsCandidate:
    """Select a share of the new weights: 0.5 or 0 unless another one scores clearly better.

    Source: Wortsman et al. 2022, robust fine-tuning, https://arxiv.org/abs/2109.01903.
    """
    old = start.model.state_dict()
    candidates = {1.0: WeightsCandidate(new.weights, new.score, new.threshold, 1.0)}
    for alpha in ALPHAS:
        weights = interpolate_weights(old, new.weights, alpha)
        found = evaluator(_network(start, WeightsCandidate(weights, None, None), evaluator.device))
        score, threshold = (found.score, found.threshold) if found else (None, None)
        candidates[alpha] = WeightsCandidate(weights, score, threshold, alpha)
    best = max(candidates.values(), key=lambda one: one.score or 0.0)
    preferred = (candidates[DEFAULT_ALPHA], candidates[0.0], best)
    chosen = next(one for one in preferred if (best.score or 0.0) <= (one.score or 0.0) + MIN_GAIN)
    scores = {
        f"{alpha:g}": candidate.score
        for alpha, candidate in candidates.items()
        if candidate.score is not None
    }
    on_event({"kind": "alpha", "scores": scores, "chosen": chosen.alpha})
    return chosen


def interpolate_weights(old: Weights, new: Weights, alpha: float) -> dict[str, Tensor]:
    """Return alpha * new + (1 - alpha) * old; integer counters are taken from the new weights."""
    return {
        name: torch.lerp(old[name].to(tensor), tensor, alpha) if tensor.is_floating_point() else tensor
        for name, tensor in new.items()
    }


def build_checkpoint(
    start: Checkpoint, state: TrainingState, config: TrainConfig, found: WeightsCandidate, epochs_done: int
) -> Checkpoint:
    """Return a checkpoint of the weights; its card is that of the base with the results of the training."""
    model = _network(start, found, torch.device("cpu"))
    card: Card = json.loads(json.dumps(start.card))
    card["parent"] = start.card["name"] or None
    if found.threshold is not None:
        card["threshold"] = found.threshold
    basis = "binary_iou" if model.config.heads == "two" else "mean_iou_all"
    card["figures"] = {"validation": {basis: found.score}} if state.best else {}
    card["training"] = {
        "config": config.to_dict(),
        "steps": state.step,
        "epoch": state.best_epoch or epochs_done,
    }
    if found.alpha is not None:
        card["training"]["alpha"] = found.alpha
    if config.ignore_above_radius_px and start.card.get("training") == {}:
        # A new network that never saw wide slicks predicts none: Review asks about dark areas of the image instead.
        card["dark_area_depth"] = DARK_AREA_DEPTH
    return Checkpoint(model.eval(), card, start.slick_head)


def _network(start: Checkpoint, found: WeightsCandidate, device: torch.device) -> UNet:
    model = UNet(start.model.config)
    model.load_state_dict(dict(found.weights))
    return model.to(device)
