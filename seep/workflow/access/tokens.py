"""Tokens with which scripts act for a person."""

import secrets

from seep.errors import MissingError, SettingsError
from seep.store.access import people
from seep.store.access.people import TokenRecord
from seep.workflow.actor import Actor, Role, requires
from seep.workflow.workspace import Workspace

PREFIX = "seep_"
"""Start of each token, so that scanners for leaked secrets recognize it."""
SCOPES: dict[str, Role] = {"read": "viewer", "annotate": "annotator", "review": "reviewer", "manage": "lead"}
"""The highest role that a token gives, by scope. No token gives the role admin."""
MAX_DAYS = 366


@requires("admin", "create tokens")
def create(
    workspace: Workspace, person: str, *, name: str, scope: str, days: int, actor: Actor
) -> tuple[TokenRecord, str]:
    """Create a token of a person.

    Args:
        person: name of the person for whom the script acts.
        name: what the token is for.
        scope: a key of `SCOPES`; the person's own role limits it too.
        days: until it expires, 1 to `MAX_DAYS`.

    Returns:
        The record, and the token, which is shown once and stored as a hash.

    Raises:
        MissingError: there is no such person.
        SettingsError: the scope, the name or the number of days cannot be used.
    """
    if scope not in SCOPES:
        raise SettingsError(f"There is no scope {scope[:40]!r}. Use {', '.join(SCOPES)}.")
    if not 1 <= days <= MAX_DAYS:
        raise SettingsError(f"A token cannot be valid for {days} days. Use 1 to {MAX_DAYS}.")
    if not 1 <= len(name.strip()) <= 80 or not name.isprintable():
        raise SettingsError(f"The token name {name[:80]!a} cannot be used. Enter 1 to 80 characters.")
    secret = PREFIX + secrets.token_urlsafe(32)
    with workspace.store.transaction() as session:
        owner = next((one for one in people.list_people(session) if one.name == person), None)
        if owner is None:
            raise MissingError(f"There is no person {person[:80]!r}. Add one with seep person add.")
        record = people.add_token(
            session, owner.id, name=name.strip(), scope=scope, secret=secret, days=days, author=actor.name
        )
    return record, secret


@requires("admin", "list tokens")
def list_tokens(workspace: Workspace, actor: Actor) -> list[tuple[TokenRecord, str]]:
    """Return all tokens with the names of their persons, newest first."""
    with workspace.store.reading() as session:
        names = {person.id: person.name for person in people.list_people(session)}
        return [(token, names[token.person_id]) for token in people.list_tokens(session)]


@requires("admin", "revoke tokens")
def revoke(workspace: Workspace, token_id: int, actor: Actor) -> None:
    """End a token.

    Raises:
        MissingError: there is no such token.
    """
    with workspace.store.transaction() as session:
        people.revoke_token(session, token_id, actor.name)
