"""Counts for the overview: review progress by state, split, day and author, and class balance."""

from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from seep.core.records import OPEN, REVIEWED, SPLITS, STATES
from seep.store.schema import Revision, Scene, Tile, TileClass
from seep.store.tiles import is_seep


def progress(session: Session) -> dict[str, Any]:
    """Count tiles, reviews and classes.

    Returns:
        Ready for JSON:
        "tiles", "reviewed", "open": counts of tiles;
        "states": {state: tiles}, with all states;
        "splits": {split: {"scenes", "tiles", "reviewed", "states": {state: tiles}}}, with all splits;
        "by_day": [{"day": "2025-01-31" (UTC), "author", "tiles": tiles that the author accepted, without
        withdrawn revisions}], by day;
        "classes": see `class_counts`.
    """
    splits = _splits(session)
    states = {state: sum(split["states"][state] for split in splits.values()) for state in STATES}
    return {
        "tiles": sum(states.values()),
        "reviewed": sum(states[state] for state in REVIEWED),
        "open": sum(states[state] for state in OPEN),
        "states": states,
        "splits": splits,
        "by_day": _by_day(session),
        "classes": class_counts(session),
    }


def by_scene(session: Session) -> dict[int, dict[str, int]]:
    """Count each scene's reviewed and open tiles, and the seep pixels of its shown masks.

    Returns:
        {scene id: {"reviewed", "open", "seep_px"}}; overlaps of windows count in each window.
    """
    query = select(Tile.scene_id, Tile.state, func.count(), func.sum(Tile.seep_area_px)).group_by(
        Tile.scene_id, Tile.state
    )
    found: dict[int, dict[str, int]] = {}
    for scene_id, state, tiles, area in session.execute(query):
        entry = found.setdefault(scene_id, {"reviewed": 0, "open": 0, "seep_px": 0})
        entry["reviewed"] += tiles if state in REVIEWED else 0
        entry["open"] += tiles if state in OPEN else 0
        entry["seep_px"] += int(area or 0)
    return found


def seep_scenes(session: Session, split: str) -> int:
    """Count the scenes of a split with labeled seep: in an imported, accepted or corrected mask.

    Rejected and flagged tiles do not count.
    """
    labeled = (  # a scene is looked through until its first such tile only
        exists()
        .where(Tile.scene_id == Scene.id, Revision.id == Tile.head_revision_id)
        .where(Tile.seep_area_px > 0, Tile.state.not_in(("rejected", "flagged")))
        .where(Revision.truth | Tile.state.in_(REVIEWED))
    )
    return int(
        session.scalar(select(func.count()).select_from(Scene).where(Scene.split == split, labeled)) or 0
    )


def _splits(session: Session) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {
        split: {"scenes": 0, "tiles": 0, "reviewed": 0, "states": dict.fromkeys(STATES, 0)}
        for split in SPLITS
    }
    for split, scenes in session.execute(select(Scene.split, func.count()).group_by(Scene.split)):
        found[split]["scenes"] = scenes
    # Counting by scene id first uses an index; the join then reads one row per scene and state.
    counted = select(Tile.scene_id, Tile.state, func.count().label("tiles"))
    part = counted.group_by(Tile.scene_id, Tile.state).subquery()
    query = select(Scene.split, part.c.state, part.c.tiles).join(part, part.c.scene_id == Scene.id)
    for split, state, tiles in session.execute(query):
        found[split]["states"][state] += tiles
        found[split]["tiles"] += tiles
        found[split]["reviewed"] += tiles if state in REVIEWED else 0
    return found


def _by_day(session: Session) -> list[dict[str, Any]]:
    """Count accepted tiles without those that were withdrawn or reopened."""
    day = func.substr(Revision.created_at, 1, 10).label("day")
    child = aliased(Revision)
    went_on = exists().where(
        child.tile_id == Revision.tile_id, child.parent_id == Revision.id, child.kind != "reopen"
    )
    query = (
        select(day, Revision.author, func.count(Revision.tile_id.distinct()))
        .join(Tile, Tile.id == Revision.tile_id)
        .where(Revision.kind == "accept", or_(Tile.head_revision_id == Revision.id, went_on))
        .group_by("day", Revision.author)
        .order_by("day", Revision.author)
    )
    return [{"day": when, "author": author, "tiles": tiles} for when, author, tiles in session.execute(query)]


def class_counts(session: Session) -> list[dict[str, Any]]:
    """Count the tiles and pixels of each class in the shown masks.

    Returns:
        [{"id", "tiles", "area_px", "reviewed_tiles", "reviewed_area_px"}] by id, only classes that occur, unsure left
        out.
    """
    query = (
        select(TileClass.class_id, Tile.state, func.count(), func.sum(TileClass.area_px))
        .join(Tile, Tile.id == TileClass.tile_id)
        .group_by(TileClass.class_id, Tile.state)
        .order_by(TileClass.class_id)
    )
    found: dict[int, dict[str, Any]] = {}
    for class_id, state, tiles, area in session.execute(query):
        if not is_seep(class_id):
            continue
        entry = found.setdefault(
            class_id, {"id": class_id, "tiles": 0, "area_px": 0, "reviewed_tiles": 0, "reviewed_area_px": 0}
        )
        entry["tiles"] += tiles
        entry["area_px"] += int(area)
        if state in REVIEWED:
            entry["reviewed_tiles"] += tiles
            entry["reviewed_area_px"] += int(area)
    return list(found.values())
