"""The classes of a workspace: names, colours and keys that people set."""

from collections.abc import Sequence

from seep.core.classes import SeepClass, check_classes
from seep.errors import SettingsError
from seep.store import classes, counts
from seep.workflow.workspace import Workspace


def get_classes(workspace: Workspace) -> tuple[SeepClass, ...]:
    """Return the classes, in the order of their ids."""
    with workspace.store.reading() as session:
        return tuple(classes.list_classes(session))


def set_classes(workspace: Workspace, chosen: Sequence[SeepClass], author: str) -> tuple[SeepClass, ...]:
    """Replace the classes.

    Returns:
        The classes as they are now.

    Raises:
        SettingsError: they cannot be used, or a class that masks still use would vanish.
    """
    check_classes(chosen)
    with workspace.store.transaction() as session:
        used = counts.progress(session)["classes"]
        lost = sorted(
            int(entry["id"]) for entry in used if int(entry["id"]) >= len(chosen) and entry["tiles"]
        )
        if lost:
            raise SettingsError(
                f"Class {lost[0]} is still used in masks; give those slicks another class before removing it."
            )
        classes.set_classes(session, tuple(chosen), author)
    return tuple(chosen)


def people(workspace: Workspace) -> list[str]:
    """Return the names of everyone who saved or decided anything, in order."""
    with workspace.store.reading() as session:
        return classes.authors(session)
