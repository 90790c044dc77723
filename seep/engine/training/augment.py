"""What may change in a crop without changing its truth.

Orientation and, within limits, scale (pixel size is physical: 0.85 to 1.18 only); gain, gamma,
speckle and looks, which differ between scenes; wedges of nodata. Parameters come from a numpy
generator seeded by the step, so that a resumed training sees the same images; pixels are changed
where they are, a whole batch at once.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seep.engine.training.losses.targets import IGNORE_INDEX

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
        images: float32 (N, bands + 1, S, S), normalized, last channel 1 where valid.
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
    valid = (images[:, -1:] > 0.99) & ~wedges(len(images), images.shape[-1], random, images.device)
    images = torch.where(valid, images, torch.zeros_like(images))
    masks = torch.where(valid[:, 0], masks, torch.full_like(masks, IGNORE_INDEX))
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
        noise = speckle(looks, bands, random, on_device=bands.device.type != "cpu")
        share = torch.where(each(speckled) > 0, share * noise, share)
    changed = share * span + low
    smooth = functional.avg_pool2d(changed, 3, 1, 1, count_include_pad=False)
    changed = torch.lerp(changed, smooth, each(random.uniform(0, 0.7, count) * (random.random(count) < 0.25)))
    return changed * each(np.exp(random.uniform(-0.15, 0.15, count))) + each(random.uniform(-0.2, 0.2, count))


def speckle(looks: np.ndarray, like: Tensor, random: np.random.Generator, *, on_device: bool) -> Tensor:
    """Speckle to multiply an intensity by: gamma distributed, of mean 1 and variance 1 / looks.

    On a GPU the cube of a normal deviate stands for it, which for 15 looks and more is right to 1 % of the
    deviation: a million deviates of the exact kind cost the host longer than the GPU takes for a step.
    Source: Wilson and Hilferty 1931, https://doi.org/10.1073/pnas.17.12.684.

    Args:
        looks: (N,), one a crop.
        like: (N, bands, S, S), of the shape and on the device that are wanted.
        random: seeds it.
        on_device: draw there and not on the host.
    """
    shape = looks[:, None, None, None].astype(np.float32)
    if not on_device:
        grain = random.standard_gamma(np.broadcast_to(shape, tuple(like.shape))).astype(np.float32)
        return torch.from_numpy(grain / shape).to(like.device)
    generator = torch.Generator(like.device).manual_seed(int(random.integers(2**62)))
    normal = torch.randn(like.shape, device=like.device, generator=generator)
    inverse = torch.from_numpy(1 / (9 * shape)).to(like.device)
    return (1 - inverse + normal * inverse.sqrt()).clamp(min=0) ** 3


def wedges(
    count: int, size_px: int, random: np.random.Generator, device: torch.device | None = None
) -> Tensor:
    """Bool (N, 1, S, S): half planes to cut away, in one crop of ten."""
    angle = random.uniform(0, 2 * np.pi, count)
    offset = np.where(random.random(count) < WEDGE_SHARE, random.uniform(0.1, 0.6, count), 9.0)
    steps = torch.linspace(-1, 1, size_px).to(device)
    drawn = np.stack((np.cos(angle), np.sin(angle), offset)).astype(np.float32)
    across, along, limit = torch.from_numpy(drawn).to(device)[..., None, None]
    beyond: Tensor = across * steps[None, None, :] + along * steps[None, :, None] > limit
    return beyond[:, None]
