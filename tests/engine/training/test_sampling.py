import dataclasses

import numpy as np
import pytest
import torch

from seep.core.image.normalize import statistics_of
from seep.engine.training.losses.targets import IGNORE_INDEX, UNKNOWN_CLASS
from seep.engine.training.schedule import TrainConfig, check_config
from seep.engine.training.sources import HostCropLoader, create_crop_loader
from seep.engine.unet import UNetConfig
from seep.errors import TrainingError


def sampler(tiles, **changes):
    settings = {"crop_px": 32, "batch_size": 6, "replay_share": 0.5, "seed": 0} | changes
    return create_crop_loader(torch.device("cpu"), tiles, TrainConfig(**settings))


def test_a_batch_is_a_function_of_seed_and_step(make_tile):
    tiles = [make_tile(0), make_tile(1, corrected=False)]
    one, two = sampler(tiles).batch(7), sampler(tiles).batch(7)
    assert torch.equal(one.images, two.images)
    assert torch.equal(one.masks, two.masks)
    assert not torch.equal(one.images, sampler(tiles).batch(8).images)
    assert not torch.equal(one.images, sampler(tiles, seed=1).batch(7).images)


def test_shapes_and_types(make_tile):
    crops = sampler([make_tile()]).batch(0)
    assert crops.images.shape == (6, 2, 32, 32)
    assert crops.images.dtype == torch.float32
    assert crops.masks.shape == (6, 32, 32)
    assert crops.masks.dtype == torch.uint8
    assert crops.names == ["tile 0"] * 6


def test_a_tile_smaller_than_a_crop_is_padded_with_ignored_pixels(make_tile):
    crops = sampler([make_tile(side=64)], crop_px=96).batch(0)
    assert (crops.masks[:, 64:] == IGNORE_INDEX).all()
    assert (crops.images[:, :, :, 64:] == 0).all()


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_replay_share_is_kept_over_batches(make_tile, share):
    made = sampler([make_tile(0), make_tile(1, corrected=False)], replay_share=share)
    names = [name for step in range(200) for name in made.batch(step).names]
    assert names.count("tile 1") / len(names) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("corrected", [True, False])
def test_one_kind_of_tiles_alone_fills_every_batch(make_tile, corrected):
    assert len(sampler([make_tile(corrected=corrected)]).batch(0).names) == 6


def test_rare_classes_are_seen_as_often_as_common_ones(make_tile):
    tiles = [make_tile(n, class_id=1) for n in range(9)] + [make_tile(9, class_id=2)]
    made = sampler(tiles)
    names = [name for step in range(60) for name in made.batch(step).names]
    # A sixth of the crops by class, and a tenth of the other two thirds.
    assert names.count("tile 9") / len(names) == pytest.approx(1 / 6 + 2 / 30, abs=0.06)


def test_unsure_pixels_are_no_slick(make_tile):
    tile = make_tile()
    unsure = dataclasses.replace(tile, mask=np.where(tile.mask > 0, 255, 0).astype(np.uint8))
    crops = sampler([unsure]).batch(0)
    assert set(crops.masks.unique().tolist()) <= {0, IGNORE_INDEX}


def test_slicks_without_a_class_are_not_balanced_against_classes(make_tile):
    untyped = [dataclasses.replace(make_tile(n), classes_known=False) for n in range(9)]
    made = sampler([make_tile(9, class_id=2), *untyped])
    names = [name for step in range(60) for name in made.batch(step).names]
    # All of the third by class, and a tenth of the other two.
    assert names.count("tile 9") / len(names) == pytest.approx(1 / 3 + 2 / 30, abs=0.06)
    alone = sampler(untyped, batch_size=3)
    assert (alone.batch(0).masks == UNKNOWN_CLASS).flatten(1).any(dim=1).sum() >= 2


def test_clean_sea_alone_can_be_sampled(make_tile):
    tile = make_tile()
    clean = dataclasses.replace(tile, mask=np.zeros_like(tile.mask))
    assert set(sampler([clean]).batch(0).masks.unique().tolist()) == {0, IGNORE_INDEX}


def test_tiles_without_a_valid_pixel_are_refused(make_tile):
    tile = make_tile()
    empty = dataclasses.replace(tile, image=np.zeros_like(tile.image))
    with pytest.raises(TrainingError, match="valid pixel"):
        sampler([empty])


def test_seas_are_drawn_equally_often_whatever_their_number_of_tiles(make_tile):
    many = [dataclasses.replace(make_tile(n, corrected=False), sea="many") for n in range(9)]
    few = [dataclasses.replace(make_tile(9, corrected=False), sea="few")]
    made = sampler([*many, *few, make_tile(10)], replay_share=0.5)
    names = [name for step in range(100) for name in made.batch(step).names]
    assert names.count("tile 9") / len(names) == pytest.approx(0.25, abs=0.05)
    assert names.count("tile 10") / len(names) == pytest.approx(0.5, abs=0.05)


def test_replayed_crops_come_first_and_are_counted(make_tile):
    made = sampler([make_tile(0), make_tile(1, corrected=False)], replay_share=0.5)
    for step in range(5):
        crops = made.batch(step)
        assert crops.names == ["tile 1"] * crops.replayed + ["tile 0"] * (6 - crops.replayed)
        assert crops.replayed == 3


def test_crops_at_a_lower_resolution_show_more_of_the_tile(make_tile):
    tile = make_tile(0, side=128)
    tile = dataclasses.replace(tile, image=np.tile(np.arange(1, 129, dtype=np.uint16), (128, 1)))
    tile = dataclasses.replace(tile, statistics=statistics_of([tile.image], None), nodata=None)
    made = sampler([tile], least_scale=0.25)
    assert isinstance(made, HostCropLoader)
    spans = []
    for step in range(20):
        for image in made.batch(step).images.numpy():
            row = image[0, 0][image[1, 0] > 0]
            spans.append(float(row.max() - row.min()) * tile.statistics.scale[0])
    # 32 px of the tile at full resolution, up to 128 at the lowest one
    assert min(spans) == pytest.approx(31, abs=1)
    assert max(spans) > 90
    share = np.mean(np.array(spans) > 33)
    assert 0.4 < share < 0.7
    with pytest.raises(TrainingError, match="least_scale is"):
        check_config(TrainConfig(least_scale=0.05, crop_px=32), UNetConfig(levels=2, width=4))
