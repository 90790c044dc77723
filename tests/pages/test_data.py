import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from seep.ui.data.import_report import group_reasons
from seep.workflow.imports import background, uploads
from seep.workflow.imports.importer import Refused
from seep.workflow.imports.uploads import Arrival
from seep.workflow.review.queue import count
from seep.workflow.workspace import Workspace
from tests.pages.conftest import Open, texts
from tests.patience import PATIENCE_S


def field(app: AppTest, label: str) -> object:
    return next(one for one in app.text_input if one.label.startswith(label))


def button(app: AppTest, label: str) -> object:
    return next(one for one in app.button if one.label == label)


def press(app: AppTest, label: str) -> AppTest:
    button(app, label).click()
    app.run()
    assert not app.exception
    return app


def from_server(app: AppTest, images: Path | str, masks: Path | str = "") -> AppTest:
    app.segmented_control[0].set_value("A folder of the server").run()
    field(app, "Folder of images").input(str(images))
    field(app, "Folder of masks (").input(str(masks))
    app.run()
    assert not app.exception
    return app


def import_(app: AppTest) -> AppTest:
    """Press Import and look again when its thread is done."""
    press(app, "Import")
    for thread in threading.enumerate():
        if thread.name == "import":
            thread.join(PATIENCE_S)
    return app.run()


def upload(workspace: Workspace, token: str, path: Path, role: str = "images") -> None:
    content = path.read_bytes()
    with Arrival(workspace, token, uploads.place(path.name, role), len(content)) as arrival:
        arrival.write(content)
        arrival.finish()


def test_a_folder_is_imported_and_reported(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path]
) -> None:
    (folders[0] / "e.000001.tif").write_bytes(b"no TIFF at all")
    app = from_server(open_page("data"), *folders)
    assert "12 of 13 images have one" in texts(app)
    assert "64 x 64 px" in texts(app)
    import_(app)
    assert count(empty) == 12
    shown = {one.label: one.value for one in app.metric}
    assert (shown["Imported"], shown["Known already"], shown["Refused"]) == ("12", "0", "1")
    assert "e.000001.tif" in texts(app)
    assert "12 tiles of 4 scenes" in texts(app)


def test_uploaded_files_are_imported_and_their_stage_removed(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path]
) -> None:
    app = open_page("data")
    assert button(app, "Import").disabled
    token = app.session_state["upload-stage"]
    for path in folders[0].iterdir():
        upload(empty, token, path)
    for path in folders[1].iterdir():
        upload(empty, token, path, "masks")
    app.run()
    assert "12 of 12 images have one" in texts(app)
    import_(app)
    assert count(empty) == 12
    assert uploads.staged(empty, token) == []
    assert app.session_state["upload-stage"] != token
    for path in folders[0].iterdir():
        path.unlink()  # the workspace has copies of its own
    with empty.store.reading() as session:
        from seep.store import scenes
        from seep.store.records import TileFilter

        tiles = scenes.list_tiles(session, TileFilter(), order="name", limit=20)
    assert all(Path(tile.path).is_relative_to(empty.settings.workspace) for tile in tiles)


def test_masks_alone_are_asked_for_their_images(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path]
) -> None:
    app = open_page("data")
    upload(empty, app.session_state["upload-stage"], next(folders[1].iterdir()), "masks")
    app.run()
    assert any("Masks alone wait" in one.value for one in app.info)
    assert button(app, "Import").disabled


def test_an_import_that_fails_says_why_and_keeps_the_upload(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from seep.errors import StorageError

    def fail(*_: object) -> None:
        raise StorageError("The disk is full: nothing was imported.")

    monkeypatch.setattr(background, "import_folder", fail)
    app = open_page("data")
    token = app.session_state["upload-stage"]
    upload(empty, token, next(folders[0].iterdir()))
    app.run()
    import_(app)
    assert "The disk is full" in texts(app)
    assert len(uploads.staged(empty, token)) == 1
    assert app.session_state["upload-stage"] == token


def test_a_folder_that_is_not_there_is_told_before_any_import(filled: Workspace, open_page: Open) -> None:
    app = from_server(open_page("data"), filled.settings.workspace.parent / "nowhere")
    assert len(app.error) == 1
    assert button(app, "Import").disabled
    assert count(filled) == 12


def test_a_folder_outside_the_roots_is_refused_in_a_sentence(empty: Workspace, open_page: Open) -> None:
    app = from_server(open_page("data"), "/etc")
    assert "outside the folders that may be imported" in texts(app)
    assert button(app, "Import").disabled


def test_nodata_that_is_no_number_is_refused(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path]
) -> None:
    app = from_server(open_page("data"), folders[0])
    field(app, "Nodata").input("zero").run()
    assert "write a number, none or auto" in texts(app)
    assert button(app, "Import").disabled


def test_folders_can_be_walked_to(empty: Workspace, open_page: Open, folders: tuple[Path, Path]) -> None:
    app = open_page("data")
    app.segmented_control[0].set_value("A folder of the server").run()
    for label in ("data", "images"):
        button(app, label).click().run()
    next(one for one in app.button if one.key == "import-images-use").click().run()
    assert field(app, "Folder of images").value == str(folders[0])
    assert not button(app, "Import").disabled


def test_reasons_that_differ_by_the_name_alone_are_one() -> None:
    refused = [Refused(Path(f"{name}.tif"), f"{name}.tif is no TIFF.") for name in "abc"]
    refused.append(Refused(Path("cut.tif"), "cut.tif is cut short."))
    assert group_reasons(refused) == [
        ("The file is no TIFF.", ["a.tif", "b.tif", "c.tif"]),
        ("The file is cut short.", ["cut.tif"]),
    ]


@pytest.mark.parametrize("typed", ["~nobody_here/x", "/" + "a" * 300])
def test_a_folder_that_cannot_be_is_a_sentence(empty: Workspace, open_page: Open, typed: str) -> None:
    app = from_server(open_page("data"), typed)
    assert button(app, "Import").disabled
    assert app.error
