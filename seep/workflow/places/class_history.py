"""Classes of the slicks of other passes, from which Review suggests a class for a slick."""

from collections import Counter
from typing import TypedDict

from seep.store import scenes, statistics
from seep.workflow.actor import Actor, requires
from seep.workflow.places.detection import place_sites
from seep.workflow.places.tile_passes import tile_sites
from seep.workflow.workspace import Workspace


class SiteClasses(TypedDict):
    """A site that has reviewed slicks of other passes.

    `tile_x` and `tile_y` are pixels of the tile. `classes` are pairs of class id and number of slicks, most frequent
    class first.
    """

    number: int
    tile_x: float
    tile_y: float
    classes: list[tuple[int, int]]


class ClassHistory(TypedDict):
    """What is known of the classes around a tile.

    A slick nearer to a site than `radius_px`, pixels of the tile, belongs to it. `tiles` are pairs of class id and
    number of reviewed tiles of the workspace, most frequent class first.
    """

    radius_px: float
    sites: list[SiteClasses]
    tiles: list[tuple[int, int]]


@requires("viewer", "see sites")
def class_history(workspace: Workspace, tile_id: int, actor: Actor) -> ClassHistory:
    """Return the classes that analysts gave to the slicks of other passes at the sites on a tile.

    Predicted slicks do not count, and neither do those of the tile's own pass.

    Raises:
        MissingError: there is no such tile.
        StorageError: a mask is gone or damaged.
    """
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
        place_id = scenes.get_scene(session, tile.scene_id).place_id
        counted = statistics.class_counts(session)
    tiles = _by_frequency({one["id"]: one["reviewed_tiles"] for one in counted})
    around = tile_sites(workspace, tile_id, actor)
    if place_id is None or not around["sites"]:
        return ClassHistory(radius_px=0.0, sites=[], tiles=tiles)
    found = place_sites(workspace, place_id)
    members = {one.scene.id: one.slicks for one in found.data.passes if one.scene.id != tile.scene_id}
    by_number = {one.number: one for one in found.sites}
    rows = []
    for site in around["sites"]:
        slicks = [
            members[slick.scene_id][slick.slick]
            for slick in by_number[site["number"]].slicks
            if slick.scene_id in members
        ]
        classes = _by_frequency(Counter(slick.class_id for slick in slicks if slick.reviewed))
        if classes:
            rows.append(
                SiteClasses(
                    number=site["number"], tile_x=site["tile_x"], tile_y=site["tile_y"], classes=classes
                )
            )
    return ClassHistory(radius_px=around["radius_px"], sites=rows, tiles=tiles)


def _by_frequency(counts: dict[int, int]) -> list[tuple[int, int]]:
    found = [(class_id, count) for class_id, count in counts.items() if count]
    return sorted(found, key=lambda one: (-one[1], one[0]))
