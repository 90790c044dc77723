"""Changes of analysts to sites: rank, note, move, merge, split, remove, add, undo. Each is a revision."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from seep.core.records import SiteRecord, SiteRevisionRecord
from seep.core.text import with_minus_signs
from seep.errors import MissingError, SettingsError
from seep.store.places import places, sites
from seep.store.places.sites import SiteChange
from seep.workflow.actor import Actor, requires
from seep.workflow.places.detection import refresh_sites
from seep.workflow.places.evidence import PlaceSites, SiteEvidence
from seep.workflow.places.geometry import Points
from seep.workflow.workspace import Workspace

_SPLIT_STEPS = 20


@requires("reviewer", "change sites")
def rank_site(
    workspace: Workspace, place_id: int, number: int, rank: str, actor: Actor, *, reason: str = ""
) -> None:
    """Set the analyst's confidence in a site.

    Args:
        rank: "high", "medium", "low", or "" for none.

    Raises:
        MissingError: there is no such place or site.
        SettingsError: unknown rank.
    """
    _change(
        workspace,
        place_id,
        [replace(_of(workspace, place_id, number), rank=rank)],
        "rank",
        actor,
        reason=reason,
    )


@requires("reviewer", "change sites")
def note_site(workspace: Workspace, place_id: int, number: int, note: str, actor: Actor) -> None:
    """Set the note of a site; an empty one deletes it.

    Raises:
        MissingError: there is no such place or site.
        SettingsError: the note has more than 4,000 characters.
    """
    _change(
        workspace, place_id, [replace(_of(workspace, place_id, number), note=note.strip())], "note", actor
    )


@requires("reviewer", "change sites")
def move_site(
    workspace: Workspace,
    place_id: int,
    number: int,
    position: tuple[float, float],
    actor: Actor,
    *,
    reason: str = "",
) -> None:
    """Set the position of a site by hand, in pixels of the place; slicks that begin near it belong to it.

    Raises:
        MissingError: there is no such place or site.
        SettingsError: the position is outside the place.
    """
    x, y = _checked(refresh_sites(workspace, place_id), position)
    change = replace(_of(workspace, place_id, number), spots=((x, y),), x=x, y=y)
    _change(workspace, place_id, [change], "move", actor, reason=reason)


@requires("reviewer", "change sites")
def add_site(
    workspace: Workspace, place_id: int, position: tuple[float, float], actor: Actor, *, reason: str = ""
) -> int:
    """Add a site by hand; position as in `move_site`.

    Returns:
        The number of the site.

    Raises:
        MissingError: there is no such place.
        SettingsError: the position is outside the place.
    """
    x, y = _checked(refresh_sites(workspace, place_id), position)
    with workspace.store.transaction() as session:
        site = sites.add_site(session, place_id, x, y)
        sites.change_sites(session, [SiteChange(site.id, ((x, y),), x, y)], "add", actor.name, reason)
    refresh_sites(workspace, place_id)
    return site.number


@requires("reviewer", "change sites")
def merge_sites(
    workspace: Workspace, place_id: int, numbers: Sequence[int], actor: Actor, *, reason: str = ""
) -> int:
    """Make several sites one: the slicks of all of them belong to the lowest number.

    It keeps its rank and note; a missing rank or note is taken from the others.

    Returns:
        The number of the site that stays.

    Raises:
        MissingError: there is no such place or site.
        SettingsError: fewer than two sites.
    """
    wanted = sorted(set(numbers))
    if len(wanted) < 2:
        raise SettingsError("One site cannot be merged. Choose two sites or more.")
    changes = [_of(workspace, place_id, number) for number in wanted]
    kept, gone = changes[0], changes[1:]
    merged = replace(
        kept,
        spots=tuple(spot for change in changes for spot in change.spots),
        x=None,
        y=None,
        rank=next((change.rank for change in changes if change.rank), ""),
        note="\n".join(dict.fromkeys(change.note for change in changes if change.note)),
    )
    others = [replace(one, spots=(), removed=True, merged_into=kept.site_id) for one in gone]
    _change(workspace, place_id, [merged, *others], "merge", actor, reason=reason)
    return wanted[0]


@requires("reviewer", "change sites")
def split_site(workspace: Workspace, place_id: int, number: int, actor: Actor, *, reason: str = "") -> int:
    """Divide a site into two, by the two groups of points where its slicks begin.

    Returns:
        The number of the new site.

    Raises:
        MissingError: there is no such place or site.
        SettingsError: the site has fewer than two slicks, or all begin at one point.
    """
    found = refresh_sites(workspace, place_id)
    site = _evidence(found, number)
    starts = np.array(origins(found, site), np.float64).reshape(-1, 2)
    if len(np.unique(starts, axis=0)) < 2:
        raise SettingsError(
            f"Site {number} cannot be split: its slicks begin at one point. Move it, or add a site."
        )
    first, second = _two_groups(starts)
    change = _of(workspace, place_id, number)
    with workspace.store.transaction() as session:
        new = sites.add_site(session, place_id, *second)
        old = replace(change, spots=(first,), x=None, y=None)
        sites.change_sites(session, [old, SiteChange(new.id, (second,))], "split", actor.name, reason)
    refresh_sites(workspace, place_id)
    return new.number


@requires("reviewer", "change sites")
def remove_site(workspace: Workspace, place_id: int, number: int, actor: Actor, *, reason: str = "") -> None:
    """Declare that a site is none; it does not appear again, and its slicks support no other site.

    Raises:
        MissingError: there is no such place or site.
    """
    _change(
        workspace,
        place_id,
        [replace(_of(workspace, place_id, number), removed=True)],
        "remove",
        actor,
        reason=reason,
    )


@requires("reviewer", "change sites")
def undo_change(workspace: Workspace, place_id: int, actor: Actor) -> str | None:
    """Undo the newest change of a place's sites.

    Returns:
        The action that was undone, such as "merge"; None if there is none.

    Raises:
        MissingError: there is no such place.
    """
    with workspace.store.transaction() as session:
        places.get_place(session, place_id)
        action = sites.undo(session, place_id, actor.name)
    refresh_sites(workspace, place_id)
    return action


def history(workspace: Workspace, place_id: int) -> list[SiteRevisionRecord]:
    """List the changes of a place's sites, newest first, with who, when and why; undone ones too."""
    with workspace.store.reading() as session:
        return sites.site_history(session, place_id)


