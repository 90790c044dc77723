"""Blind second masks: who draws them, what these people see, and how they are saved.

A request belongs to a tile and a person. While it is open, the server gives this person neither the first mask nor its
history, its state and its notes, on any address that names the tile, a revision or a prediction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil

from sqlalchemy.orm import Session

from seep.core.records import SecondMaskRecord, TileRecord
from seep.errors import DeniedError, SettingsError
from seep.store import predictions, revisions
from seep.store.review import second_masks
from seep.store.schema import stamp
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.review.queue import QueueItem
from seep.workflow.workspace import Workspace

RANDOM = second_masks.RANDOM
MAX_TILES = 10_000
REPEAT_AFTER_DAYS = 14
"""A tile comes back to its own annotator after this time; sooner, the annotator may remember the mask."""

BLIND = "This tile is a blind second mask of yours. Accept it first; then you see the first mask."
NO_DECISION = (
    "A blind second mask cannot be rejected, flagged or reopened. Draw the mask, or leave it empty, and "
    "accept it."
)


@dataclass(frozen=True)
class Drawn:
    """The result of a draw: number of tiles that were requested, and of those that could have been."""

    tiles: int
    eligible: int


@requires("lead", "request second masks")
def request_second_masks(
    workspace: Workspace,
    person: str | None,
    share: float,
    actor: Actor,
    *,
    order: str = RANDOM,
    shows_prediction: bool = False,
    after_days: float = 0,
    unchanged_only: bool = False,
) -> Drawn:
    """Draw reviewed tiles for blind second masks.

    Args:
        person: who draws them; tiles on which this person has saved a mask are left out. None gives each tile to
            the author of its first mask, for agreement with oneself.
        share: share of the eligible tiles, above 0 to 1; at least one and at most `MAX_TILES` tiles are drawn.
        order: `RANDOM`, which represents the reviewed tiles, or a column of the tile table, such as "likely_wrong".
        shows_prediction: whether the prediction is shown; the annotator then starts from it.
        after_days: only masks that are at least so old.
        unchanged_only: only predictions that were accepted without an edit.

    Raises:
        SettingsError: the share, the age, the order or the name cannot be used.
    """
    if not 0 < share <= 1:
        raise SettingsError(f"The share of tiles is {share}; choose more than 0, up to 1.")
    if after_days < 0:
        raise SettingsError(f"The age of the masks is {after_days} days; choose 0 or more.")
    before = stamp(datetime.now(UTC) - timedelta(days=after_days)) if after_days else None
    with workspace.store.transaction() as session:
        _, eligible = second_masks.candidates(
            session, person, before, order, 0, unchanged_only=unchanged_only
        )
        limit = min(MAX_TILES, ceil(round(share * eligible, 6)))
        chosen, _ = second_masks.candidates(
            session, person, before, order, limit, unchanged_only=unchanged_only
        )
        if chosen:
            second_masks.request(
                session, chosen, person, shows_prediction=shows_prediction, author=actor.name
            )
    return Drawn(len(chosen), eligible)


@requires("lead", "request second masks")
def withdraw_requests(workspace: Workspace, actor: Actor) -> int:
    """Withdraw all requests that are not finished; returns their number."""
    with workspace.store.transaction() as session:
        return second_masks.withdraw_requests(session, actor.name)


@requires("annotator", "draw second masks")
def requested_tiles(workspace: Workspace, actor: Actor) -> list[int]:
    """Return the tiles that wait for a second mask of this person."""
    with workspace.store.reading() as session:
        return [one.tile_id for one in second_masks.open_requests(session, actor.name)]


def open_requests(workspace: Workspace) -> dict[str, int]:
    """Return the number of unfinished second masks by person."""
    with workspace.store.reading() as session:
        return second_masks.open_counts(session)


def as_seen_by(session: Session, tile: TileRecord, name: str) -> tuple[TileRecord, SecondMaskRecord | None]:
    """Return a tile as a person sees it, and the open request for this person's second mask, None without one."""
    found = second_masks.open_request(session, tile.id, name)
    if found is None:
        return tile, None
    seen = tile._replace(
        state="unreviewed" if found.revision_id is None else "draft",
        head_revision_id=found.revision_id,
        prediction_id=tile.prediction_id if found.shows_prediction else None,
        seep_area_px=None,
        updated_at=found.requested_at,
        in_sample=False,
        label_error=None,
    )
    return seen, found


@requires("viewer", "open tiles")
def seen_items(workspace: Workspace, items: Sequence[QueueItem], actor: Actor) -> list[QueueItem]:
    """Return queue items as this person sees them: tiles with an open request look as if nobody had reviewed them."""
    blind = _requests(workspace, actor.name)
    return (
        [_seen(item, blind[item.id]) if item.id in blind else item for item in items] if blind else [*items]
    )


@requires("viewer", "open tiles")
def is_blind(workspace: Workspace, tile_id: int, actor: Actor) -> bool:
    """Return whether this person draws a second mask of a tile."""
    with workspace.store.reading() as session:
        return second_masks.open_request(session, tile_id, actor.name) is not None


@requires("viewer", "open masks")
def check_revision_visible(workspace: Workspace, revision_id: int, actor: Actor) -> None:
    """Check that a person may see the mask of a revision.

    Raises:
        DeniedError: it is not the second mask that this person is drawing on the tile.
        MissingError: there is no such revision.
    """
    with workspace.store.reading() as session:
        revision = revisions.get_revision(session, revision_id)
        found = second_masks.open_request(session, revision.tile_id, actor.name)
    if found is not None and not (revision.kind == second_masks.KIND and revision.author == actor.name):
        raise DeniedError(BLIND)


@requires("viewer", "open masks")
def check_prediction_visible(workspace: Workspace, prediction_id: int, actor: Actor) -> None:
    """Check that a person may see a prediction; raises as `check_revision_visible`."""
    with workspace.store.reading() as session:
        tile_id = predictions.get_prediction(session, prediction_id).tile_id
        found = second_masks.open_request(session, tile_id, actor.name)
    if found is not None and not found.shows_prediction:
        raise DeniedError(BLIND)


@cached_until_commit
def _requests(workspace: Workspace, name: str) -> dict[int, SecondMaskRecord]:
    with workspace.store.reading() as session:
        return {one.tile_id: one for one in second_masks.open_requests(session, name)}


def _seen(item: QueueItem, found: SecondMaskRecord) -> QueueItem:
    return replace(
        item,
        state="unreviewed" if found.revision_id is None else "draft",
        value=None,
        version=f"{item.version.split('-')[0]}-blind",
        in_sample=False,
        person=None,
        head=found.revision_id,
        drafted=False,
        reason=None,
        comments=0,
    )
