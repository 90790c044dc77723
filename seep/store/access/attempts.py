"""Attempts to sign in that failed or are under way; names are stored as hashes, since people type passwords there."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from seep.store.schema import SignInAttempt


@dataclass(frozen=True)
class AttemptRecord:
    """An attempt.

    Attributes:
        name_sha256: hash of the typed name.
        address: from which it came.
        browser: id of a browser with which this person signed in before, "" for others.
        created_at: ISO 8601, UTC, by the clock of the database.
    """

    name_sha256: str
    address: str
    browser: str
    created_at: str


def hash_name(name: str) -> str:
    """Return the hash of a typed name."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def list_attempts(session: Session, name_sha256: str, address: str, since: str) -> list[AttemptRecord]:
    """Return the attempts for a name or from an address since a moment, newest first."""
    query = (
        select(SignInAttempt)
        .where(or_(SignInAttempt.name_sha256 == name_sha256, SignInAttempt.address == address))
        .where(SignInAttempt.created_at > since)
        .order_by(SignInAttempt.created_at.desc())
    )
    return [
        AttemptRecord(row.name_sha256, row.address, row.browser, row.created_at)
        for row in session.scalars(query)
    ]


def add_attempt(session: Session, attempt: AttemptRecord, since: str) -> None:
    """Add an attempt, and delete those from before a moment."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.created_at <= since))
    session.add(
        SignInAttempt(
            name_sha256=attempt.name_sha256,
            address=attempt.address,
            browser=attempt.browser,
            created_at=attempt.created_at,
        )
    )


def drop_attempts(session: Session, name_sha256: str, address: str, browser: str) -> None:
    """Delete the attempts for a name with a known browser, or from an address with unknown ones."""
    same = SignInAttempt.browser == browser
    if not browser:
        same &= SignInAttempt.address == address
    session.execute(delete(SignInAttempt).where(SignInAttempt.name_sha256 == name_sha256, same))
