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

    The youngest child stays in its parent's lane, so a line of descent without branches is straight; its
    elder siblings, with all their descendants, stand a lane to the right, in the rows between the two.

    Args:
        models: {"id", "parent_id"}; a parent that is not among them counts as none.
    """
    known = {one["id"] for one in models}
    children: dict[int | None, list[Model]] = {}
    for one in sorted(models, key=lambda model: int(model["id"])):
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
