"""Who sends a request, by what it carries; asked again at each request and each run of a page."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cachetools import TTLCache

from seep.store import audit_log
from seep.store.access import people
from seep.store.access.people import PersonRecord, TokenRecord
from seep.store.key_value import get_value, set_value
from seep.store.schema import stamp
from seep.workflow.access.accounts import checked_role, person_of
from seep.workflow.access.tokens import SCOPES
from seep.workflow.actor import ROLES, Actor, requires
from seep.workflow.workspace import Workspace

_LOCAL_NAME = "local name"
_TOKEN_USE_S = 60
"""The last use of a token is recorded at most once in this time."""
_NAME_S = 1.0
_names: TTLCache[tuple[Path, str | None, str], str] = TTLCache(16, _NAME_S)
"""Local names, which a page asks for some twenty times. Roles and sessions are never kept."""
_names_lock = threading.Lock()


@dataclass(frozen=True)
class Credentials:
    """What a request carries; empty texts for what it does not.

    Attributes:
        session: secret of the session cookie.
        token: of the Authorization header.
        proxy_user: subject that a trusted proxy names.
    """

    session: str = ""
    token: str = ""
    proxy_user: str = ""


def identify(workspace: Workspace, given: Credentials) -> Actor | None:
    """Return who acts, with the role that the database holds now; None for nobody.

    A token counts in every mode. Without one, the mode `SEEP_AUTH` decides: `none` is one local admin, `local` and
    `oidc` ask for a session, `proxy` for the name that the proxy gives. A person who must change the password is nobody
    until then.
    """
    if given.token:
        return _token_actor(workspace, given.token)
    mode = workspace.settings.auth
    if mode == "none":
        return Actor(local_name(workspace), "admin")
    if mode == "proxy":
        return _proxy_actor(workspace, given.proxy_user) if given.proxy_user else None
    if not given.session:
        return None
    with workspace.store.reading() as session:
        person = people.person_of_session(session, given.session)
    return None if person is None or person.must_change_password else _actor(person)


def local_name(workspace: Workspace) -> str:
    """Return the author of changes where nobody signs in: the name chosen in Settings, else `SEEP_USER`.

    A name that another process changes is seen within a second.
    """
    key = _name_key(workspace)
    with _names_lock:
        known = _names.get(key)
    if known is None:
        with workspace.store.reading() as session:
            known = str(get_value(session, _LOCAL_NAME) or workspace.settings.user)
        with _names_lock:
            _names[key] = known
    return known


@requires("admin", "change the local name")
def set_local_name(workspace: Workspace, name: str, actor: Actor) -> None:
    """Choose the author of changes where nobody signs in; an empty name restores `SEEP_USER`.

    Raises:
        SettingsError: the name is too long.
    """
    if name.strip():
        audit_log.check_author(name.strip())
    with workspace.store.transaction() as session:
        set_value(session, _LOCAL_NAME, name.strip() or None)
        audit_log.add(session, actor.name, "set name", "workspace", {"name": name.strip()})
    with _names_lock:
        _names.pop(_name_key(workspace), None)


def _name_key(workspace: Workspace) -> tuple[Path, str | None, str]:
    settings = workspace.settings
    return workspace.store.root, settings.database_url, settings.user


def _actor(person: PersonRecord) -> Actor:
    return Actor(person.name, checked_role(person.role))


def _token_actor(workspace: Workspace, secret: str) -> Actor | None:
    with workspace.store.reading() as session:
        found = people.person_of_token(session, secret)
    if found is None:
        return None
    person, token = found
    if _is_due(token):
        with workspace.store.transaction() as session:
            people.mark_token_used(session, token.id)
    return Actor(person.name, min(checked_role(person.role), SCOPES[token.scope], key=ROLES.index))


def _is_due(token: TokenRecord) -> bool:
    oldest = stamp(datetime.now(UTC) - timedelta(seconds=_TOKEN_USE_S))
    return token.used_at is None or token.used_at < oldest


def _proxy_actor(workspace: Workspace, subject: str) -> Actor | None:
    person = person_of(workspace, "proxy", subject, subject, account=subject)
    return None if person.disabled else _actor(person)
