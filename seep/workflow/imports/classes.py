"""The classes of an import: those of the workspace, or for an empty one those that its data set lists."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from seep.core.import_options import ImportOptions
from seep.core.masks.classes import MAX_CLASSES, SeepClass, default_classes
from seep.core.masks.palette import color_table
from seep.errors import ImportRefusedError, SettingsError
from seep.io.class_files import read_class_file
from seep.io.folder_reader import FolderScan
from seep.store import tile_queries
from seep.workflow.actor import Actor, requires
from seep.workflow.classes import get_classes, set_classes
from seep.workflow.compatibility import class_count_fits
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.workspace import Workspace

_MAX_NAMES = 3


@dataclass(frozen=True)
class ImportClasses:
    """How the classes of masks are read.

    Attributes:
        options: the import options, with names, colors and number of the classes.
        listed: classes that the workspace gets; empty to keep its own.
        notes: where the classes come from, one sentence each.
    """

    options: ImportOptions
    listed: tuple[SeepClass, ...] = ()
    notes: tuple[str, ...] = ()


def classes_for(workspace: Workspace, options: ImportOptions, scan: FolderScan) -> ImportClasses:
    """Decide the classes of an import.

    A workspace without tiles whose classes nobody changed gets those of the class list in the folder, if there are
    masks and the options name no classes.

    Raises:
        ImportRefusedError: several lists in the folder differ.
    """
    own = get_classes(workspace)
    with workspace.store.reading() as session:
        empty = not tile_queries.count_tiles(session)
    options = replace(options, unsure_id=scan.unsure_id)
    listed, notes = _listed(scan) if scan.has_masks and not options.class_names else ((), [])
    if listed and _looks(listed) == _looks(own):
        listed, notes = (), []
    if listed and not (empty and own == default_classes()):
        notes = [f"{notes[0]} They are not used, because the workspace has classes of its own."]
        listed = ()
    active = active_checkpoint(workspace)
    if listed and active is not None and not class_count_fits(active, len(listed)):
        notes.append(
            f"The active version {active.name} has more classes than these, so it does not predict here. Fine-tune "
            "it on these classes, or promote another version."
        )
    classes = listed or own
    return ImportClasses(
        replace(
            options,
            class_count=MAX_CLASSES
            if options.fit_classes and empty and not listed
            else len(options.class_names or classes),
            class_names=options.class_names or tuple(seep_class.name for seep_class in classes),
            colors=options.colors or color_table(classes),
        ),
        listed,
        tuple(notes),
    )


@requires("lead", "import tiles")
def adopt_import_classes(
    workspace: Workspace, chosen: ImportClasses, used: Iterable[int], actor: Actor
) -> None:
    """Give an empty workspace the listed classes, or as many as the imported masks need.

    Args:
        used: class ids of the imported masks.
    """
    if chosen.listed:
        set_classes(workspace, chosen.listed, actor)
        return
    classes = get_classes(workspace)
    needed = max(used, default=0) + 1
    if chosen.options.fit_classes and needed > len(classes):
        set_classes(workspace, (*classes, *default_classes(needed)[len(classes) :]), actor)


def _listed(scan: FolderScan) -> tuple[tuple[SeepClass, ...], list[str]]:
    """Read the class lists of a folder; those in one folder are ranked, those of several folders must agree."""
    found: dict[str, tuple[SeepClass, ...]] = {}
    notes = []
    for path in scan.class_files:
        name = f"{path.parent.name}/{path.name}"
        try:
            found[name] = read_class_file(path, complete=True)
        except SettingsError as error:
            notes.append(f"{name} is not used as a list of classes: {error}")
    if not found:
        return (), notes
    first, classes = next(iter(found.items()))
    other = next((name for name in found if _looks(found[name]) != _looks(classes)), None)
    if other is not None:
        raise ImportRefusedError(
            f"{first} and {other} list different classes. Remove one of them, or choose the list (--class-list)."
        )
    names = ", ".join(seep_class.name for seep_class in classes[:_MAX_NAMES])
    more = f" and {len(classes) - _MAX_NAMES} more" if len(classes) > _MAX_NAMES else ""
    return classes, [f"{len(classes)} classes listed in {first}: {names}{more}.", *notes]


def _looks(classes: tuple[SeepClass, ...]) -> list[tuple[str, str]]:
    return [(one.name.casefold(), one.color) for one in classes]
