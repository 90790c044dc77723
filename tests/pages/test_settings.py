from seep.workflow.classes import get_classes
from seep.workflow.workspace import Workspace
from tests.pages.conftest import Open, texts


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


def test_a_class_in_use_cannot_be_removed(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings")
    app.number_input[0].set_value(3).run()
    next(one for one in app.button if one.label == "Save classes").click()
    app.run()
    assert "still used in masks" in texts(app)
    assert len(get_classes(filled)) == 8


def test_more_classes_can_be_had(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings")
    app.number_input[0].set_value(12).run()
    next(one for one in app.button if one.label == "Save classes").click()
    app.run()
    assert not app.exception
    assert len(get_classes(filled)) == 12
