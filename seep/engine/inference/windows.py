"""Inference of an ensemble on images of any size.

Small images of one shape form a batch; sides are padded with invalid pixels to the multiple of the network. Large
images are predicted in overlapping windows; the margin of each is discarded, so nothing is blended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from seep.engine.device import out_of_memory, too_large

WINDOW_PX = 1024
MARGIN_PX = 64
"""Both are multiples of 64, the largest multiple of any network, so that pooling grids agree."""

BATCH_PIXELS = {"cpu": 16 * 256 * 256, "cuda": 64 * 256 * 256}
"""Most pixels per batch, by type of device."""
FLIPS = ((), (2,), (3,), (2, 3))
"""Axes of (N, C, H, W) to flip; no quarter turns, because they would swap unequal sides."""

Run = Callable[[Tensor], Tensor]
"""(N, channels, H, W) -> class probabilities (N, classes, H, W), float32 on one device; see `Network`."""


@dataclass(frozen=True, eq=False)
class EnsembleOutput:
    """Prediction of an image by all members: each network, for each flip of the image.

    Attributes:
        classes: float32 (classes, H, W), mean over the members; sums to 1 over the classes.
        seep: bool (members, H, W), the seep pixels of each member; (0, H, W) without `Ensemble.seep`.
    """

    classes: NDArray[np.float32]
    seep: NDArray[np.bool_]


@dataclass(frozen=True)
class Ensemble:
    """Networks whose predictions are averaged.

    Attributes:
        runs: the networks.
        device: device of the networks.
        multiple: the sides of a batch are multiples of this, in pixels.
        flips: also average over three flips of the image, at four times the cost.
        seep: maps probabilities (N, classes, H, W) to seep pixels, bool (N, H, W); None if the predictions of single
            members are not needed.
    """

    runs: Sequence[Run]
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    multiple: int = 1
    flips: bool = False
    seep: Callable[[Tensor], Tensor] | None = None


def run_ensemble(ensemble: Ensemble, images: Sequence[NDArray[np.float32]]) -> Iterator[EnsembleOutput]:
    """Predict images, in order.

    Args:
        images: float32 (channels, H, W) of any size, as `normalize` returns them.

    Raises:
        DeviceMemoryError: a single image, or a window of a large one, does not fit the memory of the device.
    """
    most = BATCH_PIXELS[ensemble.device.type]
    for shape, group in groupby(images, key=lambda image: image.shape):
        alike = list(group)
        if max(shape[1:]) > WINDOW_PX:
            yield from (_in_windows(partial(_forward, ensemble), image) for image in alike)
            continue
        count = max(1, most // (shape[1] * shape[2]))
        for first in range(0, len(alike), count):
            for classes, seep in zip(
                *_forward(ensemble, np.stack(alike[first : first + count])), strict=True
            ):
                yield EnsembleOutput(classes, seep)


def predict_probabilities(
    ensemble: Ensemble, images: Sequence[NDArray[np.float32]]
) -> Iterator[NDArray[np.float32]]:
    """Yield the class probabilities of each image, (classes, H, W), in order; see `run_ensemble`."""
    return (one.classes for one in run_ensemble(ensemble, images))


def batch_of(images: NDArray[np.float32], device: torch.device, multiple: int) -> Tensor:
    """Return images on a device, (N, channels, H, W), with sides padded to a multiple by invalid pixels."""
    batch = torch.from_numpy(images)
    if device.type == "cuda":
        batch = batch.pin_memory()  # for an asynchronous copy
    batch = batch.to(device, non_blocking=True)
    height, width = images.shape[2:]
    return functional.pad(batch, (0, -width % multiple, 0, -height % multiple))


_MeanAndMembers = tuple[NDArray[np.float32], NDArray[np.bool_]]
"""Mean probabilities (N, classes, H, W), and the seep pixels of each member (N, members, H, W)."""


def _in_windows(
    run: Callable[[NDArray[np.float32]], _MeanAndMembers], image: NDArray[np.float32]
) -> EnsembleOutput:
    _, height, width = image.shape
    whole: EnsembleOutput | None = None
    for top, low, high in _spans(height):
        for left, near, far in _spans(width):
            window = image[:, top : top + WINDOW_PX, left : left + WINDOW_PX]
            (classes,), (seep,) = run(window[None])
            if whole is None:
                shapes = (len(classes), height, width), (len(seep), height, width)
                whole = EnsembleOutput(np.empty(shapes[0], np.float32), np.empty(shapes[1], np.bool_))
            kept = (slice(None), slice(low - top, high - top), slice(near - left, far - left))
            whole.classes[:, low:high, near:far] = classes[kept]
            whole.seep[:, low:high, near:far] = seep[kept]
    assert whole is not None  # an image has at least one window
    return whole


def _spans(length: int) -> Iterator[tuple[int, int, int]]:
    """Yield the start of each window along one side, and the start and end of its kept part."""
    step = WINDOW_PX - 2 * MARGIN_PX
    start = 0
    while True:
        last = start + WINDOW_PX >= length
        yield start, start + MARGIN_PX if start else 0, length if last else start + WINDOW_PX - MARGIN_PX
        if last:
            return
        start += step


@torch.inference_mode()
def _forward(ensemble: Ensemble, images: NDArray[np.float32]) -> _MeanAndMembers:
    height, width = images.shape[2:]
    try:
        batch = batch_of(images, ensemble.device, ensemble.multiple)
        total, members = list[Tensor](), list[Tensor]()
        for axes in FLIPS if ensemble.flips else FLIPS[:1]:
            flipped = batch.flip(axes) if axes else batch
            for run in ensemble.runs:
                part = run(flipped)
                part = (part.flip(axes) if axes else part)[..., :height, :width]
                total = [total[0] + part] if total else [part]
                if ensemble.seep is not None:
                    members.append(ensemble.seep(part))
        count = len(ensemble.runs) * (len(FLIPS) if ensemble.flips else 1)
        mean = total[0] / count if count > 1 else total[0]
        seep = torch.stack(members, dim=1) if members else torch.zeros((len(images), 0, height, width)) > 0
        return mean.cpu().numpy(), seep.cpu().numpy()
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
    if len(images) == 1:
        raise too_large(height, width, ensemble.device)
    half = len(images) // 2
    parts = [_forward(ensemble, part) for part in (images[:half], images[half:])]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
