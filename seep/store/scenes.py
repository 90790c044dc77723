"""Scenes and their tiles: add, get, and set splits and states; which import added which tiles."""

from collections.abc import Sequence
from typing import Any, Unpack

from sqlalchemy import exists, func, insert, select
from sqlalchemy.orm import Session

from seep.core.records import (
    REVIEWED,
    SPLITS,
    STATES,
    ImportRecord,
    NewTile,
    SceneFacts,
    SceneRecord,
    TileRecord,
)
from seep.errors import MissingError, SettingsError
from seep.store import audit_log, quality_sample
from seep.store.deleted.session import column_rows
from seep.store.schema import ImportRun, Prediction, Revision, Scene, Tile, TileClass, utc_now
from seep.store.tiles import (
    class_rows,
    import_revision,
    missing_tile,
    new_row,
    tile_columns,
    tile_for_update,
    tile_record,
)


def add_scene(
    session: Session,
    *,
    name: str,
    split: str,
    statistics: dict[str, Any],
    nodata: float | None,
    columns: int | None,
    bands: int,
    dtype: str,
    **more: Unpack[SceneFacts],
) -> SceneRecord:
    """Add a scene without tiles; see `SceneRecord` for the fields.

    Raises:
        SettingsError: the split is unknown, or a scene with this name exists.
    """
    _check(split, SPLITS, "split")
    if session.scalar(select(exists().where(Scene.name == name))):
        raise SettingsError(f"A scene named {name!r} exists already. Add the tiles to that scene.")
    row = Scene(
        name=name,
        split=split,
        statistics=statistics,
        nodata=nodata,
        columns=columns,
        bands=bands,
        dtype=dtype,
        tile_count=0,
        **more,
    )
    session.add(row)
    session.flush()
    return scene_record(row)


def get_scene(session: Session, scene_id: int) -> SceneRecord:
    """Return a scene.

    Raises:
        MissingError: there is no such scene.
    """
    return scene_record(_scene(session, scene_id))


def scenes_by_id(session: Session, scene_ids: Sequence[int]) -> list[SceneRecord]:
    """Return scenes in the order given.

    Raises:
        MissingError: a scene does not exist.
    """
    rows = {row.id: row for row in session.scalars(select(Scene).where(Scene.id.in_(scene_ids)))}
    missing = [scene_id for scene_id in scene_ids if scene_id not in rows]
    if missing:
        raise _missing_scene(missing[0])
    return [scene_record(rows[scene_id]) for scene_id in scene_ids]


def list_scenes(session: Session) -> list[SceneRecord]:
    """Return all scenes by name."""
    return [scene_record(row) for row in session.scalars(select(Scene).order_by(Scene.name))]


def tiles_of_scene(session: Session, scene_id: int) -> list[TileRecord]:
    """Return all tiles of a scene, by id.

    Raises:
        MissingError: there is no such scene.
    """
    scene = _scene(session, scene_id)
    query = select(*tile_columns()).where(Tile.scene_id == scene_id).order_by(Tile.id)
    rows = column_rows(session, query)
    return [tile_record(row, scene.name, scene.split) for row in rows]


def set_split(session: Session, scene_id: int, split: str, author: str) -> None:
    """Move a scene, and so all its tiles, to another split.

    Raises:
        MissingError: there is no such scene.
        SettingsError: the split is unknown.
    """
    _check(split, SPLITS, "split")
    scene = _scene(session, scene_id)
    audit_log.add(session, author, "split", f"scene {scene_id}", {"from": scene.split, "to": split})
    scene.split = split


