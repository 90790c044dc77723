"""Who did what to what: a row for each change that a person or a job makes."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from seep.core.records import AuditRecord
from seep.errors import SettingsError
from seep.store.schema import Audit, utc_now

MAX_AUTHOR_LENGTH = 80
_MAX_SUBJECT_LENGTH = 255


def add(session: Session, author: str, action: str, subject: str, details: dict[str, Any]) -> None:
    """Note an action in the transaction that does it.

    Args:
        session: of the transaction.
        author: who; 1 to 80 characters.
        action: one word, such as "promote".
        subject: to what, such as "tile 12"; cut at 255 characters.
        details: anything more, ready for JSON.

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


def list_about(
    session: Session, what: str, limit: int | None = 200, action: str | None = None
) -> list[AuditRecord]:
    """Return the newest actions on things of one kind, newest first.

    Args:
        session: any.
        what: the first word of their subjects, such as "checkpoint".
        limit: at most so many; None for all.
        action: only this one; None for all.
    """
    query = select(Audit).where(Audit.subject.startswith(f"{what} ", autoescape=True))
    if action is not None:
        query = query.where(Audit.action == action)
    return [_record(row) for row in session.scalars(query.order_by(Audit.id.desc()).limit(limit))]


def newest_note(session: Session, subject: str, action: str) -> str | None:
    """Return the note of the newest such action on a subject; None where it has none, or there is no such."""
    query = select(Audit.details).where(Audit.subject == subject, Audit.action == action)
    details = session.scalar(query.order_by(Audit.id.desc()).limit(1))
    return str((details or {}).get("note") or "") or None


def of_author(session: Session, author: str, within: int = 20_000) -> list[AuditRecord]:
    """Return what somebody did among the newest actions of all, newest first.

    Args:
        session: any.
        author: who.
        within: how many of the newest actions are looked through; a bound, since nothing orders by author.
    """
    newest = select(func.coalesce(func.max(Audit.id), 0)).scalar_subquery()
    query = select(Audit).where(Audit.id > newest - within, Audit.author == author)
    return [_record(row) for row in session.scalars(query.order_by(Audit.id.desc()))]


def check_author(author: str) -> None:
    """Check a name that goes into the database.

    Raises:
        SettingsError: it is empty or longer than 80 characters.
    """
    if not author.strip() or len(author) > MAX_AUTHOR_LENGTH:
        raise SettingsError(
            f"The name {author[:100]!r} cannot be used; give 1 to {MAX_AUTHOR_LENGTH} characters."
        )


def _record(row: Audit) -> AuditRecord:
    return AuditRecord(row.id, row.created_at, row.author, row.action, row.subject, row.details)
