"""Data augmentation of training crops.

The augmentations are orientation; scale from 0.85 to 1.18 only, because the pixel size is physical; gain, gamma,
speckle and looks, which differ between scenes; and wedges of nodata. Parameters come from a NumPy generator seeded by
the step, so a resumed training gets the same images. A whole batch is processed at a time, on its device.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seep.engine.training.losses.targets import IGNORE_INDEX
from seep.engine.training.sensors import change_sensor

SCALE_LIMIT = math.log(1.18)
SCALED_SHARE = 0.4
WEDGE_SHARE = 0.1
SPECKLE_SHARE = 0.4
LOOKS = (15.0, 150.0)
"""Equivalent number of looks of the added speckle: its relative deviation is looks ** -0.5."""


AUGMENTATIONS = ("full", "sensors", "turns", "none")


def augment(
    images: Tensor, masks: Tensor, random: np.random.Generator, kind: str = "full"
) -> tuple[Tensor, Tensor]:
    """Augment each crop of a batch at random.

    Args:
        images: float32 (N, bands + 1, S, S), normalized, last channel 1 where valid.
        masks: uint8 (N, S, S), 255 where ignored.
        random: source of all random numbers.
        kind: "full" for all augmentations of this module, "sensors" for `seep.engine.training.sensors` in addition,
            "turns" for half turns and mirrored crops, or "none".

    Returns:
        The same shapes and dtypes; invalid pixels are 0 in every channel and 255 in the mask.
    """
    if kind == "none":
        return images, masks
    if kind == "turns":
        return half_turns(images, masks, random)
    images, masks = turn(images, masks, random)
    if kind == "sensors":
        images = change_sensor(images, random)
    images = torch.cat((change_signal(images[:, :-1], random), images[:, -1:]), dim=1)
    valid = (images[:, -1:] > 0.99) & ~wedges(len(images), images.shape[-1], random, images.device)
    images = torch.where(valid, images, torch.zeros_like(images))
    masks = torch.where(valid[:, 0], masks, torch.full_like(masks, IGNORE_INDEX))
    return images, masks


def half_turns(images: Tensor, masks: Tensor, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Rotate a random half of the crops by 180 degrees, and mirror a random half horizontally."""
    for axes in ((-2, -1), (-1,)):
        drawn = torch.from_numpy(random.random(len(images)) < 0.5).to(images.device)
        images = torch.where(drawn[:, None, None, None], images.flip(axes), images)
        masks = torch.where(drawn[:, None, None], masks.flip(axes), masks)
    return images, masks


def turn(images: Tensor, masks: Tensor, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Flip, rotate by multiples of 90 degrees and, for some crops, scale; pixels from outside are invalid."""
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
    """Apply random gain, offset, gamma, speckle and looks to each crop, (N, bands, S, S)."""
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
    """Return multiplicative speckle: gamma distributed with mean 1 and variance 1 / looks.

    On a GPU the cube of a normal deviate approximates it (Wilson and Hilferty 1931,
    https://doi.org/10.1073/pnas.17.12.684), for 15 looks and more to 1 % of the standard deviation. A million exact
    deviates take longer on the host than a training step on the GPU.

    Args:
        looks: (N,), one per crop.
        like: (N, bands, S, S), tensor with the shape and device of the result.
        random: source of random numbers, or of the seed on the device.
        on_device: draw on the device instead of the host.
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
    """Return half planes that become nodata, in one of ten crops: bool (N, 1, S, S)."""
    angle = random.uniform(0, 2 * np.pi, count)
    offset = np.where(random.random(count) < WEDGE_SHARE, random.uniform(0.1, 0.6, count), 9.0)
    steps = torch.linspace(-1, 1, size_px).to(device)
    drawn = np.stack((np.cos(angle), np.sin(angle), offset)).astype(np.float32)
    across, along, limit = torch.from_numpy(drawn).to(device)[..., None, None]
    beyond: Tensor = across * steps[None, None, :] + along * steps[None, :, None] > limit
    return beyond[:, None]
