import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile

from seep.core.geo.grid import DEFAULT_PATTERN
from seep.core.image.grain import image_grain
from seep.core.masks.mask import check_mask
from seep.errors import CheckpointError, DeviceError, ImageError, ImportRefusedError, SettingsError
from seep.io.masks import read_mask
from seep.workflow import tile_data
from seep.workflow.inference.folder_dataset import folder_options, scan_folder
from seep.workflow.inference.folders import predict_folder
from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.review.tile_document import tile_document
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import fill, never, quiet, write_tiles


def test_each_image_gets_a_mask_of_its_name(
    folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    out, seen = tmp_path / "out", list[int]()
    report = predict_folder(
        folders[0],
        out,
        tiny_checkpoint,
        device="cpu",
        probabilities=True,
        on_progress=lambda done, _t, _n: seen.append(done),
    )
    assert (report.written, report.refused, seen) == (12, [], list(range(1, 13)))
    names = sorted(path.name for path in folders[0].iterdir())
    assert sorted(path.name for path in out.glob("*.tif")) == names
    for name in names:
        mask = read_mask(out / name)
        check_mask(mask, (64, 64), 8, name)
        probabilities = np.load(out / name.replace(".tif", ".probabilities.npy"))
        assert (probabilities.dtype, probabilities.shape) == (np.float16, (8, 64, 64))
        np.testing.assert_allclose(probabilities.sum(axis=0), 1, atol=0.01)


def test_a_folder_and_a_workspace_are_predicted_alike(
    workspace: Workspace, folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    tiles = fill(workspace, folders[0])
    predict_tiles(workspace, tiles, 1, quiet, never)
    predict_folder(folders[0], tmp_path / "out", tiny_checkpoint, device="cpu")
    for tile in tiles:
        document = tile_document(workspace, tile, ADA)
        mask = tile_data.prediction_mask(workspace, document["prediction"]["id"])
        np.testing.assert_array_equal(read_mask(tmp_path / "out" / f"{document['name']}.tif"), mask)


def test_a_folder_and_a_workspace_measure_the_same_grain_of_a_scene(
    workspace: Workspace, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    for name in ("a.000000", "a.000001", "b.000000"):
        tifffile.imwrite(tmp_path / f"{name}.tif", random.integers(1, 999, (128, 128)).astype(np.uint16))
    fill(workspace, tmp_path)
    dataset = scan_folder(tmp_path, None, folder_options(DEFAULT_PATTERN, "auto"))
    for scene in list_scenes(workspace):
        own = [tile for tile in dataset.tiles if tile.scene == scene.name]
        grains = [image_grain(tifffile.imread(tile.path), scene.nodata) for tile in own]
        assert scene.statistics["grain"] == pytest.approx(np.median(grains))
        assert dataset.statistics[scene.name].grain == scene.statistics["grain"]


def test_one_bad_file_stops_all_before_anything_is_written_unless_left_out(
    folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    (folders[0] / "a.000005.tif").write_bytes(b"II*\0")
    tifffile.imwrite(folders[0] / "b.000005.tif", np.zeros((64, 64), np.uint16))
    with pytest.raises(ImageError, match=r"a\.000005\.tif.*and 1 more.*--skip-bad"):
        predict_folder(folders[0], tmp_path / "out", tiny_checkpoint, device="cpu")
    assert not (tmp_path / "out").exists()
    report = predict_folder(folders[0], tmp_path / "out", tiny_checkpoint, device="cpu", skip_bad=True)
    assert (report.written, len(report.refused)) == (12, 2)


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.is_dir()}


def test_masks_that_others_made_are_not_replaced(folders: tuple[Path, Path], tiny_checkpoint: Path) -> None:
    images, masks = folders
    before = _content(masks)
    with pytest.raises(
        SettingsError, match=r"masks contains a\.000000\.tif, which Seep did not write.*another folder"
    ):
        predict_folder(images, masks, tiny_checkpoint, device="cpu")
    assert _content(masks) == before


@pytest.mark.parametrize("name", ["a.000000.png", "other.tif", "a.000000.json", "a.000000.probabilities.npy"])
def test_a_folder_with_files_of_others_is_refused(
    folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path, name: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_bytes(b"by hand")
    with pytest.raises(SettingsError, match="which Seep did not write"):
        predict_folder(folders[0], out, tiny_checkpoint, device="cpu")
    assert _content(out) == {name: b"by hand"}


def test_own_predictions_are_replaced_unless_they_were_changed(
    folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        assert (
            predict_folder(folders[0], out, tiny_checkpoint, device="cpu", probabilities=True).written == 12
        )
    (out / "a.000000.tif.aux.xml").write_text("statistics of a viewer")
    (out / "notes.txt").write_text("a note")
    predict_folder(folders[0], out, tiny_checkpoint, device="cpu")
    corrected = np.ones((64, 64), np.uint8)
    tifffile.imwrite(out / "a.000000.tif", corrected)
    with pytest.raises(SettingsError, match=r"a\.000000\.tif, which was changed after Seep wrote it"):
        predict_folder(folders[0], out, tiny_checkpoint, device="cpu")
    np.testing.assert_array_equal(tifffile.imread(out / "a.000000.tif"), corrected)


def test_an_interrupted_prediction_keeps_whole_batches_and_starts_again(
    folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    write_tiles(tmp_path / "more", each=5)
    images, out = tmp_path / "more" / "images", tmp_path / "out"

    def interrupt(done: int, _total: int, _name: str) -> None:
        if done == 17:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_folder(images, out, tiny_checkpoint, device="cpu", on_progress=interrupt)
    assert [path.name for path in out.glob(".part-*")] == []
    assert len(list(out.glob("*.tif"))) >= 16
    assert predict_folder(images, out, tiny_checkpoint, device="cpu").written == 20


def test_refusals_name_what_is_wrong(
    folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    images, out = folders[0], tmp_path / "out"
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImportRefusedError, match="folder of the images"):
        predict_folder(images, images, tiny_checkpoint)
    with pytest.raises(ImportRefusedError, match="empty"):
        predict_folder(tmp_path / "empty", out, tiny_checkpoint)
    with pytest.raises(CheckpointError, match=r"none\.safetensors"):
        predict_folder(images, out, tmp_path / "none.safetensors")
    with pytest.raises(DeviceError, match="cuda:99"):
        predict_folder(images, out, tiny_checkpoint, device="cuda:99")
    assert not out.exists()


def test_images_of_any_size_and_nodata_of_their_own(tmp_path: Path, tiny_checkpoint: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    random = np.random.default_rng(0)
    tifffile.imwrite(images / "one.tif", random.gamma(4, 1, (50, 71)).astype(np.float32))
    tifffile.imwrite(images / "two.tif", random.integers(1, 255, (130, 33)).astype(np.uint8))
    predict_folder(images, tmp_path / "out", tiny_checkpoint, device="cpu")
    assert read_mask(tmp_path / "out" / "one.tif").shape == (50, 71)
    assert read_mask(tmp_path / "out" / "two.tif").shape == (130, 33)


def test_two_images_of_one_name_would_share_a_mask(
    folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    shutil.copy(folders[0] / "a.000001.tif", folders[0] / "a.000001.tiff")
    with pytest.raises(ImageError, match=r"a\.000001\.tiff: another image is named a\.000001 too"):
        predict_folder(folders[0], tmp_path / "out", tiny_checkpoint, device="cpu")
    assert not (tmp_path / "out").exists()


def test_images_of_other_bands_are_named(
    folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    image = np.full((64, 64, 3), (9, 90, 200), np.uint8)  # colors; three equal bands are read as one
    tifffile.imwrite(folders[0] / "z.000001.tif", image, photometric="rgb")
    tifffile.imwrite(folders[0] / "a.000009.tif", image, photometric="rgb")
    with pytest.raises(ImageError, match=r"has 3 band\(s\)"):
        predict_folder(folders[0], tmp_path / "out", tiny_checkpoint, device="cpu")
    assert not (tmp_path / "out").exists()
    report = predict_folder(folders[0], tmp_path / "out", tiny_checkpoint, device="cpu", skip_bad=True)
    assert {one.path.name for one in report.refused} == {"a.000009.tif", "z.000001.tif"}
    assert report.written == 12


def test_images_larger_than_a_window_are_predicted_whole(tmp_path: Path, tiny_checkpoint: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    wide = np.random.default_rng(0).integers(1, 255, (20, 2100)).astype(np.uint8)
    tifffile.imwrite(images / "wide.tif", wide)
    predict_folder(images, tmp_path / "out", tiny_checkpoint, device="cpu")
    assert read_mask(tmp_path / "out" / "wide.tif").shape == (20, 2100)