def shown_masks(
    session: Session, scene_id: int, tile_ids: Sequence[int] | None = None
) -> dict[int, tuple[str, str, int]]:
    """Return the shown masks of a scene's tiles, by tile id; tiles without a mask are left out.

    Args:
        tile_ids: only these tiles; None for all.

    Returns:
        "revision" or "prediction", the SHA-256 of the mask, and its seep area in pixels.
    """
    revised = (
        select(Tile.id, Revision.mask_sha256, Tile.seep_area_px)
        .join(Revision, Revision.id == Tile.head_revision_id)
        .where(Tile.scene_id == scene_id)
    )
    predicted = (
        select(Tile.id, Prediction.mask_sha256, Tile.seep_area_px)
        .join(Prediction, Prediction.id == Tile.prediction_id)
        .where(Tile.scene_id == scene_id, Tile.head_revision_id.is_(None))
    )
    wanted = None if tile_ids is None else set(tile_ids)
    return {
        tile_id: (kind, sha256, area or 0)
        for kind, query in (("revision", revised), ("prediction", predicted))
        for tile_id, sha256, area in session.execute(query)
        if wanted is None or tile_id in wanted
    }


def wide_areas(session: Session, scene_id: int) -> dict[int, int]:
    """Return the area of wide dark areas, pixels, by tile id: of the scene's tiles that show a prediction with any."""
    query = select(Tile.id, Tile.wide_area_px).where(
        Tile.scene_id == scene_id, Tile.head_revision_id.is_(None), Tile.wide_area_px > 0
    )
    return {tile_id: area or 0 for tile_id, area in session.execute(query)}


def mask_states(session: Session, scene_ids: Sequence[int]) -> dict[int, list[tuple[int, str, bool]]]:
    """Return by scene its tiles with a shown mask, by id: tile id, SHA-256 of the mask, whether it is reviewed."""
    sha256 = func.coalesce(Revision.mask_sha256, Prediction.mask_sha256)
    query = (
        select(Tile.scene_id, Tile.id, sha256, Tile.state)
        .outerjoin(Revision, Revision.id == Tile.head_revision_id)
        .outerjoin(Prediction, Prediction.id == Tile.prediction_id)
        .where(Tile.scene_id.in_(scene_ids), sha256.is_not(None))
        .order_by(Tile.id)
    )
    found: dict[int, list[tuple[int, str, bool]]] = {one: [] for one in scene_ids}
    for scene_id, tile_id, mask, state in session.execute(query):
        found[scene_id].append((tile_id, mask, state in REVIEWED))
    return found


def set_columns(session: Session, scene_id: int, columns: int, author: str) -> None:
    """Set the number of tiles per row of a scene's grid.

    Raises:
        MissingError: there is no such scene.
    """
    scene = _scene(session, scene_id)
    audit_log.add(session, author, "columns", f"scene {scene_id}", {"from": scene.columns, "to": columns})
    scene.columns = columns


def add_tiles(
    session: Session, scene_id: int, tiles: Sequence[NewTile], author: str, import_id: int | None = None
) -> list[int]:
    """Add tiles to a scene; those with a mask start with a revision of kind "import" by "import".

    Args:
        import_id: the import that they belong to; see `add_import`.

    Returns:
        The ids, in the order given.

    Raises:
        MissingError: there is no such scene.
        SettingsError: the state of a tile is unknown.
    """
    scene = _scene(session, scene_id)
    for tile in tiles:
        _check(tile.state, STATES, "state")
    now = utc_now()
    rows = [new_row(tile, scene_id, now, import_id) for tile in tiles]
    session.add_all(rows)
    session.flush()
    heads = [
        (row, import_revision(row.id, tile.mask_sha256, tile.state, now))
        for row, tile in zip(rows, tiles, strict=True)
        if tile.mask_sha256 is not None
    ]
    session.add_all(revision for _, revision in heads)
    session.flush()
    for row, revision in heads:
        row.head_revision_id = revision.id
    shown = [
        class_row
        for row, tile in zip(rows, tiles, strict=True)
        if tile.mask_sha256 is not None
        for class_row in class_rows("tile_id", row.id, tile.classes)
    ]
    if shown:
        session.execute(insert(TileClass), shown)
    scene.tile_count += len(rows)
    ids = [row.id for row in rows]
    session.flush()
    quality_sample.draw(session, quality_sample.quality_sample_share(session), scene_id)
    audit_log.add(
        session, author, "add tiles", f"scene {scene_id}", {"tiles": len(rows), "masks": len(heads)}
    )
    return ids


