import numpy as np
import pytest
import torch

from seep.engine.training import sensors
from seep.engine.training.augment import augment
from seep.engine.training.sensors import change_sensor

SHARES = ("STRETCHED", "NOISY", "CLIPPED", "COMPRESSED", "OWN", "SHIFTED")


def batch(count: int = 16) -> torch.Tensor:
    images = np.random.default_rng(0).normal(size=(count, 2, 64, 64)).astype(np.float32)
    images[:, 1] = 1
    images[:, :, :, :5] = 0
    return torch.from_numpy(images)


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch):
    """Apply one change to every crop, or none."""

    def apply(chosen: str | None, images: torch.Tensor) -> np.ndarray:
        for name in SHARES:
            monkeypatch.setattr(sensors, f"{name}_SHARE", float(name == chosen))
        return change_sensor(images, np.random.default_rng(1)).numpy()

    return apply


def test_without_a_change_crops_stay(only) -> None:
    np.testing.assert_array_equal(only(None, batch()), batch())


@pytest.mark.parametrize("change", SHARES)
def test_each_change_differs_between_crops_and_keeps_nodata(only, change) -> None:
    before = batch(1).repeat(4, 1, 1, 1)
    after = only(change, before)
    np.testing.assert_array_equal(after[:, 1], before[:, 1])
    assert (after[:, 0, :, :5] == 0).all()
    assert np.isfinite(after).all()
    assert not np.array_equal(after, before) or change == "OWN"
    if change != "OWN":  # equal crops have equal statistics
        assert not np.array_equal(after[0], after[1])


def test_another_stretch_keeps_order_median_and_quartiles(only) -> None:
    before = batch()
    after = only("STRETCHED", before)
    for old, new in zip(before.numpy()[:, 0, :, 5:], after[:, 0, :, 5:], strict=True):
        assert (np.diff(new.ravel()[np.argsort(old.ravel())]) >= -1e-5).all()
        lower, median, upper = np.percentile(new, (25, 50, 75))
        assert median == pytest.approx(0, abs=0.1)
        assert upper - lower == pytest.approx(1.349, abs=0.15)


def test_own_statistics_hide_an_area_that_is_darker_than_its_scene(only) -> None:
    dark = batch()
    dark[:, :1, :, 5:] = dark[:, :1, :, 5:] * 0.5 - 3
    after = only("OWN", dark)[:, 0, :, 5:]
    np.testing.assert_allclose(np.median(after, axis=(1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(np.subtract(*np.percentile(after, (75, 25), axis=(1, 2))), 1.349, atol=1e-3)


def test_sensors_are_an_augmentation_that_depends_on_the_seed_only() -> None:
    masks = torch.zeros((16, 64, 64), dtype=torch.uint8)
    one, two, other = (
        augment(batch(), masks, np.random.default_rng(seed), "sensors")[0] for seed in (3, 3, 4)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert not torch.equal(one, augment(batch(), masks, np.random.default_rng(3), "full")[0])


def test_crops_without_any_valid_pixel_stay(only) -> None:
    empty = torch.zeros((2, 2, 32, 32))
    for change in SHARES:
        np.testing.assert_array_equal(only(change, empty), empty)
