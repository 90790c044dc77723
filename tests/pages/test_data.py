import json
import re
import threading
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import tifffile
from shapely.geometry import Polygon
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from seep.core.import_options import ImportOptions, RefusedFile
from seep.core.masks.classes import default_classes
from seep.errors import DeniedError
from seep.store import tile_queries
from seep.store.files.bucket import Bucket
from seep.ui.data.import_report import group_reasons
from seep.ui.formatting import SPLITS
from seep.workflow import tile_data, uploads
from seep.workflow.actor import Actor
from seep.workflow.classes import get_classes
from seep.workflow.imports import background
from seep.workflow.imports.buckets import list_bucket
from seep.workflow.reference_layers import add_layer, list_layers
from seep.workflow.review.queue import count
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.uploads import UploadWriter
from seep.workflow.workspace import Workspace
from seep_testing.image_files import UTM, write_geotiff
from seep_testing.patience import PATIENCE_S
from tests.actors import ADA
from tests.buckets import make_bucket, point_to, s3_server
from tests.pages.conftest import Open, texts
from tests.workflow.imports.test_land import LAND, SHAPE, write_land


def fact(app: AppTest, name: str) -> str:
    """Value of a row of the preview or of the storage table."""
    rows = [row for table in app.table for row in records(table.value)]
    return next(plain(row["value"]) for row in rows if plain(row["name"]) == name)


def records(frame: pd.DataFrame) -> list[dict[str, str]]:
    return frame.to_dict("records") if {"name", "value"} <= {*frame.columns} else []


def plain(text: str) -> str:
    return re.sub(r"^:gray\[(.*)\]$", r"\1", text.replace("\\", ""))


def metric(app: AppTest, label: str) -> str:
    return next(one.value for one in app.metric if one.label == label)


def from_server(app: AppTest, images: Path | str, masks: Path | str = "") -> AppTest:
    app.segmented_control(key="import-from").set_value("server").run()
    app.text_input(key="import-images").input(str(images))
    app.text_input(key="import-masks").input(str(masks))
    app.run()
    assert not app.exception
    return app


def import_(app: AppTest) -> AppTest:
    """Press the import button and draw the page again when the import has ended."""
    app.button(key="import-now").click().run()
    assert not app.exception
    for thread in threading.enumerate():
        if thread.name == "import":
            thread.join(PATIENCE_S)
    return app.run()


def upload(workspace: Workspace, token: str, path: Path, role: str = "images") -> None:
    content = path.read_bytes()
    with UploadWriter(workspace, token, uploads.upload_target(path.name, role), len(content), ADA) as writer:
        writer.write(content)
        writer.finish()


def test_a_folder_is_imported_and_reported(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path]
) -> None:
    (folders[0] / "e.000001.tif").write_bytes(b"no TIFF at all")
    app = from_server(open_page("data"), *folders)
    assert fact(app, "Masks").startswith("12 of 13 images")
    assert fact(app, "Size") == "64 x 64 px"
    import_(app)
    assert count(empty) == 12
    assert [metric(app, name) for name in ("Imported", "Already imported", "Refused")] == ["12", "0", "1"]
    refused = next(table.value for table in app.table if "reason" in table.value.columns)
    assert plain(refused["examples"][0]) == "e.000001.tif"
    assert plain(app.caption[0].value) == "12 tiles in 4 scenes"


