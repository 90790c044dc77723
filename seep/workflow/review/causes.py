"""Causes of slicks in Review: the decision on a tile, and filters and counts of tiles by cause."""

from dataclasses import replace
from math import floor

from seep.core.records import TileFilter
from seep.core.sites.causes import CAUSES, NOT_OIL, CauseDecision
from seep.errors import SettingsError
from seep.store import scenes
from seep.store.places import causes
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.places.slicks.causes import check_cause, tile_causes
from seep.workflow.review.second_masks import BLIND, is_blind
from seep.workflow.workspace import Workspace

CAUSE_FILTERS = {"none": "No cause decided", "any": "Any cause", "not_oil": "Not oil"} | {
    key: label[0].upper() + label[1:] for key, label in CAUSES.items()
}
"""Filters of tiles by the causes of their slicks: keys in addresses, and labels."""


@requires("reviewer", "decide causes of slicks")
def decide_tile_cause(
    workspace: Workspace, tile_id: int, point: tuple[int, int], cause: str, *, actor: Actor
) -> list[CauseDecision]:
    """Decide the cause of the slick at a pixel of a tile; see `seep.workflow.places.slicks.causes`.

    Args:
        point: x and y of a pixel of the slick. The pixel of an earlier decision replaces that one.
        cause: key of `CAUSES`, or "" to take an earlier decision back.

    Returns:
        All decisions on the tile; see `tile_causes`.

    Raises:
        MissingError: there is no such tile.
        SettingsError: an unknown cause, the pixel is outside of the tile, or the actor draws a blind second mask of it;
            nothing changed.
    """
    check_cause(cause)
    if is_blind(workspace, tile_id, actor):
        raise SettingsError(BLIND)
    x, y = point
    with workspace.store.transaction() as session:
        tile = scenes.get_tile(session, tile_id)
        if not (0 <= x < tile.width and 0 <= y < tile.height):
            raise SettingsError(
                f"The pixel {x}, {y} is outside of {tile.name}, which has {tile.width} x {tile.height} pixels. "
                "Choose a slick on the tile."
            )
        same = (one for one in tile_causes(session, tile) if (floor(one.x), floor(one.y)) == (x, y))
        earlier = next((one for one in same if one.tile_id == tile_id), None)
        causes.decide(
            session, tile, (earlier.x, earlier.y) if earlier else (x + 0.5, y + 0.5), cause, actor.name
        )
        return tile_causes(session, tile)


@cached_until_commit
def tiles_by_cause(workspace: Workspace) -> dict[str, int]:
    """Return the number of tiles on which each cause is decided, by cause, in the order of `CAUSES`."""
    with workspace.store.reading() as session:
        found = causes.count_tiles(session)
    return {cause: found[cause] for cause in CAUSES if cause in found}


def with_cause(chosen: TileFilter, name: str | None) -> TileFilter:
    """Return a filter with that of a key of `CAUSE_FILTERS`; unchanged for other values."""
    if name == "none":
        return replace(chosen, without_cause=True)
    groups = {"any": tuple(CAUSES), "not_oil": NOT_OIL} | {cause: (cause,) for cause in CAUSES}
    return replace(chosen, causes=groups[name]) if name in groups else chosen


def cause_name(chosen: TileFilter) -> str | None:
    """Return the key of `CAUSE_FILTERS` that a filter has; None without one."""
    bare = replace(chosen, causes=(), without_cause=False)
    return next((name for name in CAUSE_FILTERS if with_cause(bare, name) == chosen), None)
