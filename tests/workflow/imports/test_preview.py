import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from seep.core.import_options import ImportOptions
from seep.errors import ImportRefusedError
from seep.workflow.imports.importer import import_folder
from seep.workflow.imports.preview import PICTURES, preview_import
from seep.workflow.imports.preview_text import georeference_line, mask_lines
from seep.workflow.workspace import Workspace
from seep_testing.image_files import write_geotiff, write_safe
from tests.actors import ADA


def test_a_look_tells_what_is_there(workspace: Workspace, folders: tuple[Path, Path]) -> None:
    (folders[0] / "z.000001.tif").write_bytes(b"no TIFF")
    look = preview_import(workspace, *folders, ImportOptions())
    assert (look.files, look.with_mask, look.nodata) == (13, 12, [0.0])
    assert look.class_ids
    assert look.scenes[:4] == ["a", "b", "c", "d"]
    assert {(one.width, one.dtype, one.bands) for one in look.headers} == {(64, "uint16", 1)}
    assert [one.path.name for one in look.refused] == ["z.000001.tif"]
    assert (look.mask_images, look.families, look.readers) == (12, [], ["TIFF"])
    (folders[0] / "z.000001.tif").unlink()
    look = preview_import(workspace, *folders, ImportOptions())
    ids = ", ".join(map(str, look.class_ids))
    assert mask_lines(look) == {"Mask images": f"12 images; class ids: {ids}"}


def test_a_preview_draws_four_random_tiles_with_their_masks(
    workspace: Workspace, folders: tuple[Path, Path]
) -> None:
    look = preview_import(workspace, *folders, ImportOptions())
    assert len(look.pictures) == PICTURES == 4
    assert [one.name for one in look.pictures] != sorted(one.name for one in look.pictures)
    for one in look.pictures:
        picture = cv2.imdecode(np.frombuffer(one.jpeg, np.uint8), cv2.IMREAD_COLOR)
        mask = tifffile.imread(folders[1] / one.name)
        assert one.class_ids == [int(value) for value in np.unique(mask) if value]
        colored = np.ptp(picture.astype(int), axis=2) > 40
        assert colored[mask > 0].mean() > 0.9
        assert colored[mask == 0].mean() < 0.1
    assert preview_import(workspace, *folders, ImportOptions()).pictures == look.pictures
    assert preview_import(workspace, folders[0], None, ImportOptions()).pictures == []


def test_a_preview_tells_what_was_understood_of_annotations(
    workspace: Workspace, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    names = [*sorted(path.name for path in folders[0].iterdir())[:3], "elsewhere.tif"]
    box = {"image_id": 2, "category_id": 1, "bbox": [1, 1, 5, 5]}
    content = {
        "images": [{"id": n, "file_name": name, "width": 64, "height": 64} for n, name in enumerate(names)],
        "categories": [{"id": 1, "name": "Seep class 1"}, {"id": 2, "name": "Seep class 2"}],
        "annotations": [
            *({"image_id": 0, "category_id": n, "segmentation": [[0, 0, 9, 0, 9, 9]]} for n in (1, 2, 2)),
            box,
            box,
        ],
    }
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(content))
    look = preview_import(workspace, folders[0], path, ImportOptions())
    (family,) = look.families
    assert (family.format, family.files, family.images) == ("COCO", 1, 3)
    assert (family.shapes, family.omitted) == ({"Seep class 1": 1, "Seep class 2": 2}, {"box": 2})
    assert (family.without_mask, family.classes_from) == ({"unreadable": 1, "not annotated": 1}, "categories")
    assert (look.with_mask, len(look.pictures)) == (1, 1)
    assert mask_lines(look) == {
        "COCO": "1 file, 3 images of this import; 2 without a mask: not annotated (1), unreadable (1); "
        "3 shapes of Seep class 2 (2), "
        "Seep class 1 (1); class names from categories; omitted: box (2)"
    }


def test_outlines_in_degrees_are_no_masks_of_images_without_a_place(
    workspace: Workspace, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    ring = [[-10, -10], [10, -10], [10, 10], [-10, 10], [-10, -10]]
    outlines = tmp_path / "all.geojson"
    outlines.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    look = preview_import(workspace, folders[0], outlines, ImportOptions())
    assert (look.files, look.has_masks, look.with_mask, look.pictures) == (12, True, 0, [])
    note = "all.geojson is in degrees, so it gives no mask to images without a georeference."
    assert [one.startswith(note) for one in look.notes] == [True]
    report = import_folder(workspace, folders[0], outlines, ImportOptions(), ADA)
    assert (len(report.without_mask), report.notes) == (12, look.notes)


def test_a_preview_tells_how_images_are_located(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "placed").mkdir()
    write_geotiff(tmp_path / "placed" / "a.1.tif", np.full((40, 50), 9, np.uint16))
    look = preview_import(workspace, tmp_path / "placed", None, ImportOptions())
    assert georeference_line(look) == "1 of 1 files, by transform"
    look = preview_import(workspace, write_safe(tmp_path), None, ImportOptions())
    assert [one.kind for one in look.accuracies] == ["control points"]
    assert look.accuracies[0].max_m < 1
    assert look.readers == ["SAFE"]


def test_only_some_headers_of_many_are_read(
    workspace: Workspace, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.workflow.imports.preview.SAMPLE_FILES", 3)
    look = preview_import(workspace, folders[0], None, ImportOptions())
    assert (look.files, len(look.headers)) == (12, 3)
    look = preview_import(workspace, *folders, ImportOptions())
    ids = ", ".join(map(str, look.class_ids))
    assert mask_lines(look) == {"Mask images": f"12 images; class ids in the sample: {ids}"}
    assert preview_import(workspace, folders[0], None, ImportOptions(nodata=None)).nodata == [None]


def test_an_empty_folder_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError):
        preview_import(workspace, tmp_path, None, ImportOptions())


def test_a_zip_and_a_tar_are_previewed_like_their_folder(
    workspace: Workspace, folders: tuple[Path, Path]
) -> None:
    wanted = preview_import(workspace, *folders, ImportOptions())
    for kind, suffix in (("zip", "zip"), ("gztar", "tar.gz")):
        shutil.make_archive(str(folders[0]), kind, folders[0])
        look = preview_import(
            workspace, folders[0].with_name(f"images.{suffix}"), folders[1], ImportOptions()
        )
        assert (look.files, look.with_mask, look.scenes) == (12, 12, wanted.scenes)
        assert look.pictures == wanted.pictures
