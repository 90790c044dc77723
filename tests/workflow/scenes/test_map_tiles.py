import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from sqlalchemy import update

from seep.core.acquisition import OrderValues
from seep.core.geo.grid import Window
from seep.core.image.arrays import to_display
from seep.core.masks.mask import encode_mask
from seep.core.records import NewPrediction
from seep.errors import MissingError, SettingsError
from seep.store import predictions
from seep.store.schema import Checkpoint
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.review import revisions
from seep.workflow.scenes import map_tiles, pyramid
from seep.workflow.scenes.layout import Layout, layout, read_picture
from seep.workflow.scenes.map_tiles import MapTileKey, map_tile, scene_document, scene_list
from seep.workflow.scenes.pyramid import KEPT_LEVEL
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from seep_testing.patience import PATIENCE_S
from tests.actors import ADA
from tests.core.geo.test_grid_inference import SIDE_PX
from tests.core.geo.test_grid_inference import sea as swell
from tests.workflow.making import fill
from tests.workflow.rasters import open_raster_scene, write_raster

HEIGHT, WIDTH = 2300, 2500


def picture(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.fixture(scope="module")
def large_sea() -> np.ndarray:
    """A swell with a dark line, one pixel wide, from top to bottom."""
    image = np.full((HEIGHT, WIDTH), 20_000, np.uint16)
    image += np.random.default_rng(0).integers(0, 9000, image.shape).astype(np.uint16)
    image[:, 1200:1204] = 500
    return image


@pytest.fixture
def scene_id(workspace: Workspace, tmp_path: Path, large_sea: np.ndarray) -> int:
    path = write_raster(tmp_path / "large.tif", large_sea, blockxsize=256, blockysize=256)
    return open_raster_scene(workspace, path, window_px=1024, overlap_px=64).scene_id


def test_the_document_says_what_a_map_needs(workspace: Workspace, scene_id: int) -> None:
    found = scene_document(workspace, scene_id)
    assert (found["width"], found["height"], found["levels"]) == (WIDTH, HEIGHT, 5)
    assert found["placed"]
    assert abs(found["pixel_m"] - 10) < 0.05
    assert len(found["bounds"]) == 4
    assert found["counts"] == {"unreviewed": len(found["tiles"])}
    assert (found["tiles"][1]["x"], found["tiles"][1]["y"]) == (960, 0)
    assert scene_list(workspace)[0]["raster"]


def test_the_first_picture_is_there_before_its_pyramid(
    workspace: Workspace, scene_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyramid, "start", lambda *_, **__: False)
    assert scene_document(workspace, scene_id)["picture"] == "coarse"
    data, kind = map_tile(workspace, scene_id, MapTileKey(4, 0, 0, "image"))
    found = picture(data)
    assert kind == "image/jpeg"
    assert found.shape == (256, 256)
    assert 60 < found[: HEIGHT >> 4, : WIDTH >> 4].mean() < 240
    assert not found[(HEIGHT >> 4) + 10 :].any()


def test_full_resolution_shows_the_files_own_pixels(
    workspace: Workspace, scene_id: int, large_sea: np.ndarray
) -> None:
    scene = layout(workspace, scene_id)
    found = read_picture(workspace, scene, Window(1190, 300, 30, 8))
    dark = large_sea[300:308, 1190:1220] == 500
    assert (found[dark] == 1).all()
    assert (found[~dark] > 1).all()


def test_a_thin_dark_slick_is_seen_in_the_minimum_when_zoomed_out(
    workspace: Workspace, scene_id: int
) -> None:
    pyramid.start(workspace, layout(workspace, scene_id), wait=True)
    rows = slice(8, (HEIGHT >> 4) - 8)
    darkest = picture(map_tile(workspace, scene_id, MapTileKey(4, 0, 0, "minimum"))[0])[rows]
    mean = picture(map_tile(workspace, scene_id, MapTileKey(4, 0, 0, "image"))[0])[rows]
    column = 1200 >> 4
    contrast = [
        np.median(one[:, column - 12 : column - 4]) - np.median(one[:, column]) for one in (darkest, mean)
    ]
    assert contrast[0] > 2 * contrast[1] > 0


def test_pictures_are_made_once_and_never_beside_the_source(
    workspace: Workspace, scene_id: int, tmp_path: Path
) -> None:
    scene = layout(workspace, scene_id)
    assert pyramid.start(workspace, scene, wait=True)
    folder = pyramid.pyramid_folder(workspace, scene)
    assert folder.is_relative_to(workspace.store.root)
    assert {one.name for one in folder.iterdir()} == {
        f"{layer}-{level}.npy" for layer in pyramid.LAYERS for level in range(KEPT_LEVEL, 5)
    }
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["large.tif"]
    assert scene_document(workspace, scene_id)["picture"] == "ready"


def test_a_picture_with_a_hole_is_never_kept(
    workspace: Workspace, scene_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a decoder's bug")

    monkeypatch.setattr(pyramid, "_read_span", broken)
    scene = layout(workspace, scene_id)
    assert not pyramid.start(workspace, scene, wait=True)
    assert not pyramid.pyramid_folder(workspace, scene).exists()
    assert scene_document(workspace, scene_id)["picture"] == "coarse"


def test_masks_and_states_lie_over_the_picture(workspace: Workspace, scene_id: int) -> None:
    document = scene_document(workspace, scene_id)
    tile = document["tiles"][0]
    mask = np.zeros((tile["height"], tile["width"]), np.uint8)
    mask[700, 10:600] = 3
    revisions.save_mask(
        workspace, tile["id"], mask, "accept", actor=ADA, base_revision_id=None, request_id="request-1"
    )
    data, kind = map_tile(workspace, scene_id, MapTileKey(4, 0, 0, "mask"))
    found = picture(data)
    assert kind == "image/png"
    assert (found[700 >> 4, 1:37, 3] == 255).all()
    assert not found[:, 60:].any()
    states = picture(map_tile(workspace, scene_id, MapTileKey(4, 0, 0, "state"))[0])
    assert not np.array_equal(states[5, 5], states[5, 100])
    assert scene_document(workspace, scene_id)["mask_version"] != document["mask_version"]


def test_full_resolution_masks_are_exact(workspace: Workspace, scene_id: int) -> None:
    tile = scene_document(workspace, scene_id)["tiles"][1]
    mask = np.zeros((tile["height"], tile["width"]), np.uint8)
    mask[40:44, 100:120] = 1
    revisions.save_mask(
        workspace, tile["id"], mask, "save", actor=ADA, base_revision_id=None, request_id="request-1"
    )
    found = picture(map_tile(workspace, scene_id, MapTileKey(0, 4, 0, "mask"))[0])[:, :, 3] > 0
    wanted = np.zeros((256, 256), bool)
    wanted[40:44, 960 + 100 - 1024 : 960 + 120 - 1024] = True
    np.testing.assert_array_equal(found, wanted)


def test_wide_dark_areas_are_hatched_until_somebody_reviews_them(workspace: Workspace, scene_id: int) -> None:
    tile = scene_document(workspace, scene_id)["tiles"][0]
    mask = np.zeros((tile["height"], tile["width"]), np.uint8)
    mask[8:56, :200] = 1
    mask[100:104, :200] = 1
    checkpoint = active_checkpoint(workspace)
    assert checkpoint
    sha256 = workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)
    row = NewPrediction(tile["id"], sha256, None, OrderValues(0.5, wide_area_px=48 * 200), class_areas(mask))
    with workspace.store.transaction() as session:
        predictions.add_predictions(session, checkpoint.id, [row])
    found = picture(map_tile(workspace, scene_id, MapTileKey(0, 0, 0, "mask"))[0])[..., :3]
    narrow, wide = found[100, 0], {tuple(color) for color in found[8:56, :200].reshape(-1, 3).tolist()}
    assert wide == {tuple(narrow.tolist()), (0xFF, 0x88, 0xB3)}
    assert (found[100:104, :200] == narrow).all()
    revisions.save_mask(
        workspace, tile["id"], mask, "accept", actor=ADA, base_revision_id=None, request_id="request-1"
    )
    found = picture(map_tile(workspace, scene_id, MapTileKey(0, 0, 0, "mask"))[0])[..., :3]
    assert (found[8:56, :200] == narrow).all()


def test_dark_areas_of_an_empty_prediction_are_hatched(
    workspace: Workspace, tmp_path: Path, large_sea: np.ndarray
) -> None:
    image = large_sea[:600, :600].copy()
    image[60:140, 60:140] //= 3
    path = write_raster(tmp_path / "dark.tif", image)
    scene = open_raster_scene(workspace, path, window_px=512, overlap_px=64).scene_id
    tile = scene_document(workspace, scene)["tiles"][0]
    empty = np.zeros((tile["height"], tile["width"]), np.uint8)
    checkpoint = active_checkpoint(workspace)
    assert checkpoint
    sha256 = workspace.store.files.put(encode_mask(empty), MASK_SUFFIX)
    with workspace.store.transaction() as session:
        row = NewPrediction(tile["id"], sha256, None, OrderValues(0.5, wide_area_px=6400), {})
        predictions.add_predictions(session, checkpoint.id, [row])

    def hatched() -> np.ndarray:
        found = picture(map_tile(workspace, scene, MapTileKey(0, 0, 0, "mask"))[0])
        return (found[..., :3] == (0xFF, 0x88, 0xB3)).all(axis=2)

    assert not hatched().any(), "the card does not ask for dark areas"
    card = {**checkpoint.card, "dark_area_depth": 0.6}
    with workspace.store.transaction() as session:
        session.execute(update(Checkpoint).where(Checkpoint.id == checkpoint.id).values(card=card))
    inside = hatched()
    assert inside[64:136, 64:136].mean() == pytest.approx(0.5, abs=0.05)
    inside[52:148, 52:148] = False
    assert not inside.any()


@pytest.mark.parametrize("address", [(5, 0, 0), (0, 10, 0), (0, 0, 9), (4, 1, 0)])
def test_tiles_beyond_the_scene_are_missing(
    workspace: Workspace, scene_id: int, address: tuple[int, int, int]
) -> None:
    with pytest.raises(MissingError, match="no map tile"):
        map_tile(workspace, scene_id, MapTileKey(*address))


def test_an_unknown_layer_is_refused(workspace: Workspace, scene_id: int) -> None:
    with pytest.raises(SettingsError, match="image, minimum, mask, state"):
        map_tile(workspace, scene_id, MapTileKey(0, 0, 0, "depth"))


def test_a_scene_of_files_is_a_map_like_any_other(workspace: Workspace, tmp_path: Path) -> None:
    image = swell(9, 6)
    folder = tmp_path / "grid"
    folder.mkdir()
    for number in range(54):
        y, x = (SIDE_PX * at for at in divmod(number, 6))
        if number != 20:
            tifffile.imwrite(folder / f"sea.{number:06d}.tif", image[y : y + SIDE_PX, x : x + SIDE_PX])
    fill(workspace, folder)
    document = scene_document(workspace, 1)
    assert (document["width"], document["height"], document["picture"]) == (6 * 64, 9 * 64, "ready")
    found = picture(map_tile(workspace, 1, MapTileKey(0, 0, 0, "image"))[0])
    assert found[3 * 64 + 4 : 4 * 64 - 4, 2 * 64 + 4 : 3 * 64 - 4].max() < 20
    assert found[:64].mean() > 40
    assert map_tile(workspace, 1, MapTileKey(2, 0, 0, "minimum"))[1] == "image/jpeg"


def test_tiles_of_an_unknown_grid_lie_in_a_square(workspace: Workspace, tiles: list[int]) -> None:
    document = scene_document(workspace, 1)
    assert not document["placed"]
    assert len({(one["x"], one["y"]) for one in document["tiles"]}) == len(document["tiles"])


def test_a_map_tile_is_rendered_once(
    workspace: Workspace, scene_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = map_tile(workspace, scene_id, MapTileKey(0, 1, 1))
    monkeypatch.setattr(map_tiles, "read_picture", None)
    assert map_tile(workspace, scene_id, MapTileKey(0, 1, 1)) == first


def test_an_older_look_that_ends_first_does_not_sweep_what_is_being_made(
    workspace: Workspace, scene_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = layout(workspace, scene_id)
    new = replace(old, tiles=old.tiles[:-1])  # another look: its pictures lie in another folder
    read, begun, go_on = pyramid._base, threading.Event(), threading.Event()

    def slow(workspace: Workspace, scene: Layout) -> np.ndarray:
        found = read(workspace, scene)
        if scene is new:
            begun.set()
            go_on.wait(PATIENCE_S)
        return found

    monkeypatch.setattr(pyramid, "_base", slow)
    pyramid.start(workspace, new)
    assert begun.wait(PATIENCE_S)
    assert pyramid.start(workspace, old, wait=True)
    go_on.set()
    assert pyramid.start(workspace, new, wait=True)


def test_of_two_servers_that_make_the_same_pictures_neither_fails(
    workspace: Workspace, scene_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = layout(workspace, scene_id)
    folder, write = pyramid.pyramid_folder(workspace, scene), pyramid._write_levels

    def slower(workspace: Workspace, scene: Layout, part: Path) -> None:
        write(workspace, scene, part)
        shutil.copytree(part, folder)  # the other server was faster

    monkeypatch.setattr(pyramid, "_write_levels", slower)
    assert pyramid.start(workspace, scene, wait=True)
    assert [path for path in folder.parent.iterdir() if path.is_dir()] == [folder]


def test_a_picture_that_is_swept_between_two_looks_is_drawn_coarsely(
    workspace: Workspace, scene_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pyramid.start(workspace, layout(workspace, scene_id), wait=True)
    crop = pyramid.crop

    def swept(folder: Path, *rest: Any) -> np.ndarray:
        shutil.rmtree(folder)
        return crop(folder, *rest)

    monkeypatch.setattr(pyramid, "crop", swept)
    data, _ = map_tile(workspace, scene_id, MapTileKey(4, 0, 0, "image"))
    assert picture(data).size


def test_the_map_of_three_bands_is_in_color_with_the_stretch_of_the_thumbnails(
    workspace: Workspace, tmp_path: Path
) -> None:
    random = np.random.default_rng(1)
    image = random.integers(1, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    image[:, :1250] //= np.array([1, 1, 2], np.uint8)
    image = np.maximum(image, 1)
    image[1024:, :, 1] = 0
    image[:1024, 1280:] = (200, 120, 40)
    path = write_raster(tmp_path / "rgb.tif", image)
    scene_id = open_raster_scene(workspace, path, window_px=1024, overlap_px=64).scene_id
    scene = layout(workspace, scene_id)
    low, high = np.array(scene.color_limits, np.float64).T
    assert pyramid.start(workspace, scene, wait=True)
    wanted = np.clip((np.array([200, 120, 40]) - low) / (high - low), 0, 1) * 255
    for level, column in ((0, 6), (2, 2), (3, 0)):
        data, _ = map_tile(workspace, scene_id, MapTileKey(level, column, 0))
        found = picture(data)[:, :, ::-1]
        assert found.shape == (256, 256, 3)
        left = (1280 >> level) - 256 * column
        right = min(240, (WIDTH >> level) - 256 * column - 8)
        flat = found[8 : min(248, (1024 >> level) - 8), max(8, left + 8) : right].reshape(-1, 3)
        np.testing.assert_allclose(np.median(flat, axis=0), wanted, atol=4)
    full = read_picture(workspace, scene, Window(0, 1100, 64, 64), color=True)
    thumb = to_display(image[1100:1164, :64], np.ones((64, 64), bool), scene.color_limits)
    assert np.abs(full.astype(int) - thumb).max() <= 1
    gray = read_picture(workspace, scene, Window(0, 1100, 64, 64))
    np.testing.assert_array_equal(gray, full[:, :, 0])
