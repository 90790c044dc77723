from pathlib import Path

from streamlit.testing.v1 import AppTest

from seep.workflow.workspace import Workspace
from tests.pages.conftest import Open


def export_now(app: AppTest) -> AppTest:
    app.button(key="export-start").click().run()
    assert not app.exception
    return app


def to_folder(app: AppTest, format_name: str, folder: Path) -> AppTest:
    app.selectbox(key="export-format").set_value(format_name)
    app.multiselect(key="export-states").set_value(["unreviewed"])
    app.radio(key="export-place").set_value("server").run()
    app.text_input(key="export-folder").set_value(str(folder))
    return export_now(app)


def test_masks_are_written_to_a_folder(filled: Workspace, open_page: Open, tmp_path: Path) -> None:
    app = to_folder(open_page("data", view="Export"), "mask-tiff", tmp_path / "out")
    assert app.success[0].value.startswith("12 masks ")
    assert "Writes 12 saved masks." in [one.value for one in app.caption]
    assert len(list((tmp_path / "out").glob("*.tif"))) == 12


def test_slicks_without_a_georeference_are_in_pixels(
    filled: Workspace, open_page: Open, tmp_path: Path
) -> None:
    app = to_folder(open_page("data", view="Export"), "geojson", tmp_path / "out")
    assert app.success[0].value.startswith("12 slicks ")
    assert any(one.value.startswith("12 images without georeference") for one in app.caption)


def test_a_zip_is_offered_to_the_browser(filled: Workspace, open_page: Open) -> None:
    app = open_page("data", view="Export")
    app.selectbox(key="export-format").set_value("csv")
    app.multiselect(key="export-states").set_value(["unreviewed"])
    export_now(app)
    assert app.success[0].value.startswith("12 slicks in 1 file")
    assert len(app.get("download_button")) == 1
    assert len(list((filled.store.root / "exports").glob("seep-csv-*.zip"))) == 1


def test_a_folder_outside_the_roots_is_refused(filled: Workspace, open_page: Open) -> None:
    app = to_folder(open_page("data", view="Export"), "csv", Path("/etc"))
    assert len(app.error) == 1
    assert not app.success


def test_options_follow_the_format(filled: Workspace, open_page: Open) -> None:
    app = open_page("data", view="Export")
    app.selectbox(key="export-format").set_value("coco").run()
    assert app.checkbox(key="export-polygons").value is False
    app.selectbox(key="export-format").set_value("geopackage").run()
    assert app.number_input(key="export-simplify").value == 0
    assert not app.exception
