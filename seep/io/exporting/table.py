"""Slicks as a table that opens in a spreadsheet without running anything."""

import csv
from collections.abc import Sequence
from pathlib import Path

from seep.io.exporting.slick_record import FIELDS, SlickRecord, Value, values
from seep.io.exporting.staging import place_for

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(stage: Path, slicks: Sequence[SlickRecord]) -> list[Path]:
    """Write `slicks.csv`: UTF-8, commas, a row a slick, empty cells where something is not known.

    Returns:
        The file written.
    """
    path = place_for(stage, "slicks.csv")
    # Spreadsheets take UTF-8 for what it is only with a byte order mark.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in FIELDS])
        for slick in slicks:
            writer.writerow([safe_cell(value) for value in values(slick).values()])
    return [path]


def safe_cell(value: Value) -> Value:
    """Return a cell that no spreadsheet takes for a formula: texts that could be one get an apostrophe.

    Source: OWASP, "CSV Injection". Numbers stay numbers, negative ones too.
    """
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
