"""What a training leaves: the best epoch, mixed with what it started from where that is better."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from seep.engine.checkpoint import Card, Checkpoint
from seep.engine.training.schedule import TrainConfig
from seep.engine.training.state import TrainingState
from seep.engine.training.validation import Judge
from seep.engine.unet import UNet

ALPHAS = (0.75, 0.5, 0.25, 0.0)
"""Shares of the new weights that are tried beside all of them."""
USUAL = 0.5
"""The mixture that is taken unless another one is clearly better. In three draws of three it was level with
the old weights or better on scenes that nobody had corrected (`benchmarks.finetune_ablation --half`)."""
LEAST_GAIN = 0.005
"""Score by which another mixture has to beat the usual one: a gain of 0.002 on 16 tiles went with a loss of
0.02 on all 98 tiles of the same scenes."""

Weights = Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class Outcome:
    """Weights, and what is known of them.

    Attributes:
        weights: of the network.
        score: on what does not train, see `seep.engine.training.validation`; None where nothing was measured.
        threshold: seep threshold that goes with them; None for the start's.
        alpha: share of the new weights in them; the rest is what the training started from.
    """

    weights: Weights
    score: float | None
    threshold: float | None
    alpha: float | None = None


def best_of(state: TrainingState) -> Outcome:
    """The best epoch so far, else the average as it is."""
    return Outcome(state.best or state.average.state_dict(), state.best_score, state.best_threshold)


def settled(
    start: Checkpoint,
    state: TrainingState,
    config: TrainConfig,
    judge: Judge,
    *,
    on_event: Callable[[dict[str, Any]], None],
    epochs_done: int,
) -> Checkpoint:
    """The checkpoint of a training that went to its end.

    Raises:
        Halted: told to stop meanwhile.
    """
    found = best_of(state)
    if config.interpolate:
        found = interpolated(start, found, judge, on_event)
    if state.best and start.flips:
        # Epochs were compared without flips, at a quarter of the cost; the threshold is not.
        figures = judge(_network(start, found, judge.device), flips=True)
        if figures:
            found = Outcome(found.weights, figures.score, figures.threshold, found.alpha)
    return as_checkpoint(start, state, config, found, epochs_done)


def interpolated(
    start: Checkpoint, new: Outcome, judge: Judge, on_event: Callable[[dict[str, Any]], None]
) -> Outcome:
    """The first that is not clearly beaten: mean of old and new weights, the old ones, the best mixture.

    Source: Wortsman et al. 2022, robust fine-tuning, https://arxiv.org/abs/2109.01903.
    """
    old = start.model.state_dict()
    tried = {1.0: Outcome(new.weights, new.score, new.threshold, 1.0)}
    for alpha in ALPHAS:
        weights = mixed(old, new.weights, alpha)
        found = judge(_network(start, Outcome(weights, None, None), judge.device))
        score, threshold = (found.score, found.threshold) if found else (None, None)
        tried[alpha] = Outcome(weights, score, threshold, alpha)
    best = max(tried.values(), key=lambda one: one.score or 0.0)
    preferred = (tried[USUAL], tried[0.0], best)
    chosen = next(one for one in preferred if (best.score or 0.0) <= (one.score or 0.0) + LEAST_GAIN)
    scores = {f"{alpha:g}": one.score for alpha, one in tried.items() if one.score is not None}
    on_event({"kind": "alpha", "scores": scores, "chosen": chosen.alpha})
    return chosen


def mixed(old: Weights, new: Weights, alpha: float) -> dict[str, Tensor]:
    """`alpha` of the new weights and the rest of the old ones; counters are the new ones'."""
    return {
        name: torch.lerp(old[name].to(tensor), tensor, alpha) if tensor.is_floating_point() else tensor
        for name, tensor in new.items()
    }


def as_checkpoint(
    start: Checkpoint, state: TrainingState, config: TrainConfig, found: Outcome, epochs_done: int
) -> Checkpoint:
    """Weights with the start's card, and what the training adds to it."""
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
    return Checkpoint(model.eval(), card)


def _network(start: Checkpoint, found: Outcome, device: torch.device) -> UNet:
    model = UNet(start.model.config)
    model.load_state_dict(dict(found.weights))
    return model.to(device)
