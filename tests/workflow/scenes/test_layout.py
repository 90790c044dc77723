from pathlib import Path

import pytest
import tifffile

from seep.errors import MissingError
from seep.store import scenes
from seep.workflow.scenes.layout import NeighborTile, infer_columns, neighbors, positions_in_scene
from seep.workflow.workspace import Workspace
from tests.core.geo.test_grid_inference import SIDE_PX, sea
from tests.workflow.making import fill

COLUMNS = 5


@pytest.fixture
def grid(workspace: Workspace, tmp_path: Path) -> list[int]:
    """A sea cut into 4 rows of 5 files, numbered row by row."""
    image = sea(4, COLUMNS)
    folder = tmp_path / "grid"
    folder.mkdir()
    for number in range(4 * COLUMNS):
        y, x = (SIDE_PX * at for at in divmod(number, COLUMNS))
        tifffile.imwrite(folder / f"sea.{number:06d}.tif", image[y : y + SIDE_PX, x : x + SIDE_PX])
    return fill(workspace, folder)


def test_files_lie_where_their_number_says_once_the_grid_is_known(
    workspace: Workspace, grid: list[int]
) -> None:
    assert infer_columns(workspace, 1) == COLUMNS
    with workspace.store.reading() as session:
        assert scenes.get_scene(session, 1).columns == COLUMNS
        found = positions_in_scene(session, 1)
    assert found[grid[0]] == (0, 0)
    assert found[grid[7]] == (2 * SIDE_PX, SIDE_PX)


def test_a_tile_has_the_eight_around_it_as_neighbors(workspace: Workspace, grid: list[int]) -> None:
    found = neighbors(workspace, grid[7], 0)
    assert [one.id for one in found] == [grid[n] for n in (1, 2, 3, 6, 8, 11, 12, 13)]
    assert found[0] == NeighborTile(grid[1], -SIDE_PX, -SIDE_PX, SIDE_PX, SIDE_PX)


def test_a_tile_at_the_end_of_a_row_is_no_neighbor_of_the_next_rows_first(
    workspace: Workspace, grid: list[int]
) -> None:
    assert [one.id for one in neighbors(workspace, grid[4], 0)] == [grid[n] for n in (3, 8, 9)]


def test_a_farther_reach_brings_farther_tiles(workspace: Workspace, grid: list[int]) -> None:
    assert len(neighbors(workspace, grid[12], SIDE_PX)) == 4 * COLUMNS - 1


def test_where_the_grid_cannot_be_told_there_are_no_neighbors(workspace: Workspace, tiles: list[int]) -> None:
    assert neighbors(workspace, tiles[0], 100) == []
    with workspace.store.reading() as session:
        assert positions_in_scene(session, 1) == {}


def test_a_tile_that_is_not_there_has_no_neighbors(workspace: Workspace) -> None:
    with pytest.raises(MissingError, match="no tile 77"):
        neighbors(workspace, 77, 0)
