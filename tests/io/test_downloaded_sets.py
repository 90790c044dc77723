"""Root folders of public data sets, with the layout and the names of their publishers."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from seep.errors import ImportRefusedError
from seep.io.folder_reader import has_masks, read_candidate, scan_folder
from seep.io.masks import decide_masks
from tests.io.format_matrix import DOCS
from tests.io.set_matrix import (
    END,
    NAMES_END,
    NAMES_START,
    OPTIONS,
    ROOTS,
    START,
    belongs,
    names_table,
    rows,
    table,
    write,
)


@pytest.mark.parametrize("name", ROOTS)
def test_a_set_is_read_as_it_is_downloaded(tmp_path: Path, name: str) -> None:
    names, expected = ROOTS[name]
    write(tmp_path, *names)
    scan = scan_folder(tmp_path, None, OPTIONS)
    assert rows(scan, tmp_path) == expected
    assert [one.problem for one in scan.candidates] == [""] * len(expected)
    assert has_masks(tmp_path)


def test_left_out_annotations_of_a_set_are_named(tmp_path: Path) -> None:
    write(tmp_path, *ROOTS["COCO 2017"][0])
    notes = scan_folder(tmp_path, None, OPTIONS).notes
    assert notes[0].startswith("captions_val2017.json and 1 other file in annotations: left out")


REFUSED = {
    "a mask for each object": (
        ["stage1_train/aa/images/aa.png", "stage1_train/aa/masks/m1.png", "stage1_train/aa/masks/m2.png"],
        "like Data Science Bowl 2018: aa has a mask for each object.*Merge the masks",
    ),
    "no known layout": (
        ["radar/a.tif", "drawn/a.tif"],
        "has no images, but the folders drawn, radar, in no layout that Seep recognizes. Choose the folder of images",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_set_that_cannot_be_read_is_named_with_the_way_out(tmp_path: Path, name: str) -> None:
    names, message = REFUSED[name]
    write(tmp_path, *names)
    with pytest.raises(ImportRefusedError, match=message):
        scan_folder(tmp_path, None, OPTIONS)


def test_names_without_case_count_only_where_they_are_unique(tmp_path: Path) -> None:
    write(tmp_path, "images/A.tif", "images/a.tif", "images/b.tif", "masks/a.png", "masks/B.png")
    found = rows(scan_folder(tmp_path / "images", tmp_path / "masks", OPTIONS), tmp_path)
    assert [mask for _, mask, _ in found] == [None, "masks/a.png", "masks/B.png"]


@pytest.mark.parametrize("water", [0, 1])
def test_minus_one_is_unsure_with_and_without_other_classes(tmp_path: Path, water: int) -> None:
    write(tmp_path, "S1Hand/a_S1Hand.tif", "LabelHand/a_LabelHand.tif")
    labels = np.zeros((8, 8), np.int16)
    labels[0], labels[1] = -1, water
    tifffile.imwrite(tmp_path / "LabelHand" / "a_LabelHand.tif", labels)
    (candidate,) = scan_folder(tmp_path, None, OPTIONS).candidates
    assert candidate.mask_path is not None
    decided = decide_masks([candidate.mask_path], OPTIONS).options
    tile = read_candidate(candidate, decided)
    assert tile.mask is not None
    assert (tile.mask[0] == 255).all()
    assert (tile.mask[1] == water).all()
    assert "a_LabelHand.tif: pixels of \N{MINUS SIGN}1 are unsure." in tile.notes


def test_the_tables_of_data_sets_and_names_in_the_documentation_are_generated() -> None:
    page = DOCS.read_text()
    for text in (START + table() + END, NAMES_START + names_table() + NAMES_END):
        assert text in page, "Run `python -m tests.io.set_matrix`."


@pytest.mark.parametrize("mask", ["b.png", "a1_mask.png", "a_b_mask.png", "xmask_a.png", "a_mask_2.png"])
def test_a_mask_of_another_name_belongs_to_no_image(mask: str) -> None:
    assert not belongs(mask, "a.tif")
