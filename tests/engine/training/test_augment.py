from typing import cast

import numpy as np
import pytest
import torch

from seep.engine.training.augment import LOOKS, augment, change_signal, speckle, turn, wedges
from seep.engine.training.losses.targets import IGNORE_INDEX


class Still:
    """A generator that draws the same numbers for every crop."""

    def __init__(self, quarter=0, mirror=1.0):
        self.quarter, self.mirror = quarter, mirror

    def integers(self, high, size):
        return np.full(size, self.quarter)

    def choice(self, options, size):
        return np.full(size, self.mirror)

    def random(self, size):
        return np.ones(size)

    def uniform(self, low, high, size):
        return np.zeros(size)


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    random = np.random.default_rng(0)
    images = random.normal(size=(4, 2, 32, 32)).astype(np.float32)
    masks = random.integers(0, 3, (4, 32, 32)).astype(np.uint8)
    images[:, 1] = 1
    images[:, :, :, :5] = 0
    masks[:, :, :5] = IGNORE_INDEX
    return torch.from_numpy(images), torch.from_numpy(masks)


def test_the_same_random_numbers_give_the_same_images():
    one = augment(*batch(), np.random.default_rng(1))
    two = augment(*batch(), np.random.default_rng(1))
    assert torch.equal(one[0], two[0])
    assert torch.equal(one[1], two[1])
    assert not torch.equal(one[0], augment(*batch(), np.random.default_rng(2))[0])


def test_invalid_pixels_stay_zero_and_ignored():
    for seed in range(20):
        images, masks = augment(*batch(), np.random.default_rng(seed))
        valid = images[:, -1] > 0
        assert set(images[:, -1].unique().tolist()) <= {0.0, 1.0} or (images[:, -1][valid] > 0.99).all()
        assert (images[:, 0][~valid] == 0).all()
        assert (masks[~valid] == IGNORE_INDEX).all()
        assert torch.isfinite(images).all()
        assert masks.dtype == torch.uint8


def test_image_and_mask_turn_together():
    images, masks = batch()
    masks = torch.zeros_like(masks)
    masks[:, 8:20, 6:14] = 1
    images[:, 0] = masks.float()
    for seed in range(10):
        turned, moved = turn(images, masks, np.random.default_rng(seed))
        differs = (turned[:, 0] > 0.5) != (moved == 1)
        assert float(differs.float().mean()) < 0.01
        assert int((moved == 1).sum()) > 4 * 8 * 12 / 2


def test_quarter_turns_and_mirrors_are_exact():
    images, masks = batch()
    for quarter in range(4):
        turned, moved = turn(images, masks, cast(np.random.Generator, Still(quarter)))
        expected = [torch.rot90(masks, k, (1, 2)) for k in (quarter, -quarter)]
        assert any(torch.equal(moved, one) for one in expected)
        assert any(
            torch.allclose(turned, torch.rot90(images, k, (2, 3)), atol=1e-4) for k in (quarter, -quarter)
        )
    assert torch.equal(turn(images, masks, cast(np.random.Generator, Still(0, -1.0)))[1], masks.flip(2))


def test_the_signal_changes_but_keeps_its_order_of_magnitude():
    images, _ = batch()
    changed = change_signal(images[:, :1], np.random.default_rng(0))
    assert changed.shape == (4, 1, 32, 32)
    assert not torch.equal(changed, images[:, :1])
    assert float(changed.abs().max()) < 4 * float(images.abs().max())


def test_one_crop_of_ten_gets_a_wedge_and_none_is_emptied():
    cut = wedges(500, 32, np.random.default_rng(0)).float().mean(dim=(1, 2, 3))
    assert 0.05 < float((cut > 0).float().mean()) < 0.15
    assert float(cut.max()) < 0.5


def test_half_turns_move_image_and_mask_alike_and_keep_every_value():
    images = torch.arange(8 * 2 * 6 * 6, dtype=torch.float32).reshape(8, 2, 6, 6)
    masks = images[:, 0].to(torch.uint8)
    turned, moved = augment(images, masks, np.random.default_rng(0), "turns")
    torch.testing.assert_close(turned[:, 0].to(torch.uint8), moved)
    for before, after in zip(images, turned, strict=True):
        either = [before, before.flip(-1), before.flip(-2, -1), before.flip(-2)]
        assert any(torch.equal(after, one) for one in either)
    assert not torch.equal(turned, images)


def test_no_augmentation_changes_nothing():
    images, masks = torch.rand(2, 2, 8, 8), torch.zeros(2, 8, 8, dtype=torch.uint8)
    found = augment(images, masks, np.random.default_rng(0), "none")
    assert found[0] is images
    assert found[1] is masks


@pytest.mark.parametrize("looks", LOOKS)
def test_speckle_that_is_drawn_on_the_device_is_distributed_like_that_of_the_host(looks):
    like, each = torch.empty(2, 1, 256, 256), np.full(2, looks)
    host, device = (
        speckle(each, like, np.random.default_rng(1), on_device=where).flatten() for where in (False, True)
    )
    assert float(device.mean()) == pytest.approx(1, abs=0.003)
    assert float(device.var()) == pytest.approx(1 / looks, rel=0.03)
    shares = torch.linspace(0.01, 0.99, 25)
    torch.testing.assert_close(
        device.quantile(shares), host.quantile(shares), atol=0.03 * looks**-0.5, rtol=0
    )


def test_speckle_of_the_device_is_a_function_of_the_generator():
    like, looks = torch.empty(2, 1, 8, 8), np.array([20.0, 90.0])
    one, two = (speckle(looks, like, np.random.default_rng(5), on_device=True) for _ in range(2))
    assert torch.equal(one, two)
    assert not torch.equal(one, speckle(looks, like, np.random.default_rng(6), on_device=True))
