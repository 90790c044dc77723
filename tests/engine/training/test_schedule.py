import pytest

from seep.engine.training.schedule import (
    TrainConfig,
    check_config,
    learning_rate,
    steps_per_epoch,
)
from seep.engine.unet import UNetConfig
from seep.errors import TrainingError


def test_the_rate_warms_up_and_falls():
    config = TrainConfig(learning_rate=1.0, warmup_share=0.1)
    rates = [learning_rate(step, 100, config) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == rates[10] == pytest.approx(1.0)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0.01 <= rates[-1] < 0.02


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_very_short_trainings_have_a_rate(steps):
    assert all(learning_rate(step, steps, TrainConfig()) > 0 for step in range(steps))


def test_an_epoch_covers_the_area_once_unless_told_otherwise(make_tile):
    tiles = [make_tile(n) for n in range(9)]
    assert steps_per_epoch(TrainConfig(crop_px=32, batch_size=4), tiles) == 9
    assert steps_per_epoch(TrainConfig(crop_px=128), tiles) == 1
    assert steps_per_epoch(TrainConfig(steps_per_epoch=7), tiles) == 7


def test_the_configuration_survives_a_dictionary():
    config = TrainConfig(epochs=3, steps_per_epoch=5, seed=9, freeze_batch_norm=True)
    assert TrainConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("crop_px", 100),
        ("crop_px", 0),
        ("epochs", 0),
        ("batch_size", -1),
        ("steps_per_epoch", 0),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("replay_share", 1.5),
        ("ignore_above_radius_px", -1.0),
        ("ignore_above_radius_px", float("inf")),
    ],
)
def test_settings_that_cannot_train_are_refused_by_name(name, value):
    with pytest.raises(TrainingError, match=f"{name} is {value}"):
        check_config(TrainConfig(**{name: value}), UNetConfig())
