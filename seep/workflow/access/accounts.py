"""Persons and their sessions: add, change, sign in, sign out."""

import secrets
from dataclasses import dataclass

from seep.core.text import duration, is_printable
from seep.errors import DeniedError, SettingsError, TooManyError
from seep.store.access import people
from seep.store.access.people import PersonRecord, SignInRecord
from seep.workflow.access.passwords import hash_password, is_password
from seep.workflow.access.throttle import Throttle
from seep.workflow.actor import ROLES, Actor, Role, requires
from seep.workflow.workspace import Workspace

SESSION_DAYS = 14
MAX_NAME = 80
_throttle = Throttle()


@dataclass(frozen=True)
class Account:
    """A person as the People page shows one: the record, the role and the open sessions."""

    id: int
    name: str
    provider: str
    role: Role
    disabled: bool
    sessions: tuple[SignInRecord, ...]


@requires("admin", "list people")
def list_accounts(workspace: Workspace, actor: Actor) -> list[Account]:
    """Return all persons by name, with their sessions."""
    with workspace.store.reading() as session:
        found, sessions = people.list_people(session), people.list_sessions(session)
    return [
        Account(
            one.id,
            one.name,
            one.provider,
            checked_role(one.role),
            one.disabled,
            tuple(entry for entry in sessions if entry.person_id == one.id),
        )
        for one in found
    ]


@requires("admin", "add people")
def add_local(workspace: Workspace, name: str, role: str, password: str, actor: Actor) -> PersonRecord:
    """Add a local account.

    Raises:
        SettingsError: the name, the role or the password cannot be used; nothing changed.
    """
    _check_name(name)
    hashed = hash_password(password)
    with workspace.store.transaction() as session:
        return people.add_person(
            session,
            provider="local",
            subject=name,
            name=name,
            role=checked_role(role),
            password=hashed,
            author=actor.name,
        )


@requires("admin", "change people")
def change(
    workspace: Workspace,
    person_id: int,
    actor: Actor,
    *,
    role: str | None = None,
    disabled: bool | None = None,
    password: str | None = None,
) -> PersonRecord:
    """Change a person's role, password, or whether the person can sign in; None keeps what there is.

    Raises:
        MissingError: there is no such person.
        SettingsError: a value cannot be used, or the last admin would be lost.
    """
    hashed = None if password is None else hash_password(password)
    with workspace.store.transaction() as session:
        return people.change_person(
            session,
            person_id,
            actor.name,
            role=None if role is None else checked_role(role),
            disabled=disabled,
            password=hashed,
        )


@requires("admin", "end sessions")
def end_sessions(workspace: Workspace, person_id: int, actor: Actor) -> None:
    """Sign a person out in all browsers; open pages are out at their next action."""
    with workspace.store.transaction() as session:
        people.revoke_sessions(session, person_id)


def sign_in(workspace: Workspace, name: str, password: str, address: str, browser: str) -> str:
    """Start a session of a local account.

    Args:
        address: of the browser, for the limit on failures.
        browser: what the browser calls itself, for the list of sessions.

    Returns:
        The secret for the cookie.

    Raises:
        TooManyError: too many failures; try again later.
        DeniedError: the name and the password do not fit, or the account is disabled.
    """
    wait_s = _throttle.wait_s(name, address)
    if wait_s:
        raise TooManyError(f"Too many failed attempts. Try again in {duration(wait_s)}.", wait_s)
    with workspace.store.reading() as session:
        person = people.find_person(session, "local", name)
    fits = is_password(password, person.password if person else None)
    if not fits or person is None or person.disabled:
        _throttle.failed(name, address)
        raise DeniedError("Name and password do not match an account. Check both and try again.")
    return start_session(workspace, person.id, browser)


def person_of(workspace: Workspace, provider: str, subject: str, name: str) -> PersonRecord:
    """Return the person whom a provider calls by a subject; add an unknown one with `SEEP_FIRST_ROLE`.

    Args:
        provider: "oidc" or "proxy".
        subject: identifies the person at the provider; never an email address, which can change hands.
        name: author of the changes of a new person; a number is added where it is taken.
    """
    with workspace.store.reading() as session:
        person = people.find_person(session, provider, subject)
    if person is not None:
        return person
    with workspace.store.transaction() as session:
        return people.find_person(session, provider, subject) or people.add_person(
            session,
            provider=provider,
            subject=subject,
            name=people.free_name(session, name),
            role=workspace.settings.first_role,
            password=None,
            author=name[:80],
        )


def start_session(workspace: Workspace, person_id: int, browser: str) -> str:
    """Start a session of a person whose identity has been checked; return the secret for the cookie."""
    secret = secrets.token_urlsafe(32)
    with workspace.store.transaction() as session:
        people.add_session(session, person_id, secret, browser, SESSION_DAYS)
    return secret


def sign_out(workspace: Workspace, secret: str) -> None:
    """End the session of a cookie; do nothing if there is none."""
    with workspace.store.transaction() as session:
        people.revoke_session(session, secret)


def checked_role(text: str) -> Role:
    """Return a text as a role.

    Raises:
        SettingsError: there is no such role.
    """
    for role in ROLES:
        if role == text:
            return role
    raise SettingsError(f"There is no role {text[:40]!r}. Use {', '.join(ROLES)}.")


def _check_name(name: str) -> None:
    if not name.strip() or name != name.strip() or len(name) > MAX_NAME or not is_printable(name):
        raise SettingsError(
            f"The name {name[:80]!a} cannot be used. Enter 1 to {MAX_NAME} characters without line breaks."
        )
