import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seep.core.records import TileRecord
from seep.errors import ImageError, ImportRefusedError, MaskError
from seep.store import scenes
from seep.workflow.imports.rasters import RasterReport, fingerprint
from seep.workflow.tile_data import read_pixels
from seep.workflow.workspace import Workspace
from tests.workflow.rasters import HEIGHT, OVERLAP, WIDTH, WINDOW, open_raster_scene, sea, write_raster


def windows_of(workspace: Workspace, report: RasterReport) -> list[TileRecord]:
    with workspace.store.reading() as session:
        return scenes.tiles_of_scene(session, report.scene_id)


PLACES = ("tiled", "blockxsize", "blockysize")
KINDS: dict[str, dict[str, Any]] = {
    "deflate": {},
    "lzw in strips": {"tiled": False, "compress": "lzw", "blockxsize": None, "blockysize": 7},
    "zstd": {"compress": "zstd"},
    "plain big": {"compress": None, "BIGTIFF": "YES"},
    "cloud-optimized": {"driver": "COG", "blocksize": 128, **dict.fromkeys(PLACES)},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_raster_opens_in_place_as_overlapping_windows(
    workspace: Workspace, tmp_path: Path, kind: str
) -> None:
    image = sea()
    profile = {"tiled": True, "blockxsize": 128, "blockysize": 128, **KINDS[kind]}
    path = write_raster(tmp_path / "whole.tif", image, **profile)
    report = open_raster_scene(workspace, path)
    tiles = windows_of(workspace, report)
    assert (report.scene, report.windows, report.empty) == ("whole", len(tiles), 0)
    covered = np.zeros((HEIGHT, WIDTH), bool)
    for tile in tiles:
        own = image[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
        np.testing.assert_array_equal(read_pixels(workspace, tile), own)
        covered[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width] = True
    assert covered.all()
    assert tiles[1].x - tiles[0].x == WINDOW - OVERLAP
    assert not list(workspace.store.root.rglob("*.tif"))


def test_a_scene_knows_its_file_and_where_it_lies(workspace: Workspace, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "whole.tif", sea())
    report = open_raster_scene(workspace, path)
    with workspace.store.reading() as session:
        scene = scenes.get_scene(session, report.scene_id)
    assert (scene.path, scene.width, scene.height) == (str(path), WIDTH, HEIGHT)
    assert (scene.nodata, scene.overlap_px, scene.tile_count) == (0, OVERLAP, report.windows)
    assert scene.georeference is not None
    assert scene.georeference["transform"] == [10, 0, 400_000, 0, -10, 4_400_000]


def test_windows_without_a_measured_pixel_are_left_out(workspace: Workspace, tmp_path: Path) -> None:
    image = sea(height=600, width=1100)
    image[:, 300:] = 0
    image[590, 1090] = 77
    report = open_raster_scene(workspace, write_raster(tmp_path / "edge.tif", image))
    tiles = windows_of(workspace, report)
    assert report.empty > 0
    assert all(read_pixels(workspace, tile).any() for tile in tiles)
    assert any(tile.x + tile.width == 1100 and tile.y + tile.height == 600 for tile in tiles)


def test_bands_stay_together(workspace: Workspace, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "two.tif", np.stack([sea(1), sea(2)], axis=2))
    tiles = windows_of(workspace, open_raster_scene(workspace, path))
    assert tiles[0].bands == 2
    assert read_pixels(workspace, tiles[0]).shape == (WINDOW, WINDOW, 2)


def test_the_same_file_again_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "whole.tif", sea())
    first, again = (open_raster_scene(workspace, path) for _ in range(2))
    assert (again.scene_id, again.windows) == (first.scene_id, 0)


def test_another_file_of_the_same_name_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    open_raster_scene(workspace, write_raster(tmp_path / "whole.tif", sea()))
    (tmp_path / "other").mkdir()
    other = write_raster(tmp_path / "other" / "whole.tif", sea(9))
    with pytest.raises(ImageError, match="another file or other pixels"):
        open_raster_scene(workspace, other)


def test_a_raster_without_data_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "none.tif", np.zeros((HEIGHT, WIDTH), np.uint16))
    with pytest.raises(ImportRefusedError, match="no measured pixel"):
        open_raster_scene(workspace, path)
    with workspace.store.reading() as session:
        assert scenes.list_scenes(session) == []


def test_a_mask_raster_becomes_the_windows_first_revisions(workspace: Workspace, tmp_path: Path) -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[100:110, 50:90] = 4
    path = write_raster(tmp_path / "whole.tif", sea())
    wanted = write_raster(tmp_path / "mask.tif", mask, nodata=None)
    tiles = windows_of(workspace, open_raster_scene(workspace, path, mask=wanted, reviewed=True))
    assert [tile.seep_area_px for tile in tiles] == [400, *[0] * (len(tiles) - 1)]
    assert {tile.state for tile in tiles} == {"accepted"}


def test_a_mask_of_another_size_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    path = write_raster(tmp_path / "whole.tif", sea())
    small = write_raster(tmp_path / "mask.tif", np.zeros((300, 300), np.uint8), nodata=None)
    with pytest.raises(MaskError, match="300 x 300"):
        open_raster_scene(workspace, path, mask=small)


def test_a_fingerprint_tells_files_apart_that_differ_at_their_end(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(bytes(5_000_000))
    two.write_bytes(bytes(4_999_999) + b"x")
    assert fingerprint(one) != fingerprint(two)
    assert len(fingerprint(one)) == len(hashlib.sha256().hexdigest())
