"""Classes of a workspace from a preset or a file, before the first import."""

from pathlib import Path

from seep.core.classes import SeepClass
from seep.core.colours import PRESETS
from seep.io.class_files import read_class_file
from seep.store import scenes
from seep.workflow.classes import get_classes, set_classes
from seep.workflow.workspace import Workspace

__all__ = ["PRESETS", "adopt_classes"]


def adopt_classes(workspace: Workspace, source: str, author: str) -> tuple[SeepClass, ...]:
    """Give a workspace the classes of a preset or a file.

    A workspace without tiles takes them all. One that has tiles takes names and colours, and more classes at
    the end; classes that masks use cannot go.

    Args:
        workspace: whose classes.
        source: name of one of `PRESETS`, else the path of a file; see `seep.io.class_files`.
        author: who sets them.

    Returns:
        The classes as they are now.

    Raises:
        SettingsError: the file cannot be used, or a class that masks use would vanish.
    """
    chosen = PRESETS.get(source.casefold()) or read_class_file(Path(source).expanduser())
    with workspace.store.reading() as session:
        empty = not scenes.count_tiles(session)
    there = get_classes(workspace)
    if not empty and len(chosen) < len(there):
        chosen = (*chosen, *there[len(chosen) :])
    return set_classes(workspace, chosen, author)
