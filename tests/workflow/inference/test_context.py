"""Tiles that are read with a margin of their neighbors' pixels."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from seep.core.records import TileRecord
from seep.store import scenes
from seep.workflow.inference.context import MARGIN_PX, PaddedTile, padded_file_reader, padded_tile_reader
from seep.workflow.inference.folder_dataset import folder_options, scan_folder
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


def check(found: PaddedTile, number: int) -> None:
    assert found.margin_px == MARGIN_PX
    assert np.array_equal(found.image, expected(number))
    assert np.array_equal(found.center, expected(number)[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX])


def test_workspace_tile_gets_margin_from_neighbors(workspace: Workspace, folder: Path) -> None:
    tiles = records(workspace, fill(workspace, folder, nodata=0))
    read = padded_tile_reader(workspace)
    for number in (0, 7, 19):
        check(read(tiles[number]), number)


def test_folder_image_gets_margin_from_neighbors(folder: Path) -> None:
    options = folder_options(nodata=0, pattern=r"(?P<scene>\w+)\.(?P<tile>\d+)")
    tiles = scan_folder(folder, None, options).tiles
    read = padded_file_reader(tiles)
    for number in (0, 7, 19):
        check(read(tiles[number]), number)


def test_missing_neighbor_leaves_nodata_in_margin(workspace: Workspace, folder: Path) -> None:
    tiles = records(workspace, fill(workspace, folder, nodata=0))
    with workspace.store.reading() as session:
        assert scenes.get_scene(session, 1).columns is None
    read = padded_tile_reader(workspace)
    read(tiles[0])
    Path(tiles[8].path).unlink()
    found = padded_tile_reader(workspace)(tiles[7]).image
    assert not found[MARGIN_PX:-MARGIN_PX, -MARGIN_PX:].any()
    assert np.array_equal(found[:, :-MARGIN_PX], expected(7)[:, :-MARGIN_PX])


def test_tile_without_known_grid_has_no_margin(workspace: Workspace, tiles: list[int]) -> None:
    for tile in records(workspace, tiles[:2]):
        found = padded_tile_reader(workspace)(tile)
        assert found.margin_px == 0
        assert found.image.shape == found.center.shape == (tile.height, tile.width)
