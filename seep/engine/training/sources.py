"""Crop loaders: crops are cut on the host, or on the device if it holds all tiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seep.core.image.normalize import normalize
from seep.engine.training.dataset import TrainingTile, cut, target_mask
from seep.engine.training.losses.targets import IGNORE_INDEX
from seep.engine.training.sampling import CropCorner, CropSampler
from seep.engine.training.schedule import TrainConfig

MEMORY_SHARE = 0.4
"""Share of the free GPU memory for tiles; the network and its gradients need the rest."""


class Batch(NamedTuple):
    """A batch of crops before augmentation.

    Attributes:
        images: float32 (N, bands + 1, S, S), normalized; the last channel is 1 at valid pixels.
        masks: uint8 (N, S, S), 255 where ignored, 254 for seep of unknown class.
        names: names of the tiles of the crops.
        replayed: number of crops of base tiles, which come first.
    """

    images: Tensor
    masks: Tensor
    names: list[str]
    replayed: int = 0


class CropLoader(Protocol):
    """A source of batches."""

    def batch(self, step: int) -> Batch:
        """Return the crops of a step, which depend on the seed and the step only."""


def create_crop_loader(
    device: torch.device,
    tiles: Sequence[TrainingTile],
    config: TrainConfig,
    part: tuple[int, int] = (0, 1),
) -> CropLoader:
    """Create the crop loader for a device.

    Args:
        tiles: source of the crops.
        config: settings of the crops. With `device_data` "auto", tiles are kept on a GPU if they take at most
            `MEMORY_SHARE` of its free memory.
        part: rank and number of processes; batches are as many times larger, and each process loads its share.
    """
    where, crop_px = config.device_data, config.crop_px
    sampler = CropSampler(
        tiles,
        crop_px=crop_px,
        batch_size=config.batch_size * part[1],
        replay_share=config.replay_share,
        seed=config.seed,
        sampling=config.sampling,
        least_scale=config.least_scale,
    )
    wanted = config.least_scale == 1 and (
        where == "device" or (where == "auto" and device.type == "cuda" and _fits(device, tiles, crop_px))
    )
    kind = DeviceCropLoader if wanted else HostCropLoader
    return kind(tiles, sampler, crop_px, device, part)


class HostCropLoader:
    """Cuts and normalizes each crop on the host and moves the batch to the device."""

    def __init__(
        self,
        tiles: Sequence[TrainingTile],
        sampler: CropSampler,
        crop_px: int,
        device: torch.device,
        part: tuple[int, int] = (0, 1),
    ) -> None:
        """Keep the tiles; see `create_crop_loader`."""
        self._tiles, self._sampler, self._crop_px = list(tiles), sampler, crop_px
        self._device, self._part = device, part

    def batch(self, step: int) -> Batch:
        """The crops of one step."""
        places = _own(self._sampler.corners(step), self._part)
        pairs = [
            cut(self._tiles[place.tile], place.top, place.left, self._crop_px, place.side) for place in places
        ]
        images, masks = (torch.from_numpy(np.stack(arrays)) for arrays in zip(*pairs, strict=True))
        tiles = [self._tiles[place.tile] for place in places]
        replayed = sum(not tile.corrected for tile in tiles)
        return Batch(images.to(self._device), masks.to(self._device), [tile.name for tile in tiles], replayed)


class DeviceCropLoader:
    """Keeps all normalized tiles in one tensor on the device; a batch is one gather operation."""

    def __init__(
        self,
        tiles: Sequence[TrainingTile],
        sampler: CropSampler,
        crop_px: int,
        device: torch.device,
        part: tuple[int, int] = (0, 1),
    ) -> None:
        """Move the tiles; see `create_crop_loader`. Tiles smaller than a crop are padded with ignored pixels."""
        self._sampler, self._part, self._device = sampler, part, device
        self._names = [tile.name for tile in tiles]
        self._replayed = [not tile.corrected for tile in tiles]
        sizes = np.array([[max(crop_px, side) for side in tile.mask.shape] for tile in tiles])
        areas = sizes.prod(axis=1)
        self._starts, self._widths = areas.cumsum() - areas, sizes[:, 1]
        channels = tiles[0].statistics.bands + 1
        self._images = torch.empty((channels, int(areas.sum())), device=device)
        self._masks = torch.empty(int(areas.sum()), dtype=torch.uint8, device=device)
        for tile, (height, width), start in zip(tiles, sizes, self._starts, strict=True):
            image, mask = _padded(tile, int(height), int(width))
            end = int(start) + mask.numel()
            self._images[:, start:end] = image.flatten(1).to(device)
            self._masks[start:end] = mask.flatten().to(device)
        self._steps = torch.arange(crop_px, device=device)

    def batch(self, step: int) -> Batch:
        """The crops of one step."""
        places = _own(self._sampler.corners(step), self._part)
        rows = np.array(places)
        corners = self._starts[rows[:, 0]] + rows[:, 1] * self._widths[rows[:, 0]] + rows[:, 2]
        first, width = torch.from_numpy(np.stack((corners, self._widths[rows[:, 0]]))).to(self._device)
        lines = first[:, None] + self._steps * width[:, None]
        pixels = lines[:, :, None] + self._steps
        images = self._images[:, pixels].movedim(0, 1).contiguous()
        return Batch(
            images,
            self._masks[pixels],
            [self._names[place.tile] for place in places],
            sum(self._replayed[place.tile] for place in places),
        )


def _own(places: list[CropCorner], part: tuple[int, int]) -> list[CropCorner]:
    number, parts = part
    each = len(places) // parts
    return places[number * each : (number + 1) * each]


def _padded(tile: TrainingTile, height: int, width: int) -> tuple[Tensor, Tensor]:
    image = normalize(tile.image, tile.statistics, tile.nodata)
    mask = np.where(image[-1] > 0, target_mask(tile.mask, tile.classes_known), np.uint8(IGNORE_INDEX))
    margin = (0, width - mask.shape[1], 0, height - mask.shape[0])
    return (
        functional.pad(torch.from_numpy(image), margin),
        functional.pad(torch.from_numpy(mask), margin, value=IGNORE_INDEX),
    )


def _fits(device: torch.device, tiles: Sequence[TrainingTile], crop_px: int) -> bool:
    """Return whether all tiles (float32 bands and one mask byte per pixel) fit `MEMORY_SHARE` of the GPU memory."""
    pixels = sum(int(np.prod([max(crop_px, side) for side in tile.mask.shape])) for tile in tiles)
    free, _ = torch.cuda.mem_get_info(device)
    return pixels * (4 * (tiles[0].statistics.bands + 1) + 1) <= MEMORY_SHARE * free