def add_import(session: Session, source: str, author: str) -> int:
    """Add an import without tiles; returns its id."""
    row = ImportRun(source=source, author=author, created_at=utc_now())
    session.add(row)
    session.flush()
    return row.id


def list_imports(session: Session) -> list[ImportRecord]:
    """Return the imports with tiles, newest first; deleted tiles do not count."""
    query = (
        select(ImportRun, func.count(Tile.id))
        .join(Tile, Tile.import_id == ImportRun.id)
        .group_by(ImportRun.id)
        .order_by(ImportRun.id.desc())
    )
    return [_import_record(row, tiles) for row, tiles in session.execute(query)]


def get_import(session: Session, import_id: int) -> ImportRecord:
    """Return an import.

    Raises:
        MissingError: there is no such import.
    """
    row = session.get(ImportRun, import_id)
    if row is None:
        raise MissingError(f"There is no import {import_id} in this workspace; reload the list of imports.")
    return _import_record(row, len(tiles_of_import(session, import_id)))


def tiles_of_import(session: Session, import_id: int) -> list[int]:
    """Return the ids of an import's tiles, ascending; deleted tiles are left out."""
    return list(session.scalars(select(Tile.id).where(Tile.import_id == import_id).order_by(Tile.id)))


def get_tile(session: Session, tile_id: int) -> TileRecord:
    """Return a tile.

    Raises:
        MissingError: there is no such tile.
    """
    row = session.get(Tile, tile_id)
    if row is None:
        raise missing_tile(session, tile_id)
    scene = _scene(session, row.scene_id)
    return tile_record(row, scene.name, scene.split)


def tile_shape(session: Session, tile_id: int) -> tuple[int, int]:
    """Return the height and width of a tile.

    Raises:
        MissingError: there is no such tile.
    """
    row = session.execute(select(Tile.height, Tile.width).where(Tile.id == tile_id)).one_or_none()
    if row is None:
        raise missing_tile(session, tile_id)
    return row.height, row.width


def keep_tile(session: Session, tile_id: int) -> None:
    """Keep the rows of a tile and its scene for the time of the session, so that they are read once.

    A session forgets rows that nothing refers to. A save asks for the same tile five times while others wait.

    Raises:
        MissingError: there is no such tile.
    """
    tile = tile_for_update(session, tile_id)
    session.info["kept"] = (tile, _scene(session, tile.scene_id))


def set_state(session: Session, tile_id: int, state: str) -> None:
    """Set a tile's state without a revision or a decision.

    Raises:
        MissingError: there is no such tile.
        SettingsError: the state is unknown.
    """
    _check(state, STATES, "state")
    row = tile_for_update(session, tile_id)
    row.state = state
    row.updated_at = utc_now()


def _scene(session: Session, scene_id: int) -> Scene:
    row = session.get(Scene, scene_id)
    if row is None:
        raise _missing_scene(scene_id)
    return row


def _missing_scene(scene_id: int) -> MissingError:
    return MissingError(f"There is no scene {scene_id} in this workspace; reload the list of scenes.")


def scene_record(row: Scene) -> SceneRecord:
    """Return a scene's record from its row."""
    return SceneRecord(**{name: getattr(row, name) for name in SceneRecord.__dataclass_fields__})


def _check(value: str, known: Sequence[str], what: str) -> None:
    if value not in known:
        raise SettingsError(f"Unknown {what}: {value!r}. Choose one of {', '.join(known)}.")


def _import_record(row: ImportRun, tiles: int) -> ImportRecord:
    return ImportRecord(row.id, row.source, row.author, row.created_at, tiles)
