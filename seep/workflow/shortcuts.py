"""Keyboard shortcuts that a person has changed; the canvas defines the actions and their defaults."""

import re
from collections.abc import Mapping

from seep.errors import SettingsError
from seep.store import audit_log
from seep.store.key_value import get_value, set_value
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.workspace import Workspace

MAX_SHORTCUTS = 100

_KEPT = "keys"
_ACTION = re.compile(r"[A-Za-z]{1,32}")
_COMBO = re.compile(r"((ctrl|alt|shift)\+){0,3}[^\s+]{1,16}|((ctrl|alt|shift)\+){0,3}\+")


@cached_until_commit
def keys_of(workspace: Workspace, person: str) -> dict[str, str]:
    """Return the shortcuts that a person has changed, by action: {"accept": "ctrl+enter"}."""
    with workspace.store.reading() as session:
        kept = get_value(session, _KEPT, {})
    return dict(kept.get(person, {}))


@requires("viewer", "change shortcuts")
def set_keys(workspace: Workspace, keys: Mapping[str, str], actor: Actor) -> None:
    """Replace the actor's shortcuts; an empty mapping restores the defaults.

    Raises:
        SettingsError: an invalid action or key, a key used twice, or more than 100 shortcuts.
    """
    audit_log.check_author(actor.name)
    if len(keys) > MAX_SHORTCUTS:
        raise SettingsError(f"Cannot save {len(keys)} shortcuts; the maximum is {MAX_SHORTCUTS}.")
    for action, combo in keys.items():
        if not _ACTION.fullmatch(action) or not _COMBO.fullmatch(combo):
            raise SettingsError(f"{combo[:40]!r} is no valid key for {action[:40]!r}; choose another key.")
    twice = [combo for combo in keys.values() if list(keys.values()).count(combo) > 1]
    if twice:
        raise SettingsError(f"The key {twice[0]!r} is used for two actions; change one of them.")
    with workspace.store.transaction() as session:
        kept = dict(get_value(session, _KEPT, {}))
        kept[actor.name] = dict(keys)
        set_value(session, _KEPT, kept)
        audit_log.add(session, actor.name, "set keys", "workspace", {"keys": dict(keys)})
