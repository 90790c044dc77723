import json

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from seep.workflow.classes import class_usage, get_classes
from seep.workflow.review.quality_sample import quality_sample_share, set_quality_sample_share
from seep.workflow.scenes.listing import list_scenes, set_split
from seep.workflow.workspace import Workspace
from tests.actors import BO
from tests.pages.conftest import Open

SPLITS = "Splits and quality sample"


def test_a_class_gets_another_name(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings")
    app.text_input(key="name-1").input("Natural *seep* <b>")
    next(one for one in app.button if one.label == "Save classes").click()
    app.run()
    assert not app.exception
    assert get_classes(filled)[1].name == "Natural *seep* <b>"


def test_a_name_twice_is_refused_in_a_sentence(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings")
    app.text_input(key="name-1").input("Seep class 2")
    next(one for one in app.button if one.label == "Save classes").click()
    app.run()
    assert len(app.error) == 1
    assert get_classes(filled)[1].name == "Seep class 1"


def test_only_classes_after_the_last_used_one_can_be_removed(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings")
    used = max(id_ for id_, tiles in class_usage(filled).items() if tiles)
    removable = [one.key for one in app.button if one.key and one.key.startswith("remove-")]
    assert removable == [f"remove-{number}" for number in range(used + 1, 8)]


def test_a_removed_class_moves_the_later_ones_up(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings")
    app.text_input(key="name-7").input("Algae").run()
    app.button(key="remove-6").click().run()
    assert len(get_classes(filled)) == 8  # not before it is saved
    app.button(key="save-classes").click().run()
    assert not app.exception
    classes = get_classes(filled)
    assert [one.id for one in classes] == list(range(7))
    assert [one.name for one in classes[5:]] == ["Seep class 5", "Algae"]


def test_added_classes_are_saved_with_what_was_typed(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings")
    app.text_input(key="name-1").input("Natural").run()
    app.button(key="add-class").click().run()
    app.button(key="add-class").click().run()
    app.text_input(key="name-9-2").input("Ship").run()
    app.button(key="save-classes").click().run()
    assert not app.exception
    classes = get_classes(filled)
    assert (len(classes), classes[1].name, classes[9].name) == (10, "Natural", "Ship")


def test_classes_are_taken_from_a_list(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings")
    app.text_area[0].input("Sea #000000\n255 0 0 Sheen\nThick oil")
    next(one for one in app.button if one.label == "Replace classes").click()
    app.run()
    assert not app.exception
    classes = get_classes(filled)
    assert [one.name for one in classes[:4]] == ["Sea", "Sheen", "Thick oil", "Seep class 3"]
    assert classes[1].color == "#ff0000"
    assert app.text_input(key="name-1-1").value == "Sheen"


def test_the_share_of_the_quality_sample_is_saved(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings", view=SPLITS)
    app.slider(key="sample-share-10").set_value(50)
    next(one for one in app.button if one.label == "Save share").click()
    app.run()
    assert not app.exception
    assert quality_sample_share(filled) == 0.5


def test_a_page_switch_keeps_the_share_of_the_quality_sample(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings", view=SPLITS)
    app.switch_page("pages/overview.py").run()
    app.switch_page("pages/settings.py").run()
    assert app.slider(key="sample-share-10").value == 10
    assert quality_sample_share(filled) == 0.1


def test_a_share_that_somebody_else_saved_is_shown_and_kept(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings", view=SPLITS)
    set_quality_sample_share(filled, 0.4, BO)
    app.run()
    assert quality_sample_share(filled) == 0.4
    assert app.slider(key="sample-share-40").value == 40


def test_a_split_that_was_edited_before_is_not_set_again(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings", view=SPLITS)
    first = list_scenes(filled)[0]
    assert first.split != "test"
    table = app.dataframe[0].proto.id
    _edit_splits(app, table, 0)
    assert list_scenes(filled)[0].split == "test"
    set_split(filled, first.id, "validation", BO)
    _edit_splits(app, table, 0)
    assert list_scenes(filled)[0].split == "validation"


def test_two_splits_are_edited_one_after_the_other(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings", view=SPLITS)
    assert [one.split for one in list_scenes(filled)[:2]] == ["train", "train"]
    for rows in ((0,), (0, 1)):
        _edit_splits(app, app.dataframe[0].proto.id, *rows)
    assert [one.split for one in list_scenes(filled)[:2]] == ["test", "test"]


def _edit_splits(app: AppTest, table: str, *rows: int) -> None:
    """Make rows of the table test scenes, as a browser does: the state of the table is sent at each rerun."""
    edited = {str(row): {"split": "Test"} for row in rows}
    edit = {"edited_rows": edited, "added_rows": [], "deleted_rows": []}
    states = app._tree.get_widget_states()
    states.widgets.append(WidgetState(id=table, string_value=json.dumps(edit)))
    app._run(states)
    assert not app.exception
