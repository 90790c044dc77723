import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seep.core.geo.grid import Window
from seep.core.masks.components import slicks
from seep.core.masks.mask import UNSURE
from seep.core.masks.tiled_components import TiledSlick, find_slicks


def found_in(mask: np.ndarray, block_px: int) -> list[TiledSlick]:
    def read(window: Window) -> np.ndarray:
        return mask[window.y : window.y + window.height, window.x : window.x + window.width]

    height, width = mask.shape
    return find_slicks(height, width, read, block_px)


@settings(max_examples=60, deadline=None)
@given(
    mask=arrays(np.uint8, (13, 17), elements=st.sampled_from([0, 0, 0, 1, 2, UNSURE])),
    block_px=st.integers(1, 20),
)
def test_blocks_find_what_the_whole_mask_shows(mask: np.ndarray, block_px: int) -> None:
    whole = sorted(
        (one.class_id, one.area_px, (one.x, one.y, one.width, one.height)) for one in slicks(mask)[1]
    )
    blocks = found_in(mask, block_px)
    boxes = [(b.class_id, b.area_px, (b.box.x, b.box.y, b.box.width, b.box.height)) for b in blocks]
    assert sorted(boxes) == whole
    assert all(mask[b.seed[1], b.seed[0]] == b.class_id for b in blocks)


def test_the_largest_comes_first() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[2:4, 2:4] = 1
    mask[10, 0:40] = 3
    assert [(one.class_id, one.area_px) for one in found_in(mask, 16)] == [(3, 40), (1, 4)]


@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (1, 5)])
def test_an_empty_mask_holds_none(shape: tuple[int, int]) -> None:
    assert found_in(np.zeros(shape, np.uint8), 4) == []
