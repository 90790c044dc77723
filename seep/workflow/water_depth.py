"""Water depth around the scenes, kept in the workspace."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from seep.core.geo.depth_grid import DepthGrid
from seep.core.memory_cache import MemoryCache
from seep.errors import MissingError
from seep.store import audit_log, key_value
from seep.store.schema import utc_now
from seep.workflow.actor import Actor, requires
from seep.workflow.workspace import Workspace

_KEY = "bathymetry"

_loaded = MemoryCache[tuple[Path, str], tuple[DepthGrid, ...]](4)


@dataclass(frozen=True)
class Bathymetry:
    """The file that gave the water depth; `key` names its grids."""

    source: str
    author: str
    created_at: str
    key: str


def get_bathymetry(workspace: Workspace) -> Bathymetry | None:
    """Return the file that gave the water depth; None without one."""
    with workspace.store.reading() as session:
        return stored_bathymetry(session)


def stored_bathymetry(session: Session) -> Bathymetry | None:
    """Return the same in a transaction."""
    kept: dict[str, Any] | None = key_value.get_value(session, _KEY)
    return None if kept is None else Bathymetry(**kept)


def depth_grids(workspace: Workspace, session: Session) -> tuple[DepthGrid, ...]:
    """Return the water depth around the scenes; empty without bathymetry."""
    bathymetry = stored_bathymetry(session)
    if bathymetry is None:
        return ()
    key = bathymetry.key

    def load() -> tuple[DepthGrid, ...]:
        return tuple(DepthGrid.from_dict(one) for one in key_value.get_value(session, key, []))

    return _loaded.get_or_compute((workspace.store.root, key), load)


@requires("lead", "change reference layers")
def keep_bathymetry(workspace: Workspace, source: str, grids: Sequence[DepthGrid], actor: Actor) -> None:
    """Keep the water depth that a file gave; it replaces that of an earlier file."""
    bathymetry = Bathymetry(source[:255], actor.name, utc_now(), f"{_KEY} {secrets.token_hex(8)}")
    with workspace.store.transaction() as session:
        _drop(session)
        key_value.set_value(session, bathymetry.key, [grid.to_dict() for grid in grids])
        key_value.set_value(session, _KEY, asdict(bathymetry))
        audit_log.add(session, actor.name, "add bathymetry", "workspace", {"name": bathymetry.source})


@requires("lead", "change reference layers")
def remove_bathymetry(workspace: Workspace, actor: Actor) -> None:
    """Remove the water depth.

    Raises:
        MissingError: there is none.
    """
    with workspace.store.transaction() as session:
        source = _drop(session)
        if source is None:
            raise MissingError("This workspace has no bathymetry. Nothing changed.")
        key_value.drop_value(session, _KEY)
        audit_log.add(session, actor.name, "remove bathymetry", "workspace", {"name": source})


def _drop(session: Session) -> str | None:
    """Drop the grids; return the name of their file."""
    bathymetry = stored_bathymetry(session)
    if bathymetry is None:
        return None
    key_value.drop_value(session, bathymetry.key)
    return bathymetry.source
