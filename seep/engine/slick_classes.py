"""The slick head without torch, for the app server: loading torch takes 2 s there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from scipy.special import erf, expit, softmax

from seep.core.masks.slick_features import FEATURES, SlickFeatures
from seep.errors import CheckpointError

CLIP = 3.0
"""Standardized features are limited to this many standard deviations."""
HEAD_PREFIX = "slick_head."
"""Begins the names of the tensors of a slick head."""
_CLASSIFIER = "classifier."
_HALVINGS = 12
_LEAST_FACTOR = 0.02
"""A slick whose probabilities were scaled by less keeps too few of the 256 levels to tell them."""

Floats = NDArray[np.float64]
FloatImage = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The networks of `seep.engine.slick_head`.

    Attributes:
        mean: (features,) of the training slicks.
        scale: (features,) standard deviations of the training slicks.
        weights: of each layer, (members, inputs, outputs).
        biases: of each layer, (members, 1, outputs).
    """

    mean: FloatImage
    scale: FloatImage
    weights: tuple[FloatImage, ...]
    biases: tuple[FloatImage, ...]

    @classmethod
    def of(cls, tensors: Mapping[str, FloatImage], prefix: str) -> Ensemble:
        """Return the ensemble whose tensors begin with a prefix."""
        layers = range(sum(name.startswith(f"{prefix}weights.") for name in tensors))
        return cls(
            tensors[f"{prefix}mean"],
            tensors[f"{prefix}scale"],
            tuple(tensors[f"{prefix}weights.{number}"] for number in layers),
            tuple(tensors[f"{prefix}biases.{number}"] for number in layers),
        )

    def logits(self, features: FloatImage) -> Floats:
        """Return the logits: (slicks, features) -> (members, slicks, outputs)."""
        values = np.clip((features - self.mean) / self.scale, -CLIP, CLIP)[None].astype(np.float64)
        last = len(self.weights) - 1
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = values @ weight + bias
            if number < last:
                values = values * (1 + erf(values / np.sqrt(2))) / 2  # GELU
        return np.asarray(values, np.float64)


@dataclass(frozen=True, eq=False)
class StoredSlickHead:
    """A slick head with classes; it gives the same numbers as `seep.engine.slick_head.SlickHead`."""

    head: Ensemble
    classifier: Ensemble

    def probabilities(self, features: FloatImage) -> Floats:
        """Return the probability that each slick is one: (slicks, features) -> (slicks,), 0..1."""
        return np.asarray(expit(self.head.logits(features)[..., 0]).mean(axis=0), np.float64)

    def class_probabilities(self, features: FloatImage) -> Floats:
        """Return the probability of each seep class: (slicks, features) -> (slicks, classes), summing to 1."""
        return np.asarray(softmax(self.classifier.logits(features), axis=-1).mean(axis=0), np.float64)

    def original_probability(
        self,
        probability: FloatImage,
        slicks: SlickFeatures,
        thresholds: tuple[float, float],
        wide_radius_px: float,
    ) -> FloatImage:
        """Undo what `seep.engine.slick_filter.rescored_probability` did to the slicks of a prediction.

        The classifier learned from probabilities before they were scaled. A larger factor means lower probabilities
        before, and with them a lower score and factor; so halving an interval finds the factor.

        Args:
            probability: (H, W) stored seep probabilities.
            slicks: of the predicted mask, measured with these probabilities.
            thresholds: of the head, and of the seep probability.
            wide_radius_px: wider slicks were left as they were.

        Returns:
            (H, W), other than before only inside the slicks. What was removed as a look-alike stays lowered.
        """
        least, level = thresholds
        values = slicks.values.astype(np.float64)
        mean, largest, spread = (FEATURES.index(f"probability_{name}") for name in ("mean", "max", "std"))
        low = np.maximum(_LEAST_FACTOR, (values[:, largest] - level) / (1 - level))
        high = np.ones(len(values))
        for _ in range(_HALVINGS):
            factor = (low + high) / 2
            before = values.copy()
            for column in (mean, largest):
                before[:, column] = level + (values[:, column] - level) / factor
            before[:, spread] = values[:, spread] / factor
            scaled_by = (self.probabilities(before.astype(np.float32)) - least) / (1 - least)
            low, high = np.where(scaled_by > factor, factor, low), np.where(scaled_by > factor, high, factor)
        factor = (low + high) / 2
        factor[values[:, FEATURES.index("radius_px")] > wide_radius_px] = 1
        found = probability.copy()
        inside = slicks.labels > 0
        raised = level + (probability[inside] - level) / factor[slicks.labels[inside] - 1]
        found[inside] = np.minimum(raised, 1)
        return found


def read_slick_head(path: Path) -> StoredSlickHead | None:
    """Read the slick head of a checkpoint file; None without a slick head with classes.

    Args:
        path: a file that was checked when the workspace took it over.

    Raises:
        CheckpointError: the file is missing or damaged.
    """
    try:
        with safe_open(path, "np") as file:
            names = [name for name in file.keys() if name.startswith(HEAD_PREFIX)]  # noqa: SIM118 - not a mapping
            found = {name.removeprefix(HEAD_PREFIX): file.get_tensor(name) for name in names}
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"The checkpoint {path.name} cannot be read ({error}).") from error
    if f"{_CLASSIFIER}mean" not in found:
        return None
    return StoredSlickHead(Ensemble.of(found, ""), Ensemble.of(found, _CLASSIFIER))
