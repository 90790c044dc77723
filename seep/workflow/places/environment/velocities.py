"""Wind and surface currents of the day before each scene, kept in the workspace."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from seep.core.geo.velocity_grid import VelocityGrid
from seep.core.memory_cache import MemoryCache
from seep.errors import MissingError, SettingsError
from seep.io.readers.wind import VelocityQuery
from seep.io.sandbox import SANDBOX
from seep.store import audit_log, key_value, scenes
from seep.store.schema import utc_now
from seep.workflow.actor import Actor, requires
from seep.workflow.places.bathymetry import footprint
from seep.workflow.scenes.layout import layouts
from seep.workflow.workspace import Workspace

HOURS = 24
"""Velocities are kept from this time before a scene."""

MARGIN_DEG = 0.5
"""And up to this distance around it; at 0.5 m/s oil drifts 43 km in a day."""

_KEY = "wind and currents"
_loaded = MemoryCache[tuple[Path, str], tuple[VelocityGrid, ...]](32)


@dataclass(frozen=True)
class VelocityFile:
    """A file that gave wind or currents; `kind` is "wind" or "currents", and `key` names its grids."""

    kind: str
    source: str
    author: str
    created_at: str
    key: str


def list_velocities(session: Session, kind: str) -> list[VelocityFile]:
    """List the files that gave "wind" or "currents", the newest first."""
    found = [VelocityFile(**one) for one in key_value.get_value(session, _KEY, [])]
    return [one for one in reversed(found) if one.kind == kind]


def get_currents(workspace: Workspace) -> list[VelocityFile]:
    """List the files that gave currents, the newest first."""
    with workspace.store.reading() as session:
        return list_velocities(session, "currents")


def grids_of(workspace: Workspace, session: Session, file: VelocityFile) -> tuple[VelocityGrid, ...]:
    """Return the grids that a file gave."""

    def load() -> tuple[VelocityGrid, ...]:
        return tuple(VelocityGrid.from_dict(one) for one in key_value.get_value(session, file.key, []))

    return _loaded.get_or_compute((workspace.store.root, file.key), load)


@requires("lead", "change reference layers")
def add_currents(workspace: Workspace, path: Path, actor: Actor) -> int:
    """Read the surface currents of the day before each scene; they replace those of a file of the same name.

    Args:
        path: NetCDF of CMEMS, see `seep.io.readers.wind.read_velocities`; it is read once, in a sandbox process.

    Returns:
        Number of scenes with currents.

    Raises:
        SettingsError: the file cannot be read, or has no currents at the place and time of a scene; nothing changed.
    """
    found = keep_velocities(workspace, path, "currents", actor)
    if not found:
        raise SettingsError(
            f"{path.name} has no currents at the place and time of a scene of this workspace. Nothing changed."
        )
    return found


@requires("lead", "change reference layers")
def keep_velocities(workspace: Workspace, path: Path, kind: str, actor: Actor) -> int:
    """Keep the "wind" or "currents" of a file for all scenes that it covers; return their number.

    Raises:
        SettingsError: the file cannot be read or has no such variables; nothing changed.
    """
    with workspace.store.reading() as session:
        times = {one.id: one.acquired_at for one in scenes.list_scenes(session) if one.acquired_at}
    queries = []
    for scene in layouts(workspace, list(times)).values():
        box, time = footprint(workspace, scene, MARGIN_DEG), times[scene.scene.id]
        if box is not None and time is not None:
            stop = datetime.fromisoformat(time).timestamp()
            queries.append(VelocityQuery(box, stop - HOURS * 3600, stop))
    read, found = SANDBOX.read_velocities(path, queries)
    if read != kind:
        raise SettingsError(f"{path.name} has {read}, not {kind}. Provide another file.")
    grids = [one for one in found if one is not None]
    if grids:
        _keep(workspace, VelocityFile(kind, path.name[:255], actor.name, utc_now(), _new_key()), grids)
    return len(grids)


@requires("lead", "change reference layers")
def remove_currents(workspace: Workspace, source: str, actor: Actor) -> None:
    """Remove the currents of a file.

    Raises:
        MissingError: there are none of this name.
    """
    with workspace.store.transaction() as session:
        if not _drop(session, "currents", source):
            raise MissingError(f"This workspace has no currents of {source[:60]!r}. Nothing changed.")
        audit_log.add(session, actor.name, "remove currents", "workspace", {"name": source})


def _new_key() -> str:
    return f"velocities {secrets.token_hex(8)}"


def _keep(workspace: Workspace, file: VelocityFile, grids: Sequence[VelocityGrid]) -> None:
    with workspace.store.transaction() as session:
        _drop(session, file.kind, file.source)
        key_value.set_value(session, file.key, [one.to_dict() for one in grids])
        key_value.set_value(session, _KEY, [*key_value.get_value(session, _KEY, []), asdict(file)])
        if file.kind == "currents":  # wind is logged by scene
            audit_log.add(session, file.author, "add currents", "workspace", {"name": file.source})


def _drop(session: Session, kind: str, source: str) -> bool:
    kept = key_value.get_value(session, _KEY, [])
    dropped = [one for one in kept if (one["kind"], one["source"]) == (kind, source)]
    for one in dropped:
        key_value.drop_value(session, one["key"])
    key_value.set_value(session, _KEY, [one for one in kept if one not in dropped])
    return bool(dropped)
