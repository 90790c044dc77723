"""The saved state of a training, from which it resumes exactly.

Batches depend on seed and step, and the learning rate on the step. The state therefore consists of the weights, their
average, the moments of the optimizer, the best epoch so far and a few numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as format_safetensors
from torch import Tensor

from seep.engine.checkpoint import Checkpoint, write_atomically
from seep.engine.training.dataset import TrainingTile
from seep.engine.training.schedule import TrainConfig
from seep.engine.unet import UNet

Weights = dict[str, Tensor]


@dataclass
class TrainingState:
    """The state of a training after a step.

    Attributes:
        identity: hash of configuration, data and base; it must be equal to resume.
        model: the network being trained.
        average: exponential moving average of its weights, the resulting network.
        optimizer: optimizer of the model's parameters.
        best: weights of the best epoch so far, empty before the first validation.
        step: number of completed steps.
        parts: number of parts into which a batch is split to save memory.
        epoch_loss: sum of the losses of the current epoch.
        best_score: validation binary IoU of `best`; None without one.
        best_epoch: epoch of `best`, from 1; 0 without one.
        best_threshold: seep threshold of `best`; None without one.
    """

    identity: str
    model: UNet
    average: UNet
    optimizer: torch.optim.Optimizer
    best: Weights = field(default_factory=dict)
    step: int = 0
    parts: int = 1
    epoch_loss: float = 0.0
    best_score: float | None = None
    best_epoch: int = 0
    best_threshold: float | None = None


NUMBERS = ("step", "parts", "epoch_loss", "best_score", "best_epoch", "best_threshold")
PREFIXES = ("model.", "average.", "best.", "moment.")


def identity_of(start: Checkpoint, tiles: Sequence[TrainingTile], config: TrainConfig) -> str:
    """Return a hash of configuration, data and base; trainings with the same hash do the same steps."""
    digest = hashlib.sha256(json.dumps([config.to_dict(), start.card], sort_keys=True).encode())
    for tensor in start.model.state_dict().values():
        digest.update(tensor.detach().cpu().numpy().tobytes())
    for tile in tiles:
        digest.update(f"{tile.name} {tile.corrected} {tile.classes_known} {tile.mask.shape}".encode())
        digest.update(np.ascontiguousarray(tile.mask).tobytes())
    return digest.hexdigest()


def new_state(start: Checkpoint, identity: str, config: TrainConfig, device: torch.device) -> TrainingState:
    """Return the state before the first step; training does not change the checkpoint."""
    model, average = _copy(start.model, device), _copy(start.model, device)
    average.requires_grad_(False)
    for part in config.frozen_parts:
        model.get_submodule(part).requires_grad_(False)
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    fused = True if device.type == "cuda" else None
    optimizer = kind(
        model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=fused
    )
    return TrainingState(identity, model, average, optimizer)


def save_state(path: Path, state: TrainingState) -> None:
    """Write the state atomically.

    Raises:
        CheckpointError: it cannot be written.
    """
    parts = (
        ("model.", state.model.state_dict()),
        ("average.", state.average.state_dict()),
        ("best.", state.best),
        ("moment.", _moments(state)),
    )
    tensors = {
        prefix + name: tensor.detach().cpu().contiguous()
        for prefix, weights in parts
        for name, tensor in weights.items()
    }
    numbers = {name: getattr(state, name) for name in NUMBERS}
    metadata = {"identity": state.identity, "numbers": json.dumps(numbers)}
    write_atomically(path, format_safetensors(tensors, metadata=metadata))


def restore_state(path: Path, state: TrainingState) -> bool:
    """Load a saved state, if it has the same identity.

    Returns:
        True if `state` was changed; False if the file is missing, damaged or from another training.
    """
    if not path.exists():
        return False
    try:
        with safe_open(path, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError):
        return False
    if metadata.get("identity") != state.identity:
        return False
    model, average, best, moments = (_with_prefix(tensors, prefix) for prefix in PREFIXES)
    state.model.load_state_dict(model)
    state.average.load_state_dict(average)
    state.best = best
    _restore_moments(state, moments)
    numbers: dict[str, Any] = json.loads(metadata["numbers"])
    for name in NUMBERS:
        setattr(state, name, numbers[name])
    return True


def _with_prefix(tensors: Weights, prefix: str) -> Weights:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _moments(state: TrainingState) -> Weights:
    moments = state.optimizer.state_dict()["state"]
    return {f"{number}.{name}": tensor for number, own in moments.items() for name, tensor in own.items()}


def _restore_moments(state: TrainingState, moments: Weights) -> None:
    restored = state.optimizer.state_dict()
    for key, tensor in moments.items():
        number, name = key.split(".", 1)
        restored["state"].setdefault(int(number), {})[name] = tensor
    state.optimizer.load_state_dict(restored)


def _copy(model: UNet, device: torch.device) -> UNet:
    twin = UNet(model.config)
    twin.load_state_dict(model.state_dict())
    return twin.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]
