"""Every preset trains: its loss falls, and a tiny set is learned by heart."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from seep.core.image.normalize import statistics_of
from seep.core.metrics.confusion import confusion, scores
from seep.engine.inference.predict import Predictor
from seep.engine.presets import PRESETS, preset
from seep.engine.training.dataset import TrainingTile
from seep.engine.training.train import train
from seep.errors import SettingsError

SIDE = 48
BANDS = {"unet-rgb": 3}


def tiny_tile(bands: int) -> TrainingTile:
    """Two dark slicks of different classes and depths."""
    random = np.random.default_rng(0)
    image = random.normal(1000, 30, (SIDE, SIDE, bands))
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[10:18, 5:44], mask[28:38, 5:44] = 1, 2
    image[mask == 1] *= 0.6
    image[mask == 2] *= 0.2
    image = image.astype(np.uint16) if bands > 1 else image[..., 0].astype(np.uint16)
    return TrainingTile("tiny", image, mask, statistics_of([image], None), None, True)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_learns_a_tiny_set_by_heart(name, seed):
    recipe = preset(name)
    bands = BANDS.get(name, 1)
    tile = tiny_tile(bands)
    if recipe.binary:
        tile = replace(tile, mask=(tile.mask > 0).astype(np.uint8))
    # The recipe as it is, narrower and faster, so that the test takes seconds: two levels, four times the
    # rate, one stage after the other.
    base: Any = replace(recipe.network_for(bands, 3), width=8, levels=2)
    losses = []
    for stage in recipe.stages:
        config = replace(
            stage, epochs=2, steps_per_epoch=40, batch_size=2, crop_px=SIDE, learning_rate=1e-2,
            ema_decay=0.9, augmentation="none", seed=seed,
        )  # fmt: skip
        events: list[dict] = []
        result = train(
            base, [tile], [tile], config, state_path=None, on_event=events.append,
            should_stop=lambda: False, device="cpu",
        )  # fmt: skip
        base = result.checkpoint
        losses.append([event["train_loss"] for event in events if event["kind"] == "epoch"])
    assert all(last < first for first, last in losses)
    (found,) = Predictor(base, "cpu").predict([tile.image], [tile.statistics], None)
    figures = scores(confusion(tile.mask, found.mask, base.model.config.classes))
    assert figures["binary_iou"] > 0.8
    assert figures["mean_iou_seep"] > 0.75


def test_the_data_says_bands_and_classes():
    network = preset("unet-multiclass").network_for(2, 5)
    assert (network.bands, network.classes) == (2, 5)
    assert preset("unet-binary").network_for(1, 8).classes == 2


def test_only_the_preset_seep_ignores_wide_slicks():
    radii = {one.name: {stage.ignore_above_radius_px for stage in one.stages} for one in PRESETS.values()}
    assert radii.pop("seep") == {12.0}
    assert set.union(*radii.values()) == {0.0}


def test_an_unknown_preset_is_refused_with_a_list():
    with pytest.raises(SettingsError, match="unet-rgb"):
        preset("unet")
