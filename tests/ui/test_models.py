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
