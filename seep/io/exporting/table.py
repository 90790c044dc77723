"""Writes slicks as CSV without formulas, safe to open in a spreadsheet."""

import csv
from collections.abc import Sequence
from pathlib import Path

from seep.io.exporting.slick_record import SlickRecord, Value, fields_of, values
from seep.io.exporting.staging import place_for

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(stage: Path, slicks: Sequence[SlickRecord]) -> list[Path]:
    """Write `slicks.csv`: UTF-8, comma-separated, one row per slick, empty cells for unknown values.

    Returns:
        The written file.
    """
    path = place_for(stage, "slicks.csv")
    # Spreadsheets detect UTF-8 only with a byte order mark.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields_of(slicks)])
        for slick in slicks:
            writer.writerow([safe_cell(value) for value in values(slick).values()])
    return [path]


def safe_cell(value: Value) -> Value:
    """Return a cell that is never a formula: texts that could be one get a leading apostrophe.

    Source: OWASP, "CSV Injection". Numbers stay numbers, negative ones too.
    """
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def plain_text(cell: str) -> str:
    """Return the text that `safe_cell` wrote; other apostrophes stay."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell
