"""What may change in a crop without changing its truth.

Orientation and, within limits, scale (pixel size is physical: 0.85 to 1.18 only); gain, gamma,
speckle and looks, which differ between scenes; wedges of nodata. Parameters come from a numpy
generator seeded by the step, so that a resumed training sees the same images.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seep.engine.losses.asked import IGNORED

SCALE_LIMIT = math.log(1.18)
SCALED_SHARE = 0.4
WEDGE_SHARE = 0.1
SPECKLE_SHARE = 0.4
LOOKS = (15.0, 150.0)
"""Equivalent number of looks of the added speckle: its relative deviation is looks ** -0.5."""


AUGMENTATIONS = ("full", "turns", "none")


def augment(
    images: Tensor, masks: Tensor, random: np.random.Generator, kind: str = "full"
) -> tuple[Tensor, Tensor]:
    """Change a batch at random, crop by crop.

    Args:
        images: float32 (N, bands + 1, S, S), normalised, last channel 1 where valid.
        masks: uint8 (N, S, S), 255 where ignored.
        random: all randomness comes from here.
        kind: "full" for all that the module names, "turns" for half turns and mirrored crops, "none".

    Returns:
        The same shapes and dtypes; invalid pixels are 0 in every channel and 255 in the mask.
    """
    if kind == "none":
        return images, masks
    if kind == "turns":
        return half_turns(images, masks, random)
    images, masks = turn(images, masks, random)
    images = torch.cat((change_signal(images[:, :-1], random), images[:, -1:]), dim=1)
    valid = (images[:, -1:] > 0.99) & ~wedges(len(images), images.shape[-1], random).to(images.device)
    images = torch.where(valid, images, torch.zeros_like(images))
    masks = torch.where(valid[:, 0], masks, torch.full_like(masks, IGNORED))
    return images, masks


def half_turns(images: Tensor, masks: Tensor, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Turn half of the crops by 180 degrees, and mirror half of all from left to right."""
    for axes in ((-2, -1), (-1,)):
        drawn = torch.from_numpy(random.random(len(images)) < 0.5).to(images.device)
        images = torch.where(drawn[:, None, None, None], images.flip(axes), images)
        masks = torch.where(drawn[:, None, None], masks.flip(axes), masks)
    return images, masks


def turn(images: Tensor, masks: Tensor, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Flip, rotate by quarter turns and, for some crops, scale; what comes from outside is invalid."""
    count = len(images)
    quarter = random.integers(4, size=count)
    mirror = random.choice((-1.0, 1.0), size=count)
    scaled = random.random(count) < SCALED_SHARE
    zoom = np.exp(random.uniform(-SCALE_LIMIT, SCALE_LIMIT, count) * scaled)
    cosine, sine = np.cos(quarter * np.pi / 2).round() * zoom, np.sin(quarter * np.pi / 2).round() * zoom
    rows = np.stack((mirror * cosine, -sine, 0 * sine, mirror * sine, cosine, 0 * sine), axis=1)
    matrix = torch.from_numpy(rows.reshape(count, 2, 3).astype(np.float32)).to(images.device)
    grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
    turned = functional.grid_sample(images, grid, mode="bilinear", align_corners=False)
    moved = functional.grid_sample(masks[:, None].float(), grid, mode="nearest", align_corners=False)
    return turned, moved[:, 0].to(masks.dtype)


def change_signal(bands: Tensor, random: np.random.Generator) -> Tensor:
    """Gain, offset, gamma, speckle and looks, drawn for each crop; (N, bands, S, S)."""
    count = len(bands)

    def each(values: np.ndarray) -> Tensor:
        return torch.from_numpy(values.astype(np.float32)).to(bands.device)[:, None, None, None]

    low = bands.amin(dim=(1, 2, 3), keepdim=True)
    span = (bands.amax(dim=(1, 2, 3), keepdim=True) - low).clamp(min=1e-3)
    share = ((bands - low) / span).clamp(1e-4, 1) ** each(np.exp(random.uniform(-0.25, 0.25, count)))
    speckled = random.random(count) < SPECKLE_SHARE
    looks = np.exp(random.uniform(math.log(LOOKS[0]), math.log(LOOKS[1]), count))
    if speckled.any():
        shape = looks[:, None, None, None].astype(np.float32)
        grain = random.standard_gamma(np.broadcast_to(shape, tuple(bands.shape))).astype(np.float32)
        noise = torch.from_numpy(grain / shape).to(bands.device)
        share = torch.where(each(speckled) > 0, share * noise, share)
    changed = share * span + low
    smooth = functional.avg_pool2d(changed, 3, 1, 1, count_include_pad=False)
    changed = torch.lerp(changed, smooth, each(random.uniform(0, 0.7, count) * (random.random(count) < 0.25)))
    return changed * each(np.exp(random.uniform(-0.15, 0.15, count))) + each(random.uniform(-0.2, 0.2, count))


def wedges(count: int, size_px: int, random: np.random.Generator) -> Tensor:
    """Bool (N, 1, S, S): half planes to cut away, in one crop of ten."""
    angle = random.uniform(0, 2 * np.pi, count)
    offset = np.where(random.random(count) < WEDGE_SHARE, random.uniform(0.1, 0.6, count), 9.0)
    steps = torch.linspace(-1, 1, size_px)
    across = torch.from_numpy(np.cos(angle).astype(np.float32))[:, None, None] * steps[None, None, :]
    along = torch.from_numpy(np.sin(angle).astype(np.float32))[:, None, None] * steps[None, :, None]
    return (across + along > torch.from_numpy(offset.astype(np.float32))[:, None, None])[:, None]