def test_the_import_shows_splits_to_change_and_asks_for_the_meaning_of_classes(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path]
) -> None:
    app = from_server(open_page("data"), *folders)
    assert fact(app, "Splits of new scenes") == "2 training, 1 validation, 1 test"
    shown = [dict(row) for row in app.dataframe[0].value.to_dict("records")]
    assert [row["scene"] for row in shown] == ["a", "b", "c", "d"]
    wanted = "Training" if shown[0]["split"] == "Test" else "Test"
    assert [one.label for one in app.text_input if str(one.key).endswith("-name")][:3] == [
        "Class 1",
        "Class 2",
        "Class 3",
    ]
    app.text_input(key="import-class-1-name").input("Natural seep")
    app.text_input(key="import-class-2-name").input("Vessel").run()
    app.button(key="import-now").click()
    states = app._tree.get_widget_states()
    edit = {"edited_rows": {"0": {"split": wanted}}, "added_rows": [], "deleted_rows": []}
    states.widgets.append(WidgetState(id=app.dataframe[0].proto.id, string_value=json.dumps(edit)))
    app._run(states)
    assert not app.exception
    for thread in threading.enumerate():
        if thread.name == "import":
            thread.join(PATIENCE_S)
    splits = {scene.name: scene.split for scene in list_scenes(empty)}
    assert {name: SPLITS[split] for name, split in splits.items()} == {
        row["scene"]: row["split"] for row in shown
    } | {"a": wanted}
    assert [one.name for one in get_classes(empty)[:4]] == [
        "No seep",
        "Natural seep",
        "Vessel",
        "Seep class 3",
    ]
    open_again = from_server(open_page("data"), *folders)
    assert not [one for one in open_again.text_input if str(one.key).endswith("-name")]
    assert not open_again.dataframe


def test_the_meaning_of_a_class_is_refused_before_anything_is_imported(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path]
) -> None:
    app = from_server(open_page("data"), *folders)
    app.text_input(key="import-class-1-name").input("No seep").run()
    app.button(key="import-now").click().run()
    assert any("Two classes share the name" in one.value for one in app.error)
    assert count(empty) == 0
    assert background.last_run(empty) is None
    assert get_classes(empty) == default_classes()


def test_uploaded_files_are_imported_and_their_upload_deleted(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path]
) -> None:
    app = open_page("data")
    assert app.button(key="import-now").disabled
    token = app.session_state["upload-token"]
    for path in folders[0].iterdir():
        upload(empty, token, path)
    for path in folders[1].iterdir():
        upload(empty, token, path, "masks")
    app.run()
    assert fact(app, "Masks").startswith("12 of 12 images")
    import_(app)
    assert count(empty) == 12
    assert uploads.list_files(empty, token) == []
    assert app.session_state["upload-token"] != token
    for path in folders[0].iterdir():
        path.unlink()  # the workspace has copies of its own
    with empty.store.reading() as session:
        from seep.core.records import TileFilter
        from seep.store import tile_queries

        tiles = tile_queries.list_tiles(session, TileFilter(), order="name", limit=20)
    assert all(Path(tile.path).is_relative_to(empty.settings.workspace) for tile in tiles)


def test_masks_without_images_cannot_be_imported(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path]
) -> None:
    app = open_page("data")
    upload(empty, app.session_state["upload-token"], next(folders[1].iterdir()), "masks")
    app.run()
    assert len(app.info) == 1
    assert app.button(key="import-now").disabled


def test_an_import_that_fails_says_why_and_keeps_the_upload(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from seep.errors import StorageError

    def fail(*_: object, **__: object) -> None:
        raise StorageError("The disk is full: nothing was imported.")

    monkeypatch.setattr(background, "import_folder", fail)
    app = open_page("data")
    token = app.session_state["upload-token"]
    upload(empty, token, next(folders[0].iterdir()))
    app.run()
    import_(app)
    assert [plain(one.value) for one in app.error] == ["The disk is full: nothing was imported."]
    assert len(uploads.list_files(empty, token)) == 1
    assert app.session_state["upload-token"] == token


def test_a_missing_folder_is_an_error_before_the_import(filled: Workspace, open_page: Open) -> None:
    app = from_server(open_page("data"), filled.settings.workspace.parent / "nowhere")
    assert len(app.error) == 1
    assert app.button(key="import-now").disabled
    assert count(filled) == 12


def test_a_folder_outside_the_roots_is_refused(empty: Workspace, open_page: Open) -> None:
    app = from_server(open_page("data"), "/etc")
    assert len(app.error) == 1
    assert "/etc" in plain(app.error[0].value)
    assert app.button(key="import-now").disabled


def test_a_nodata_value_must_be_a_number(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path]
) -> None:
    app = from_server(open_page("data"), folders[0])
    app.text_input(key="import-nodata").input("zero").run()
    assert len(app.error) == 1
    assert "zero" in app.error[0].value
    assert app.button(key="import-now").disabled


