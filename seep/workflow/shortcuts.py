"""The keys of the Review canvas that a person has changed; what the actions are is known to the canvas."""

import re
from collections.abc import Mapping

from seep.errors import SettingsError
from seep.store import audit_log
from seep.store.key_value import get_value, set_value
from seep.workflow.workspace import Workspace

MOST_KEYS = 100

_KEPT = "keys"
_ACTION = re.compile(r"[A-Za-z]{1,32}")
_COMBO = re.compile(r"((ctrl|alt|shift)\+){0,3}[^\s+]{1,16}|((ctrl|alt|shift)\+){0,3}\+")


def keys_of(workspace: Workspace, person: str) -> dict[str, str]:
    """Return the keys that a person has changed, by action: {"accept": "ctrl+enter"}."""
    with workspace.store.reading() as session:
        kept = get_value(session, _KEPT, {})
    return dict(kept.get(person, {}))


def set_keys(workspace: Workspace, person: str, keys: Mapping[str, str]) -> None:
    """Keep a person's keys in place of the ones before; an empty mapping brings the defaults back.

    Raises:
        SettingsError: a name or a key that cannot be one, a key used twice, or more than 100 of them.
    """
    audit_log.check_author(person)
    if len(keys) > MOST_KEYS:
        raise SettingsError(f"{len(keys)} keys are too many; set {MOST_KEYS} or fewer.")
    for action, combo in keys.items():
        if not _ACTION.fullmatch(action) or not _COMBO.fullmatch(combo):
            raise SettingsError(
                f"{combo[:40]!r} cannot be a key for {action[:40]!r}; press the key in the table."
            )
    twice = [combo for combo in keys.values() if list(keys.values()).count(combo) > 1]
    if twice:
        raise SettingsError(f"The key {twice[0]!r} is set for two actions; give one of them another.")
    with workspace.store.transaction() as session:
        kept = dict(get_value(session, _KEPT, {}))
        kept[person] = dict(keys)
        set_value(session, _KEPT, kept)
        audit_log.add(session, person, "set keys", "workspace", {"keys": dict(keys)})
