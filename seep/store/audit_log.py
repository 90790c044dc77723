"""The activity log: one row per change by a person or a job; and the events that wait to be sent to others."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from seep.core.records import AuditRecord
from seep.errors import SettingsError
from seep.settings import WEBHOOK_EVENTS
from seep.store.schema import Audit, Webhook, stamp, utc_now

MAX_AUTHOR_LENGTH = 80
_MAX_SUBJECT_LENGTH = 255
_EVENTS = {
    "import": "import.done",
    "promote": "model.promoted",
    "roll back": "model.promoted",
    "assign": "tiles.assigned",
    "flagged": "tile.flagged",
    "fail backup": "backup.failed",
}
"""Types of the events that actions of the log are."""
MAX_ATTEMPTS = 80
"""After so many an event is given up, about three days after it happened."""
_RETRY_S, _MAX_RETRY_S = 30, 3600


@dataclass(frozen=True)
class OutgoingEvent:
    """An event that is being sent.

    Attributes:
        id: the same at each attempt.
        type: one of `WEBHOOK_EVENTS`.
        payload: `timestamp` and `data`, ready for JSON.
        attempts: with this one.
    """

    id: str
    type: str
    payload: dict[str, Any]
    attempts: int


def add(session: Session, author: str, action: str, subject: str, details: dict[str, Any]) -> None:
    """Add a row to the log, in the transaction that makes the change.

    Args:
        author: who made the change; 1 to 80 characters.
        action: one word, such as "promote".
        subject: what changed, such as "tile 12"; truncated to 255 characters.
        details: further values that can be stored as JSON.

    Raises:
        SettingsError: the author's name is empty or too long.
    """
    check_author(author)
    session.add(
        Audit(
            created_at=utc_now(),
            author=author,
            action=action,
            subject=subject[:_MAX_SUBJECT_LENGTH],
            details=details,
        )
    )
    if action in _EVENTS:
        announce(
            session, _EVENTS[action], author, subject[:_MAX_SUBJECT_LENGTH], {"action": action, **details}
        )


def announce(session: Session, event: str, author: str, subject: str, details: dict[str, Any]) -> None:
    """Add an event to be sent by the worker, in the transaction that makes the change.

    Args:
        event: one of `WEBHOOK_EVENTS`.
        author: who made the change.
        subject: what changed, such as "tile 12".
        details: further values that can be stored as JSON.
    """
    assert event in WEBHOOK_EVENTS, event
    now = utc_now()
    data = {"author": author, "subject": subject, "details": details}
    payload = {"type": event, "timestamp": now, "data": data}
    session.add(Webhook(id=uuid.uuid4().hex, payload=payload, next_at=now))


def has_due_event(session: Session, now: datetime) -> bool:
    """Tell whether an event is due."""
    return bool(session.scalar(select(exists().where(Webhook.next_at <= stamp(now)))))


def claim_event(session: Session, now: datetime) -> OutgoingEvent | None:
    """Return the event that is due for the longest time, which then waits for its next attempt; None without one.

    The wait is 30 s, doubled by each attempt to at most one hour.
    """
    due = select(Webhook).where(Webhook.next_at <= stamp(now)).order_by(Webhook.next_at)
    row = session.scalar(due.limit(1).with_for_update(skip_locked=True))
    if row is None:
        return None
    row.attempts += 1
    wait_s = min(_MAX_RETRY_S, _RETRY_S * 2 ** (row.attempts - 1))
    row.next_at = stamp(now + timedelta(seconds=wait_s))
    return OutgoingEvent(row.id, row.payload["type"], row.payload, row.attempts)


def forget_event(session: Session, event_id: str | None = None) -> None:
    """Delete an event that was received or is not to be sent; None for all."""
    session.execute(delete(Webhook).where(*([] if event_id is None else [Webhook.id == event_id])))


def list_audit(session: Session, limit: int = 200) -> list[AuditRecord]:
    """Return the newest actions, newest first."""
    rows = session.scalars(select(Audit).order_by(Audit.id.desc()).limit(limit))
    return [_record(row) for row in rows]


def every_action(session: Session, since: str = "", author: str | None = None) -> Iterator[AuditRecord]:
    """Yield the actions from an ISO 8601 time in UTC on, of one person or of all, oldest first, in small portions."""
    query = select(Audit).where(Audit.created_at >= since).order_by(Audit.id)
    if author is not None:
        query = query.where(Audit.author == author)
    for row in session.scalars(query.execution_options(yield_per=1000)):
        yield _record(row)


def list_by_subject(
    session: Session, what: str, limit: int | None = 200, action: str | None = None
) -> list[AuditRecord]:
    """Return the newest actions on one kind of subject, newest first.

    Args:
        what: the first word of the subject, such as "checkpoint".
        limit: maximum number of rows; None for all.
        action: only rows with this action; None for all.
    """
    query = select(Audit).where(Audit.subject.startswith(f"{what} ", autoescape=True))
    if action is not None:
        query = query.where(Audit.action == action)
    return [_record(row) for row in session.scalars(query.order_by(Audit.id.desc()).limit(limit))]


def list_of_subject(session: Session, subject: str, *actions: str) -> list[AuditRecord]:
    """Return all rows with this subject and one of these actions, oldest first."""
    query = select(Audit).where(Audit.subject == subject, Audit.action.in_(actions)).order_by(Audit.id)
    return [_record(row) for row in session.scalars(query)]


def list_by_author(
    session: Session, author: str, within: int = 20_000, subject: str | None = None
) -> list[AuditRecord]:
    """Return a person's actions among the newest rows of the log, newest first.

    Args:
        subject: also actions of others on this subject.
        within: number of the newest rows to search; the table has no index by author.
    """
    newest = select(func.coalesce(func.max(Audit.id), 0)).scalar_subquery()
    chosen = Audit.author == author
    if subject is not None:
        chosen |= Audit.subject == subject
    query = select(Audit).where(Audit.id > newest - within, chosen)
    return [_record(row) for row in session.scalars(query.order_by(Audit.id.desc()))]


def check_author(author: str) -> None:
    """Check the name of an author.

    Raises:
        SettingsError: it is empty or longer than 80 characters.
    """
    if not author.strip() or len(author) > MAX_AUTHOR_LENGTH:
        raise SettingsError(
            f"The name {author[:100]!r} cannot be used. Enter 1 to {MAX_AUTHOR_LENGTH} characters."
        )


def _record(row: Audit) -> AuditRecord:
    return AuditRecord(row.id, row.created_at, row.author, row.action, row.subject, row.details)
