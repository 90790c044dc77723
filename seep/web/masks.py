"""Handlers of masks: read them, keep drafts, save revisions, decide about a tile."""

from starlette.responses import Response

from seep.core.geo.grid import Window
from seep.core.masks.mask import Mask, unpack
from seep.web.metrics import count_save
from seep.web.request import MAX_ID, Call, RequestError
from seep.web.responses import json_answer, mask_answer
from seep.workflow import tile_data
from seep.workflow.review import drafts, revisions
from seep.workflow.review import slick_classes as predicted_classes
from seep.workflow.review.second_masks import check_prediction_visible, check_revision_visible
from seep.workflow.workspace import Workspace

SAVE_KINDS = ("save", "accept")
DECISIONS = ("reject", "flag", "reopen", "undo-accept")


def revision_mask(workspace: Workspace, call: Call) -> Response:
    """Answer with the mask of a revision."""
    check_revision_visible(workspace, call.id, call.actor)
    return mask_answer(call, tile_data.revision_mask(workspace, call.id))


def prediction_mask(workspace: Workspace, call: Call) -> Response:
    """Answer with the mask that a checkpoint predicted."""
    check_prediction_visible(workspace, call.id, call.actor)
    return mask_answer(call, tile_data.prediction_mask(workspace, call.id))


def prediction_probability(workspace: Workspace, call: Call) -> Response:
    """Answer with the predicted probability of any seep, 0 to 255."""
    check_prediction_visible(workspace, call.id, call.actor)
    return mask_answer(call, tile_data.prediction_probability(workspace, call.id))


def read_draft(workspace: Workspace, call: Call) -> Response:
    """Answer with what this author has painted on the tile and not saved."""
    return mask_answer(call, tile_data.draft_mask(workspace, call.id, call.actor))


def write_draft(workspace: Workspace, call: Call) -> Response:
    """Keep what this author is painting; strokes of another window of the same author are joined with it."""
    base, mask = call.base_revision(), _sent_mask(workspace, call)
    known = call.client_view().draft
    return json_answer(drafts.save_draft(workspace, call.id, mask, call.actor, base, known=known))


def drop_draft(workspace: Workspace, call: Call) -> Response:
    """Forget this author's draft of the tile."""
    drafts.drop_draft(workspace, call.id, call.actor)
    return json_answer({})


def save(workspace: Workspace, call: Call) -> Response:
    """Save a revision; 409 if another came between, 422 if an accept has to be confirmed."""
    kind = _one_of(call.query.get("kind", ""), SAVE_KINDS, "kind")
    base, request_id = call.base_revision(), call.request_id()
    mask = _sent_mask(workspace, call)
    saved = revisions.save_mask(
        workspace,
        call.id,
        mask,
        kind,
        actor=call.actor,
        base_revision_id=base,
        request_id=request_id,
        view=call.client_view(),
        confirmed=bool(call.number("confirmed", 0, 0, 1)),
    )
    count_save(kind)
    return json_answer(saved, 201)


def restore(workspace: Workspace, call: Call) -> Response:
    """Save an earlier revision's mask as the newest; 409 if another came between."""
    base, request_id = call.base_revision(), call.request_id()
    revision = call.number("revision", None, 1, MAX_ID)
    saved = revisions.restore(
        workspace,
        call.id,
        revision,
        actor=call.actor,
        base_revision_id=base,
        request_id=request_id,
        view=call.client_view(),
    )
    return json_answer(saved, 201)


def decide(workspace: Workspace, call: Call) -> Response:
    """Reject a tile with a reason or without, flag it, or open it again; with a note or without."""
    content = call.json()
    decision = _one_of(str(content.get("decision", "")), DECISIONS, "decision")
    note, reason = (str(content.get(name) or "") for name in ("note", "reason"))
    return json_answer(revisions.decide(workspace, call.id, decision, call.actor, note, reason=reason))


def slick_classes(workspace: Workspace, call: Call) -> Response:
    """Answer with the most probable classes of a slick, whose outline is sent; nothing is changed."""
    tile_height, tile_width = revisions.mask_shape(workspace, call.id)
    x, y = call.number("x", None, 0, tile_width - 1), call.number("y", None, 0, tile_height - 1)
    width, height = (
        call.number("width", None, 1, tile_width - x),
        call.number("height", None, 1, tile_height - y),
    )
    sent = unpack(call.body, (height, width))
    window = Window(x, y, width, height)
    return json_answer(predicted_classes.slick_classes(workspace, call.id, window, sent, call.actor))


def _sent_mask(workspace: Workspace, call: Call) -> Mask:
    return unpack(call.body, revisions.mask_shape(workspace, call.id))


def _one_of(value: str, allowed: tuple[str, ...], name: str) -> str:
    if value not in allowed:
        raise RequestError(400, f"{name} is {value[:80]!r}; send {', '.join(allowed)}.")
    return value
