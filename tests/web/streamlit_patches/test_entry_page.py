"""The document of a page that is opened by its own address."""

import re
from importlib.metadata import version
from pathlib import Path

from streamlit import file_util

from seep.web.page_list import PAGES
from seep.web.streamlit_patches import TESTED_VERSIONS
from seep.web.streamlit_patches.entry_page import document

FOLDER = Path(__file__).resolve().parents[3] / "pages"


def test_the_patches_are_tested_with_this_version_of_streamlit() -> None:
    assert version("streamlit") in TESTED_VERSIONS


def test_every_page_is_listed() -> None:
    assert sorted(page.name for page in PAGES) == sorted(path.stem for path in FOLDER.glob("*.py"))


def test_document_names_the_base_path_before_the_first_module() -> None:
    text = document("/seep")
    assert "location.origin + '/seep/'" in text
    assert text.index("__streamlit") < text.index('<script type="module"')


def test_the_script_of_charts_is_loaded_early_on_pages_with_charts_only() -> None:
    for page in PAGES:
        loaded = re.findall(
            r'<link rel="modulepreload" crossorigin href="\./(static/js/(\w+)\.[^"]*)"',
            document("", page.path),
        )
        names = {name for _, name in loaded}
        assert ("PlotlyChart" in names) == page.has_charts
        assert ("BidiComponent" in names) != page.has_charts
        assert all(Path(file_util.get_static_dir(), path).is_file() for path, _ in loaded)
