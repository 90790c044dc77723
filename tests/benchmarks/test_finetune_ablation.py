"""`benchmarks.finetune_ablation`: who plays which part, and the mixture of old and new weights."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch

from benchmarks.finetune_ablation import halves, read_dataset
from seep.engine.checkpoint import Checkpoint
from seep.engine.unet import UNet, UNetConfig

SPLITS = {"train": ["a"], "validation": ["b"], "locked": ["c", "d"]}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    images, masks = tmp_path / "images", tmp_path / "masks"
    random = np.random.default_rng(0)
    for folder in (images, masks):
        folder.mkdir()
    for scene in "abcd":
        for number in range(3):
            name = f"{scene}.{number:06d}.tif"
            tifffile.imwrite(images / name, random.integers(1, 60_000, (32, 32), dtype=np.uint16))
            tifffile.imwrite(masks / name, np.eye(32, dtype=np.uint8))
    return images, masks


def test_no_tile_is_both_learned_from_and_measured_on(folders):
    chosen = Namespace(scenes=["b", "c"], tiles=4, held_tiles=2, seed=0)
    dataset = read_dataset(*folders, SPLITS, chosen)
    corrected = {tile.name for tile in dataset.corrected}
    held = {name: {tile.name for tile in tiles} for name, tiles in dataset.held.items()}
    assert len(corrected) == 4
    assert corrected | held["rest of b, c"] == {f"{one}.{at:06d}" for one in "bc" for at in range(3)}
    assert not corrected & held["rest of b, c"]
    assert [*held] == ["rest of b, c", "d"]
    assert len(held["d"]) == 2
    assert {tile.name[0] for tile in dataset.replayed} == {"a"}
    assert not any(tile.corrected for tile in dataset.replayed)


def test_halves_are_the_mean_of_the_weights():
    config = UNetConfig(width=4, levels=2)
    old, new = (Checkpoint(UNet(config), {"name": name}) for name in ("old", "new"))
    mean = halves(old, new)
    assert mean.card == old.card
    for name, tensor in mean.model.state_dict().items():
        if tensor.is_floating_point():
            pair = old.model.state_dict()[name], new.model.state_dict()[name]
            torch.testing.assert_close(tensor, (pair[0] + pair[1]) / 2)
