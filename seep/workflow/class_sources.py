"""Classes of a workspace from a preset or a file, before the first import."""

from pathlib import Path

from seep.core.classes import SeepClass
from seep.core.colours import PRESETS
from seep.io.class_files import parse_classes, read_class_file
from seep.store import scenes
from seep.workflow.classes import get_classes, set_classes
from seep.workflow.workspace import Workspace

__all__ = ["PRESETS", "adopt_classes", "classes_of", "parse_classes"]


def classes_of(source: str) -> tuple[SeepClass, ...]:
    """Read the classes of a preset or a file.

    Args:
        source: name of one of `PRESETS`, else the path of a file; see `seep.io.class_files`.

    Raises:
        SettingsError: the file cannot be used.
    """
    return PRESETS.get(source.casefold()) or read_class_file(Path(source).expanduser())


def adopt_classes(workspace: Workspace, chosen: tuple[SeepClass, ...], author: str) -> tuple[SeepClass, ...]:
    """Give a workspace the classes of a preset or a list.

    A workspace without tiles takes them all. One that has tiles takes names and colours, and more classes at
    the end; classes that masks use cannot go.

    Args:
        workspace: whose classes.
        chosen: as `classes_of` or `parse_classes` reads them.
        author: who sets them.

    Returns:
        The classes as they are now.

    Raises:
        SettingsError: a class that masks use would vanish.
    """
    with workspace.store.reading() as session:
        empty = not scenes.count_tiles(session)
    there = get_classes(workspace)
    if not empty and len(chosen) < len(there):
        chosen = (*chosen, *there[len(chosen) :])
    return set_classes(workspace, chosen, author)
