"""The document of a page that is opened by its own address."""

import re
from pathlib import Path

from streamlit import file_util

from seep.web.entry_page import CHART_PATHS, PAGE_PATHS, document

PAGES = Path(__file__).resolve().parents[2] / "pages"


def test_every_page_but_overview_has_its_document() -> None:
    assert sorted([*PAGE_PATHS, "overview"]) == sorted(page.stem for page in PAGES.glob("*.py"))


def test_document_names_the_base_path_before_the_first_module() -> None:
    text = document("/seep")
    assert "location.origin + '/seep/'" in text
    assert text.index("__streamlit") < text.index('<script type="module"')


def test_the_script_of_charts_is_loaded_early_on_pages_with_charts_only() -> None:
    for page in ("", *PAGE_PATHS):
        loaded = re.findall(
            r'<link rel="modulepreload" crossorigin href="\./(static/js/(\w+)\.[^"]*)"', document("", page)
        )
        names = {name for _, name in loaded}
        assert ("PlotlyChart" in names) == (page in CHART_PATHS)
        assert ("BidiComponent" in names) != (page in CHART_PATHS)
        assert all(Path(file_util.get_static_dir(), path).is_file() for path, _ in loaded)
