from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import binary_fill_holes

from seep.core.import_options import ImportOptions
from seep.core.masks.mask import Mask
from seep.errors import SeepError
from seep.io.annotations.shapes import rasterize_shapes
from seep.io.folder_reader import scan_folder
from seep.io.masks import MaskEncoding, read_mask_as
from tests.io.format_matrix import (
    CLASSES,
    DOCS,
    END,
    NAMES,
    NO_MASK,
    PLACE,
    ROWS,
    SHAPE,
    START,
    Row,
    demanding,
    put_image,
    table,
    truth,
)

OPTIONS = ImportOptions(class_names=NAMES)
COLORS = {one.color: one.id for one in CLASSES}


def read(folder: Path, row: Row) -> Mask:
    """Read the data set as an import does; return the mask of its image."""
    (found,) = scan_folder(folder, None, OPTIONS).candidates
    if found.mask_path is not None:
        return read_mask_as(found.mask_path, SHAPE, MaskEncoding(colors=COLORS)).mask
    assert found.shapes is not None
    return rasterize_shapes(found.shapes, SHAPE, NAMES, PLACE if row.image.endswith(".tif") else None)


def ident(row: Row) -> str:
    return f"{row.format} {row.layout}"


@pytest.mark.parametrize("row", [one for one in ROWS if one.foreign], ids=ident)
def test_files_of_other_programs_are_read_exactly_or_refused(tmp_path: Path, row: Row) -> None:
    put_image(tmp_path, row.image)
    assert row.foreign is not None
    row.foreign(tmp_path, truth())
    if row.imported == NO_MASK:
        (found,) = scan_folder(tmp_path, None, OPTIONS).candidates
        assert (found.shapes, found.mask_path) == (None, None)
        assert "(2 box)" in found.notes[0]
    elif row.imported == "exact":
        np.testing.assert_array_equal(read(tmp_path, row), truth())
    else:
        with pytest.raises(SeepError, match=row.imported):
            read(tmp_path, row)


def expected(returned: str) -> Mask:
    mask = demanding()
    if "holes" in returned:
        mask[binary_fill_holes(mask == 1) & (mask == 0)] = 1
    return np.where(mask == 255, 0, mask) if "unsure" in returned else mask


@pytest.mark.parametrize("row", [one for one in ROWS if one.own], ids=ident)
def test_own_exports_come_back_as_the_table_says(tmp_path: Path, row: Row) -> None:
    put_image(tmp_path, row.image)
    assert row.own is not None
    row.own(tmp_path, demanding())
    np.testing.assert_array_equal(read(tmp_path, row), expected(row.returned))


def test_the_table_in_the_documentation_is_generated() -> None:
    assert START + table() + END in DOCS.read_text(), "Run `python -m tests.io.format_matrix`."
