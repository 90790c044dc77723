from streamlit.testing.v1 import AppTest

from seep.ui.models import in_lineage


def model(number: int, parent: int | None) -> dict[str, object]:
    return {"id": number, "parent_id": parent}


def ids(models: list[dict[str, object]]) -> list[object]:
    return [one["id"] for one in in_lineage(models)]


def test_children_stand_below_their_parent() -> None:
    assert ids([model(4, 2), model(3, 1), model(2, 1), model(1, None)]) == [1, 2, 4, 3]


def test_a_model_without_its_parent_is_a_root() -> None:
    assert ids([model(5, 99), model(2, None)]) == [2, 5]


def test_nothing_is_listed_twice() -> None:
    assert ids([model(1, None), model(2, 1), model(3, 2), model(4, None)]) == [1, 2, 3, 4]


def test_figures_of_different_scenes_are_not_weighed_against_each_other() -> None:
    seen = AppTest.from_function(compare_strangers).run()
    assert not seen.exception
    said = " ".join(one.value for one in seen.markdown)
    assert "Measured on different locked scenes" in said
    assert "Cannot tell" not in said


def compare_strangers() -> None:
    from seep.core.classes import default_classes
    from seep.ui.models import pair

    def one(name: str, scene: str) -> dict[str, object]:
        matrix = [[90, 5], [2, 40]]
        figures = {"binary_iou": 0.85, "iou_per_class": [0.9, 0.85]}
        per_scene = {scene: {"tiles": 1, "matrix": matrix, "figures": figures}}
        locked = {"tiles": 1, "scenes": 1, "figures": figures, "per_scene": per_scene, "matrix": matrix}
        return {"name": name, "figures": {"locked": locked}}

    pair(one("old", "north"), one("new", "south"), default_classes(2))
