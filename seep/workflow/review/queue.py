"""The review queue: which tiles, in which order, with the value that the order sorts by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from zlib import crc32

from sqlalchemy.orm import Session

from seep.core.acquisition import OrderValues, RankedTile, rank_tiles
from seep.core.records import TileFilter, TileRecord
from seep.store import classes, quality_sample, tile_queries
from seep.store.comments import comments
from seep.store.tile_queries import CLASS_AREA, conditions
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.labels import training_progress
from seep.workflow.review.orders import DEFAULT_ORDER, QueueOrder, get_order
from seep.workflow.tile_data import tile_version
from seep.workflow.workspace import Workspace

MAX_LIMIT = 10_000

KEPT = 8
"""Queues that are kept until the database changes; each has up to 10,000 tiles."""

Item = TypeVar("Item")

SEED = 0
"""Of the random tenth in the order "useful": the same in every session, so that the queue does not change."""


@dataclass(frozen=True)
class QueueItem:
    """One tile of the queue, as the pages, the components and the HTTP API get it.

    Attributes:
        id: of the tile.
        name: of the tile.
        scene: name of its scene.
        state: key of `seep.core.tile_states.TILE_STATES`.
        value: what the order sorts by, see `QueueOrder.value_format`; None where it is not known.
        split: train, validation or test.
        version: changes when the picture, its shown mask or the colors of classes change; part of
            thumbnail URLs.
        in_sample: drawn at random for the quality sample.
        person: whom it is assigned to; None for nobody.
        head: id of the newest revision; None without one.
        drafted: someone has a draft on it, which does not count until it is accepted.
        comments: open threads of comments.
        reason: what the sites of its place say about the tile, in the orders by sites; else None.
    """

    id: int
    name: str
    scene: str
    state: str
    value: float | None
    split: str
    version: str
    in_sample: bool = False
    person: str | None = None
    head: int | None = None
    drafted: bool = False
    reason: str | None = None
    comments: int = 0


def queue(
    workspace: Workspace,
    chosen: TileFilter | None = None,
    order: str = DEFAULT_ORDER,
    limit: int = 1000,
) -> list[QueueItem]:
    """List tiles for browsing.

    Args:
        chosen: which tiles; None for all.
        order: key of `QUEUE_ORDERS`. Interleaved orders cover the first 10,000 tiles of each split.
        limit: maximum number of tiles, 1 to 10,000.

    Raises:
        SettingsError: an unknown order, or the order "class" without a class in the filter.
    """
    sorting = get_order(order)
    limit = max(1, min(limit, MAX_LIMIT))
    chosen = chosen or TileFilter()
    if sorting.label_errors_only:
        chosen = replace(chosen, contradicted=True)
    if sorting.sites:
        chosen = replace(chosen, expected=sorting.sites == "expected", new=sorting.sites == "new")
    if chosen.offered_to is not None:  # tiles are offered again when a lock ends
        return _listed(workspace, chosen, sorting, limit)
    return _listed_kept(workspace, chosen, sorting, limit)


def _listed(workspace: Workspace, chosen: TileFilter, order: QueueOrder, limit: int) -> list[QueueItem]:
    ranked = _interleaved(workspace, replace(chosen, offered_to=None)) if order.interleaved else []
    with workspace.store.reading() as session:
        if order.interleaved:
            ids = ranked if chosen.offered_to is None else tile_queries.matching_ids(session, ranked, chosen)
            tiles = tile_queries.tiles_by_id(session, ids[:limit])
        else:
            tiles = tile_queries.list_tiles(session, chosen, order=order.column, limit=limit)
        return _items(session, tiles, order, chosen)


_listed_kept = cached_until_commit(_listed, KEPT)


@requires("viewer", "open tiles")
def review_queue(
    workspace: Workspace, chosen: TileFilter, order: str, actor: Actor, limit: int = MAX_LIMIT
) -> list[QueueItem]:
    """List the tiles that a person is offered for review, mixed with tiles of the quality sample.

    Tiles that another person has open or is assigned are left out. Without a state in the filter, only open
    tiles are listed. Sample tiles are spread evenly over the queue instead of being sorted; their share is
    the workspace's. With a state in the filter, no sample tiles are mixed in. In orders by a value, tiles of
    training scenes come first while the next fine-tuning run needs reviewed tiles.

    Args:
        order: key of `QUEUE_ORDERS`.
        limit: maximum number of tiles, 1 to 10,000.

    Raises:
        SettingsError: as `queue`.
    """
    sorting = get_order(order)
    only_open = chosen.state is None and not sorting.label_errors_only
    chosen = replace(chosen, offered_to=actor.name, undecided=only_open)
    items = queue(workspace, chosen, order, limit)
    if not only_open:
        return items
    progress = training_progress(workspace)
    if sorting.value_format != "none" and progress.reviewed < progress.needed:
        items = sorted(items, key=lambda item: item.split != "train")
    with workspace.store.reading() as session:
        share = quality_sample.quality_sample_share(session)
        if not share:
            return items
        most = limit if len(items) < limit else int(share * limit) + 1
        drawn = quality_sample.open_tile_ids(session, conditions(replace(chosen, in_sample=True)), most)
        sample = _items(session, tile_queries.tiles_by_id(session, drawn), sorting, chosen)
    in_sample = set(drawn)
    return mix([item for item in items if item.id not in in_sample], sample, share)[:limit]


def mix(items: Sequence[Item], sample: Sequence[Item], share: float) -> list[Item]:
    """Mix sample tiles into others so that every leading part of the queue holds about `share` of them."""
    mixed: list[Item] = []
    others, drawn = list(reversed(items)), list(reversed(sample))
    placed = 0
    while others or drawn:
        take_drawn = drawn and (not others or placed < int(share * (len(mixed) + 1)))
        mixed.append((drawn if take_drawn else others).pop())
        placed += bool(take_drawn)
    return mixed


def list_items(workspace: Workspace, tile_ids: Sequence[int], order: str) -> list[QueueItem]:
    """Return the queue items of these tiles, in the order given; ids that do not exist are left out."""
    with workspace.store.reading() as session:
        tiles = tile_queries.tiles_by_id(session, list(dict.fromkeys(tile_ids))[:MAX_LIMIT])
        return _items(session, tiles, get_order(order), TileFilter())


def count(workspace: Workspace, chosen: TileFilter | None = None) -> int:
    """Count the tiles that match a filter."""
    if chosen is not None and chosen.offered_to is not None:  # tiles are offered again when a lock ends
        return _count(workspace, chosen)
    return _count_kept(workspace, chosen or TileFilter())


def _count(workspace: Workspace, chosen: TileFilter) -> int:
    with workspace.store.reading() as session:
        return tile_queries.count_tiles(session, chosen)


_count_kept = cached_until_commit(_count)


@cached_until_commit
def _interleaved(workspace: Workspace, chosen: TileFilter) -> list[int]:
    """Alternate between classes and scenes; training scenes first, since only their tiles are trained on."""
    measured, unmeasured = list[int](), list[int]()
    with workspace.store.reading() as session:
        for split in ("train", "validation", "test") if chosen.split is None else (chosen.split,):
            if len(measured) >= MAX_LIMIT:
                break
            rows = tile_queries.most_useful_tiles(session, replace(chosen, split=split), MAX_LIMIT)
            candidates = [
                RankedTile(row.id, str(row.scene_id), row.class_id, {"useful": row.useful})
                for row in rows
                if row.useful is not None
            ]
            measured += rank_tiles("useful", candidates, SEED)
            unmeasured += [row.id for row in rows if row.useful is None]
    return [*measured, *unmeasured]


def _items(
    session: Session, tiles: Sequence[TileRecord], order: QueueOrder, chosen: TileFilter
) -> list[QueueItem]:
    colors = (
        f"{crc32(''.join(seep_class.color for seep_class in classes.list_classes(session)).encode()):08x}"
    )
    areas: dict[int, int] = {}
    if order.column == CLASS_AREA and chosen.class_id:
        areas = tile_queries.class_areas(session, chosen.class_id, [tile.id for tile in tiles])
    drafted = tile_queries.drafted(session, [tile.id for tile in tiles])
    open_comments = comments.open_counts(session, [tile.id for tile in tiles])
    return [
        QueueItem(
            id=tile.id,
            name=tile.name,
            scene=tile.scene,
            state=tile.state,
            value=_value(tile, order, areas),
            split=tile.split,
            version=f"{tile_version(tile)}-{colors}",
            in_sample=tile.in_sample,
            person=tile.assigned_to,
            head=tile.head_revision_id,
            drafted=tile.id in drafted,
            reason=tile.site_note if order.sites else None,
            comments=open_comments.get(tile.id, 0),
        )
        for tile in tiles
    ]


def _value(tile: TileRecord, order: QueueOrder, class_areas: dict[int, int]) -> float | None:
    if order.value_format == "none":
        return None
    if order.column == CLASS_AREA:
        value = class_areas.get(tile.id)
    else:
        value = getattr(tile.values if order.column in OrderValues._fields else tile, order.column)
    return None if value is None else float(value)
