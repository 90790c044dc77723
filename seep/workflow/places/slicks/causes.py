"""Causes of slicks, as analysts decide them on Sites and in Review."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import floor

import shapely
from shapely.geometry import MultiPolygon, Polygon
from sqlalchemy.orm import Session

from seep.core.geo.grid import Window
from seep.core.records import TileRecord
from seep.core.sites.causes import CAUSES, CauseDecision, newest_cause
from seep.errors import MissingError, SettingsError
from seep.store.places import causes
from seep.workflow.actor import Actor, requires
from seep.workflow.places.detection import place_sites
from seep.workflow.places.pass_slicks import PassSlick
from seep.workflow.places.place_data import Pass
from seep.workflow.scenes.layout import layout, layouts, positions_in_scene
from seep.workflow.scenes.mosaics import Mosaic
from seep.workflow.workspace import Workspace


@requires("reviewer", "decide causes of slicks")
def decide_cause(
    workspace: Workspace,
    place_id: int,
    scene_id: int,
    slick: int,
    cause: str,
    *,
    version: str,
    actor: Actor,
) -> None:
    """Decide the cause of a slick of a pass; it belongs to the slick at this point also after its mask changes.

    Args:
        slick: number of the slick in its pass, see `PassSlick`.
        cause: key of `CAUSES`, or "" to take an earlier decision back.
        version: of the place in which the slick has this number, see `PlaceSites`.

    Raises:
        MissingError: there is no such place, pass or slick.
        SettingsError: an unknown cause, or the place has another version by now; nothing changed.
    """
    check_cause(cause)
    found = place_sites(workspace, place_id)
    if found.version != version:
        raise SettingsError("The masks of this place changed meanwhile. Reload it and decide again.")
    one = next((one for one in found.data.passes if one.scene.id == scene_id), None)
    if one is None or not 0 <= slick < len(one.slicks):
        raise MissingError(f"This place has no slick {slick} in a pass with the id {scene_id}. Reload it.")
    laid = layout(workspace, scene_id)
    earlier = pass_causes(workspace, [one]).get((scene_id, slick))
    inside = earlier or shapely.point_on_surface(_shape(one.slicks[slick]))
    around = laid.tiles_in(Window(floor(inside.x), floor(inside.y), 1, 1))
    tile = next((tile for tile in around if earlier and tile.id == earlier.tile_id), around[0])
    left, top = laid.places[tile.id]
    with workspace.store.transaction() as session:
        causes.decide(session, tile, (inside.x - left, inside.y - top), cause, actor.name)


def tile_causes(session: Session, tile: TileRecord) -> list[CauseDecision]:
    """Return the decisions on a tile, the newest first, in its pixels; also those on tiles that overlap it."""
    decided = causes.list_causes(session, [tile.scene_id]).get(tile.scene_id, [])
    if not decided:
        return []
    places = positions_in_scene(session, tile.scene_id)
    found = _moved(decided, places if tile.id in places else {}, (tile.id, 0, 0))
    return [one for one in found if 0 <= one.x < tile.width and 0 <= one.y < tile.height]


def pass_causes(workspace: Workspace, passes: Sequence[Pass]) -> dict[tuple[int, int], CauseDecision]:
    """Return the decisions that hold for slicks, by scene id and number of the slick."""
    with workspace.store.reading() as session:
        decided = causes.list_causes(session, [one.scene.id for one in passes])
    laid = layouts(workspace, list(decided)) if decided else {}
    found: dict[tuple[int, int], CauseDecision] = {}
    for one in passes:
        if one.scene.id not in decided:
            continue
        decisions = _moved(decided[one.scene.id], laid[one.scene.id].places)
        x, y = [one.x for one in decisions], [one.y for one in decisions]
        for slick in one.slicks:
            newest = newest_cause(decisions, shapely.contains_xy(_shape(slick), x, y))
            if newest is not None:
                found[one.scene.id, slick.index] = newest
    return found


def mosaic_causes(workspace: Workspace, mosaic: Mosaic) -> list[CauseDecision]:
    """Return the decisions in the scene of a mosaic, the newest first, in pixels of the mosaic."""
    with workspace.store.reading() as session:
        decided = causes.list_causes(session, [mosaic.scene.id]).get(mosaic.scene.id, [])
    if not decided:
        return []
    laid, first = layout(workspace, mosaic.scene.id), mosaic.tiles[0]
    return _moved(decided, laid.places if laid.placed else {}, (first.tile.id, first.x, first.y))


def check_cause(cause: str) -> None:
    """Check that a cause is a key of `CAUSES`, or "".

    Raises:
        SettingsError: it is not.
    """
    if cause not in ("", *CAUSES):
        raise SettingsError(f"There is no cause {cause[:40]!r}. Use {', '.join(CAUSES)}, or none.")


def _moved(
    decisions: Sequence[CauseDecision],
    places: Mapping[int, tuple[int, int]],
    onto: tuple[int, int, int] | None = None,
) -> list[CauseDecision]:
    """Return decisions in pixels of the scene, or of an image in which a tile lies at x, y.

    Args:
        places: (x, y) of the tiles in the scene by id; empty if unknown: then only those of that tile are returned.
        onto: id, x and y of the tile.
    """
    tile_id, x, y = onto or (None, 0, 0)
    known: dict[int | None, tuple[int, int]] = {None if places else tile_id: (0, 0)}
    known.update(places.items())
    left, top = known[tile_id]
    return [
        replace(one, x=one.x + corner[0] - left + x, y=one.y + corner[1] - top + y)
        for one in decisions
        if (corner := known.get(one.tile_id)) is not None
    ]


def _shape(slick: PassSlick) -> MultiPolygon:
    polygons = shapely.make_valid(MultiPolygon([Polygon(ring) for ring in slick.rings]))
    return MultiPolygon([part for part in shapely.get_parts(polygons) if part.geom_type == "Polygon"])
