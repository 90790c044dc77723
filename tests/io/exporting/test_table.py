import csv
from pathlib import Path

import pytest

from seep.io.exporting.slick_record import DETAIL_FIELDS, FIELDS
from seep.io.exporting.table import plain_text, safe_cell, write_csv
from tests.io.exporting.slicks import slick


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("x")'])
def test_texts_that_could_be_formulas_get_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("value", [-3.5, 0, None, "a=1", "Seep class 1", "Ölfilm"])
def test_all_else_stays(value: float | str | None) -> None:
    assert safe_cell(value) == value


@pytest.mark.parametrize("text", ["=1+1", "-1", "'quoted'", "'", "", "Seep class 1"])
def test_texts_come_back_as_they_were(text: str) -> None:
    assert plain_text(str(safe_cell(text))) == text


def test_a_row_a_slick_with_empty_cells_for_the_unknown(tmp_path: Path) -> None:
    evil = slick(scene="=cmd|' /C calc'!A0", class_name='a,"b"\nc', author="@x", contrast_db=-6.543)
    (path,) = write_csv(tmp_path, [evil])
    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert list(row) == [field.name for field in (*FIELDS, *DETAIL_FIELDS)]
    assert row["scene"] == "'=cmd|' /C calc'!A0"
    assert row["class_name"] == 'a,"b"\nc'
    assert row["author"] == "'@x"
    assert row["contrast_db"] == "-6.54"
    assert row["probability"] == ""
