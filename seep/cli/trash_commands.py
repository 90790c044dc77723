"""Commands that undo: `seep delete`, `trash`, `reopen`, `undo-accept`."""

import argparse
from typing import TYPE_CHECKING

from seep.cli.arguments import add_command, add_workspace
from seep.cli.session import actor_of, workspace_of
from seep.core.records import TrashRecord
from seep.core.text import counted
from seep.errors import MissingError, SettingsError
from seep.workflow import trash
from seep.workflow.actor import Actor
from seep.workflow.review.reopen import reopen, undo_accept
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.workspace import Workspace

if TYPE_CHECKING:
    from seep.cli.arguments import Parsers


_DIGITS = 18
"""Of a number that a database holds."""


def add_trash_commands(parsers: "Parsers") -> None:
    """Add the commands to the parser."""
    parser = add_command(
        parsers,
        "delete",
        delete,
        "move tiles, scenes or imports to the trash",
        "tile 041869.000003 041869.000004",
        "scene 041869",
        "import 2",
    )
    parser.add_argument(
        "what", choices=("tile", "scene", "import"), metavar="WHAT", help="tile, scene, import"
    )
    parser.add_argument(
        "names", nargs="+", metavar="NAME", help="name of a tile or scene, number of an import"
    )
    add_workspace(parser)
    parser = add_command(
        parsers,
        "trash",
        show_trash,
        "list the trash, restore from it, or empty it",
        "",
        "--restore 2",
        "--empty --yes",
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--restore", type=int, metavar="N", help="restore the entry with this number")
    action.add_argument("--delete", type=int, metavar="N", help="delete this entry permanently; needs --yes")
    action.add_argument("--empty", action="store_true", help="delete all entries permanently; needs --yes")
    parser.add_argument("--yes", action="store_true", help="confirm a permanent deletion")
    add_workspace(parser)
    for name, text in (
        ("reopen", "move reviewed, rejected or flagged tiles back to the queue, masks as drafts"),
        ("undo-accept", "undo the last accept of tiles"),
    ):
        parser = add_command(parsers, name, reopen_tiles, text, "041869.000003 041869.000004")
        parser.add_argument("names", nargs="+", metavar="NAME", help="name of a tile")
        add_workspace(parser)


def reopen_tiles(options: argparse.Namespace) -> None:
    """`seep reopen` and `seep undo-accept`."""
    workspace = workspace_of(options)
    action = reopen if options.command == "reopen" else undo_accept
    ids = trash.tile_ids_by_name(workspace, options.names)
    result = action(workspace, ids, actor_of(options, workspace))
    done = "reopened" if options.command == "reopen" else "back in their state before the accept"
    print(f"{counted(len(result.tile_ids), 'tile')} {done}, {len(result.skipped)} skipped")
    for name in result.skipped:
        print(f"skipped {name}")


def delete(options: argparse.Namespace) -> None:
    """`seep delete`."""
    workspace = workspace_of(options)
    for record in _deleted(workspace, options.what, options.names, actor_of(options, workspace)):
        print(f"{_contents(record)} moved to the trash. Undo: seep trash --restore {record.id}")


def show_trash(options: argparse.Namespace) -> None:
    """`seep trash`."""
    workspace = workspace_of(options)
    actor = actor_of(options, workspace)
    if options.restore is not None:
        print(f"{_contents(trash.restore(workspace, options.restore, actor))} restored.")
    elif options.delete is not None or options.empty:
        found = [one.id for one in trash.list_trash(workspace)] if options.empty else [options.delete]
        if not options.yes:
            raise SettingsError("A permanent deletion cannot be undone. Add --yes to confirm it.")
        print(f"{counted(trash.delete_permanently(workspace, found, actor), 'tile')} deleted permanently.")
    else:
        found_entries = trash.list_trash(workspace)
        for entry in found_entries:
            print(
                f"{entry.id}  {entry.kind} {entry.name}  {_contents(entry)}  {entry.author}  {entry.created_at}"
            )
        if not found_entries:
            print("The trash is empty.")


def _deleted(workspace: Workspace, what: str, names: list[str], actor: Actor) -> list[TrashRecord]:
    if what == "tile":
        return [trash.delete_tiles(workspace, trash.tile_ids_by_name(workspace, names), actor)]
    if what == "scene":
        known = {scene.name: scene.id for scene in list_scenes(workspace)}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise MissingError(
                f"There is no scene named {unknown[0]!r} in this workspace. List the names with: seep list scenes."
            )
        return [trash.delete_scene(workspace, known[name], actor) for name in names]
    wrong = [name for name in names if not name.isdecimal() or len(name) > _DIGITS]
    if wrong:
        raise SettingsError(
            f"{wrong[0][:40]!r} is not the number of an import. List them with: seep list imports."
        )
    return [trash.delete_import(workspace, int(name), actor) for name in names]


def _contents(record: TrashRecord) -> str:
    scenes = f" and {counted(record.scenes, 'scene')}" if record.scenes else ""
    return f"{counted(record.tiles, 'tile')}{scenes}"
