import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile
from affine import Affine

from seep.core.import_options import ImportOptions
from seep.core.masks.mask import encode_mask
from seep.errors import ImportRefusedError, StorageError
from seep.workflow import tile_data
from seep.workflow.imports.importer import allowed_folder, import_folder
from seep.workflow.review import revisions as review_revisions
from seep.workflow.review.queue import count, queue
from seep.workflow.review.tile_document import tile_document
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BO
from tests.workflow.making import fill, make_tile, write_tiles
from tests.workflow.rasters import write_raster


def test_a_folder_with_masks_comes_in_whole(workspace: Workspace, folders: tuple[Path, Path]) -> None:
    seen: list[tuple[int, int, str]] = []
    report = import_folder(
        workspace, *folders, ImportOptions(columns=3), ADA, on_progress=lambda *step: seen.append(step)
    )
    assert (report.imported, report.skipped, report.refused) == (12, 0, [])
    assert report.scenes == ["a", "b", "c", "d"]
    assert [(step[0], step[1]) for step in seen] == [(number, 12) for number in range(1, 13)]
    scene = list_scenes(workspace)[0]
    assert (scene.name, scene.tile_count, scene.columns, scene.nodata) == ("a", 3, 3, 0.0)
    document = tile_document(workspace, 1, ADA)
    assert (document["state"], document["head"]["kind"]) == ("unreviewed", "import")
    image, mask = make_tile(0)
    np.testing.assert_array_equal(review_revisions.tile_image(workspace, 1), image)
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, document["head"]["id"]), mask)


def test_statistics_of_a_scene_are_those_of_all_its_tiles(workspace: Workspace, tiles: list[int]) -> None:
    pixels = np.concatenate([make_tile(number)[0].ravel() for number in range(3)])
    low, high = np.percentile(pixels[pixels > 0], (0.5, 99.5))
    statistics = list_scenes(workspace)[0].statistics
    assert statistics["low"][0] == pytest.approx(low)
    assert statistics["high"][0] == pytest.approx(high)


def test_importing_again_adds_nothing(
    workspace: Workspace, tiles: list[int], folders: tuple[Path, Path]
) -> None:
    before = list_scenes(workspace)
    report = import_folder(workspace, *folders, ImportOptions(), ADA)
    assert (report.imported, report.skipped, report.refused) == (0, 12, [])
    assert list_scenes(workspace) == before
    assert count(workspace) == 12


