"""The tile in the URL of Review, and the queue of the session."""

from collections.abc import Mapping

import streamlit as st

from seep.core.records import TileFilter
from seep.ui.query_params import number_in, numbers_in
from seep.ui.session import current_actor, why_not
from seep.workflow.actor import Actor, requirement
from seep.workflow.review import queue, revisions
from seep.workflow.review.causes import decide_tile_cause
from seep.workflow.review.queue import QueueItem
from seep.workflow.review.second_masks import requested_tiles, seen_items
from seep.workflow.workspace import Workspace

_KEPT = "review-queue"


def tile_from_url() -> tuple[int | None, str]:
    """Return the tile of the query parameter "tile", or None, and a sentence about an ignored value or ""."""
    tile_id = number_in("tile")
    value = st.query_params.get("tile", "")
    return tile_id, f"Ignored unknown tile in the URL: {value[:60]!r}." if value and tile_id is None else ""


def denials() -> dict[str, str]:
    """Return why this person may not save, accept, decide or name a cause; without what is permitted."""
    needed = {
        "save": requirement(revisions.save_mask),
        "accept": revisions.ACCEPT,
        "decide": requirement(revisions.decide),
        "cause": requirement(decide_tile_cause),
    }
    reasons = {action: one.denial(current_actor()) for action, one in needed.items()}
    return {action: reason for action, reason in reasons.items() if reason}


def change_queue(asked: Mapping[str, str]) -> None:
    """Put the order and the search that were chosen in the queue in the URL, and run the page again."""
    for name in ("order", "text"):
        st.query_params[name] = str(asked.get(name, ""))
    for name in ("tile", "" if asked.get("text") else "text"):
        st.query_params.pop(name, None)
    st.rerun()


def second_masks_of(workspace: Workspace, actor: Actor) -> list[int]:
    """Return the tiles that wait for a second mask of this person; none for who may not draw."""
    return [] if why_not(requested_tiles) else requested_tiles(workspace, actor)


def review_queue(
    workspace: Workspace, chosen: TileFilter, order: str, tile_id: int | None
) -> list[QueueItem]:
    """Return the queue for the canvas: what this person is offered, or the tiles that the address lists.

    The order stays as it was when the queue was opened: a tile that was accepted keeps its place, so that
    "previous" leads back to it and nothing jumps; what joins the queue later stands at its end.

    Args:
        chosen: which tiles; without a state, only open ones that nobody else has.
        order: a key of `QUEUE_ORDERS`.
        tile_id: tile that must be in the queue whatever its state; None for none.
    """
    listed = numbers_in("tiles")
    signature = (chosen, order, tuple(listed), current_actor().name)
    items = queue.list_items(workspace, listed, order) or queue.review_queue(
        workspace, chosen, order, current_actor()
    )
    wanted = [item.id for item in items]
    if tile_id is not None and tile_id not in wanted:
        items = queue.list_items(workspace, [tile_id], order) + items
        wanted = [item.id for item in items]
    before, kept = st.session_state.get(_KEPT, (None, []))
    if before != signature or not wanted:
        kept = []
    # What came since stands at the end: tiles that others give back must not move the rest.
    known = set(kept)
    kept = kept + [one for one in wanted if one not in known]
    st.session_state[_KEPT] = (signature, kept)
    found = {item.id: item for item in items}
    gone = [one for one in kept if one not in found]
    found |= {item.id: item for item in queue.list_items(workspace, gone, order)}
    return seen_items(workspace, [found[one] for one in kept if one in found], current_actor())
