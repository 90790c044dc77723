"""Where each version stands in the tree: below its parent, a lane to the right for each branch."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Model = Mapping[str, Any]


class Placed(NamedTuple):
    """A model, the lane of its dot, and the row of its parent (None for a root)."""

    model: Model
    lane: int
    parent: int | None


def placed(models: Sequence[Model]) -> list[Placed]:
    """Order models so that each stands below its parent, oldest first among siblings.

    One child stays in its parent's lane: the one that leads to the active model, else the youngest. So the
    descent of the active model is a straight line. The other children, with all their descendants, stand a
    lane to the right, in the rows between the two.

    Args:
        models: {"id", "parent_id", "active"}; a parent that is not among them counts as none.
    """
    leading = _ancestors(models)
    known = {one["id"] for one in models}
    children: dict[int | None, list[Model]] = {}
    for one in sorted(models, key=lambda model: (model["id"] in leading, int(model["id"]))):
        parent = one["parent_id"] if one["parent_id"] in known else None
        children.setdefault(parent, []).append(one)
    found: list[Placed] = []
    waiting: list[tuple[Model, int, int | None]] = [
        (one, 0, None) for one in reversed(children.get(None, []))
    ]
    while waiting:
        model, lane, parent = waiting.pop()
        row = len(found)
        found.append(Placed(model, lane, parent))
        mine = children.get(model["id"], [])
        for one in reversed(mine):
            waiting.append((one, lane if one is mine[-1] else lane + 1, row))
    return found


def _ancestors(models: Sequence[Model]) -> set[int]:
    """The ids of the active model and of all that it came from."""
    by_id = {one["id"]: one for one in models}
    one = next((one for one in models if one["active"]), None)
    found: set[int] = set()
    while one is not None:
        found.add(one["id"])
        one = by_id.get(one["parent_id"])
    return found
