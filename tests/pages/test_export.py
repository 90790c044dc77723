from pathlib import Path

from streamlit.testing.v1 import AppTest

from seep.workflow.workspace import Workspace
from tests.pages.conftest import Open, texts


def box(app: AppTest, kind: str, label: str) -> object:
    return next(one for one in app.get(kind) if one.label == label)


def press(app: AppTest, label: str) -> AppTest:
    next(one for one in app.button if one.label == label).click()
    app.run()
    assert not app.exception
    return app


def to_folder(app: AppTest, format_name: str, folder: Path) -> AppTest:
    box(app, "selectbox", "Format").set_value(format_name)
    box(app, "multiselect", "States").set_value(["unreviewed"])
    app.radio(key="export-place").set_value("A folder on this server")
    app.run()
    app.text_input(key="export-folder").set_value(str(folder))
    return press(app, "Export")


def test_masks_are_written_to_a_folder(filled: Workspace, open_page: Open, tmp_path: Path) -> None:
    app = to_folder(open_page("data"), "mask-tiff", tmp_path / "out")
    assert "12 masks written to" in texts(app)
    assert len(list((tmp_path / "out").glob("*.tif"))) == 12


def test_slicks_without_a_place_are_told_of_in_pixels(
    filled: Workspace, open_page: Open, tmp_path: Path
) -> None:
    app = to_folder(open_page("data"), "geojson", tmp_path / "out")
    assert "12 slicks written to" in texts(app)
    assert "without georeference" in texts(app)


def test_a_zip_is_offered_to_the_browser(filled: Workspace, open_page: Open) -> None:
    app = open_page("data")
    box(app, "selectbox", "Format").set_value("csv")
    box(app, "multiselect", "States").set_value(["unreviewed"])
    press(app, "Export")
    assert "12 slicks in 1 file" in texts(app)
    assert app.get("download_button")
    assert len(list((filled.store.root / "exports").glob("seep-csv-*.zip"))) == 1


def test_a_folder_outside_the_roots_is_refused(filled: Workspace, open_page: Open) -> None:
    app = to_folder(open_page("data"), "csv", Path("/etc"))
    assert "outside the folders" in texts(app)


def test_options_follow_the_format(filled: Workspace, open_page: Open) -> None:
    app = open_page("data")
    box(app, "selectbox", "Format").set_value("coco")
    app.run()
    assert [one.label for one in app.checkbox if "Polygons" in one.label]
    box(app, "selectbox", "Format").set_value("geopackage")
    app.run()
    assert [one.label for one in app.number_input if "Simplify" in one.label]
    assert not app.exception
