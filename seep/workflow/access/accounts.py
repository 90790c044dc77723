"""Persons and their sessions: add, change, sign in, sign out."""

import secrets
from dataclasses import dataclass

from seep.core.text import is_printable
from seep.errors import DeniedError, SettingsError, SignedOutError, TooManyError
from seep.store import audit_log
from seep.store.access import people
from seep.store.access.people import PersonRecord, SignInRecord
from seep.workflow.access import throttle
from seep.workflow.access.passwords import hash_password, is_password
from seep.workflow.actor import ROLES, Actor, Role, requires
from seep.workflow.workspace import PRODUCT, Workspace

SESSION_DAYS = 14
MAX_NAME = 80
MAX_ACCOUNT = 255
_WRONG = "Name and password do not match an account. Check both and try again."


@dataclass(frozen=True)
class Account:
    """A person as the People page shows one: the record, the role and the open sessions."""

    id: int
    name: str
    provider: str
    role: Role
    disabled: bool
    sessions: tuple[SignInRecord, ...]


@dataclass(frozen=True)
class Visitor:
    """Somebody who signs in.

    Attributes:
        address: of the browser, for the limits on failures and the activity log.
        browser: what the browser calls itself, for the list of sessions.
        known: value of the cookie of a browser with which somebody signed in before, "" for none.
    """

    address: str
    browser: str
    known: str = ""


