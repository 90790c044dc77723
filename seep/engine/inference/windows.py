"""Running networks over images of any size.

Small images of one shape go through together; sides are padded to the network's multiple with
invalid pixels. Large images go through in windows whose margin, as wide as the context that
matters, is cut away, so that nothing needs blending.
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
"""Of images that go through together, by the kind of device."""
FLIPS = ((), (2,), (3,), (2, 3))
"""Axes of (N, C, H, W) to flip; quarter turns are left out, as they would swap unequal sides."""

Run = Callable[[Tensor], Tensor]
"""(N, channels, H, W) -> class probabilities (N, classes, H, W), float32 on one device; see `Network`."""


@dataclass(frozen=True, eq=False)
class Voices:
    """What several voices say about an image: each network of an ensemble, for each flip of the image.

    Attributes:
        classes: float32 (classes, H, W), their mean; sums to 1 over the classes.
        seep: bool (voices, H, W), where each one alone sees seep; no voices if nobody asked.
    """

    classes: NDArray[np.float32]
    seep: NDArray[np.bool_]


@dataclass(frozen=True)
class Way:
    """How images go through.

    Attributes:
        runs: the networks; several are averaged.
        device: theirs.
        multiple: sides that they accept are multiples of this, in pixels.
        flips: average over the image and its three flips too, at four times the cost.
        seep: says of probabilities (N, classes, H, W) where there is seep, (N, H, W); None leaves out what
            each voice says alone.
    """

    runs: Sequence[Run]
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    multiple: int = 1
    flips: bool = False
    seep: Callable[[Tensor], Tensor] | None = None


def heard(way: Way, images: Sequence[NDArray[np.float32]]) -> Iterator[Voices]:
    """What the networks say about each image, in order.

    Args:
        way: see there.
        images: float32 (channels, H, W) of any size, as `normalize` returns them.

    Raises:
        DeviceMemoryError: one image, or one window of a large one, does not fit the device's memory alone.
    """
    most = BATCH_PIXELS[way.device.type]
    for shape, group in groupby(images, key=lambda image: image.shape):
        alike = list(group)
        if max(shape[1:]) > WINDOW_PX:
            yield from (_in_windows(partial(_forward, way), image) for image in alike)
            continue
        count = max(1, most // (shape[1] * shape[2]))
        for first in range(0, len(alike), count):
            for classes, seep in zip(*_forward(way, np.stack(alike[first : first + count])), strict=True):
                yield Voices(classes, seep)


def probabilities(way: Way, images: Sequence[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Class probabilities of each image, (classes, H, W), in order; see `heard`."""
    return (one.classes for one in heard(way, images))


def batch_of(images: NDArray[np.float32], device: torch.device, multiple: int) -> Tensor:
    """Images on a device, (N, channels, H, W), their sides padded to a multiple by invalid pixels."""
    batch = torch.from_numpy(images)
    if device.type == "cuda":
        batch = batch.pin_memory()  # else the copy has to wait for the one before
    batch = batch.to(device, non_blocking=True)
    height, width = images.shape[2:]
    return functional.pad(batch, (0, -width % multiple, 0, -height % multiple))


_Both = tuple[NDArray[np.float32], NDArray[np.bool_]]
"""Mean probabilities (N, classes, H, W) and what each voice calls seep (N, voices, H, W)."""


def _in_windows(run: Callable[[NDArray[np.float32]], _Both], image: NDArray[np.float32]) -> Voices:
    _, height, width = image.shape
    whole: Voices | None = None
    for top, low, high in _spans(height):
        for left, near, far in _spans(width):
            window = image[:, top : top + WINDOW_PX, left : left + WINDOW_PX]
            (classes,), (seep,) = run(window[None])
            if whole is None:
                shapes = (len(classes), height, width), (len(seep), height, width)
                whole = Voices(np.empty(shapes[0], np.float32), np.empty(shapes[1], np.bool_))
            kept = (slice(None), slice(low - top, high - top), slice(near - left, far - left))
            whole.classes[:, low:high, near:far] = classes[kept]
            whole.seep[:, low:high, near:far] = seep[kept]
    assert whole is not None  # an image has at least one window
    return whole


def _spans(length: int) -> Iterator[tuple[int, int, int]]:
    """(start of the window, start and end of what is kept of it) along one side."""
    step = WINDOW_PX - 2 * MARGIN_PX
    start = 0
    while True:
        last = start + WINDOW_PX >= length
        yield start, start + MARGIN_PX if start else 0, length if last else start + WINDOW_PX - MARGIN_PX
        if last:
            return
        start += step


@torch.inference_mode()
def _forward(way: Way, images: NDArray[np.float32]) -> _Both:
    height, width = images.shape[2:]
    try:
        batch = batch_of(images, way.device, way.multiple)
        total, voices = list[Tensor](), list[Tensor]()
        for axes in FLIPS if way.flips else FLIPS[:1]:
            turned = batch.flip(axes) if axes else batch
            for run in way.runs:
                part = run(turned)
                part = (part.flip(axes) if axes else part)[..., :height, :width]
                total = [total[0] + part] if total else [part]
                if way.seep is not None:
                    voices.append(way.seep(part))
        count = len(way.runs) * (len(FLIPS) if way.flips else 1)
        mean = total[0] / count if count > 1 else total[0]
        seep = torch.stack(voices, dim=1) if voices else torch.zeros((len(images), 0, height, width)) > 0
        return mean.cpu().numpy(), seep.cpu().numpy()
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
    if len(images) == 1:
        raise too_large(height, width, way.device)
    half = len(images) // 2
    parts = [_forward(way, part) for part in (images[:half], images[half:])]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
