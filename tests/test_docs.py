"""The documentation covers every setting, command, page, key and export format, and builds as a site."""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seep.cli.main import make_parser
from seep.settings import Settings
from seep.workflow.exports.formats import FORMATS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
KEYS = ROOT / "seep/ui/components/canvas/frontend/keys.js"


def headings(path: Path) -> set[str]:
    """Headings of a page, without code marks, in lower case."""
    return {
        line.lstrip("# ").replace("`", "").strip().lower()
        for line in path.read_text().splitlines()
        if line.startswith("#")
    }


def first_cells(path: Path) -> set[str]:
    """Everything in code marks in the first cells of a page's table rows, and the cells themselves."""
    cells = [line.split("|")[1].strip() for line in path.read_text().splitlines() if line.startswith("| ")]
    return {*cells, *(name for cell in cells for name in re.findall(r"`([^`]+)`", cell))}


def test_every_setting_has_a_row() -> None:
    names = {f"SEEP_{name.upper()}" for name in Settings.model_fields}
    assert names - first_cells(DOCS / "settings.md") == set()


def test_every_command_has_a_heading() -> None:
    (commands,) = (
        action.choices for action in make_parser()._actions if isinstance(action, argparse._SubParsersAction)
    )
    assert set(commands) - headings(DOCS / "cli.md") == set()


def test_every_page_has_a_page_in_the_guide() -> None:
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")}
    assert pages - {"guide"} - {path.stem for path in (DOCS / "guide").glob("*.md")} == set()


def test_every_export_format_has_a_row_or_heading() -> None:
    labels = {format_.label for format_ in FORMATS.values()}
    assert labels - first_cells(DOCS / "guide/exports.md") == set()


def shortcuts_table() -> str:
    """Markdown table of the keys on the Review page, read from the component."""
    source = KEYS.read_text()
    defaults, sheet = source.split("export const SHEET", 1)
    keys = {
        name: ", ".join(f"`{key}`" for key in re.findall(r'"([^"]+)"', found))
        for name, found in re.findall(r"^  (\w+): \[(.*)\],$", defaults, re.MULTILINE)
    }
    labels = dict(re.findall(r'^      \["(\w+)", "([^"]+)"\],$', sheet, re.MULTILINE))
    arrows = {"panRight", "panUp", "panDown"}  # the list of shortcuts names all four at panLeft
    assert keys.keys() - labels.keys() == arrows
    rows = [f"| {label} | {keys[name]} |" for name, label in labels.items()]
    return "\n".join(["| action | keys |", "| --- | --- |", *rows]) + "\n"


def test_every_shortcut_of_review_is_documented() -> None:
    assert shortcuts_table() in (DOCS / "shortcuts.md").read_text(), (
        "Run `python -m tests.test_docs` and copy its table."
    )


@pytest.mark.slow
def test_the_site_builds_without_warnings_and_fetches_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    fetched = r'<(?:script|img|iframe)[^>]*src="(?:https?:)?//|<link[^>]*href="(?:https?:)?//'
    assert len(pages) > 20
    assert [path.name for path in pages if re.search(fetched, path.read_text())] == []


if __name__ == "__main__":
    print(shortcuts_table(), end="")
