"""Pictures in three bands, and a small network that tiles them with classes."""

from pathlib import Path

import numpy as np
import torch

from seep.engine.checkpoint import new_checkpoint, save_checkpoint
from seep.engine.unet import UNetConfig


def blocks() -> np.ndarray:
    """Colored blocks: (300, 400, 3) uint8."""
    colors = np.random.default_rng(4).integers(1, 255, (6, 8, 3), np.uint8)
    return np.repeat(np.repeat(colors, 50, axis=0), 50, axis=1)


def write_street_checkpoint(path: Path, classes: int = 5) -> Path:
    """A network with a softmax over its classes, with opinions that differ from block to block."""
    network = UNetConfig(bands=3, classes=classes, levels=2, width=4, heads="softmax")
    made = new_checkpoint(network, seed=2, name="street")
    head = made.model.seep_head
    with torch.no_grad():
        head.bias.zero_()
        head.weight.mul_(10)
        head.weight.sub_(head.weight.mean(dim=0, keepdim=True))
        head.weight.sub_(head.weight.mean(dim=1, keepdim=True))
    save_checkpoint(path, made)
    return path
