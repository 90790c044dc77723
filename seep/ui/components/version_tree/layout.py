"""The layout of the version tree: children below their parent, one lane to the right per branch."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Model = Mapping[str, Any]


class TreeRow(NamedTuple):
    """A model, the lane of its dot, and the row of its parent (None for a root)."""

    model: Model
    lane: int
    parent: int | None


def tree_layout(models: Sequence[Model]) -> list[TreeRow]:
    """Order models so that each is below its parent, oldest sibling first.

    One child stays in the lane of its parent: the ancestor of the active model, else the youngest. The lineage
    of the active model is therefore a straight line. The other children and their descendants are one lane to
    the right, in the rows between.

    Args:
        models: {"id", "parent_id", "active"}; a parent that is not in the list is ignored.
    """
    leading = _ancestors(models)
    known = {one["id"] for one in models}
    children: dict[int | None, list[Model]] = {}
    for one in sorted(models, key=lambda model: (model["id"] in leading, int(model["id"]))):
        parent = one["parent_id"] if one["parent_id"] in known else None
        children.setdefault(parent, []).append(one)
    found: list[TreeRow] = []
    waiting: list[tuple[Model, int, int | None]] = [
        (one, 0, None) for one in reversed(children.get(None, []))
    ]
    while waiting:
        model, lane, parent = waiting.pop()
        row = len(found)
        found.append(TreeRow(model, lane, parent))
        mine = children.get(model["id"], [])
        for one in reversed(mine):
            waiting.append((one, lane if one is mine[-1] else lane + 1, row))
    return found


def _ancestors(models: Sequence[Model]) -> set[int]:
    """Return the ids of the active model and its ancestors."""
    by_id = {model["id"]: model for model in models}
    one = next((model for model in models if model["active"]), None)
    found: set[int] = set()
    while one is not None:
        found.add(one["id"])
        one = by_id.get(one["parent_id"])
    return found
