"""Assignments of tiles to persons, and tile locks: who has a tile open."""

from collections.abc import Sequence
from typing import TypedDict

from seep.store import assignments
from seep.store.review import second_masks
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.workspace import Workspace

LEASE_S = 600
"""An open tile is locked for ten minutes; the page renews the lock before it ends."""

RENEW_S = 240
"""Interval of the renewals: two per lease, so that one lost request does not end the lock."""


class TileLock(TypedDict):
    """The answer to a request for a tile lock, as JSON.

    `holder` is who else has the tile open, None for nobody, and `until` when that lock ends (ISO 8601). `others`
    are the next tiles that others have open or are assigned. `decided` are the next tiles that are no longer
    open, as (id, state). `renew_s` is the interval of renewals.
    """

    holder: str | None
    until: str | None
    others: list[int]
    decided: list[tuple[int, str]]
    renew_s: int


@requires("reviewer", "assign tiles")
def assign(workspace: Workspace, tile_ids: Sequence[int], person: str | None, actor: Actor) -> int:
    """Assign tiles to a person, or unassign them with None; returns the number of changed assignments.

    Raises:
        SettingsError: the name is empty or longer than 80 characters.
    """
    with workspace.store.transaction() as session:
        return assignments.assign(session, list(tile_ids), person, actor.name)


@requires("annotator", "edit tiles")
def lock_tile(
    workspace: Workspace,
    tile_id: int,
    actor: Actor,
    left: int | None = None,
    ahead: Sequence[int] = (),
) -> TileLock:
    """Lock an opened tile, unlock the previous one, and report the locks of the next tiles.

    Args:
        tile_id: the tile that was opened.
        left: the tile that was open before; None for none.
        ahead: the next tiles in the author's queue.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.transaction() as session:
        if left is not None and left != tile_id:
            assignments.unlock_tile(session, left, actor.name)
        other_lock = assignments.lock_tile(session, tile_id, actor.name, LEASE_S)
        others = assignments.unavailable_to(session, list(ahead), actor.name)
        decided = assignments.closed_tiles(session, list(ahead))
        if decided:  # tiles of which the author draws a second mask are open to the author
            for request in second_masks.open_requests(session, actor.name):
                decided.pop(request.tile_id, None)
    holder, until = other_lock or (None, None)
    return TileLock(
        holder=holder, until=until, others=sorted(others), decided=sorted(decided.items()), renew_s=RENEW_S
    )


@requires("annotator", "edit tiles")
def unlock_tile(workspace: Workspace, tile_id: int, actor: Actor) -> None:
    """Unlock a tile; nothing happens if the author has not locked it.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.transaction() as session:
        assignments.unlock_tile(session, tile_id, actor.name)


@cached_until_commit
def assigned_people(workspace: Workspace) -> list[str]:
    """Return the names of all assignees, sorted."""
    with workspace.store.reading() as session:
        return assignments.assigned_people(session)
