"""Causes of the slicks of passes, as analysts decide them."""

from collections.abc import Sequence
from dataclasses import replace

import shapely
from shapely.geometry import MultiPolygon, Polygon

from seep.core.sites.causes import CAUSES, CauseDecision, newest_cause
from seep.errors import MissingError, SettingsError
from seep.store.places import causes
from seep.workflow.actor import Actor, requires
from seep.workflow.places.detection import place_sites
from seep.workflow.places.pass_slicks import PassSlick
from seep.workflow.places.place_data import Pass
from seep.workflow.scenes.layout import layout
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
    if cause not in ("", *CAUSES):
        raise SettingsError(f"There is no cause {cause[:40]!r}. Use {', '.join(CAUSES)}, or none.")
    found = place_sites(workspace, place_id)
    if found.version != version:
        raise SettingsError("The masks of this place changed meanwhile. Reload it and decide again.")
    one = next((one for one in found.data.passes if one.scene.id == scene_id), None)
    if one is None or not 0 <= slick < len(one.slicks):
        raise MissingError(f"This place has no slick {slick} in a pass with the id {scene_id}. Reload it.")
    inside = shapely.point_on_surface(_shape(one.slicks[slick]))
    with workspace.store.transaction() as session:
        causes.decide(session, scene_id, (inside.x, inside.y), cause, actor.name)


def pass_causes(workspace: Workspace, passes: Sequence[Pass]) -> dict[tuple[int, int], CauseDecision]:
    """Return the decisions that hold for slicks, by scene id and number of the slick."""
    with workspace.store.reading() as session:
        decided = causes.list_causes(session, [one.scene.id for one in passes])
    found: dict[tuple[int, int], CauseDecision] = {}
    for one in passes:
        decisions = decided.get(one.scene.id, [])
        x, y = [one.x for one in decisions], [one.y for one in decisions]
        for slick in one.slicks if decisions else ():
            newest = newest_cause(decisions, shapely.contains_xy(_shape(slick), x, y))
            if newest is not None:
                found[one.scene.id, slick.index] = newest
    return found


def mosaic_causes(workspace: Workspace, mosaic: Mosaic) -> list[CauseDecision]:
    """Return the decisions in the scene of a mosaic, the newest first, in pixels of the mosaic."""
    with workspace.store.reading() as session:
        decided = causes.list_causes(session, [mosaic.scene.id]).get(mosaic.scene.id, [])
    laid = layout(workspace, mosaic.scene.id) if decided else None
    if laid is None or not laid.placed:
        return []
    first = mosaic.tiles[0]
    x, y = laid.places[first.tile.id]
    return [replace(one, x=one.x - x + first.x, y=one.y - y + first.y) for one in decided]


def _shape(slick: PassSlick) -> MultiPolygon:
    polygons = shapely.make_valid(MultiPolygon([Polygon(ring) for ring in slick.rings]))
    return MultiPolygon([part for part in shapely.get_parts(polygons) if part.geom_type == "Polygon"])
