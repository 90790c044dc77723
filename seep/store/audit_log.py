"""The activity log: one row per change by a person or a job."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from seep.core.records import AuditRecord
from seep.errors import SettingsError
from seep.store.schema import Audit, utc_now

MAX_AUTHOR_LENGTH = 80
_MAX_SUBJECT_LENGTH = 255


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
