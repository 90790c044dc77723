"""Who works on which tile: assigned by a person, or open on somebody's screen."""

from collections.abc import Sequence
from typing import Any

from seep.store import assignments
from seep.workflow.workspace import Workspace

LEASE_S = 600
"""A tile that somebody opened is offered to nobody else for ten minutes; the page renews it before."""

RENEW_S = 240
"""How often the page renews it: twice within a lease, so that one lost request does no harm."""


def assign(workspace: Workspace, tile_ids: Sequence[int], person: str | None, author: str) -> int:
    """Assign tiles to a person, or to nobody with None; returns how many are assigned differently now.

    Raises:
        SettingsError: a name that is empty or longer than 80 characters.
    """
    with workspace.store.transaction() as session:
        return assignments.assign(session, list(tile_ids), person, author)


def hold(
    workspace: Workspace,
    tile_id: int,
    author: str,
    left: int | None = None,
    ahead: Sequence[int] = (),
) -> dict[str, Any]:
    """Take a tile that was opened, give back the one before, and learn what others have taken.

    Args:
        workspace: where.
        tile_id: the tile that was opened.
        author: by whom.
        left: the tile that was open before; None for none.
        ahead: tiles that come next in the author's queue.

    Returns:
        {"holder": who else has it, else None; "until": when that ends, ISO 8601, else None; "others": ids
        among `ahead` that other people have or are assigned; "decided": those that are not open any more, id
        and state; "renew_s": when to ask again}.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.transaction() as session:
        if left is not None and left != tile_id:
            assignments.leave(session, left, author)
        taken = assignments.take(session, tile_id, author, LEASE_S)
        others = assignments.with_others(session, list(ahead), author)
        decided = assignments.decided(session, list(ahead))
    holder, until = taken or (None, None)
    return {
        "holder": holder,
        "until": until,
        "others": sorted(others),
        "decided": sorted(decided.items()),
        "renew_s": RENEW_S,
    }


def leave(workspace: Workspace, tile_id: int, author: str) -> None:
    """Give a tile back that was taken; nothing happens where the author does not have it.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.transaction() as session:
        assignments.leave(session, tile_id, author)


def assigned_people(workspace: Workspace) -> list[str]:
    """Return everybody that a tile is assigned to, by name."""
    with workspace.store.reading() as session:
        return assignments.assigned_people(session)