def origins(found: PlaceSites, site: SiteEvidence) -> list[tuple[float, float]]:
    """Return the points where the slicks of a site begin, in pixels of the place, in the order of its slicks."""
    by_scene = {one.scene.id: one.ends() for one in found.data.passes}
    points = [by_scene[slick.scene_id][slick.slick].ends[slick.origin_end] for slick in site.slicks]
    return [(float(x), float(y)) for x, y in points]


def _evidence(found: PlaceSites, number: int) -> SiteEvidence:
    site = next((one for one in found.sites if one.number == number), None)
    if site is None:
        raise MissingError(f"Place {found.data.place.name} has no site {number}. Reload the list of sites.")
    return site


def _of(workspace: Workspace, place_id: int, number: int) -> SiteChange:
    """Values of a site as they are, to change some of them; a detected site gets its position as its spot."""
    found = refresh_sites(workspace, place_id)
    site = _evidence(found, number)
    assert site.id is not None  # it is stored
    with workspace.store.reading() as session:
        record: SiteRecord = sites.get_site(session, site.id)
    spots = record.spots or ((site.x, site.y),)
    x, y = (record.x, record.y) if record.moved else (None, None)
    return SiteChange(record.id, spots, x, y, record.rank, record.note)


def _change(
    workspace: Workspace,
    place_id: int,
    changes: Sequence[SiteChange],
    action: str,
    actor: Actor,
    *,
    reason: str = "",
) -> None:
    with workspace.store.transaction() as session:
        sites.change_sites(session, changes, action, actor.name, reason)
    refresh_sites(workspace, place_id)


def _checked(found: PlaceSites, position: tuple[float, float]) -> tuple[float, float]:
    x, y = position
    left, top, right, bottom = found.data.bounds
    if not (left <= x <= right and top <= y <= bottom):
        point = with_minus_signs(f"({x:g}, {y:g})")
        area = with_minus_signs(f"x {left:.0f} to {right:.0f} and y {top:.0f} to {bottom:.0f}")
        raise SettingsError(
            f"{point} is outside place {found.data.place.name}, {area}. Choose a point inside."
        )
    return float(x), float(y)


def _two_groups(points: Points) -> tuple[tuple[float, float], tuple[float, float]]:
    """Centers of two groups of points, by k-means from the two that lie farthest apart."""
    distances = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    first, second = np.unravel_index(int(distances.argmax()), distances.shape)
    centers = points[[first, second]]
    for _ in range(_SPLIT_STEPS):
        nearer = np.hypot(*(points[:, None] - centers[None]).transpose(2, 0, 1)).argmin(axis=1)
        centers = np.stack([points[nearer == group].mean(axis=0) for group in (0, 1)])
    (a, b), (c, d) = centers.tolist()
    return (a, b), (c, d)
