import dataclasses

import numpy as np
import pytest
import torch

from seep.engine.training.losses.targets import IGNORE_INDEX, UNKNOWN_CLASS
from seep.engine.training.schedule import TrainConfig
from seep.engine.training.sources import create_crop_loader
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
