"""Delete tiles, scenes and imports, and restore them from the trash."""

from collections.abc import Sequence

from seep.core.records import ImportRecord, TrashRecord
from seep.core.text import counted
from seep.errors import MissingError
from seep.store import scenes, tile_queries
from seep.store.deleted import trash
from seep.workflow.actor import Actor, requires
from seep.workflow.workspace import Workspace


@requires("lead", "delete tiles")
def delete_tiles(workspace: Workspace, tile_ids: Sequence[int], actor: Actor) -> TrashRecord:
    """Move tiles to the trash as one entry; a scene whose last tile goes, goes too.

    Every list, count, export and training leaves them out. Revisions, drafts and predictions are kept.

    Raises:
        MissingError: none of the tiles exists.
    """
    with workspace.store.transaction() as session:
        found = tile_queries.tiles_by_id(session, list(tile_ids)[:1])
        name = found[0].name if found else ""
        if len(tile_ids) > 1:
            name = f"{name} and {counted(len(tile_ids) - 1, 'other tile')}"
        return trash.put_tiles(session, tile_ids, "tiles", name, actor.name)


@requires("lead", "delete scenes")
def delete_scene(workspace: Workspace, scene_id: int, actor: Actor) -> TrashRecord:
    """Move a scene with all its tiles to the trash.

    Raises:
        MissingError: there is no such scene.
    """
    with workspace.store.transaction() as session:
        scene = scenes.get_scene(session, scene_id)
        ids = [tile.id for tile in scenes.tiles_of_scene(session, scene_id)]
        return trash.put_tiles(session, ids, "scene", scene.name, actor.name)


@requires("lead", "delete imports")
def delete_import(workspace: Workspace, import_id: int, actor: Actor) -> TrashRecord:
    """Move all tiles that an import added to the trash.

    Masks that the import added to existing tiles stay; they are revisions of those tiles.

    Raises:
        MissingError: there is no such import, or all its tiles are deleted already.
    """
    with workspace.store.transaction() as session:
        found = scenes.get_import(session, import_id)
        ids = scenes.tiles_of_import(session, import_id)
        if not ids:
            raise MissingError(
                f"All tiles of import {import_id} are in the trash or deleted permanently. Reload the list of imports."
            )
        return trash.put_tiles(session, ids, "import", found.source, actor.name)


def list_imports(workspace: Workspace) -> list[ImportRecord]:
    """List the imports that have tiles, newest first. Imports by versions before the trash are not known."""
    with workspace.store.reading() as session:
        return scenes.list_imports(session)


def list_trash(workspace: Workspace) -> list[TrashRecord]:
    """List the entries of the trash, newest first."""
    with workspace.store.reading() as session:
        return trash.list_trash(session)


@requires("lead", "restore from the trash")
def restore(workspace: Workspace, trash_id: int, actor: Actor) -> TrashRecord:
    """Move the tiles of an entry back, with all their revisions, drafts and predictions.

    Raises:
        MissingError: there is no such entry.
        SettingsError: tiles or scenes of the same names were imported in the meantime; nothing changed.
    """
    with workspace.store.transaction() as session:
        return trash.restore(session, trash_id, actor.name)


@requires("admin", "empty the trash")
def delete_permanently(workspace: Workspace, trash_ids: Sequence[int], actor: Actor) -> int:
    """Delete the tiles of entries with all their work; it cannot be undone. Image files stay where they are.

    Returns:
        The number of deleted tiles.

    Raises:
        MissingError: one of the entries does not exist; nothing changed.
    """
    with workspace.store.transaction() as session:
        return sum(trash.delete_permanently(session, trash_id, actor.name).tiles for trash_id in trash_ids)


def tile_ids_by_name(workspace: Workspace, names: Sequence[str]) -> list[int]:
    """Return the ids of tiles in the order of their names.

    Raises:
        MissingError: there is no tile of one of these names.
    """
    with workspace.store.reading() as session:
        found = tile_queries.ids_by_name(session, names)
    unknown = [name for name in names if name not in found]
    if unknown:
        raise MissingError(
            f"There is no tile named {unknown[0]!r} in this workspace. List the names with: seep list tiles."
        )
    return [found[name] for name in names]
