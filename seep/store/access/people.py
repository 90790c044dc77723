"""Persons who sign in, their sessions and their tokens; secrets are stored as hashes only."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from seep.errors import MissingError, SettingsError
from seep.store import audit_log
from seep.store.schema import ApiToken, Person, SignIn, stamp, utc_now

RESERVED_NAMES = ("seep",)
"""Names of the product itself."""
INVITED = "invited"
"""Provider of people who were invited and have not signed in yet; their subject is what the invitation names."""


@dataclass(frozen=True)
class PersonRecord:
    """A person who signs in.

    Attributes:
        id: of the row.
        provider: "local", "proxy", "oidc" or `INVITED`.
        subject: what the provider calls the person; changes only when an invitation is accepted.
        name: author of the person's changes, unique; never changes.
        role: name of a role.
        password: scrypt hash for local accounts; None for others.
        disabled: cannot sign in.
        created_at: ISO 8601, UTC.
        must_change_password: can do nothing but choose another password.
    """

    id: int
    provider: str
    subject: str
    name: str
    role: str
    password: str | None
    disabled: bool
    created_at: str
    must_change_password: bool = False


@dataclass(frozen=True)
class SignInRecord:
    """A session of a person in one browser, not expired and not revoked."""

    id: int
    person_id: int
    browser: str
    created_at: str
    used_at: str
    expires_at: str


@dataclass(frozen=True)
class TokenRecord:
    """A token for scripts; `scope` is the highest role that it gives."""

    id: int
    person_id: int
    name: str
    scope: str
    created_at: str
    expires_at: str
    used_at: str | None
    revoked_at: str | None


def secret_sha256(secret: str) -> str:
    """Return the hash under which a random secret is stored; it has 256 bits, so it needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_person(
    session: Session,
    *,
    provider: str,
    subject: str,
    name: str,
    role: str,
    password: str | None,
    author: str,
    must_change_password: bool = False,
) -> PersonRecord:
    """Add a person.

    Raises:
        SettingsError: the name is invalid, reserved or taken, or the provider has this subject already.
    """
    audit_log.check_author(name)
    if name in RESERVED_NAMES or session.scalar(select(Person.id).where(Person.name == name)) is not None:
        raise SettingsError(f"The name {name!r} is taken. Choose another name.")
    if find_person(session, provider, subject) is not None:
        raise SettingsError(f"{subject!r} has an account already. Change its role instead.")
    row = Person(
        provider=provider,
        subject=subject,
        name=name,
        role=role,
        password=password,
        created_at=utc_now(),
        must_change_password=must_change_password,
    )
    session.add(row)
    session.flush()
    audit_log.add(session, author, "add person", f"person {name}", {"provider": provider, "role": role})
    return _person(row)


def find_person(session: Session, provider: str, subject: str) -> PersonRecord | None:
    """Return the person whom a provider calls by a subject, or None."""
    row = session.scalar(select(Person).where(Person.provider == provider, Person.subject == subject))
    return None if row is None else _person(row)


def person_of_id(session: Session, person_id: int) -> PersonRecord:
    """Return the person with an id.

    Raises:
        MissingError: there is none.
    """
    row = session.get(Person, person_id)
    if row is None:
        raise MissingError(f"There is no person {person_id}; reload the page.")
    return _person(row)


def free_name(session: Session, wanted: str) -> str:
    """Return a name for a new person: the wanted one, or with a number after it."""
    names = {*session.scalars(select(Person.name)), *RESERVED_NAMES}
    base = wanted[: audit_log.MAX_AUTHOR_LENGTH - 5]
    candidates = (base, *(f"{base} {number}" for number in range(2, 10_000)))
    return next(name for name in candidates if name not in names)


def accept_invitation(session: Session, account: str, provider: str, subject: str) -> PersonRecord | None:
    """Give the person who was invited by an account the subject of a provider; None if nobody was, or is disabled."""
    row = session.scalar(
        select(Person).where(Person.provider == INVITED, Person.subject == account, ~Person.disabled)
    )
    if row is None:
        return None
    row.provider, row.subject = provider, subject
    audit_log.add(session, row.name, "accept invitation", f"person {row.name}", {"provider": provider})
    return _person(row)


def list_people(session: Session) -> list[PersonRecord]:
    """Return all persons by name."""
    return [_person(row) for row in session.scalars(select(Person).order_by(Person.name))]


