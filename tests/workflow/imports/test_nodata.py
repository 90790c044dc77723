"""The nodata value of an import: one per scene, from areas at the border, said in preview and report."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

import seep
from seep.core.image.normalize import Statistics
from seep.core.import_options import ImportOptions
from seep.store import scenes, tile_queries
from seep.workflow.imports.importer import import_folder
from seep.workflow.imports.preview import preview_import
from seep.workflow.inference.folder_dataset import folder_options, scan_folder
from seep.workflow.workspace import Workspace
from tests.actors import ADA

SIDE_PX = 96


def sea(seed: int) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).gamma(6, 12, (SIDE_PX, SIDE_PX)) + 10, 10, 250)


def write_scenes(folder: Path, dtype: str) -> Path:
    """Scene a has a wedge of 0 in one of four tiles, scene b has scattered zeros only."""
    folder.mkdir()
    for number in range(4):
        image = sea(number)
        if number == 1:
            image[np.add.outer(np.arange(SIDE_PX), np.arange(SIDE_PX)) < 60] = 0
        tifffile.imwrite(folder / f"a.{number}.tif", image.astype(dtype))
        scattered = sea(10 + number)
        scattered[np.random.default_rng(number).random(scattered.shape) < 0.05] = 0
        tifffile.imwrite(folder / f"b.{number}.tif", scattered.astype(dtype))
    return folder


def stored(workspace: Workspace) -> tuple[dict[str, float | None], dict[str, Statistics]]:
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, order="name", limit=None)
        found = scenes.list_scenes(session)
    statistics = {one.name: Statistics.from_dict(one.statistics) for one in found}
    return {one.name: one.nodata for one in tiles}, statistics


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_nodata_is_one_value_per_scene_from_areas_at_the_border(
    workspace: Workspace, tmp_path: Path, dtype: str
) -> None:
    images = write_scenes(tmp_path / "images", dtype)
    report = import_folder(workspace, images, None, ImportOptions(), ADA)
    values, statistics = stored(workspace)
    assert values == {f"{scene}.{n}": value for scene, value in (("a", 0.0), ("b", None)) for n in range(4)}
    assert statistics["a"].low[0] >= 10
    assert statistics["b"].low[0] == 0
    line = "0 in 4 images; it fills areas at the border of 1; "
    line += "none in 4 images, where no value fills areas at the border"
    assert report.nodata == line
    dataset = scan_folder(images, None, folder_options(ImportOptions().pattern, "auto"))
    assert {tile.path.stem: tile.nodata for tile in dataset.tiles} == values
    assert dataset.notes[0] == f"Nodata: {line}."
    assert "4 images of a and 1 more scene" in dataset.notes[1]


def test_the_preview_says_which_value_is_nodata_and_why(workspace: Workspace, tmp_path: Path) -> None:
    images = write_scenes(tmp_path / "images", "uint8")
    look = preview_import(workspace, images, None, ImportOptions())
    assert set(look.nodata) == {0.0, None}
    assert "0 in 4 images; it fills areas at the border of 1" in look.nodata_line
    look = preview_import(workspace, images, None, ImportOptions(nodata=None))
    assert look.nodata_line == "none in 8 images, from the file or the options"


def test_later_tiles_of_a_scene_get_its_value(workspace: Workspace, tmp_path: Path) -> None:
    images = write_scenes(tmp_path / "images", "uint8")
    late = tmp_path / "late"
    late.mkdir()
    (images / "a.3.tif").rename(late / "a.3.tif")
    import_folder(workspace, images, None, ImportOptions(), ADA)
    import_folder(workspace, late, None, ImportOptions(), ADA)
    assert stored(workspace)[0]["a.3"] == 0


def test_a_large_image_has_the_value_of_areas_at_its_border(workspace: Workspace, tmp_path: Path) -> None:
    big = np.tile(sea(0), (8, 8)).astype(np.float32)
    plain, framed = big.copy(), big.copy()
    plain[np.random.default_rng(0).random(big.shape) < 0.05] = 0
    framed[:, :300] = framed[-40:] = -9999
    for name, image in (("plain", plain), ("framed", framed)):
        tifffile.imwrite(tmp_path / f"{name}.tif", image)
        import_folder(workspace, tmp_path / f"{name}.tif", None, ImportOptions(window_px=256), ADA)
    with workspace.store.reading() as session:
        assert {one.name: one.nodata for one in scenes.list_scenes(session)} == {
            "plain": None,
            "framed": -9999,
        }


def test_an_array_is_predicted_alike_in_every_type_and_with_every_mark_of_nodata() -> None:
    image = seep.synthesize_scene(seed=1, height=128, width=128).image
    measured = image[image > 0]
    image = np.where(image > 0, image, np.random.default_rng(0).choice(measured, image.shape))
    outside = np.add.outer(np.arange(128), np.arange(128)) < 70
    zeros = np.where(outside, 0, image).astype(np.uint16)
    wanted = seep.predict(zeros, nodata=0)
    assert wanted.mask.any()
    marked: list[np.ndarray] = [
        zeros,
        zeros.astype(np.float32),
        zeros[np.newaxis],
        np.where(outside, np.nan, image),
        np.where(outside, 65535, image).astype(np.uint16),
        np.ma.masked_array(image, outside),
        np.ma.masked_array(image.astype(np.float32), outside)[np.newaxis],
    ]
    for one in marked:
        found = seep.predict(one)
        np.testing.assert_array_equal(found.mask, wanted.mask)
        np.testing.assert_allclose(found.probability, wanted.probability, atol=1e-6)
