"""Running a network over images of any size.

Small images of one shape go through together; sides are padded to the network's multiple with
invalid pixels. Large images go through in windows whose margin, as wide as the context that
matters, is cut away, so that nothing needs blending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from seep.engine.unet import class_probabilities

WINDOW_PX = 1024
MARGIN_PX = 64
"""Both are multiples of 64, the largest multiple of any network, so that pooling grids agree."""

BATCH_PIXELS = 16 * 256 * 256
FLIPS = ((), (2,), (3,), (2, 3))
"""Axes of (N, C, H, W) to flip; quarter turns are left out, as they would swap unequal sides."""


def probabilities(
    model: nn.Module,
    images: Sequence[NDArray[np.float32]],
    device: torch.device,
    multiple: int,
    *,
    flips: bool = False,
) -> Iterator[NDArray[np.float32]]:
    """Class probabilities of each image, in order.

    Args:
        model: maps (N, channels, H, W) to logits (N, classes, H, W); in evaluation mode, on `device`.
        images: float32 (channels, H, W) of any size, as `normalise` returns them.
        device: where the model is; on CUDA half precision is used.
        multiple: sides that the model accepts are multiples of this, in pixels.
        flips: average over the image and its three flips, at four times the cost.

    Yields:
        float32 (classes, H, W), summing to 1 over the classes.
    """
    run = partial(_forward, model, device=device, multiple=multiple, flips=flips)
    for shape, group in groupby(images, key=lambda image: image.shape):
        alike = list(group)
        if max(shape[1:]) > WINDOW_PX:
            yield from (_in_windows(run, image) for image in alike)
            continue
        count = max(1, BATCH_PIXELS // (shape[1] * shape[2]))
        for first in range(0, len(alike), count):
            yield from run(np.stack(alike[first : first + count]))


def _in_windows(
    run: Callable[[NDArray[np.float32]], NDArray[np.float32]], image: NDArray[np.float32]
) -> NDArray[np.float32]:
    _, height, width = image.shape
    result: NDArray[np.float32] | None = None
    for top, low, high in _spans(height):
        for left, near, far in _spans(width):
            window = image[:, top : top + WINDOW_PX, left : left + WINDOW_PX]
            found = run(window[None])[0]
            if result is None:
                result = np.empty((found.shape[0], height, width), np.float32)
            result[:, low:high, near:far] = found[:, low - top : high - top, near - left : far - left]
    assert result is not None  # an image has at least one window
    return result


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
def _forward(
    model: nn.Module, images: NDArray[np.float32], device: torch.device, multiple: int, flips: bool
) -> NDArray[np.float32]:
    height, width = images.shape[2:]
    batch = torch.from_numpy(images).to(device)
    batch = functional.pad(batch, (0, -width % multiple, 0, -height % multiple))
    heads = getattr(getattr(model, "config", None), "heads", "two")
    try:
        found = torch.zeros(())
        for axes in FLIPS if flips else FLIPS[:1]:
            turned = batch.flip(axes).contiguous(memory_format=torch.channels_last)
            part = class_probabilities(_logits(model, turned, device), heads)
            found = found + part.flip(axes).cpu()
    except torch.OutOfMemoryError:
        if len(images) == 1:
            raise
        half = len(images) // 2
        parts = [_forward(model, part, device, multiple, flips) for part in (images[:half], images[half:])]
        return np.concatenate(parts)
    mean: NDArray[np.float32] = (found / (len(FLIPS) if flips else 1))[..., :height, :width].numpy()
    return mean


def _logits(model: nn.Module, batch: Tensor, device: torch.device) -> Tensor:
    # Autocast on a CPU without bf16 units is 4.5 times slower than float32: CUDA only.
    with torch.autocast("cuda", torch.bfloat16, enabled=device.type == "cuda"):
        logits: Tensor = model(batch)
    return logits.float()
