"""The document of a page that is opened by its own address."""

from pathlib import Path

from seep.web.entry_page import PAGE_PATHS, document

PAGES = Path(__file__).resolve().parents[2] / "pages"


def test_every_page_but_overview_has_its_document() -> None:
    assert sorted([*PAGE_PATHS, "overview"]) == sorted(page.stem for page in PAGES.glob("*.py"))


def test_document_names_the_base_path_before_the_first_module() -> None:
    text = document("/seep")
    assert "location.origin + '/seep/'" in text
    assert text.index("__streamlit") < text.index('<script type="module"')