def change_person(
    session: Session,
    person_id: int,
    author: str,
    *,
    role: str | None = None,
    disabled: bool | None = None,
    password: str | None = None,
    must_change_password: bool | None = None,
) -> PersonRecord:
    """Change what is not None; a disabled person and one with a new password is signed out everywhere.

    Raises:
        MissingError: there is no such person.
        SettingsError: the last enabled admin would be lost.
    """
    row = session.get(Person, person_id)
    if row is None:
        raise MissingError(f"There is no person {person_id}; reload the page.")
    admins = select(Person.id).where(Person.role == "admin", ~Person.disabled, Person.id != person_id)
    is_lost = row.role == "admin" and (disabled or role not in {None, "admin"})
    if is_lost and session.scalar(admins) is None:
        raise SettingsError(f"{row.name} is the last admin. Give another person the role admin first.")
    row.role = role or row.role
    row.disabled = row.disabled if disabled is None else disabled
    row.password = password or row.password
    if must_change_password is not None:
        row.must_change_password = must_change_password
    if disabled or password:
        revoke_sessions(session, person_id)
    changes = {
        "role": role,
        "disabled": disabled,
        "password": "changed" if password else None,
        "must change password": must_change_password,
    }
    audit_log.add(
        session,
        author,
        "change person",
        f"person {row.name}",
        {key: value for key, value in changes.items() if value is not None},
    )
    return _person(row)


def add_session(session: Session, person_id: int, secret: str, browser: str, days: int) -> None:
    """Add a session that ends after some days."""
    now = datetime.now(UTC)
    session.add(
        SignIn(
            person_id=person_id,
            secret_sha256=secret_sha256(secret),
            browser=browser[:255],
            created_at=stamp(now),
            used_at=stamp(now),
            expires_at=stamp(now + timedelta(days=days)),
        )
    )


def person_of_session(session: Session, secret: str) -> PersonRecord | None:
    """Return the person of a session; None if it is unknown, expired or revoked, or the person disabled."""
    query = (
        select(Person)
        .join(SignIn, SignIn.person_id == Person.id)
        .where(SignIn.secret_sha256 == secret_sha256(secret), SignIn.revoked_at.is_(None), ~Person.disabled)
        .where(SignIn.expires_at > utc_now())
    )
    row = session.scalar(query)
    return None if row is None else _person(row)


def list_sessions(session: Session) -> list[SignInRecord]:
    """Return the sessions that can be used, newest first."""
    query = select(SignIn).where(SignIn.revoked_at.is_(None), SignIn.expires_at > utc_now())
    return [
        SignInRecord(row.id, row.person_id, row.browser, row.created_at, row.used_at, row.expires_at)
        for row in session.scalars(query.order_by(SignIn.id.desc()))
    ]


def revoke_session(session: Session, secret: str) -> None:
    """End the session of a secret; do nothing if there is none."""
    chosen = SignIn.secret_sha256 == secret_sha256(secret)
    session.execute(update(SignIn).where(chosen, SignIn.revoked_at.is_(None)).values(revoked_at=utc_now()))


def revoke_sessions(session: Session, person_id: int) -> None:
    """End all sessions of a person."""
    chosen = SignIn.person_id == person_id
    session.execute(update(SignIn).where(chosen, SignIn.revoked_at.is_(None)).values(revoked_at=utc_now()))


def add_token(
    session: Session, person_id: int, *, name: str, scope: str, secret: str, days: int, author: str
) -> TokenRecord:
    """Add a token that expires after some days."""
    now = datetime.now(UTC)
    row = ApiToken(
        person_id=person_id,
        name=name,
        scope=scope,
        secret_sha256=secret_sha256(secret),
        created_at=stamp(now),
        expires_at=stamp(now + timedelta(days=days)),
    )
    session.add(row)
    session.flush()
    audit_log.add(session, author, "create token", f"token {name}", {"scope": scope, "days": days})
    return _token(row)


def person_of_token(session: Session, secret: str) -> tuple[PersonRecord, TokenRecord] | None:
    """Return the person and the token of a secret; None if it is unknown, expired or revoked."""
    query = (
        select(Person, ApiToken)
        .join(ApiToken, ApiToken.person_id == Person.id)
        .where(ApiToken.secret_sha256 == secret_sha256(secret), ApiToken.revoked_at.is_(None))
        .where(ApiToken.expires_at > utc_now(), ~Person.disabled)
    )
    found = session.execute(query).first()
    return None if found is None else (_person(found[0]), _token(found[1]))


def mark_token_used(session: Session, token_id: int) -> None:
    """Record that a token was used now."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=utc_now()))


def list_tokens(session: Session) -> list[TokenRecord]:
    """Return all tokens, newest first."""
    return [_token(row) for row in session.scalars(select(ApiToken).order_by(ApiToken.id.desc()))]


def revoke_token(session: Session, token_id: int, author: str) -> None:
    """End a token.

    Raises:
        MissingError: there is no such token.
    """
    row = session.get(ApiToken, token_id)
    if row is None:
        raise MissingError(f"There is no token {token_id}; list them with seep token list.")
    row.revoked_at = row.revoked_at or utc_now()
    audit_log.add(session, author, "revoke token", f"token {row.name}", {})


def _person(row: Person) -> PersonRecord:
    return PersonRecord(
        row.id,
        row.provider,
        row.subject,
        row.name,
        row.role,
        row.password,
        row.disabled,
        row.created_at,
        row.must_change_password,
    )


def _token(row: ApiToken) -> TokenRecord:
    return TokenRecord(
        row.id,
        row.person_id,
        row.name,
        row.scope,
        row.created_at,
        row.expires_at,
        row.used_at,
        row.revoked_at,
    )
