"""The classes of a workspace: names, colors and keys."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase

from seep.core.masks.classes import SeepClass, check_classes
from seep.core.masks.palette import PRESETS
from seep.core.text import counted
from seep.errors import SettingsError
from seep.io.class_files import parse_classes, read_class_file
from seep.store import checkpoints, classes, predictions, statistics, tile_queries
from seep.store.deleted import trash
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.workspace import Workspace

RESERVED_KEYS = frozenset("abcdefghijklmnopqstuvwxyz[]=+-?.,CDFKPRUZ")
"""Default shortcuts of one character of the Review canvas, capital letters for those with Shift; see
`canvas/frontend/keys.js`."""


@cached_until_commit
def get_classes(workspace: Workspace) -> tuple[SeepClass, ...]:
    """Return the classes by id."""
    with workspace.store.reading() as session:
        return tuple(classes.list_classes(session))


@cached_until_commit
def classes_not_predicted(workspace: Workspace) -> dict[int, str]:
    """Return, by id, a sentence on each class that the active version predicts on no tile.

    Empty without an active version, and before its first prediction.
    """
    with workspace.store.reading() as session:
        active = checkpoints.active_checkpoint(session)
        if active is None:
            return {}
        tiles, predicted = predictions.predicted_classes(session, active.id)
    sentence = f"{active.name} predicts it on none of {counted(tiles, 'tile')}."
    return {one.id: sentence for one in get_classes(workspace)[1:] if tiles and one.id not in predicted}


@requires("lead", "edit classes")
def name_classes(workspace: Workspace, names: Mapping[int, str], actor: Actor) -> None:
    """Name classes by id; the others keep their names.

    Raises:
        SettingsError: a name is empty, or has two classes; nothing changed.
    """
    own = get_classes(workspace)
    set_classes(workspace, [replace(one, name=names.get(one.id, one.name)) for one in own], actor)


@requires("lead", "edit classes")
def set_classes(workspace: Workspace, chosen: Sequence[SeepClass], actor: Actor) -> tuple[SeepClass, ...]:
    """Replace the classes.

    Returns:
        The classes as they are now.

    Raises:
        SettingsError: they are invalid, a key is a shortcut of the canvas, or a used class would be removed.
    """
    check_classes(chosen)
    _check_keys(workspace, chosen)
    with workspace.store.transaction() as session:
        used = statistics.class_counts(session)
        lost = sorted(
            int(entry["id"]) for entry in used if int(entry["id"]) >= len(chosen) and entry["tiles"]
        )
        if lost:
            raise SettingsError(
                f"Class {lost[0]} is used in masks; give these slicks another class before you remove it."
            )
        deleted = sorted(class_id for class_id in trash.class_ids(session) if class_id >= len(chosen))
        if deleted:
            raise SettingsError(
                f"Class {deleted[0]} is used in masks of the trash. Restore or permanently delete these tiles before "
                "you remove it."
            )
        classes.set_classes(session, tuple(chosen), actor.name)
    return tuple(chosen)


@cached_until_commit
def class_usage(workspace: Workspace) -> dict[int, int]:
    """Return the number of tiles per class id whose shown mask has the class."""
    with workspace.store.reading() as session:
        used = statistics.class_counts(session)
    return {int(entry["id"]): int(entry["tiles"]) for entry in used}


@cached_until_commit
def people(workspace: Workspace) -> list[str]:
    """Return the names of all persons who saved or decided anything, sorted."""
    with workspace.store.reading() as session:
        return classes.authors(session)


def classes_of(source: str) -> tuple[SeepClass, ...]:
    """Read the classes of a preset or a file.

    Args:
        source: name of one of `PRESETS`, else the path of a file; see `seep.io.class_files`.

    Raises:
        SettingsError: the file cannot be used.
    """
    return PRESETS.get(source.casefold()) or read_class_file(Path(source).expanduser())


def parse_class_list(text: str) -> tuple[SeepClass, ...]:
    """Read the classes of a typed list, one per line; see `seep.io.class_files` for the formats.

    Raises:
        SettingsError: a line cannot be read.
    """
    return parse_classes(text, "The list")


@requires("lead", "edit classes")
def adopt_classes(workspace: Workspace, chosen: tuple[SeepClass, ...], actor: Actor) -> tuple[SeepClass, ...]:
    """Give a workspace the classes of a preset or a list.

    A workspace without tiles takes them all. One that has tiles takes names and colors, and more classes at
    the end; classes that masks use cannot go.

    Args:
        chosen: as `classes_of` or `parse_class_list` reads them.

    Returns:
        The classes as they are now.

    Raises:
        SettingsError: a class that masks use would vanish.
    """
    with workspace.store.reading() as session:
        empty = not tile_queries.count_tiles(session)
    there = get_classes(workspace)
    if not empty and len(chosen) < len(there):
        chosen = (*chosen, *there[len(chosen) :])
    return set_classes(workspace, chosen, actor)


def free_keys() -> str:
    """Return the keys that classes can have, in words."""
    small = [f"the letter {letter}" for letter in ascii_lowercase if letter not in RESERVED_KEYS]
    reserved = [letter for letter in ascii_uppercase if letter in RESERVED_KEYS]
    return f"{', '.join(['digits', *small])}, or Shift and a letter other than {', '.join(reserved)}"


def _check_keys(workspace: Workspace, chosen: Sequence[SeepClass]) -> None:
    """Refuse new class keys that are a default shortcut; keys that the workspace has already stay valid."""
    before = {seep_class.key for seep_class in get_classes(workspace)}
    taken = [one for one in chosen if one.key in RESERVED_KEYS and one.key not in before]
    if taken:
        raise SettingsError(
            f"The key {taken[0].key!r} of {taken[0].name} is a shortcut of the Review page. Choose another key: "
            f"{free_keys()}."
        )
