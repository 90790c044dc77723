"""The table of image formats in the documentation is measured, and has every registered format."""

from pathlib import Path

import pytest

from seep.io import containers, images
from tests.io.format_matrix import DOCS
from tests.io.image_matrix import END, ROWS, START, Row, measured, table


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.format)
def test_a_file_of_each_format_is_told_by_its_kind(tmp_path: Path, row: Row) -> None:
    assert measured(row, tmp_path)["kind"] == row.kind


def test_every_registered_format_has_a_row() -> None:
    assert {row.kind for row in ROWS} == {*images.KINDS, *containers.KINDS}


def test_the_table_of_images_in_the_documentation_is_generated() -> None:
    assert START + table() + END in DOCS.read_text(), "Run `python -m tests.io.image_matrix`."
