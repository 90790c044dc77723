"""Wind 10 m above the sea at the time of a scene: typed, or from a NetCDF file of ERA5."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from seep.core.records import SceneRecord
from seep.errors import ImageError, SettingsError
from seep.io.readers.wind import WindQuery
from seep.io.sandbox import SANDBOX
from seep.store import scenes
from seep.store.places import places
from seep.workflow.actor import Actor, requires
from seep.workflow.places.environment.image_wind import drop_image_wind
from seep.workflow.places.environment.velocities import keep_velocities
from seep.workflow.places.survey import scene_georeference
from seep.workflow.scenes.layout import layout
from seep.workflow.workspace import Workspace

TYPED = "typed"
"""Source of a wind that a person entered; a file does not replace it."""

MAX_SPEED_MS = 100.0


@dataclass(frozen=True)
class WindReport:
    """Winds that a file gave, as (m/s, degrees) by scene name, and why other scenes have none."""

    winds: Mapping[str, tuple[float, float]]
    without: Mapping[str, str]


@requires("lead", "set the wind of scenes")
def set_wind(workspace: Workspace, scene_name: str, speed_ms: float, from_deg: float, actor: Actor) -> None:
    """Set the wind of a scene.

    Args:
        speed_ms: 0 to 100 m/s.
        from_deg: where the wind comes from, degrees clockwise from north, 0 to 360.

    Raises:
        SettingsError: there is no such scene, or a value is out of range.
    """
    if not (0 <= speed_ms <= MAX_SPEED_MS and 0 <= from_deg <= 360):
        raise SettingsError(
            f"A wind of {speed_ms:g} m/s from {from_deg:g}\N{DEGREE SIGN} cannot be used. Enter 0 to "
            f"{MAX_SPEED_MS:g} m/s and 0 to 360\N{DEGREE SIGN}."
        )
    scene = _named(workspace, scene_name)
    with workspace.store.transaction() as session:
        places.set_wind(session, scene.id, (speed_ms, from_deg % 360), TYPED, actor.name)
        drop_image_wind(session, scene.id)


@requires("lead", "set the wind of scenes")
def clear_wind(workspace: Workspace, scene_name: str, actor: Actor) -> None:
    """Make the wind of a scene unknown.

    Raises:
        SettingsError: there is no such scene.
    """
    scene = _named(workspace, scene_name)
    with workspace.store.transaction() as session:
        places.set_wind(session, scene.id, None, None, actor.name)
        drop_image_wind(session, scene.id)


@requires("lead", "set the wind of scenes")
def wind_from_era5(workspace: Workspace, path: Path, actor: Actor) -> WindReport:
    """Read the wind at the center of each scene, at the nearest hour; typed winds stay.

    The wind of the day before each scene is kept too, for the paths of slicks.

    Args:
        path: NetCDF file with u10 and v10; it is read in a sandbox process.

    Raises:
        SettingsError: the file cannot be read, or has no such wind; nothing changed.
    """
    asked: dict[str, tuple[SceneRecord, WindQuery]] = {}
    without: dict[str, str] = {}
    with workspace.store.reading() as session:
        known = scenes.list_scenes(session)
    for scene in known:
        query = _query(workspace, scene)
        if scene.wind_source == TYPED:
            without[scene.name] = "it has a typed wind"
        elif isinstance(query, str):
            without[scene.name] = query
        else:
            asked[scene.name] = (scene, query)
    winds: dict[str, tuple[float, float]] = {}
    found = SANDBOX.read_wind(path, [query for _, query in asked.values()])
    keep_velocities(workspace, path, "wind", actor)
    with workspace.store.transaction() as session:
        for (name, (scene, _)), wind in zip(asked.items(), found, strict=True):
            if wind is None:
                without[name] = "the file does not cover its place and time"
                continue
            u, v = wind
            speed = round(math.hypot(u, v), 2)
            winds[name] = (speed, round(math.degrees(math.atan2(-u, -v)) % 360, 1) % 360)
            places.set_wind(session, scene.id, winds[name], path.name[:255], actor.name)
            drop_image_wind(session, scene.id)
    return WindReport(winds, without)


def _query(workspace: Workspace, scene: SceneRecord) -> WindQuery | str:
    """Where and when a scene is, or why that is unknown."""
    if scene.acquired_at is None:
        return "its acquisition time is unknown"
    try:
        whole = layout(workspace, scene.id)
        georeference = scene_georeference(workspace, whole)
        if georeference is None:
            return "it has no georeference"
        lon, lat = georeference.lonlat([whole.width / 2], [whole.height / 2])
    except ImageError:
        return "its georeference cannot be used"
    if not (math.isfinite(lon[0]) and math.isfinite(lat[0])):
        return "its georeference cannot be used"
    return WindQuery(float(lon[0]), float(lat[0]), datetime.fromisoformat(scene.acquired_at).timestamp())


def _named(workspace: Workspace, name: str) -> SceneRecord:
    with workspace.store.reading() as session:
        found = next((scene for scene in scenes.list_scenes(session) if scene.name == name), None)
    if found is None:
        raise SettingsError(f"This workspace has no scene {name[:60]!r}. Nothing changed.")
    return found
