from typing import Any

from seep.ui.components.version_tree.layout import tree_layout


def version(number: int, parent: int | None, active: bool = False) -> dict[str, Any]:
    return {"id": number, "parent_id": parent, "active": active}


def rows(models: list[dict[str, Any]]) -> list[tuple[int, int, int | None]]:
    return [(one.model["id"], one.lane, one.parent) for one in tree_layout(models)]


def test_a_line_without_branches_is_straight() -> None:
    assert rows([version(3, 2), version(1, None), version(2, 1)]) == [(1, 0, None), (2, 0, 0), (3, 0, 1)]


def test_the_youngest_child_keeps_the_lane_and_its_elders_branch_off_between() -> None:
    family = [version(1, None), version(2, 1), version(3, 2), version(4, 1)]
    assert rows(family) == [(1, 0, None), (2, 1, 0), (3, 1, 1), (4, 0, 0)]


def test_the_line_that_leads_to_the_active_model_is_the_straight_one() -> None:
    family = [version(1, None), version(2, 1), version(3, 2, active=True), version(4, 1)]
    assert rows(family) == [(1, 0, None), (4, 1, 0), (2, 0, 0), (3, 0, 2)]


def test_a_parent_that_is_not_there_makes_a_root() -> None:
    assert rows([version(5, 4), version(1, None)]) == [(1, 0, None), (5, 0, None)]
    assert rows([]) == []
