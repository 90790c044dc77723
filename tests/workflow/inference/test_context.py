"""Tiles that are read with what lies around them."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from seep.store import scenes
from seep.store.records import TileRecord
from seep.workflow.inference.context import MARGIN_PX, Seen, around_files, around_tiles
from seep.workflow.inference.folders import folder_options, look_at_folder
from seep.workflow.workspace import Workspace
from tests.core.geo.test_grid_inference import SIDE_PX, sea
from tests.workflow.making import fill

COLUMNS = 5
SEA = sea(4, COLUMNS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sea cut into 4 rows of 5 files."""
    made = tmp_path / "grid"
    made.mkdir()
    for number in range(4 * COLUMNS):
        y, x = (SIDE_PX * at for at in divmod(number, COLUMNS))
        tifffile.imwrite(made / f"sea.{number:06d}.tif", SEA[y : y + SIDE_PX, x : x + SIDE_PX])
    return made


def expected(number: int) -> np.ndarray:
    y, x = (SIDE_PX * at for at in divmod(number, COLUMNS))
    side = SIDE_PX + 2 * MARGIN_PX
    return np.pad(SEA, MARGIN_PX)[y : y + side, x : x + side]


def records(workspace: Workspace, ids: list[int]) -> list[TileRecord]:
    with workspace.store.reading() as session:
        return [scenes.get_tile(session, tile_id) for tile_id in ids]


def check(found: Seen, number: int) -> None:
    assert found.margin_px == MARGIN_PX
    assert np.array_equal(found.image, expected(number))
    assert np.array_equal(found.own, expected(number)[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX])


def test_a_tile_of_a_workspace_is_seen_in_its_scene(workspace: Workspace, folder: Path) -> None:
    tiles = records(workspace, fill(workspace, folder, nodata=0))
    see = around_tiles(workspace)
    for number in (0, 7, 19):
        check(see(tiles[number]), number)


def test_an_image_of_a_folder_is_seen_in_its_scene(folder: Path) -> None:
    tiles, _, _ = look_at_folder(
        folder, None, folder_options(nodata=0, pattern=r"(?P<scene>\w+)\.(?P<tile>\d+)")
    )
    see = around_files(tiles)
    for number in (0, 7, 19):
        check(see(tiles[number]), number)


def test_a_neighbor_that_is_gone_counts_as_none(workspace: Workspace, folder: Path) -> None:
    tiles = records(workspace, fill(workspace, folder, nodata=0))
    with workspace.store.reading() as session:
        assert scenes.get_scene(session, 1).columns is None
    see = around_tiles(workspace)
    see(tiles[0])
    Path(tiles[8].path).unlink()
    found = around_tiles(workspace)(tiles[7]).image
    assert not found[MARGIN_PX:-MARGIN_PX, -MARGIN_PX:].any()
    assert np.array_equal(found[:, :-MARGIN_PX], expected(7)[:, :-MARGIN_PX])


def test_where_the_grid_is_not_known_a_tile_is_seen_alone(workspace: Workspace, tiles: list[int]) -> None:
    for tile in records(workspace, tiles[:2]):
        found = around_tiles(workspace)(tile)
        assert found.margin_px == 0
        assert found.image.shape == found.own.shape == (tile.height, tile.width)
