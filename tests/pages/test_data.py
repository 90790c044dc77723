from pathlib import Path

from streamlit.testing.v1 import AppTest

from seep.workflow.queue import count
from seep.workflow.workspace import Workspace
from tests.pages.conftest import Open, texts


def field(app: AppTest, label: str) -> object:
    return next(one for one in app.text_input if one.label.startswith(label))


def press(app: AppTest, label: str) -> AppTest:
    next(one for one in app.button if one.label == label).click()
    app.run()
    assert not app.exception
    return app


def test_a_folder_is_imported_and_reported(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path]
) -> None:
    (folders[0] / "e.000001.tif").write_bytes(b"no TIFF at all")
    app = open_page("data")
    field(app, "Folder of images").input(str(folders[0]))
    field(app, "Folder of masks (").input(str(folders[1]))
    press(app, "Import")
    assert count(empty) == 12
    shown = {one.label: one.value for one in app.metric}
    assert (shown["Imported"], shown["Known already"], shown["Refused"]) == ("12", "0", "1")
    assert "e.000001.tif is no TIFF" in texts(app)
    assert "12 tiles of" in texts(app)


def test_the_same_folder_again_adds_nothing(filled: Workspace, open_page: Open, templates: Path) -> None:
    app = open_page("data")
    field(app, "Folder of images").input(str(filled.settings.workspace.parent / "nowhere"))
    press(app, "Import")
    assert len(app.error) == 1
    assert count(filled) == 12


def test_a_folder_outside_the_roots_is_refused_in_a_sentence(empty: Workspace, open_page: Open) -> None:
    app = open_page("data")
    field(app, "Folder of images").input("/etc")
    press(app, "Import")
    assert "outside the folders that may be imported" in texts(app)


def test_no_folder_is_asked_for(empty: Workspace, open_page: Open) -> None:
    app = press(open_page("data"), "Import")
    assert "No folder of images is given" in texts(app)


def test_nodata_that_is_no_number_is_refused(empty: Workspace, open_page: Open) -> None:
    app = open_page("data")
    field(app, "Nodata").input("zero")
    press(app, "Import")
    assert "write a number, none or auto" in texts(app)


def test_masks_are_exported(filled: Workspace, open_page: Open, tmp_path: Path) -> None:
    app = open_page("data")
    field(app, "Folder for the masks").input(str(tmp_path / "out"))
    next(one for one in app.multiselect if one.label == "States").set_value(["unreviewed"])
    press(app, "Export")
    assert "12 masks written" in texts(app)
    assert len(list((tmp_path / "out").glob("*.tif"))) == 12
