"""Batches are the same wherever they are cut."""

import dataclasses

import numpy as np
import pytest
import torch

from seep.engine.training.schedule import TrainConfig
from seep.engine.training.sources import DeviceCropLoader, HostCropLoader, create_crop_loader

CPU = torch.device("cpu")
CONFIG = TrainConfig(crop_px=48, batch_size=6, seed=3, replay_share=0.3)


@pytest.fixture
def tiles(make_tile):
    """Of two sizes, one smaller than a crop; some replayed, some without classes, some without nodata."""
    small = make_tile(3, side=40)
    return [
        make_tile(0, side=96),
        make_tile(1, side=64, class_id=2),
        dataclasses.replace(make_tile(2, corrected=False), classes_known=False),
        dataclasses.replace(small, nodata=None, image=small.image.astype(np.float32)),
    ]


def test_crops_gathered_on_the_device_equal_those_cut_on_the_host(tiles):
    host = create_crop_loader(CPU, tiles, CONFIG)
    device = create_crop_loader(CPU, tiles, dataclasses.replace(CONFIG, device_data="device"))
    assert isinstance(host, HostCropLoader)
    assert isinstance(device, DeviceCropLoader)
    for step in range(20):
        one, other = host.batch(step), device.batch(step)
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.masks, other.masks)
        assert one.names == other.names


@pytest.mark.parametrize("where", ["host", "device"])
def test_processes_share_a_batch_that_is_as_many_times_larger(tiles, where):
    config = dataclasses.replace(CONFIG, device_data=where)
    whole = create_crop_loader(CPU, tiles, dataclasses.replace(config, batch_size=12)).batch(4)
    parts = [create_crop_loader(CPU, tiles, config, part=(number, 2)).batch(4) for number in range(2)]
    assert torch.equal(torch.cat([part.images for part in parts]), whole.images)
    assert torch.equal(torch.cat([part.masks for part in parts]), whole.masks)
    assert parts[0].names + parts[1].names == whole.names


def test_a_training_is_the_same_wherever_its_tiles_lie(tiles):
    from seep.engine.training.train import train
    from seep.engine.unet import UNetConfig

    config = dataclasses.replace(CONFIG, epochs=1, steps_per_epoch=3)
    weights = []
    for where in ("host", "device"):
        result = train(
            UNetConfig(classes=3, levels=2, width=4), tiles, [],
            dataclasses.replace(config, device_data=where),
            state_path=None, on_event=lambda _: None, should_stop=lambda: False, device="cpu",
        )  # fmt: skip
        weights.append(result.checkpoint.model.state_dict())
    assert all(torch.equal(one, other) for one, other in zip(*(w.values() for w in weights), strict=True))
