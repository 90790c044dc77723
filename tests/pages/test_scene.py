import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from seep.store import scenes
from seep.store.schema import Tile
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.trash import delete_scene
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.pages.conftest import Open


def choice(app: AppTest) -> Selectbox[str]:
    return app.selectbox(key="scene-chosen")


def test_an_empty_workspace_leads_to_the_import(empty: Workspace, open_page: Open) -> None:
    app = open_page("scene")
    assert not app.selectbox
    assert app.button(key="lead-import-images").label == "Import images"


def test_scenes_are_listed_with_their_progress(filled: Workspace, open_page: Open) -> None:
    app = open_page("scene")
    assert choice(app).options[0] == "a  (0 of 3 tiles reviewed)"
    assert app.query_params["scene"] == "a"


def test_wide_dark_areas_are_counted_apart_until_they_are_reviewed(
    filled: Workspace, open_page: Open
) -> None:
    def caption(scene: str) -> str:
        return next(one.value for one in open_page("scene", scene=scene).caption if "scene," in one.value)

    with filled.store.transaction() as session:
        names = [one.name for one in scenes.list_scenes(session)]
        session.execute(update(Tile).values(wide_area_px=700, head_revision_id=None))
    assert caption(names[0]).endswith(", 2\u202f100 px of wide dark areas")
    with filled.store.transaction() as session:
        session.execute(update(Tile).values(wide_area_px=0))
    assert caption(names[0]).endswith(" px of seep")


def test_the_address_names_the_scene(filled: Workspace, open_page: Open) -> None:
    app = open_page("scene", scene="c")
    assert choice(app).value == "c"
    choice(app).set_value("b").run()
    assert app.query_params["scene"] == "b"


def test_an_unknown_scene_in_the_address_gives_the_first(filled: Workspace, open_page: Open) -> None:
    app = open_page("scene", scene="<b>")
    assert choice(app).value == "a"
    assert "unknown scene in the URL: '<b>'" in app.warning[0].value.replace("\\", "")
    assert len(app.run().warning) == 1
    choice(app).set_value("c").run()
    assert not app.warning
    assert not open_page("scene", scene="b").warning


def test_a_scene_in_the_trash_is_named(filled: Workspace, open_page: Open) -> None:
    scene = next(one for one in list_scenes(filled) if one.name == "b")
    delete_scene(filled, scene.id, ADA)
    app = open_page("scene", scene="b")
    assert choice(app).value == "a"
    assert "Scene b is in the trash. Restore it on the Data page" in app.warning[0].value.replace("\\", "")


def test_the_map_gets_scene_author_and_base_url(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, object] = {}

    def mount(**arguments: object) -> dict[str, object]:
        seen.update(arguments)
        return {}

    monkeypatch.setattr("seep.ui.components.scene_map.mount.component", lambda *_: mount)
    open_page("scene", scene="b")
    data = seen["data"]
    assert isinstance(data, dict)
    assert (data["author"], data["base_url"], data["height_px"]) == ("ada", "", None)
    assert isinstance(data["scene_id"], int)


def test_the_wind_of_a_scene_is_typed_and_cleared(filled: Workspace, open_page: Open) -> None:
    app = open_page("scene")
    fields = {one.label: one for one in app.number_input}
    fields["Speed, m/s"].set_value(4.5)
    fields["From, degrees"].set_value(310)
    app.run()
    app.button(key="save-wind").click().run()
    scene = list_scenes(filled)[0]
    assert (scene.wind_ms, scene.wind_from_deg, scene.wind_source) == (4.5, 310, "typed")
    app.button(key="clear-wind").click().run()
    assert list_scenes(filled)[0].wind_ms is None