def test_more_tiles_of_a_scene_keep_its_split_and_statistics(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    before = {scene.name: (scene.split, scene.statistics) for scene in list_scenes(workspace)}
    more = write_tiles(tmp_path / "more", scenes=("a", "b", "c", "d", "e"), each=1, first=7)
    report = import_folder(workspace, *more, ImportOptions(), ADA)
    assert report.imported == 5
    after = {scene.name: (scene.split, scene.statistics) for scene in list_scenes(workspace)}
    assert {name: after[name] for name in before} == before


def test_what_cannot_be_used_is_refused_by_name_and_the_rest_comes_in(
    workspace: Workspace, folders: tuple[Path, Path]
) -> None:
    images, masks = folders
    (images / "notes.txt").write_text("no TIFF")
    whole = (images / "a.000000.tif").read_bytes()
    (images / "a.000000.tif").write_bytes(whole[: len(whole) // 2])
    tifffile.imwrite(masks / "a.000001.tif", np.zeros((32, 32), np.uint8))
    tifffile.imwrite(masks / "a.000002.tif", np.full((64, 64), 99, np.uint8))
    tifffile.imwrite(images / "b.000000.tif", np.zeros((64, 64), np.uint16))
    tifffile.imwrite(images / "b.000001.tif", np.full((64, 64), np.nan, np.float32))
    tifffile.imwrite(images / "b.000002.tif", np.ones((64, 64, 3), np.uint16))
    (masks / "b.000002.tif").unlink()
    report = import_folder(workspace, images, masks, ImportOptions(), ADA)
    assert report.imported == 7
    reasons = {refused.path.name: refused.reason for refused in report.refused}
    assert reasons.keys() == {"notes.txt", "b.000000.tif", "b.000001.tif"} | {
        f"a.{number:06d}.tif" for number in range(3)
    }
    for name, word in {
        "notes.txt": "text file",
        "a.000000.tif": "truncated",
        "a.000001.tif": "32",
        "a.000002.tif": "99",
        "b.000000.tif": "no valid pixel",
        "b.000001.tif": "no valid pixel",
    }.items():
        assert word in reasons[name], reasons[name]


def test_a_tile_of_other_bands_than_its_scene_is_refused(
    workspace: Workspace, folders: tuple[Path, Path]
) -> None:
    images, _ = folders
    tifffile.imwrite(
        images / "a.000009.tif", np.full((64, 64, 3), (1, 90, 200), np.uint16), photometric="rgb"
    )
    report = import_folder(workspace, images, None, ImportOptions(), ADA)
    assert [refused.path.name for refused in report.refused] == ["a.000009.tif"]
    assert "3 band" in report.refused[0].reason


def test_a_file_that_changed_since_its_import_is_refused(
    workspace: Workspace, tiles: list[int], folders: tuple[Path, Path]
) -> None:
    tifffile.imwrite(folders[0] / "a.000000.tif", np.ones((64, 64), np.uint16))
    report = import_folder(workspace, *folders, ImportOptions(), ADA)
    assert (report.imported, report.skipped) == (0, 11)
    assert "other pixels" in report.refused[0].reason


@pytest.mark.parametrize("folder", ["gone", "empty"])
def test_a_missing_or_empty_folder_is_refused_and_nothing_changes(
    workspace: Workspace, tmp_path: Path, folder: str
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImportRefusedError, match=folder):
        import_folder(workspace, tmp_path / folder, None, ImportOptions(), ADA)
    assert list_scenes(workspace) == []


def test_a_full_disk_leaves_nothing_half_imported(
    workspace: Workspace, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("the disk of the workspace is full")

    monkeypatch.setattr("seep.workflow.imports.writer.audit_log.add", full)
    with pytest.raises(StorageError, match="full"):
        import_folder(workspace, *folders, ImportOptions(), ADA)
    assert list_scenes(workspace) == []
    assert count(workspace) == 0


def test_reviewed_masks_and_copies(workspace: Workspace, folders: tuple[Path, Path]) -> None:
    fill(workspace, *folders, reviewed=True, copy=True)
    assert {item.state for item in queue(workspace)} == {"accepted"}
    image = review_revisions.tile_image(workspace, 1)
    for path in folders[0].iterdir():
        path.unlink()
    np.testing.assert_array_equal(review_revisions.tile_image(workspace, 1), image)


def test_a_mask_is_kept_as_the_file_that_its_pixels_name(workspace: Workspace, tiles: list[int]) -> None:
    sha256 = workspace.store.files.put(encode_mask(make_tile(0)[1]), ".png")
    with workspace.store.reading() as session:
        from seep.store import revisions

        assert revisions.get_revision(session, 1).mask_sha256 == sha256


def test_pages_read_only_below_the_import_roots(workspace: Workspace, tmp_path: Path) -> None:
    inside = workspace.store.root / "demo"
    assert allowed_folder(workspace, inside) == inside
    (workspace.store.root / "link").symlink_to("/etc")
    for path in (
        Path("/etc"),
        workspace.store.root / "link",
        workspace.store.root / ".." / ".." / ".." / "etc",
    ):
        with pytest.raises(ImportRefusedError, match="SEEP_IMPORT_ROOTS"):
            allowed_folder(workspace, path)


def test_a_name_that_is_no_text_is_refused_and_the_rest_comes_in(
    workspace: Workspace, folders: tuple[Path, Path]
) -> None:
    images, _ = folders
    (images / "a.000000.tif").rename(images / "bytes\udcff.000000.tif")
    report = import_folder(workspace, images, None, ImportOptions(), ADA)
    assert (report.imported, len(report.refused)) == (11, 1)


def test_images_without_a_mask_are_named_where_masks_were_given(
    workspace: Workspace, folders: tuple[Path, Path]
) -> None:
    (folders[1] / "b.000001.tif").unlink()
    report = import_folder(workspace, *folders, ImportOptions(), ADA)
    assert (report.imported, report.without_mask) == (12, ["b.000001"])


def test_of_two_imports_at_once_one_is_refused_and_can_be_repeated(
    workspace: Workspace, folders: tuple[Path, Path]
) -> None:
    def other_import(done: int, total: int, _name: str) -> None:
        if done == total:
            import_folder(workspace, *folders, ImportOptions(), BO)

    with pytest.raises(StorageError, match="Another import"):
        import_folder(workspace, *folders, ImportOptions(), ADA, on_progress=other_import)
    report = import_folder(workspace, *folders, ImportOptions(), ADA)
    assert (report.imported, report.skipped) == (0, 12)


def test_file_names_without_a_scene_are_noted(
    workspace: Workspace, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    odd = tmp_path / "harbor"
    odd.mkdir()
    for number, path in enumerate(sorted(folders[0].iterdir())[:3]):
        shutil.copy(path, odd / f"image{number}.tif")
    report = import_folder(workspace, odd, None, ImportOptions(), ADA)
    assert report.scenes == ["harbor"]
    assert len(report.notes) == 1
    assert "3 of 3 file names, such as image0.tif" in report.notes[0]
    assert not import_folder(workspace, folders[0], None, ImportOptions(), ADA).notes


def test_images_that_the_active_model_cannot_read_are_noted(workspace: Workspace, tmp_path: Path) -> None:
    images = tmp_path / "color"
    images.mkdir()
    tifffile.imwrite(images / "a.1.tif", np.full((32, 32, 3), (1, 90, 200), np.uint8), photometric="rgb")
    report = import_folder(workspace, images, None, ImportOptions(), ADA)
    assert report.imported == 1
    assert [note for note in report.notes if "1 image with 3 bands" in note]


def test_images_in_subfolders_are_counted_as_not_read(
    workspace: Workspace, folders: tuple[Path, Path]
) -> None:
    images, _ = folders
    for number, name in enumerate(("north", "south/deep", ".cache", "S1A.SAFE/measurement")):
        (images / name).mkdir(parents=True)
        shutil.copy(images / "a.000000.tif", images / name / f"x.{number:06d}.tif")
    report = import_folder(workspace, images, None, ImportOptions(), ADA)
    assert report.imported == 12
    assert "2 images in subfolders not read (north, south). Import each subfolder by itself." in report.notes


def test_a_mask_of_other_ground_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    for folder, left in (("images", 500_000), ("masks", 505_000)):
        (tmp_path / folder).mkdir()
        write_raster(
            tmp_path / folder / "a.0.tif",
            np.ones((64, 64), np.uint8),
            transform=Affine(10, 0, left, 0, -10, 6_000_000),
            tiled=False,
        )
    report = import_folder(workspace, tmp_path / "images", tmp_path / "masks", ImportOptions(), ADA)
    (refused,) = report.refused
    assert (
        "The mask a.0.tif lies elsewhere than its image: its georeference differs by 500 pixels"
        in refused.reason
    )
    assert report.imported == 0
