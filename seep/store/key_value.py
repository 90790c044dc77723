"""Values of the whole workspace, by key."""

from typing import Any

from sqlalchemy.orm import Session

from seep.store.schema import WorkspaceValue

VERSION_KEY = "version of Seep"
"""The version that opened the workspace last."""


def get_value(session: Session, key: str, default: Any = None) -> Any:
    """Return the value of a key, the default if there is none."""
    row = session.get(WorkspaceValue, key)
    return default if row is None else row.value


def set_value(session: Session, key: str, value: Any) -> None:
    """Set the value of a key of at most 64 characters; the value must be storable as JSON."""
    row = session.get(WorkspaceValue, key) or WorkspaceValue(key=key)
    row.value = value
    session.add(row)


def drop_value(session: Session, key: str) -> None:
    """Delete the value of a key, if there is one."""
    row = session.get(WorkspaceValue, key)
    if row is not None:
        session.delete(row)
