"""The review queue: which tiles, in which order, and why in that order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from seep.core.acquisition import Candidate, pick
from seep.errors import SettingsError
from seep.store import checkpoints, classes, quality_sample, scenes
from seep.store.records import TileFilter, TileRecord
from seep.store.store import Session
from seep.store.tile_queries import conditions
from seep.workflow.workspace import Workspace

__all__ = [
    "IMAGE_ORDER",
    "MAX_LIMIT",
    "ORDERS",
    "QueueItem",
    "TileFilter",
    "count",
    "listed",
    "offered_orders",
    "queue",
    "review_queue",
    "tile_version",
]

IMAGE_ORDER = "has_something"
"""Only a network with an image head says what this goes by."""

ORDERS = {
    "likely_wrong": "Likely wrong first: how little mirrored views of the tile agree about its slicks, 0 to "
    "1. Empty masks come early: nearly half of them hide a missed slick.",
    "useful": "Most useful to train on first: mean entropy of the seep probability in bits; training "
    "scenes first, classes and scenes by turns, every tenth tile at random.",
    "confident": "Most confident first, for quick accepts: 1 where every pixel's probability is near 0 or 1.",
    IMAGE_ORDER: "Those with something in them first: probability of any slick on the tile, by the active "
    "model's image head; 0 surely none, 1 surely some.",
    "name": "By scene: scene after scene, tile after tile.",
    "seep_area": "Largest predicted or drawn seep area first, in pixels.",
    "class": "Largest area of the class asked for first, in pixels; choose the class in the filters.",
    "updated": "Changed last first.",
    "second_look": "For a second look: reviewed tiles whose mask a sure model contradicts most, 0 to 1.",
}

MAX_LIMIT = 10_000

SEED = 0
"""Of the tenth of the "useful" order that is random: the same in every session, so that nothing jumps."""


@dataclass(frozen=True)
class QueueItem:
    """One line of the queue.

    Attributes:
        id: of the tile.
        name: of the tile.
        scene: its scene's name.
        state: unreviewed, draft, accepted, corrected, rejected or flagged.
        value: what the queue is ordered by: 0..1, bits, or area in pixels; None for orders without.
        split: train, validation or locked.
        version: changes when the picture, its shown mask or the colors of classes change; part of
            thumbnail addresses.
        audit: drawn blindly, to measure how good predictions are.
        person: whom it is assigned to; None for nobody.
        head: id of the revision that is shown; None without one.
    """

    id: int
    name: str
    scene: str
    state: str
    value: float | None
    split: str
    version: str
    audit: bool = False
    person: str | None = None
    head: int | None = None


def offered_orders(workspace: Workspace) -> dict[str, str]:
    """Return what the queue can be ordered by now, as `ORDERS`: not every network has an image head."""
    with workspace.store.reading() as session:
        active = checkpoints.active_checkpoint(session)
    has_head = active is not None and bool(active.card.get("architecture", {}).get("image_head"))
    return {name: words for name, words in ORDERS.items() if has_head or name != IMAGE_ORDER}


def queue(
    workspace: Workspace,
    chosen: TileFilter | None = None,
    order: str = "likely_wrong",
    limit: int = 1000,
) -> list[QueueItem]:
    """List tiles for browsing.

    Args:
        workspace: where from.
        chosen: which tiles; None for all.
        order: a key of `ORDERS`; "useful" goes round classes and scenes within the 10,000 most useful
            tiles of each split, training scenes first.
        limit: at most this many, 1 to 10,000.

    Raises:
        SettingsError: an unknown order, or "class" without a class in the filter.
    """
    if order not in ORDERS:
        raise SettingsError(f"There is no order {order!r}; choose one of {', '.join(ORDERS)}.")
    asked, most = chosen or TileFilter(), max(1, min(limit, MAX_LIMIT))
    if order == "second_look":
        asked = replace(asked, contradicted=True)
    with workspace.store.reading() as session:
        if order == "useful":
            tiles = scenes.tiles_by_id(session, _useful(session, asked, most))
        else:
            tiles = scenes.list_tiles(session, asked, order=order, limit=most)
        return _items(session, tiles, order, asked)


def review_queue(
    workspace: Workspace,
    chosen: TileFilter,
    order: str,
    author: str,
    limit: int = MAX_LIMIT,
) -> list[QueueItem]:
    """List the tiles that a person is offered for review, audit tiles mixed in.

    Left out are tiles that somebody else has open or is assigned. Without a state in the filter only open
    tiles are listed. Audit tiles lose their place in the order and come evenly spread instead, their share of
    the queue being the workspace's; not where the filter asks for a state, which is a look at what is there.

    Args:
        workspace: where from.
        chosen: which tiles.
        order: a key of `ORDERS`.
        author: who reviews.
        limit: at most this many, 1 to 10,000.

    Raises:
        SettingsError: as `queue`.
    """
    asked = replace(chosen, offered_to=author, undecided=chosen.state is None and order != "second_look")
    items = queue(workspace, asked, order, limit)
    if not asked.undecided:
        return items
    with workspace.store.reading() as session:
        share = quality_sample.audit_share(session)
        most = limit if len(items) < limit else int(share * limit) + 1
        drawn = (
            quality_sample.waiting(session, conditions(replace(asked, audit=True)), most) if share > 0 else []
        )
        audited = _items(session, scenes.tiles_by_id(session, drawn), order, asked)
    if not drawn:
        return items
    apart = set(drawn)
    return mixed([one for one in items if one.id not in apart], audited, share)[:limit]


def mixed(items: Sequence[QueueItem], audited: Sequence[QueueItem], share: float) -> list[QueueItem]:
    """Put audit tiles among others so that any first part of the queue holds about `share` of them."""
    found: list[QueueItem] = []
    ordered, drawn = list(reversed(items)), list(reversed(audited))
    placed = 0
    while ordered or drawn:
        wanted = drawn and (not ordered or placed < int(share * (len(found) + 1)))
        found.append((drawn if wanted else ordered).pop())
        placed += bool(wanted)
    return found


def listed(workspace: Workspace, tile_ids: Sequence[int], order: str) -> list[QueueItem]:
    """Return the lines of these tiles, in the order given; ids that do not exist are left out."""
    with workspace.store.reading() as session:
        tiles = scenes.tiles_by_id(session, list(dict.fromkeys(tile_ids))[:MAX_LIMIT])
        return _items(session, tiles, order, TileFilter())


def count(workspace: Workspace, chosen: TileFilter | None = None) -> int:
    """Count the tiles that a filter leaves."""
    with workspace.store.reading() as session:
        return scenes.count_tiles(session, chosen or TileFilter())


def tile_version(tile: TileRecord) -> str:
    """Name the present look of a tile: its pixels, head revision and prediction."""
    return f"{tile.sha256[:8]}-{tile.head_revision_id or 0}-{tile.prediction_id or 0}"


def _useful(session: Session, chosen: TileFilter, most: int) -> list[int]:
    """Take tiles of training scenes first: what is corrected elsewhere never trains."""
    known, unknown = list[int](), list[int]()
    for split in ("train", "validation", "locked") if chosen.split is None else (chosen.split,):
        if len(known) >= most:
            break
        rows = scenes.candidates(session, replace(chosen, split=split), MAX_LIMIT)
        measured = [
            Candidate(one.id, str(one.scene_id), one.class_id, {"useful": one.useful})
            for one in rows
            if one.useful is not None
        ]
        known += pick("useful", measured, SEED)
        unknown += [one.id for one in rows if one.useful is None]
    return [*known, *unknown][:most]


def _items(session: Session, tiles: Sequence[TileRecord], order: str, chosen: TileFilter) -> list[QueueItem]:
    look = f"{crc32(''.join(one.color for one in classes.list_classes(session)).encode()):08x}"
    areas: dict[int, int] = {}
    if order == "class" and chosen.class_id:
        areas = scenes.class_areas(session, chosen.class_id, [tile.id for tile in tiles])
    return [_item(tile, order, look, areas.get(tile.id)) for tile in tiles]


def _item(tile: TileRecord, order: str, look: str, class_area_px: int | None) -> QueueItem:
    values = {
        "likely_wrong": tile.likely_wrong,
        "useful": tile.useful,
        "confident": tile.confident,
        IMAGE_ORDER: tile.has_something,
        "seep_area": tile.seep_area_px,
        "class": class_area_px,
        "second_look": tile.second_look,
    }
    value = values.get(order)
    return QueueItem(
        id=tile.id,
        name=tile.name,
        scene=tile.scene,
        state=tile.state,
        value=None if value is None else float(value),
        split=tile.split,
        version=f"{tile_version(tile)}-{look}",
        audit=tile.audit,
        person=tile.assigned_to,
        head=tile.head_revision_id,
    )
