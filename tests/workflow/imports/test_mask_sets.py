"""255 means the same in all masks of an import: class 1, or unsure."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from seep.core.import_options import ImportOptions
from seep.core.masks.mask import UNSURE, count_ids
from seep.store import revisions, tile_queries
from seep.workflow.imports.importer import import_folder
from seep.workflow.imports.preview import preview_import
from seep.workflow.inference.folder_dataset import folder_options, scan_folder
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import make_tile

IDS, TWO = {0: 0, 1: 1, 2: 255}, {0: 0, 1: 255, 2: 255}
"""What becomes of the values 0, 1 and 2: class ids with unsure pixels, or black and white."""


def write_set(folder: Path, values: list[dict[int, int]]) -> tuple[Path, Path]:
    for name in ("images", "masks"):
        (folder / name).mkdir()
    for number, table in enumerate(values):
        image, _ = make_tile(number)
        drawn = np.zeros(image.shape, np.uint8)
        drawn[10:20, 10:30], drawn[30:40, 10:30] = 1, 2
        mask = np.array([table[one] for one in range(3)], np.uint8)[drawn]
        tifffile.imwrite(folder / "images" / f"a.{number}.tif", image)
        tifffile.imwrite(folder / "masks" / f"a.{number}.tif", mask)
    return folder / "images", folder / "masks"


def areas(workspace: Workspace) -> list[dict[int, int]]:
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, order="name", limit=None)
        heads = [revisions.get_revision(session, tile.head_revision_id or 0) for tile in tiles]
    counts = [count_ids(read_mask(workspace, one.mask_sha256)) for one in heads]
    return [{int(value): int(one[value]) for value in np.flatnonzero(one) if value} for one in counts]


def test_a_mask_of_0_and_255_is_unsure_where_other_masks_of_the_set_have_class_ids(
    workspace: Workspace, tmp_path: Path
) -> None:
    only_unsure = {0: 0, 1: 0, 2: 255}
    images, masks = write_set(tmp_path, [only_unsure, IDS, only_unsure])
    look = preview_import(workspace, images, masks, ImportOptions())
    assert look.class_ids == [0, 1, UNSURE]
    assert [note for note in look.notes if "255 is unsure" in note]
    report = import_folder(workspace, images, masks, ImportOptions(), ADA)
    assert [note for note in report.notes if "255 is unsure" in note]
    assert areas(workspace) == [{UNSURE: 200}, {1: 200, UNSURE: 200}, {UNSURE: 200}]
    dataset = scan_folder(images, masks, folder_options(ImportOptions().pattern, "auto"))
    assert [np.unique(tile.mask).tolist() for tile in dataset.tiles] == [[0, 255], [0, 1, 255], [0, 255]]


def test_a_set_of_0_and_255_only_is_black_and_white_and_the_preview_says_so(
    workspace: Workspace, tmp_path: Path
) -> None:
    images, masks = write_set(tmp_path, [TWO, {0: 0, 1: 0, 2: 0}, TWO])
    look = preview_import(workspace, images, masks, ImportOptions())
    assert look.class_ids == [0, 1]
    assert [
        note for note in look.notes if note.startswith("255 is class 1: no value but 0 and 255 is in 3 masks")
    ]
    report = import_folder(workspace, images, masks, ImportOptions(), ADA)
    assert [
        note
        for note in report.notes
        if note.startswith("255 is class 1: no value but 0 and 255 is in 3 masks")
    ]
    assert areas(workspace) == [{1: 400}, {}, {1: 400}]


@pytest.mark.parametrize(("form", "expected"), [("index", {UNSURE: 400}), ("binary", {1: 400})])
def test_the_mask_format_overrides_what_the_set_says(
    workspace: Workspace, tmp_path: Path, form: str, expected: dict[int, int]
) -> None:
    images, masks = write_set(tmp_path, [TWO, TWO])
    report = import_folder(workspace, images, masks, ImportOptions(mask_format=form), ADA)
    assert not [note for note in report.notes if "255" in note]
    assert areas(workspace) == [expected, expected]


def test_blurred_black_and_white_masks_do_not_make_their_set_one_of_class_ids(
    workspace: Workspace, tmp_path: Path
) -> None:
    images, masks = write_set(tmp_path, [{0: 0, 1: 127, 2: 255}, TWO, TWO])
    report = import_folder(workspace, images, masks, ImportOptions(), ADA)
    assert [one.path.name for one in report.refused] == ["a.0.tif"]
    assert areas(workspace) == [{1: 400}, {1: 400}]
