"""Handlers of the queue, of who has a tile open, and of what is read of one: document, pixels, thumbnail."""

from dataclasses import asdict

from starlette.responses import Response

from seep.core.masks.classes import MAX_CLASSES
from seep.core.records import TileFilter, current_split
from seep.web.request import MAX_ID, Call, RequestError
from seep.web.responses import bytes_answer, image_answer, json_answer
from seep.workflow import tile_images
from seep.workflow.labels import training_progress
from seep.workflow.review import assignments, queue, revisions, sessions, tile_document
from seep.workflow.review.active_time import MAX_RECORDS, read_time, record_times
from seep.workflow.review.causes import decide_tile_cause, with_cause
from seep.workflow.review.comments import with_comments
from seep.workflow.review.orders import DEFAULT_ORDER
from seep.workflow.review.second_masks import is_blind, seen_items
from seep.workflow.workspace import Workspace

THUMBNAIL_PX = (16, 1024)
MOST_AHEAD = 100


def list_queue(workspace: Workspace, call: Call) -> Response:
    """Answer with the tiles in the order and with the filters that the query names.

    With `review=1`, only those that the asking person is offered, sample tiles mixed in.
    """
    chosen = TileFilter(
        scene=call.query.get("scene") or None,
        split=current_split(call.query.get("split", "")) or None,
        state=call.query.get("state") or None,
        class_id=call.number("class", None, 0, MAX_CLASSES - 1) if call.query.get("class") else None,
        author=call.query.get("person") or None,
        text=call.query.get("text") or None,
        assigned_to=call.query.get("assigned"),
    )
    chosen = with_comments(chosen, call.query.get("comments"), call.actor.name)
    chosen = with_cause(chosen, call.query.get("cause"))
    order = call.query.get("order") or DEFAULT_ORDER
    limit = call.number("limit", queue.MAX_LIMIT, 1, queue.MAX_LIMIT)
    if call.query.get("review") == "1":
        items = queue.review_queue(workspace, chosen, order, call.actor, limit)
    else:
        items = queue.queue(workspace, chosen, order, limit)
    return json_answer([vars(item) for item in seen_items(workspace, items, call.actor)])


def lock(workspace: Workspace, call: Call) -> Response:
    """Lock the tile for whoever opened it and unlock the one before; answer which of the next ones others have."""
    content = call.json()
    left, ahead = content.get("left"), content.get("ahead") or []
    ids = [*([] if left is None else [left]), *(ahead if isinstance(ahead, list) else [ahead])]
    if len(ids) > MOST_AHEAD or not all(type(one) is int and 0 < one <= MAX_ID for one in ids):
        raise RequestError(400, f"left and ahead are ids of tiles, {MOST_AHEAD} or fewer in all.")
    return json_answer(
        assignments.lock_tile(workspace, call.id, call.actor, left, ids if left is None else ids[1:])
    )


def unlock(workspace: Workspace, call: Call) -> Response:
    """Unlock the tile, so that it is offered to others again."""
    assignments.unlock_tile(workspace, call.id, call.actor)
    return json_answer({})


def document(workspace: Workspace, call: Call) -> Response:
    """Answer with all that the canvas needs to know of a tile besides its pixels."""
    return json_answer(tile_document.tile_document(workspace, call.id, call.actor))


def decide_cause(workspace: Workspace, call: Call) -> Response:
    """Decide the `cause` of the slick at the pixel `x`, `y`; answer with all decisions on the tile, newest first."""
    content = call.json()
    x, y, cause = (content.get(name) for name in ("x", "y", "cause"))
    if not (type(x) is int and type(y) is int):
        raise RequestError(400, "x and y are a pixel of the slick, in whole numbers.")
    if not isinstance(cause, str):
        raise RequestError(400, "cause is a key, or empty text for none.")
    found = decide_tile_cause(workspace, call.id, (x, y), cause, actor=call.actor)
    return json_answer([tile_document.cause_entry(one) for one in found])


def neighbors(workspace: Workspace, call: Call) -> Response:
    """Answer with the tiles of the scene around a tile: those that touch it or lie within half a tile."""
    return json_answer(tile_document.neighbors(workspace, call.id))


def predictions(workspace: Workspace, call: Call) -> Response:
    """Answer with the predictions of a tile by all checkpoints, newest first."""
    return json_answer(tile_document.predictions_of(workspace, call.id, call.actor))


def summary(workspace: Workspace, call: Call) -> Response:
    """Answer with what a person did since the session began, and the progress to the next fine-tuning.

    Without `person`, it is the asking one.
    """
    person = call.query.get("person") or call.actor.name
    done = asdict(sessions.session_summary(workspace, person))
    return json_answer({**done, "training": asdict(training_progress(workspace))})


def active_time(workspace: Workspace, call: Call) -> Response:
    """Keep active times; those that are known already count once."""
    records = call.json().get("records")
    if not isinstance(records, list) or len(records) > MAX_RECORDS:
        raise RequestError(400, f"records is not a list of at most {MAX_RECORDS} active times.")
    return json_answer(record_times(workspace, [read_time(record) for record in records], call.actor))


def image(workspace: Workspace, call: Call) -> Response:
    """Answer with a tile's raw pixels."""
    return image_answer(call, revisions.tile_image(workspace, call.id))


def thumbnail(workspace: Workspace, call: Call) -> Response:
    """Answer with a tile's picture as JPEG, `size` pixels on its longer side, masks drawn over it or not.

    `v` in the address is ignored: pages change it when the picture changes, so that a browser which still
    shows the old one asks again.
    """
    size_px = call.number("size", 128, *THUMBNAIL_PX)
    overlay = bool(call.number("overlay", 1, 0, 1)) and not is_blind(workspace, call.id, call.actor)
    content, etag = tile_images.thumbnail(workspace, call.id, size_px, overlay)
    return bytes_answer(call, content, "image/jpeg", etag)
