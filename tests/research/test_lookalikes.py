import numpy as np
import pytest

from research.lookalikes import Tallies, measure, synthetic_windows, table
from seep.engine.checkpoint import new_checkpoint
from seep.engine.inference.predict import Predictor
from seep.engine.unet import UNetConfig


def test_false_area_is_counted_within_the_lookalike_only() -> None:
    area = np.zeros((10, 10), bool)
    area[:5] = True
    found, without = np.zeros((2, 10, 10), np.uint8)
    found[4:8] = 1
    without[0, :2] = 1
    tallies = Tallies()
    tallies.add("real", "low wind", area, found, without)
    tallies.add("real", "rain cell", area, without, without)
    low = tallies.of["real", "low wind"].figures()
    assert low == pytest.approx(
        {"false_px_per_mpx": 200_000, "without_lookalike": 40_000, "called_share": 1, "lookalikes": 1}
    )
    assert tallies.of["real", "all"].figures()["called_share"] == 0.5


def test_a_network_that_calls_everything_is_wrong_everywhere() -> None:
    checkpoint = new_checkpoint(UNetConfig(width=2, levels=1, classes=2), seed=0, name="everything")
    checkpoint.card["threshold"] = 1e-6
    windows = [*synthetic_windows(4)]
    tallies = measure(Predictor(checkpoint, "cpu"), windows)
    assert {kind for _, kind in tallies.of} == {"low wind", "filaments", "rain cell", "wind rows", "all"}
    figures = tallies.of["synthetic", "all"].figures()
    assert figures["false_px_per_mpx"] == pytest.approx(1e6)
    assert figures["called_share"] == 1
    assert "1,000,000 (1,000,000 without), 100% called" in table({"a/x.st": {"synthetic, all": figures}})
