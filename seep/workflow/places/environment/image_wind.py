"""Wind of scenes, estimated from their calibrated backscatter and kept in the workspace."""

import secrets
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from seep.core.geo.grid import Window
from seep.core.geo.polygons import azimuth_deg
from seep.core.image.units import to_db
from seep.core.masks.mask import UNSURE
from seep.core.memory_cache import MemoryCache
from seep.core.records import SceneRecord
from seep.core.sites.image_wind import WindField, cell_means, wind_speed
from seep.errors import SettingsError
from seep.store import audit_log, key_value, scenes
from seep.workflow.actor import Actor, requires
from seep.workflow.places.incidence import IncidenceAt, incidence_angles
from seep.workflow.scenes.mosaics import MosaicReader, build_mosaics
from seep.workflow.workspace import Workspace

CELL_M = 1000.0
SAMPLED = 4
"""One of this number of lines is read."""

_KEY = "image winds"
_loaded = MemoryCache[tuple[Path, str], WindField](64)


def image_wind_keys(session: Session, known: Collection[SceneRecord]) -> dict[int, str]:
    """Return the keys of the winds that were estimated from scenes, by scene id; another estimate has another key."""
    kept: Mapping[str, Mapping[str, str]] = key_value.get_value(session, _KEY, {})
    found = {scene.id: kept.get(str(scene.id), {}) for scene in known}
    return {scene.id: found[scene.id]["key"] for scene in known if found[scene.id].get("scene") == scene.name}


def image_wind(workspace: Workspace, session: Session, key: str) -> WindField:
    """Return a wind by its key.

    Raises:
        StorageError: it is damaged.
    """
    return _loaded.get_or_compute(
        (workspace.store.root, key), lambda: WindField.from_dict(key_value.get_value(session, key, {}))
    )


@requires("lead", "set the wind of scenes")
def estimate_wind(workspace: Workspace, scene_name: str, actor: Actor) -> WindField:
    """Estimate the wind speed of a scene in cells of 1 km, from its backscatter outside of slicks.

    The direction is that of the scene's wind, typed or from ERA5. The estimate is made again after a change of it.

    Raises:
        SettingsError: there is no such scene, it is not calibrated VV of Sentinel-1, its wind direction or place is
            unknown, or no cell has a wind; nothing changed.
    """
    with workspace.store.reading() as session:
        scene = next((one for one in scenes.list_scenes(session) if one.name == scene_name), None)
        tiles = scenes.tiles_of_scene(session, scene.id) if scene else []
    if scene is None:
        raise SettingsError(f"This workspace has no scene {scene_name[:60]!r}. Nothing changed.")
    incidence = incidence_angles(scene)
    if incidence is None or scene.unit == "dn" or not scene.band_names or scene.band_names[0] != "VV":
        raise SettingsError(
            f"{scene.name} is not a Sentinel-1 product in VV with its annotation. Import the SAFE folder."
        )
    if scene.wind_from_deg is None:
        raise SettingsError(f"The wind direction of {scene.name} is unknown. Enter it or add a file of ERA5.")
    reader = MosaicReader(workspace, build_mosaics(workspace, tiles)[0])
    field = _measure(reader, incidence, scene.wind_from_deg)
    if field is None or not np.isfinite(field.speed_ms).any():
        raise SettingsError(f"{scene.name} has no cell of open sea with a wind of 0.2 to 30 m/s.")
    _keep(workspace, scene, field, actor)
    return field


def drop_image_wind(session: Session, scene_id: int) -> None:
    """Forget the wind that was estimated from a scene, because its direction changed."""
    kept = dict(key_value.get_value(session, _KEY, {}))
    dropped = kept.pop(str(scene_id), None)
    if dropped is not None:
        key_value.drop_value(session, dropped["key"])
        key_value.set_value(session, _KEY, kept)


def _measure(reader: MosaicReader, incidence: IncidenceAt, from_deg: float) -> WindField | None:
    mosaic = reader.mosaic
    x, y = mosaic.width / 2, mosaic.height / 2
    size = mosaic.georeference.pixel_size_m(x, y) if mosaic.georeference else None
    if mosaic.georeference is None or size is None:
        return None
    lon, lat = mosaic.georeference.lonlat([x / 2, 1.5 * x], [y, y])
    looks_deg = azimuth_deg((lon[0], lat[0]), (lon[1], lat[1]))  # columns go from near to far range
    cell = max(1, round(CELL_M / float(np.sqrt(size[0] * size[1]))))
    rows = []
    for top in range(0, mosaic.height, cell):
        height = min(max(1, cell // SAMPLED), mosaic.height - top)
        window = Window(0, min(top + (cell - height) // 2, mosaic.height - height), mosaic.width, height)
        image, measured = reader.pixels(window)
        mask = reader.mask(window)
        power = 10.0 ** (to_db(image, mosaic.scene.unit).astype(np.float64) / 10)
        means = cell_means(power, measured & (image != 0) & ((mask == 0) | (mask == UNSURE)), cell)
        middles = np.minimum((np.arange(len(means)) + 0.5) * cell, mosaic.width - 1)
        angles = np.array([incidence(middle, window.y + height / 2) for middle in middles])
        rows.append(wind_speed(means, from_deg - looks_deg, angles))
    return WindField(cell, np.stack(rows).astype(np.float32))


def _keep(workspace: Workspace, scene: SceneRecord, field: WindField, actor: Actor) -> None:
    key = f"image wind {secrets.token_hex(8)}"
    with workspace.store.transaction() as session:
        drop_image_wind(session, scene.id)
        key_value.set_value(session, key, field.to_dict())
        kept = key_value.get_value(session, _KEY, {})
        key_value.set_value(session, _KEY, {**kept, str(scene.id): {"scene": scene.name, "key": key}})
        details = {"scene": scene.name, "median_ms": round(field.median_ms, 2)}
        audit_log.add(session, actor.name, "estimate wind", "workspace", details)
