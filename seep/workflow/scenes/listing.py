"""Scenes, storage and the record of who did what, for the Data and Settings pages."""

from dataclasses import asdict
from typing import Any

from seep.io.files import sizes_below
from seep.store import scenes, statistics
from seep.workflow.workspace import Workspace


def list_scenes(workspace: Workspace) -> list[dict[str, Any]]:
    """List the scenes by name: the fields of a `SceneRecord` each, ready for JSON."""
    with workspace.store.reading() as session:
        return [asdict(scene) for scene in scenes.list_scenes(session)]


def scene_progress(workspace: Workspace) -> list[dict[str, Any]]:
    """List the scenes by name with how far their review is.

    Returns:
        {"id", "name", "split", "tiles", "reviewed", "open", "seep_px"} each, ready for JSON.
    """
    nothing = {"reviewed": 0, "open": 0, "seep_px": 0}
    with workspace.store.reading() as session:
        found = statistics.by_scene(session)
        return [
            {"id": one.id, "name": one.name, "split": one.split, "tiles": one.tile_count}
            | found.get(one.id, nothing)
            for one in scenes.list_scenes(session)
        ]


def set_split(workspace: Workspace, scene_id: int, split: str, author: str) -> None:
    """Move a scene to another split; what was trained on it before stays trained on it.

    Raises:
        MissingError: there is no such scene.
        SettingsError: the split is none of train, validation and locked.
    """
    with workspace.store.transaction() as session:
        scenes.set_split(session, scene_id, split, author)


def storage(workspace: Workspace) -> dict[str, int]:
    """Measure what the workspace keeps, in bytes.

    Returns:
        {"masks", "weights", "images", "maps", "database", "uploads", "total"}; images are those copied in,
        maps the pictures of scenes, uploads what waits to be imported.
    """
    sizes = dict.fromkeys(("masks", "weights", "images", "maps", "database", "uploads"), 0)
    kinds = {".png": "masks", ".safetensors": "weights", ".tif": "images", ".db": "database"}
    root = workspace.store.root
    for path, size in sizes_below(root):
        top = path.relative_to(root).parts[0]
        kind = top if top in {"maps", "uploads"} else kinds.get(path.suffix)
        if kind:
            sizes[kind] += size
    return sizes | {"total": sum(sizes.values())}
