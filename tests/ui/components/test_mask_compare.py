import pytest

from seep.ui.components.mask_compare.mount import part_around


@pytest.mark.parametrize(
    ("box", "part"),
    [
        ((100, 100, 20, 10), (78, 73, 64, 64)),
        ((0, 0, 4, 4), (0, 0, 64, 64)),
        ((250, 250, 6, 6), (192, 192, 64, 64)),
        ((10, 20, 200, 50), (0, 0, 256, 256)),
        ((100, 60, 80, 20), (76, 6, 128, 128)),
    ],
)
def test_a_part_lies_around_its_box_inside_the_tile(
    box: tuple[int, int, int, int], part: tuple[int, int, int, int]
) -> None:
    assert part_around(box, 256, 256) == part


def test_a_small_tile_is_shown_whole() -> None:
    assert part_around((3, 3, 2, 2), 32, 48) == (0, 0, 32, 48)