@dataclass(frozen=True)
class SignedIn:
    """A session that has begun.

    Attributes:
        secret: for the cookie of the session.
        known: for the cookie of this browser, which outlives the session.
        must_change_password: nothing else can be done before.
    """

    secret: str
    known: str
    must_change_password: bool


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
def add_local(
    workspace: Workspace,
    name: str,
    role: str,
    password: str,
    actor: Actor,
    *,
    must_change_password: bool = False,
) -> PersonRecord:
    """Add a local account.

    Args:
        must_change_password: the person chooses another password at the first sign-in.

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
            must_change_password=must_change_password,
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
    must_change_password: bool | None = None,
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
            must_change_password=must_change_password,
        )


@requires("admin", "end sessions")
def end_sessions(workspace: Workspace, person_id: int, actor: Actor, *, address: str = "") -> None:
    """Sign a person out in all browsers; open pages are out at their next action.

    Raises:
        MissingError: there is no such person.
    """
    with workspace.store.transaction() as session:
        name = people.person_of_id(session, person_id).name
        people.revoke_sessions(session, person_id)
        audit_log.add(session, actor.name, "end sessions", f"person {name}", {"address": address})


def sign_in(workspace: Workspace, name: str, password: str, visitor: Visitor) -> SignedIn:
    """Start a session of a local account.

    Raises:
        TooManyError: too many failures; try again later.
        DeniedError: the name and the password do not fit, or the account is disabled.
    """
    person = checked_person(workspace, name, password, visitor)
    assert person.password
    return SignedIn(
        start_session(workspace, person.id, visitor.browser, visitor.address),
        throttle.remember_browser(person.password),
        person.must_change_password,
    )


def checked_person(workspace: Workspace, name: str, password: str, visitor: Visitor) -> PersonRecord:
    """Return the person with a name and a password.

    Raises:
        TooManyError: too many failures; try again later.
        DeniedError: the name and the password do not fit, or the account is disabled.
    """
    with workspace.store.reading() as session:
        person = people.find_person(session, "local", name)
    browser = throttle.known_browser(visitor.known, person.password if person else None)
    throttle.begin_attempt(workspace, name, visitor.address, browser)
    fits = is_password(password, person.password if person else None)
    with workspace.store.transaction() as session:
        if fits and person and not person.disabled:
            throttle.end_attempt(session, name, visitor.address, browser)
            return person
        # A name that nobody has may be a password, in the wrong field.
        subject = f"person {person.name}" if person else "unknown name"
        audit_log.add(session, PRODUCT.name, "fail sign-in", subject, {"address": visitor.address})
    raise DeniedError(_WRONG)


def change_own_password(
    workspace: Workspace, secret: str, current: str, wanted: str, visitor: Visitor
) -> SignedIn:
    """Change the password of the person of a session; all sessions of the person end, and a new one begins.

    Args:
        secret: of the session, which may be one that can do nothing else.
        current: the password until now; wrong ones count as failed sign-ins.
        wanted: the new password.

    Raises:
        SignedOutError: there is no such session of a local account.
        TooManyError: too many failures; try again later.
        DeniedError: the current password is wrong.
        SettingsError: the new password is too short, too long or the same.
    """
    person = local_person(workspace, secret)
    hashed = hash_password(wanted)
    if wanted == current:
        raise SettingsError("The new password is the current one. Choose another one.")
    try:
        checked_person(workspace, person.subject, current, visitor)
    except TooManyError:
        raise
    except DeniedError as error:
        raise DeniedError("The current password is wrong. Check it and try again.") from error
    with workspace.store.transaction() as session:
        people.change_person(session, person.id, person.name, password=hashed, must_change_password=False)
    return SignedIn(
        start_session(workspace, person.id, visitor.browser, visitor.address),
        throttle.remember_browser(hashed),
        must_change_password=False,
    )


def local_person(workspace: Workspace, secret: str) -> PersonRecord:
    """Return the person of a session of a local account, also one who must change the password first.

    Raises:
        SignedOutError: there is no such session.
    """
    with workspace.store.reading() as session:
        person = people.person_of_session(session, secret)
    if person is None or person.provider != "local":
        raise SignedOutError("You are signed out. Sign in again.")
    return person


@requires("admin", "invite people")
def invite(workspace: Workspace, name: str, account: str, role: str, actor: Actor) -> PersonRecord:
    """Invite a person who signs in by a provider or a proxy.

    Args:
        account: verified email address at the provider, or the name that the proxy sends. It counts for the first
            sign-in only; then the person is known by what the provider calls the subject.

    Raises:
        SettingsError: the name, the account or the role cannot be used, or the account is invited already.
    """
    _check_name(name)
    if not account.strip() or len(account) > MAX_ACCOUNT or not is_printable(account):
        raise SettingsError(
            f"The account {account[:80]!a} cannot be used. Enter the email address at the provider, or the name that "
            "the proxy sends."
        )
    with workspace.store.transaction() as session:
        return people.add_person(
            session,
            provider=people.INVITED,
            subject=_invitation(account),
            name=name,
            role=checked_role(role),
            password=None,
            author=actor.name,
        )


def person_of(
    workspace: Workspace,
    provider: str,
    subject: str,
    name: str,
    *,
    account: str | None = None,
    role: Role | None = None,
) -> PersonRecord:
    """Return the person whom a provider calls by a subject; add an unknown one.

    An unknown one with an invitation becomes that person. With `SEEP_INVITED_ONLY`, others are refused; without, they
    get `SEEP_FIRST_ROLE`.

    Args:
        provider: "oidc" or "proxy".
        subject: identifies the person at the provider; never an email address, which can change hands.
        name: author of the changes of a new person; a number is added where it is taken.
        account: what an invitation names: a verified email address, or the name that the proxy sends.
        role: what the provider says now; None keeps the role that an admin gave.

    Raises:
        DeniedError: the person was not invited.
    """
    with workspace.store.reading() as session:
        person = people.find_person(session, provider, subject)
    if person is not None and role in {None, person.role}:
        return person
    with workspace.store.transaction() as session:
        person = people.find_person(session, provider, subject)
        if person is None and account:
            person = people.accept_invitation(session, _invitation(account), provider, subject)
        if person is None and workspace.settings.invited_only:
            raise DeniedError("You were not invited to this app. Ask its admin.")
        if person is None:
            return people.add_person(
                session,
                provider=provider,
                subject=subject,
                name=people.free_name(session, name),
                role=role or workspace.settings.first_role,
                password=None,
                author=name[:80],
            )
        if role in {None, person.role}:
            return person
        return people.change_person(session, person.id, PRODUCT.name, role=role)


def _invitation(account: str) -> str:
    return account.strip().casefold()


def start_session(workspace: Workspace, person_id: int, browser: str, address: str = "") -> str:
    """Start a session of a person whose identity has been checked; return the secret for the cookie."""
    secret = secrets.token_urlsafe(32)
    with workspace.store.transaction() as session:
        name = people.person_of_id(session, person_id).name
        people.add_session(session, person_id, secret, browser, SESSION_DAYS)
        audit_log.add(session, name, "sign in", f"person {name}", {"address": address})
    return secret


def sign_out(workspace: Workspace, secret: str, address: str = "") -> None:
    """End the session of a cookie; do nothing if there is none."""
    with workspace.store.transaction() as session:
        person = people.person_of_session(session, secret)
        people.revoke_session(session, secret)
        if person is not None:
            audit_log.add(session, person.name, "sign out", f"person {person.name}", {"address": address})


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