def test_attribute_and_layer_of_a_vector_file_are_chosen(
    empty: Workspace, open_page: Open, tmp_path: Path
) -> None:
    (tmp_path / "images").mkdir()
    write_geotiff(tmp_path / "images" / "a.1.tif", np.full((64, 64), 9, np.uint16))
    ring = [(500_050, 4_499_970), (500_300, 4_499_970), (500_300, 4_499_880)]
    frame = geopandas.GeoDataFrame({"what": ["Seep class 2"]}, geometry=[Polygon(ring)], crs="EPSG:32633")
    for layer in ("slicks", "old"):
        frame.to_file(tmp_path / "slicks.gpkg", layer=layer)
    app = from_server(open_page("data"), tmp_path / "images", tmp_path / "slicks.gpkg")
    assert "2 shapes of 1 (2); class names from no attribute" in fact(app, "GeoPackage")
    app.text_input(key="import-class-attribute").input("what").run()
    app.text_input(key="import-layer").input("slicks").run()
    assert "1 shape of Seep class 2 (1); class names from the attribute what" in fact(app, "GeoPackage")
    app.text_input(key="import-layer").input("new").run()
    assert "has no layer 'new' (layers: slicks, old)" in plain(app.error[0].value)


def test_folders_can_be_picked(empty: Workspace, open_page: Open, folders: tuple[Path, Path]) -> None:
    app = open_page("data")
    app.segmented_control(key="import-from").set_value("server").run()
    for label in ("data", "images"):
        next(one for one in app.button if one.label == label).click().run()
    app.button(key="import-images-use").click().run()
    assert app.text_input(key="import-images").value == str(folders[0])
    assert not app.button(key="import-now").disabled


def test_reasons_that_differ_by_the_name_alone_are_one() -> None:
    refused = [RefusedFile(Path(f"{name}.tif"), f"{name}.tif is no TIFF.") for name in "abc"]
    refused.append(RefusedFile(Path("cut.tif"), "cut.tif is cut short."))
    assert group_reasons(refused) == [
        ("The file is no TIFF.", ["a.tif", "b.tif", "c.tif"]),
        ("The file is cut short.", ["cut.tif"]),
    ]


@pytest.mark.parametrize("typed", ["~nobody_here/x", "/" + "a" * 300])
def test_an_impossible_folder_is_an_error(empty: Workspace, open_page: Open, typed: str) -> None:
    app = from_server(open_page("data"), typed)
    assert app.button(key="import-now").disabled
    assert app.error


def test_an_uploaded_file_can_be_removed(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path]
) -> None:
    app = open_page("data")
    token = app.session_state["upload-token"]
    first, second = sorted(folders[0].iterdir())[:2]
    upload(empty, token, first)
    upload(empty, token, second)
    app.run()
    app.button(key="remove-upload-0").click().run()
    assert [one.name for one in uploads.list_files(empty, token)] == [second.name]
    assert not app.exception


def test_reference_layers_are_listed_and_removed(empty: Workspace, open_page: Open, tmp_path: Path) -> None:
    path = tmp_path / "Platforms.geojson"
    path.write_text('{"type": "Point", "coordinates": [10, 50]}')
    add_layer(empty, path, ADA)
    app = open_page("data", view="Reference layers")
    assert "1 feature of Platforms.geojson, added by ada" in texts(app)
    assert app.button(key="add-references").disabled
    app.button(key="remove-layer-0").click().run()
    assert "No reference layers yet." in texts(app)
    assert list_layers(empty) == []


