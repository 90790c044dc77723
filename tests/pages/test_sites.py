from pathlib import Path

from seep.workflow.places.places import list_places
from seep.workflow.scenes.listing import list_scenes, set_split
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.pages.conftest import Open
from tests.workflow.places.making import import_passes


def test_an_empty_workspace_leads_to_the_import(empty: Workspace, open_page: Open) -> None:
    app = open_page("sites")
    assert not app.selectbox
    assert app.button(key="lead-import-scenes").label == "Import scenes"


def test_a_proposed_place_is_confirmed_and_shown(empty: Workspace, open_page: Open, tmp_path: Path) -> None:
    import_passes(empty, tmp_path / "place")
    app = open_page("sites")
    assert app.button(key="confirm-place-0").label == "Confirm place"
    app.button(key="confirm-place-0").click().run()
    assert [one.place.name for one in list_places(empty)] == ["p1 to p4"]
    assert app.selectbox(key="place-chosen").options == ["p1 to p4  (4 passes)"]
    assert app.query_params["place"] == "p1 to p4"


def test_a_dismissed_proposal_goes_away(empty: Workspace, open_page: Open, tmp_path: Path) -> None:
    import_passes(empty, tmp_path / "place")
    app = open_page("sites")
    app.button(key="dismiss-place-0").click().run()
    assert list_places(empty) == []
    assert app.button(key="lead-import-scenes")


def test_a_place_in_several_splits_says_so_and_moves_into_one(
    empty: Workspace, open_page: Open, tmp_path: Path
) -> None:
    import_passes(empty, tmp_path / "place")
    for scene, split in zip(list_scenes(empty), ("train", "train", "validation", "test"), strict=True):
        set_split(empty, scene.id, split, ADA)
    app = open_page("sites")
    app.button(key="confirm-place-0").click().run()
    assert any("2 training, 1 validation and 1 test" in one.value for one in app.markdown)
    assert app.selectbox(key="place-split").value == "train"
    app.selectbox(key="place-split").set_value("test").run()
    app.button(key="move-passes").click().run()
    assert {scene.split for scene in list_scenes(empty)} == {"test"}
    assert "place-split" not in [one.key for one in app.selectbox]
