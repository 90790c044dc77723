"""Places, and the scenes that are their passes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from seep.core.records import PlaceRecord, SceneRecord
from seep.errors import MissingError, SettingsError
from seep.store import audit_log
from seep.store.places import sites
from seep.store.scenes import get_scene, scene_record
from seep.store.schema import Place, Scene, Tile, utc_now
from seep.store.tiles import WITH_TRASH

MAX_NAME = 255


def add_place(session: Session, name: str, georeference: dict[str, Any] | None, author: str) -> PlaceRecord:
    """Add a place without passes.

    Raises:
        SettingsError: the name is empty, too long, or taken.
    """
    name = _free_name(session, name)
    row = Place(name=name, georeference=georeference, min_passes=3, author=author, created_at=utc_now())
    session.add(row)
    session.flush()
    audit_log.add(session, author, "add place", f"place {row.id}", {"name": name})
    return _record(row)


def get_place(session: Session, place_id: int) -> PlaceRecord:
    """Return a place.

    Raises:
        MissingError: there is no such place.
    """
    return _record(_place(session, place_id))


def list_places(session: Session) -> list[PlaceRecord]:
    """Return all places by name."""
    return [_record(row) for row in session.scalars(select(Place).order_by(Place.name))]


def passes_of(session: Session, place_id: int) -> list[SceneRecord]:
    """Return the passes of a place: by acquisition time, those of unknown time last by name.

    Raises:
        MissingError: there is no such place.
    """
    _place(session, place_id)
    rows = session.scalars(select(Scene).where(Scene.place_id == place_id))
    return sorted(
        map(scene_record, rows), key=lambda one: (one.acquired_at is None, one.acquired_at or "", one.name)
    )


def rename_place(session: Session, place_id: int, name: str, author: str) -> None:
    """Rename a place.

    Raises:
        MissingError: there is no such place.
        SettingsError: the name is empty, too long, or taken.
    """
    row = _place(session, place_id)
    if name.strip() == row.name:
        return
    name = _free_name(session, name)
    audit_log.add(session, author, "rename place", f"place {place_id}", {"from": row.name, "to": name})
    row.name = name


def set_detection(
    session: Session, place_id: int, radius: float | None, min_passes: int, author: str
) -> None:
    """Set the settings of site detection of a place; a radius of None means the default.

    Raises:
        MissingError: there is no such place.
        SettingsError: the radius is not positive, or there are fewer than two passes.
    """
    if (radius is not None and not 0 < radius <= 1e6) or not 2 <= min_passes <= 1000:
        raise SettingsError(
            f"A radius of {radius} and {min_passes} passes cannot be used. Use a radius above 0 and 2 passes or more."
        )
    row = _place(session, place_id)
    details = {"radius": radius, "min_passes": min_passes}
    audit_log.add(session, author, "site settings", f"place {place_id}", details)
    row.radius, row.min_passes = radius, min_passes


def assign_scene(
    session: Session, scene_id: int, place_id: int | None, author: str, offset: tuple[int, int] = (0, 0)
) -> None:
    """Make a scene a pass of a place, or of none.

    Args:
        place_id: id of the place; None to take the scene out of its place.
        offset: upper left corner of the scene in pixels of the place; unused with a georeference.

    Raises:
        MissingError: there is no such scene or place.
    """
    before = get_scene(session, scene_id)
    if place_id is not None:
        _place(session, place_id)
    details = {"from": before.place_id, "to": place_id, "offset": list(offset)}
    audit_log.add(session, author, "place", f"scene {scene_id}", details)
    values = {Scene.place_id: place_id, Scene.pass_x: offset[0], Scene.pass_y: offset[1]}
    session.execute(update(Scene).where(Scene.id == scene_id).values(values))
    if place_id is None:
        set_site_values(session, {scene_id: {}})


def move_deleted_passes(session: Session, from_id: int, to_id: int | None) -> None:
    """Make the scenes of a place that are in the trash passes of another place, or of none.

    They are restored to a place that exists: SQLite gives the id of a deleted place to the next one.
    """
    hidden = (Scene.place_id == from_id) & Scene.trash_id.is_not(None)
    if to_id is None:
        for scene_id in session.scalars(select(Scene.id).where(hidden), execution_options=WITH_TRASH):
            set_site_values(session, {scene_id: {}})
    session.execute(update(Scene).where(hidden).values({Scene.place_id: to_id}))


def drop_place(session: Session, place_id: int, author: str) -> None:
    """Delete a place without sites that analysts changed; its scenes stay and belong to no place.

    Raises:
        MissingError: there is no such place.
    """
    row = _place(session, place_id)
    for scene in passes_of(session, place_id):
        assign_scene(session, scene.id, None, author)
    move_deleted_passes(session, place_id, None)
    sites.drop_sites(session, place_id)
    audit_log.add(session, author, "drop place", f"place {place_id}", {"name": row.name})
    session.delete(row)


def set_acquired(session: Session, scene_id: int, acquired_at: str | None, author: str) -> None:
    """Set the acquisition time of a scene, ISO 8601 in UTC; None if unknown.

    Raises:
        MissingError: there is no such scene.
    """
    before = get_scene(session, scene_id)
    details = {"from": before.acquired_at, "to": acquired_at}
    audit_log.add(session, author, "acquired", f"scene {scene_id}", details)
    session.execute(update(Scene).where(Scene.id == scene_id).values(acquired_at=acquired_at))


def set_wind(
    session: Session, scene_id: int, wind: tuple[float, float] | None, source: str | None, author: str
) -> None:
    """Set the wind of a scene.

    Args:
        wind: m/s, and degrees where it comes from; None if unknown.
        source: where it is from; None if unknown.

    Raises:
        MissingError: there is no such scene.
    """
    before = get_scene(session, scene_id)
    details = {
        "from": [before.wind_ms, before.wind_from_deg, before.wind_source],
        "to": [*(wind or (None, None)), source],
    }
    audit_log.add(session, author, "wind", f"scene {scene_id}", details)
    speed, direction = wind or (None, None)
    values = {Scene.wind_ms: speed, Scene.wind_from_deg: direction, Scene.wind_source: source}
    session.execute(update(Scene).where(Scene.id == scene_id).values(values))


def set_site_values(
    session: Session, scenes: Mapping[int, Mapping[int, tuple[float | None, float | None, str]]]
) -> None:
    """Store what sites say about the tiles of scenes; values of other tiles of these scenes are cleared.

    Args:
        scenes: by scene id, by tile id: detection rate of a missing site, distance of a new slick in units of the
            radius, and a sentence.
    """
    for scene_id, tiles in scenes.items():
        cleared = {Tile.expected_here: None, Tile.new_here: None, Tile.site_note: None}
        session.execute(update(Tile).where(Tile.scene_id == scene_id).values(cleared))
        for tile_id, (expected, new, note) in tiles.items():
            values = {Tile.expected_here: expected, Tile.new_here: new, Tile.site_note: note}
            session.execute(update(Tile).where(Tile.id == tile_id).values(values))
    session.expire_all()


def _place(session: Session, place_id: int) -> Place:
    row = session.get(Place, place_id)
    if row is None:
        raise MissingError(f"There is no place {place_id} in this workspace; reload the list of places.")
    return row


def _free_name(session: Session, name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise SettingsError(
            f"The name {name[:60]!r} cannot be used. Enter 1 to {MAX_NAME} printable characters."
        )
    if session.scalar(select(exists().where(Place.name == name))):
        raise SettingsError(f"A place named {name!r} exists already. Choose another name.")
    return name


def _record(row: Place) -> PlaceRecord:
    return PlaceRecord(**{name: getattr(row, name) for name in PlaceRecord.__dataclass_fields__})
