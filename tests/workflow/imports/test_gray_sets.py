"""Gray images in three equal bands count as one band where the model has one; photos in color keep their bands."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

import seep
from seep.core.image.gray import has_equal_bands
from seep.core.import_options import ImportOptions
from seep.engine import presets
from seep.errors import ImageError
from seep.io.images import read_image
from seep.io.masks import read_mask
from seep.store import tile_queries
from seep.workflow.imports.importer import import_folder
from seep.workflow.imports.preview import preview_import
from seep.workflow.inference.folder_dataset import folder_options, scan_folder
from seep.workflow.inference.folders import predict_folder
from seep.workflow.inference.raster_files import predict_raster
from seep.workflow.tile_data import read_pixels
from seep.workflow.training.from_scratch import ScratchOptions, train_folder
from seep.workflow.workspace import Workspace
from tests.actors import ADA

SIDE_PX = 96
NOTE = "3 images have three equal bands (gray) and count as one band."


def sea(seed: int) -> np.ndarray:
    scene = seep.synthesize_scene(seed=seed, height=SIDE_PX, width=SIDE_PX).image
    return (scene.astype(float) / max(1, scene.max()) * 255).astype(np.uint8)


def gray(seed: int) -> np.ndarray:
    return np.repeat(sea(seed)[:, :, np.newaxis], 3, axis=2)


def noisy(seed: int) -> np.ndarray:
    """A gray image with chroma noise, such as scanners and repeated JPEG compression leave."""
    noise = np.random.default_rng(seed).normal(0, 1.0, (SIDE_PX, SIDE_PX, 3))
    return np.clip(np.round(gray(seed) + noise), 0, 255).astype(np.uint8)


def photo(seed: int) -> np.ndarray:
    """Water under a blue sky with a brown slick."""
    image = gray(seed).astype(float) * (0.6, 0.8, 1.0)
    image[30:50, 20:70] = (120, 90, 40)
    return image.astype(np.uint8)


def write_set(folder: Path, suffix: str, photos: int = 0) -> Path:
    folder.mkdir()
    for number in range(3):
        image = gray(number) if suffix == ".png" else noisy(number)
        Image.fromarray(image).save(folder / f"a.{number}{suffix}")
    for number in range(photos):
        Image.fromarray(photo(number)).save(folder / f"p.{number}.png")
    return folder


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_gray_images_in_three_bands_are_imported_and_predicted_as_one_band(
    workspace: Workspace, tmp_path: Path, suffix: str
) -> None:
    images = write_set(tmp_path / "images", suffix)
    look = preview_import(workspace, images, None, ImportOptions())
    assert {one.bands for one in look.headers} == {1}
    assert NOTE.replace("images", "sampled images") in look.notes
    report = import_folder(workspace, images, None, ImportOptions(), ADA)
    assert report.refused == []
    assert NOTE in report.notes
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, order="name", limit=None)
    assert [tile.bands for tile in tiles] == [1, 1, 1]
    for number, tile in enumerate(tiles):
        pixels = read_pixels(workspace, tile)
        np.testing.assert_array_equal(pixels, read_image(images / f"a.{number}{suffix}")[:, :, 1])
    predicted = predict_folder(images, tmp_path / "out")
    assert NOTE in predicted.notes
    one_band = tmp_path / "one"
    one_band.mkdir()
    for path in images.iterdir():
        tifffile.imwrite(one_band / f"{path.stem}.tif", read_image(path)[:, :, 1])
    predict_folder(one_band, tmp_path / "wanted")
    for number in range(3):
        wanted = read_mask(tmp_path / "wanted" / f"a.{number}.tif")
        np.testing.assert_array_equal(read_mask(tmp_path / "out" / f"a.{number}.tif"), wanted)


def test_photos_in_color_keep_their_bands(workspace: Workspace, tmp_path: Path) -> None:
    images = tmp_path / "photos"
    images.mkdir()
    for number in range(3):
        Image.fromarray(photo(number)).save(images / f"p.{number}.jpg")
    report = import_folder(workspace, images, None, ImportOptions(), ADA)
    assert not [note for note in report.notes if "three equal bands" in note]
    with workspace.store.reading() as session:
        assert [one.bands for one in tile_queries.list_tiles(session, order="name", limit=None)] == [3, 3, 3]
    with pytest.raises(ImageError, match=r"3 band\(s\), the checkpoint reads 1"):
        predict_folder(images, tmp_path / "out")
    with pytest.raises(ImageError, match=r"3 band\(s\), the checkpoint reads 1"):
        predict_raster(images / "p.0.jpg", tmp_path / "out")


def test_a_photo_among_gray_images_is_refused_and_the_others_are_read(
    workspace: Workspace, tmp_path: Path
) -> None:
    images = write_set(tmp_path / "images", ".png", photos=1)
    with pytest.raises(ImageError, match=r"p\.0\.png has 3 band\(s\)"):
        predict_folder(images, tmp_path / "out")
    report = predict_folder(images, tmp_path / "out", skip_bad=True)
    assert (report.written, [one.path.name for one in report.refused]) == (3, ["p.0.png"])
    assert NOTE in report.notes
    (images / "p.0.png").rename(images / "a.7.png")
    imported = import_folder(workspace, images, None, ImportOptions(), ADA)
    assert [one.path.name for one in imported.refused] == ["a.7.png"]
    assert imported.imported == 3


def test_a_gray_image_among_photos_keeps_its_bands(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for number in range(3):
        Image.fromarray(photo(number)).save(images / f"a.{number}.png")
    Image.fromarray(gray(4)).save(images / "a.4.png")
    dataset = scan_folder(images, None, folder_options(ImportOptions().pattern, "auto"))
    assert [tile.bands for tile in dataset.tiles] == [3, 3, 3, 3]


def test_a_single_gray_file_is_predicted_whole_and_streamed(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(gray(0)).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "b.tif", sea(0))
    tifffile.imwrite(tmp_path / "big.tif", np.tile(gray(0), (22, 22, 1)), photometric="rgb")
    notes: list[str] = []
    for name in ("a.png", "b.tif", "big.tif"):
        predict_raster(tmp_path / name, tmp_path / "out", tiny_checkpoint, device="cpu", on_note=notes.append)
    assert [note for note in notes if "gray" in note] == [
        "1 image has three equal bands (gray) and counts as one band."
    ] * 2
    assert len([note for note in notes if note.startswith("Nodata: ")]) == 3
    found, wanted = (read_mask(tmp_path / "out" / f"{name}.tif") for name in "ab")
    np.testing.assert_array_equal(found, wanted)
    assert read_mask(tmp_path / "out" / "big.tif").shape == (22 * SIDE_PX, 22 * SIDE_PX)


def test_a_network_learns_gray_images_as_one_band_and_is_evaluated_on_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = presets.PRESETS["seep"]
    stage = replace(recipe.stages[0], epochs=1, steps_per_epoch=1, batch_size=2, crop_px=32)
    network = replace(recipe.network, width=4, levels=2)
    monkeypatch.setitem(presets.PRESETS, "seep", replace(recipe, network=network, stages=(stage,)))
    images = write_set(tmp_path / "images", ".png")
    (tmp_path / "masks").mkdir()
    for number in range(3):
        (images / f"a.{number}.png").rename(images / f"s{number}.0.png")
        mask = seep.synthesize_scene(seed=number, height=SIDE_PX, width=SIDE_PX).mask
        Image.fromarray((mask > 0).astype(np.uint8)).save(tmp_path / "masks" / f"s{number}.0.png")
    events: list[str] = []
    options = ScratchOptions(device="cpu")
    report = train_folder(
        images,
        tmp_path / "masks",
        tmp_path / "net.safetensors",
        options,
        lambda event: events.append(json.dumps(event, default=str)),
    )
    assert report.bands == 1
    assert any(NOTE in event for event in events)
    found = seep.evaluate(images, tmp_path / "masks", checkpoint=tmp_path / "net.safetensors")
    assert NOTE in found.notes


def test_bands_are_equal_up_to_the_noise_of_a_compression() -> None:
    assert has_equal_bands(gray(0))
    assert has_equal_bands(noisy(0))
    assert has_equal_bands(np.full((8, 8, 3), 7, np.uint16))
    assert not has_equal_bands(photo(0))
    assert not has_equal_bands(gray(0).astype(np.float32))
    assert not has_equal_bands(gray(0)[:, :, :2])
    tinted = gray(0)
    tinted[:, :, 2] = np.minimum(255, tinted[:, :, 2].astype(int) + 5)
    assert not has_equal_bands(tinted)
    drawn = gray(0)
    drawn[:4, :20] = (255, 0, 0)
    assert not has_equal_bands(drawn)
