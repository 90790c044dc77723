"""Small seas with one dark slick each, and networks small enough to train in a second."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from seep.core.image.normalize import statistics_of
from seep.engine.checkpoint import Checkpoint, new_checkpoint
from seep.engine.training.dataset import TrainingTile
from seep.engine.unet import UNetConfig

TINY = UNetConfig(bands=1, classes=3, levels=2, width=4)

MakeTile = Callable[..., TrainingTile]


def sea(seed: int, side: int = 64, class_id: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    image = random.gamma(10, 100, (side, side))
    mask = np.zeros((side, side), np.uint8)
    row = int(random.integers(16, side - 16))
    mask[row : row + 8, 4:-4] = class_id
    image[mask > 0] *= 0.4 if class_id == 1 else 0.2
    image = image.clip(1, 65535).astype(np.uint16)
    image[:, :3] = 0  # nodata
    mask[:, :3] = 0
    return image, mask


@pytest.fixture(autouse=True)
def _one_thread():
    """Networks this small gain nothing by a second one, and on a busy machine wait for it at every step."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def make_tile() -> MakeTile:
    def make(seed: int = 0, *, corrected: bool = True, side: int = 64, class_id: int = 1) -> TrainingTile:
        image, mask = sea(seed, side, class_id)
        return TrainingTile(f"tile {seed}", image, mask, statistics_of([image], 0), 0, corrected)

    return make


@pytest.fixture
def checkpoint() -> Checkpoint:
    """Random weights, and batch-norm statistics that are not those of a fresh network."""
    made = new_checkpoint(TINY, seed=0, name="tiny")
    with torch.no_grad():
        made.model.train()
        made.model(torch.randn(8, 2, 32, 32, generator=torch.Generator().manual_seed(0)) * 2)
        made.model.eval()
    return made
