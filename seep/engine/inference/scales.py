"""Prediction at several scales: wide oil is found at half and quarter resolution, thin slicks at full resolution.

A network knows the pixel size and the grain of the images that it was trained on. In images of other sensors that were
resampled to smaller pixels, speckle is correlated over several pixels and slicks are wider than any that the network
knows. Both are measured by the grain: how much of the detail is coarse. Where it is above that of the training images,
lower resolutions are predicted too, at 5/16 of the cost of the full one, and what they find is added where it is wide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from seep.core.image.grain import grain_of
from seep.engine.inference.windows import Ensemble, EnsembleOutput, run_ensemble
from seep.engine.scale_rule import ScaleRule

LEAST_RADIUS = 3
"""What is found at a lower resolution counts if a disk of this radius fits into it, in pixels of that resolution."""
GROWN_PX = 2
"""The disk loses the edge of what it fits into; so many pixels of it are given back."""


def shrink(image: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    """Return a normalized image at a lower resolution: means of valid pixels, valid where half of the area is.

    Args:
        image: float32 (bands + 1, H, W), the last channel 1 where valid.
        scale: of the result, above 0 and at most 1.
    """
    if scale == 1:
        return image
    height, width = (max(1, round(side * scale)) for side in image.shape[1:])

    def mean(plane: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA), np.float32)

    valid = mean(image[-1])
    present = valid >= 0.5
    bands = [np.where(present, mean(band) / np.maximum(valid, 1e-6), 0) for band in image[:-1]]
    return np.stack([*bands, present]).astype(np.float32)


def run_at_scales(
    ensemble: Ensemble,
    images: Sequence[NDArray[np.float32]],
    rule: ScaleRule,
    grains: Sequence[float | None] | None = None,
) -> Iterator[tuple[EnsembleOutput, tuple[float, ...]]]:
    """Predict images at the scales of a rule; see `run_ensemble`.

    Args:
        ensemble: the networks, with `seep`.
        images: float32 (bands + 1, H, W), as `normalize` returns them.
        rule: chooses the scales.
        grains: of the scene of each image; None, or None for an image, to measure the image alone.

    Yields:
        The output at full resolution and the scales that were used, of each image in order.
    """
    single = len(rule.scales) == 1 or not rule.above_grain
    scales = [
        rule.scales if single else rule.of(grain_of(image) if grain is None else grain)
        for image, grain in zip(images, grains or [None] * len(images), strict=True)
    ]
    first = run_ensemble(ensemble, [shrink(image, rule.scales[0]) for image in images])
    coarser = [
        run_ensemble(
            ensemble,
            [shrink(image, scale) for image, used in zip(images, scales, strict=True) if scale in used],
        )
        for scale in rule.scales[1:]
    ]
    for image, used in zip(images, scales, strict=True):
        output = _enlarged(next(first), image.shape[1:], rule.scales[0])
        for scale, outputs in zip(rule.scales[1:], coarser, strict=True):
            if scale in used:
                output = _added(output, next(outputs), ensemble)
        yield output, used


def _enlarged(output: EnsembleOutput, shape: tuple[int, ...], scale: float) -> EnsembleOutput:
    if scale == 1:
        return output
    seep = [_resized(one.astype(np.float32), shape) >= 0.5 for one in output.seep]
    return EnsembleOutput(
        _resized_all(output.classes, shape), np.reshape(seep, (len(seep), *shape)).astype(np.bool_)
    )


def _added(fine: EnsembleOutput, coarse: EnsembleOutput, ensemble: Ensemble) -> EnsembleOutput:
    """Return the fine output with what is wide in the coarse one, where the coarse one is surer."""
    assert ensemble.seep is not None
    found = ensemble.seep(torch.from_numpy(coarse.classes)[None])[0].numpy()
    wide = _opened(found)
    if not wide.any():
        return fine
    shape = fine.classes.shape[1:]
    classes = _resized_all(coarse.classes, shape)
    area = _resized(wide.astype(np.float32), shape) >= 0.5
    surer = area & (classes[0] < fine.classes[0])
    members = [
        own | (area & (_resized(one.astype(np.float32), shape) >= 0.5))
        for own, one in zip(fine.seep, coarse.seep, strict=True)
    ]
    return replace(
        fine,
        classes=np.where(surer, classes, fine.classes),
        seep=np.reshape(members, fine.seep.shape).astype(np.bool_),
    )


def _opened(seep: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels that a disk of `LEAST_RADIUS` within the seep covers, and the seep around them."""
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * LEAST_RADIUS + 1, 2 * LEAST_RADIUS + 1))
    # The image's edge does not bound a slick.
    wide = cv2.morphologyEx(seep.astype(np.uint8), cv2.MORPH_OPEN, disk)
    side = 2 * GROWN_PX + 1
    grown = cv2.dilate(wide, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    return np.asarray((grown > 0) & seep)


def _resized(plane: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(plane, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def _resized_all(classes: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.stack([_resized(seep_class, shape) for seep_class in classes])
