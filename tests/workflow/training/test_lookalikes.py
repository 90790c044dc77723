import numpy as np
import pytest

from seep.core.image.normalize import statistics_of
from seep.core.synthesis.composed import MEASURING_SEEDS, compose_lookalike
from seep.core.synthesis.scene import synthesize_scene
from seep.engine.training.dataset import TrainingTile
from seep.errors import SettingsError
from seep.workflow.training.lookalikes import KINDS, WINDOW_PX, lookalike_tiles


def tile(seed: int, height: int = 600, width: int = 640) -> TrainingTile:
    scene = synthesize_scene(seed, height, width, 0, wedges=False)
    return TrainingTile(
        f"s{seed}", scene.image, scene.mask, statistics_of([scene.image], 0), 0, corrected=True
    )


def test_windows_are_darkened_and_keep_their_masks() -> None:
    tiles = [tile(1), tile(2, 200, 300)]
    found = lookalike_tiles(tiles, 4, seed=5)
    assert [one.mask.shape for one in found] == [(WINDOW_PX, WINDOW_PX), (200, 300)] * 2
    assert not any(one.corrected for one in found)
    np.testing.assert_array_equal(found[1].mask, tiles[1].mask)
    assert found[1].image.mean() < tiles[1].image.mean()
    again = lookalike_tiles(tiles, 4, seed=5)
    np.testing.assert_array_equal(found[0].image, again[0].image)
    measured = compose_lookalike(tiles[1].image, 0, MEASURING_SEEDS[5001], KINDS[1]).image
    assert (measured != found[1].image).any()


def test_none_are_made_unless_requested_or_without_valid_pixels() -> None:
    one = tile(1)
    assert lookalike_tiles([one], 0, seed=0) == []
    empty = TrainingTile("empty", np.zeros_like(one.image), one.mask, one.statistics, 0, corrected=True)
    with pytest.raises(SettingsError, match="No window of the 1 training tiles"):
        lookalike_tiles([empty], 3, seed=0)
