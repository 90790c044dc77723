"""Facts of the whole workspace, kept by name."""

from typing import Any

from sqlalchemy.orm import Session

from seep.store.schema import WorkspaceValue


def get_value(session: Session, key: str, default: Any = None) -> Any:
    """Return the value under a name, the default if there is none."""
    row = session.get(WorkspaceValue, key)
    return default if row is None else row.value


def set_value(session: Session, key: str, value: Any) -> None:
    """Keep a value, ready for JSON, under a name of at most 64 characters, in place of the one before."""
    row = session.get(WorkspaceValue, key) or WorkspaceValue(key=key)
    row.value = value
    session.add(row)
