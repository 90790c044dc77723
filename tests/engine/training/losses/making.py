"""Two pixels with known probabilities, and how to say a mask exactly."""

import math

import torch

from seep.engine.training.losses.targets import LabeledPixels


def asked(probabilities: list[list[float]], truth: list[int]) -> LabeledPixels:
    """Rows are classes, columns pixels."""
    return LabeledPixels(torch.tensor(probabilities, dtype=torch.float64).log(), torch.tensor(truth))


def exact(masks: torch.Tensor, classes: int, certainty: float = 30.0) -> torch.Tensor:
    """Softmax logits that say what the mask says; masks hold class ids only."""
    ids = torch.arange(classes)[:, None, None]
    return torch.where(masks[:, None] == ids, certainty, -certainty).float()


def logit(probability: float) -> float:
    return math.log(probability / (1 - probability))
