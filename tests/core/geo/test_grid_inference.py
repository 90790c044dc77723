import cv2
import numpy as np
import pytest

from seep.core.geo.grid_inference import Edges, edges_of, guess_columns

SIDE_PX = 64


def sea(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    """Speckle over a swell that is wider than a pixel, so that neighboring rows resemble each other."""
    random = np.random.default_rng(seed)
    shape = (rows * SIDE_PX, columns * SIDE_PX)
    swell = cv2.GaussianBlur(random.standard_normal(shape), (0, 0), 3) * 6
    return np.clip((1 + 0.3 * swell) * random.gamma(8, 500, shape), 1, 65535).astype(np.uint16)


def edges(image: np.ndarray, columns: int, left_out: tuple[int, ...] = ()) -> dict[int, Edges]:
    rows = image.shape[0] // SIDE_PX
    return {
        row * columns + column: edges_of(
            image[row * SIDE_PX : (row + 1) * SIDE_PX, column * SIDE_PX : (column + 1) * SIDE_PX], 0
        )
        for row in range(rows)
        for column in range(columns)
        if row * columns + column not in left_out
    }


@pytest.mark.parametrize("columns", [4, 7])
def test_the_width_of_the_grid_is_read_off_the_pixels(columns: int) -> None:
    assert guess_columns(edges(sea(9, columns), columns)) == columns


def test_holes_in_the_grid_do_no_harm() -> None:
    assert guess_columns(edges(sea(6, 6), 6, left_out=(1, 8, 9, 14, 21, 30))) == 6


def test_tiles_that_have_nothing_to_do_with_each_other_give_no_guess() -> None:
    random = np.random.default_rng(1)
    strangers = {n: edges_of(random.gamma(4, 1000, (SIDE_PX, SIDE_PX)), None) for n in range(30)}
    assert guess_columns(strangers) is None


def test_tiles_without_data_give_no_guess() -> None:
    empty = {n: edges_of(np.zeros((SIDE_PX, SIDE_PX), np.uint16), 0) for n in range(9)}
    assert guess_columns(empty) is None
    assert guess_columns({}) is None
