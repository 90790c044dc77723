"""Sites of places and their revisions: what analysts changed, who, when and why, with undo."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from seep.core.records import SITE_ACTIONS, SITE_RANKS, SiteRecord, SiteRevisionRecord
from seep.errors import MissingError, SettingsError
from seep.store import audit_log
from seep.store.schema import Site, SiteRevision, utc_now

MAX_NOTE = 4000


@dataclass(frozen=True)
class SiteChange:
    """The values of a site after an action; see `SiteRecord`. `x` and `y` are None unless an analyst set them."""

    site_id: int
    spots: tuple[tuple[float, float], ...]
    x: float | None = None
    y: float | None = None
    rank: str = ""
    note: str = ""
    removed: bool = False
    merged_into: int | None = None


def list_sites(session: Session, place_id: int) -> list[SiteRecord]:
    """Return the sites of a place by number, also removed ones."""
    rows = list(session.scalars(select(Site).where(Site.place_id == place_id).order_by(Site.number)))
    heads = _heads(session, place_id)
    return [_record(row, heads.get(row.id)) for row in rows]


def get_site(session: Session, site_id: int) -> SiteRecord:
    """Return a site.

    Raises:
        MissingError: there is no such site.
    """
    row = session.get(Site, site_id)
    if row is None:
        raise MissingError(f"There is no site with the id {site_id}; reload the list of sites.")
    return _record(row, _heads(session, row.place_id).get(site_id))


def add_site(session: Session, place_id: int, x: float, y: float) -> SiteRecord:
    """Add a site with the next number of its place; x and y are pixels of the place."""
    last = session.scalar(select(func.max(Site.number)).where(Site.place_id == place_id)) or 0
    row = Site(place_id=place_id, number=last + 1, x=x, y=y, created_at=utc_now())
    session.add(row)
    session.flush()
    return _record(row, None)


def set_positions(session: Session, positions: dict[int, tuple[float, float]]) -> None:
    """Store the newest positions of sites by id; this is no revision."""
    for site_id, (x, y) in positions.items():
        row = session.get(Site, site_id)
        if row is not None:
            row.x, row.y = x, y


def drop_undetected(session: Session, site_ids: Sequence[int]) -> None:
    """Delete sites that the detection no longer finds; sites with revisions stay."""
    for site_id in site_ids:
        if session.scalar(select(SiteRevision.id).where(SiteRevision.site_id == site_id).limit(1)) is None:
            session.execute(delete(Site).where(Site.id == site_id))


def drop_sites(session: Session, place_id: int) -> None:
    """Delete all sites of a place with their revisions."""
    mine = select(Site.id).where(Site.place_id == place_id)
    session.execute(delete(SiteRevision).where(SiteRevision.site_id.in_(mine)))
    session.execute(delete(Site).where(Site.place_id == place_id))


def move_sites(
    session: Session, from_id: int, to_id: int, convert: Callable[[float, float], tuple[float, float]]
) -> None:
    """Give the sites of a place with their revisions to another place, with the next numbers.

    Args:
        from_id: place that loses its sites.
        convert: converts x and y from pixels of the one place to pixels of the other.
    """
    last = session.scalar(select(func.max(Site.number)).where(Site.place_id == to_id)) or 0
    rows = list(session.scalars(select(Site).where(Site.place_id == from_id).order_by(Site.number)))
    for number, row in enumerate(rows, last + 1):
        row.place_id, row.number = to_id, number
        row.x, row.y = convert(row.x, row.y)
        for revision in session.scalars(select(SiteRevision).where(SiteRevision.site_id == row.id)):
            revision.spots = [list(convert(*spot)) for spot in revision.spots]
            if revision.x is not None and revision.y is not None:
                revision.x, revision.y = convert(revision.x, revision.y)
    session.flush()


def change_sites(
    session: Session, changes: Sequence[SiteChange], action: str, author: str, reason: str = ""
) -> str:
    """Add a revision to each changed site; together they are one action, which `undo` reverses as a whole.

    Returns:
        The id of the change.

    Raises:
        MissingError: there is no such site.
        SettingsError: unknown action or rank, or a note of more than 4,000 characters.
    """
    if action not in SITE_ACTIONS:
        raise SettingsError(f"Unknown action on a site: {action!r}. Use one of {', '.join(SITE_ACTIONS)}.")
    change_id, now = str(uuid.uuid4()), utc_now()
    for change in changes:
        if change.rank and change.rank not in SITE_RANKS:
            raise SettingsError(f"Unknown rank {change.rank!r}. Use {', '.join(SITE_RANKS)}, or none.")
        if len(change.note) > MAX_NOTE or len(reason) > MAX_NOTE:
            raise SettingsError(f"The note has more than {MAX_NOTE} characters. Shorten it.")
        site = get_site(session, change.site_id)
        values: dict[str, Any] = {name: getattr(change, name) for name in SiteChange.__dataclass_fields__}
        values["spots"] = [list(spot) for spot in change.spots]
        session.add(
            SiteRevision(
                **values, change_id=change_id, action=action, author=author, created_at=now, reason=reason
            )
        )
        details = {"action": action, "change": change_id}
        audit_log.add(session, author, f"{action} site", f"site {site.id}", details)
    session.flush()
    return change_id


def undo(session: Session, place_id: int, author: str) -> str | None:
    """Undo the newest change of a place that is not undone.

    Returns:
        Its action; None if there is nothing to undo.
    """
    newest: SiteRevision | None = session.scalar(
        _revisions(place_id).order_by(SiteRevision.id.desc()).limit(1)
    )
    if newest is None:
        return None
    now = utc_now()
    for row in session.scalars(select(SiteRevision).where(SiteRevision.change_id == newest.change_id)):
        row.undone_by, row.undone_at = author, now
        site = session.get(Site, row.site_id)
        if site is not None and row.action == "merge" and row.spots:  # the first one is where it was
            site.x, site.y = row.spots[0]
        audit_log.add(session, author, "undo site", f"site {row.site_id}", {"change": row.change_id})
    session.flush()
    return newest.action


def site_history(session: Session, place_id: int, limit: int = 200) -> list[SiteRevisionRecord]:
    """Return the newest revisions of a place's sites, newest first, also undone ones."""
    query = (
        select(SiteRevision, Site.number)
        .join(Site, Site.id == SiteRevision.site_id)
        .where(Site.place_id == place_id)
        .order_by(SiteRevision.id.desc())
        .limit(limit)
    )
    own = [name for name in SiteRevisionRecord.__dataclass_fields__ if name != "number"]
    return [
        SiteRevisionRecord(number=number, **{name: getattr(row, name) for name in own})
        for row, number in session.execute(query)
    ]


def _revisions(place_id: int) -> Any:
    mine = select(Site.id).where(Site.place_id == place_id)
    return select(SiteRevision).where(SiteRevision.site_id.in_(mine), SiteRevision.undone_at.is_(None))


def _heads(session: Session, place_id: int) -> dict[int, SiteRevision]:
    """Newest revision of each site that is not undone, by site id."""
    return {row.site_id: row for row in session.scalars(_revisions(place_id).order_by(SiteRevision.id))}


def _record(row: Site, head: SiteRevision | None) -> SiteRecord:
    if head is None:
        return SiteRecord(row.id, row.place_id, row.number, row.x, row.y)
    moved = head.x is not None and head.y is not None
    return SiteRecord(
        row.id,
        row.place_id,
        row.number,
        head.x if head.x is not None else row.x,
        head.y if head.y is not None else row.y,
        spots=tuple((float(x), float(y)) for x, y in head.spots),
        moved=moved,
        rank=head.rank,
        note=head.note,
        removed=head.removed,
        merged_into=head.merged_into,
        revision_id=head.id,
        author=head.author,
        changed_at=head.created_at,
    )