def test_an_uploaded_vector_file_becomes_the_land_mask(
    empty: Workspace, open_page: Open, tmp_path: Path
) -> None:
    land = write_land(tmp_path / "coast.gpkg")
    app = open_page("data")
    token = app.session_state["upload-token"]
    upload(empty, token, write_geotiff(tmp_path / "a.1.tif", np.full(SHAPE, 9, np.uint16), transform=UTM))
    upload(empty, token, land)
    app.run()
    assert fact(app, "Masks").startswith("1 of 1")  # read as masks, until it is the land
    app.selectbox(key="import-land-upload").select("coast.gpkg").run()
    assert not app.exception
    assert [one.label for one in app.error] == []
    assert app.selectbox(key="import-land-upload").value == "coast.gpkg"
    import_(app)
    assert count(empty) == 1
    with empty.store.reading() as session:
        (tile,) = tile_queries.list_tiles(session, order="name", limit=None)
    np.testing.assert_array_equal(tile_data.read_pixels(empty, tile) == 0, LAND)


def from_bucket(app: AppTest, images: str, masks: str = "") -> AppTest:
    app.segmented_control(key="import-from").set_value("bucket").run()
    app.text_input(key="import-bucket-images").input(images)
    app.text_input(key="import-bucket-masks").input(masks)
    app.run()
    assert not app.exception
    return app


def test_images_of_a_bucket_are_listed_and_imported(
    empty: Workspace, open_page: Open, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3_server() as address:
        point_to(monkeypatch, address)
        bucket = f"s3://{make_bucket(address)}"
        for folder in folders:
            for path in folder.iterdir():
                Bucket(f"{bucket}/{folder.name}").replace(path.name, path.read_bytes())
        app = from_bucket(open_page("data"), f"{bucket}/none")
        assert "has no objects" in app.error[0].value
        assert app.button(key="import-now").disabled
        app = from_bucket(app, f"{bucket}/images", f"{bucket}/masks")
        assert fact(app, "Images").startswith("12 objects")
        assert fact(app, "Masks").startswith("12 objects")
        app = import_(app)
        assert metric(app, "Imported") == "12"
        with empty.store.reading() as session:
            tiles = tile_queries.list_tiles(session, order="name", limit=None)
        assert all(tile.path.startswith(f"{bucket}/images/") for tile in tiles)
        assert all(tile.head_revision_id for tile in tiles)


def test_only_admins_import_from_buckets(empty: Workspace) -> None:
    lead = Actor("lee", "lead")
    request = background.ImportRequest("s3://bucket/images", None, ImportOptions())
    with pytest.raises(DeniedError, match="read buckets"):
        background.start(empty, request, lead)
    with pytest.raises(DeniedError, match="read buckets"):
        list_bucket(empty, "s3://bucket/images", lead)
    mixed = background.ImportRequest(Path("uploads"), "s3://bucket/masks", ImportOptions(), token="0" * 32)
    with pytest.raises(DeniedError, match="read buckets"):
        background.start(empty, mixed, lead)


def test_an_upload_on_another_server_is_explained(empty: Workspace, open_page: Open) -> None:
    def said(app: AppTest) -> bool:
        return any("not on this server" in one.value for one in app.info)

    assert said(open_page("data", upload="0" * 32))
    assert not said(open_page("data"))
    token = uploads.new_token()
    with UploadWriter(empty, token, uploads.upload_target("a.tif", "images"), 1, ADA) as writer:
        writer.write(b"x")
        writer.finish()
    assert not said(open_page("data", upload=token))


def test_the_preview_has_every_note(empty: Workspace, open_page: Open, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for number in range(5):
        tifffile.imwrite(images / f"a.{number}.tif", np.eye(32, dtype=np.int32))
    app = from_server(open_page("data"), images)
    notes = [f"a.{number}.tif: int32 values are converted to float32." for number in range(5)]
    assert [plain(one.value) for one in app.warning] == notes[:3]
    (more,) = (one for one in app.expander if one.label == "2 more notes")
    assert [plain(one.value) for one in more.markdown] == notes[3:]
