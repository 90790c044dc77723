"""Scenes with their review progress, and the storage that the workspace uses."""

from dataclasses import dataclass

from seep.core.files import sizes_below
from seep.core.masks.subject import is_about_seeps
from seep.core.records import SceneRecord
from seep.store import scenes, statistics
from seep.store.inspection import server_bytes
from seep.workflow.actor import Actor, requires
from seep.workflow.classes import get_classes
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.workspace import Workspace

_KINDS = {".png": "masks", ".safetensors": "weights", ".tif": "images", ".db": "database"}


@dataclass(frozen=True)
class SceneProgress:
    """Review progress of a scene.

    Attributes:
        id: of the scene.
        name: of the scene.
        split: "train", "validation" or "test".
        tiles: number of tiles.
        reviewed: number of reviewed tiles.
        open: number of tiles to review.
        seep_px: area of seep in the shown masks, pixels.
        wind_ms: wind speed; None if unknown.
        wind_from_deg: where the wind comes from, degrees clockwise from north.
        wind_source: "typed" or the name of a file.
    """

    id: int
    name: str
    split: str
    tiles: int
    reviewed: int = 0
    open: int = 0
    seep_px: int = 0
    wind_ms: float | None = None
    wind_from_deg: float | None = None
    wind_source: str | None = None


@dataclass(frozen=True)
class StorageUsage:
    """Size of the files of a workspace in bytes.

    Attributes:
        masks: masks and probabilities.
        weights: model versions.
        images: copies of imported images.
        maps: pictures of scene maps.
        database: the database.
        uploads: uploaded files that are not imported yet.
    """

    masks: int = 0
    weights: int = 0
    images: int = 0
    maps: int = 0
    database: int = 0
    uploads: int = 0

    @property
    def total(self) -> int:
        """Sum of all kinds."""
        return self.masks + self.weights + self.images + self.maps + self.database + self.uploads


@cached_until_commit
def list_scenes(workspace: Workspace) -> list[SceneRecord]:
    """List the scenes by name."""
    with workspace.store.reading() as session:
        return scenes.list_scenes(session)


@cached_until_commit
def scene_progress(workspace: Workspace) -> list[SceneProgress]:
    """List the scenes by name with their review progress."""
    with workspace.store.reading() as session:
        by_scene = statistics.by_scene(session)
        return [
            SceneProgress(
                scene.id,
                scene.name,
                scene.split,
                scene.tile_count,
                **by_scene.get(scene.id, {}),
                wind_ms=scene.wind_ms,
                wind_from_deg=scene.wind_from_deg,
                wind_source=scene.wind_source,
            )
            for scene in scenes.list_scenes(session)
        ]


@cached_until_commit
def wide_area_px(workspace: Workspace, scene_id: int) -> int:
    """Return the area of wide dark areas on a scene's predicted tiles that nobody has reviewed, pixels.

    0 where the classes are no seeps."""
    if not is_about_seeps(get_classes(workspace)):
        return 0
    with workspace.store.reading() as session:
        return sum(scenes.wide_areas(session, scene_id).values())


@requires("lead", "change splits")
def set_split(workspace: Workspace, scene_id: int, split: str, actor: Actor) -> None:
    """Move a scene to another split; models that were trained on it stay as they are.

    Raises:
        MissingError: there is no such scene.
        SettingsError: the split is not "train", "validation" or "test".
    """
    with workspace.store.transaction() as session:
        scenes.set_split(session, scene_id, split, actor.name)


def storage(workspace: Workspace) -> StorageUsage:
    """Measure the storage that the workspace uses: its folder, and its database on a PostgreSQL server."""
    sizes: dict[str, int] = {}
    root = workspace.store.root
    for path, size in sizes_below(root):
        top = path.relative_to(root).parts[0]
        kind = top if top in {"maps", "uploads"} else _KINDS.get(path.suffix)
        if kind:
            sizes[kind] = sizes.get(kind, 0) + size
    with workspace.store.reading() as session:
        sizes["database"] = sizes.get("database", 0) + server_bytes(session)
    return StorageUsage(**sizes)
