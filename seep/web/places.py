"""Handlers of places: their document, changes to sites, pictures of the ground, and the passes over a tile."""

import math
from typing import Any

from starlette.responses import Response

from seep.web.request import MAX_ID, Call, RequestError
from seep.web.responses import bytes_answer, json_answer, mask_answer
from seep.workflow.actor import requirement
from seep.workflow.exports.deliverables import export_sites_zip
from seep.workflow.places import class_history as history
from seep.workflow.places import pass_pictures, sites
from seep.workflow.places import tile_passes as passes_over
from seep.workflow.places.document import place_document
from seep.workflow.places.slicks.causes import decide_cause
from seep.workflow.review.second_masks import is_blind
from seep.workflow.workspace import Workspace

_MAX_PX = 1e6


def document(workspace: Workspace, call: Call) -> Response:
    """Answer with a place, its passes with all slicks, and its sites."""
    shown = place_document(workspace, call.id, call.actor)
    return json_answer({**shown, "export_denied": requirement(export_sites_zip).denial(call.actor)})


def picture(workspace: Workspace, call: Call) -> Response:
    """Answer with a JPEG of the square at `x`, `y` with `side` pixels of the place, from the pass in the address."""
    content, etag = pass_pictures.pass_jpeg(
        workspace,
        call.id,
        pass_pictures.Square(_decimal(call, "x"), _decimal(call, "y"), _decimal(call, "side")),
        call.number("size", 256, *pass_pictures.SIZES_PX),
    )
    return bytes_answer(call, content, "image/jpeg", etag, headers={"Content-Encoding": "identity"})


def tile_passes(workspace: Workspace, call: Call) -> Response:
    """Answer with the passes over a tile and the outlines of their slicks on it."""
    if is_blind(workspace, call.id, call.actor):
        return json_answer(passes_over.TilePasses(place="", passes=[]))
    return json_answer(passes_over.tile_passes(workspace, call.id, call.actor))


def tile_pass(workspace: Workspace, call: Call) -> Response:
    """Answer with the ground of a tile as the pass `scene` saw it, as 8-bit pixels in the tile's grid or smaller."""
    scene_id = call.number("scene", None, 1, MAX_ID)
    size_px = call.number("size", 0, 0, pass_pictures.SIZES_PX[1]) or None
    return mask_answer(call, passes_over.tile_pass_picture(workspace, call.id, scene_id, call.actor, size_px))


def tile_sites(workspace: Workspace, call: Call) -> Response:
    """Answer with the sites on a tile and their evidence."""
    return json_answer(passes_over.tile_sites(workspace, call.id, call.actor))


def class_history(workspace: Workspace, call: Call) -> Response:
    """Answer with the classes of the slicks of other passes at the sites on a tile."""
    return json_answer(history.class_history(workspace, call.id, call.actor))


def export(workspace: Workspace, call: Call) -> Response:
    """Answer with the deliverables of a place as one zip."""
    path = export_sites_zip(workspace, call.id, actor=call.actor)
    disposition = {"Content-Disposition": f'attachment; filename="{path.name}"'}
    return bytes_answer(call, path.read_bytes(), "application/zip", headers=disposition)


def change(workspace: Workspace, call: Call) -> Response:
    """Change sites of a place, and answer with the new document.

    The body is JSON: `action` is rank, note, move, add, merge, split, remove or undo; `sites` are numbers; `rank`,
    `note`, `x`, `y` and `reason` as the action needs them. The action cause needs `scene`, `slick`, `cause` and the
    `version` of the document.
    """
    body = call.json()
    if body.get("action") == "cause":
        _decide_cause(workspace, call, body)
    else:
        _change_sites(workspace, call, body)
    return document(workspace, call)


def _change_sites(workspace: Workspace, call: Call, body: dict[str, Any]) -> None:
    action, numbers = body.get("action"), body.get("sites", [])
    if not isinstance(numbers, list) or not all(isinstance(one, int) for one in numbers):
        raise RequestError(400, "sites is not a list of numbers.")
    texts = {name: body.get(name, "") for name in ("rank", "note", "reason")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise RequestError(400, "rank, note and reason have to be text.")
    if action in {"rank", "note", "move", "split", "remove"} and len(numbers) != 1:
        raise RequestError(400, f"{action} needs one site, not {len(numbers)}.")
    actor, reason = call.actor, texts["reason"]
    if action == "undo":
        sites.undo_change(workspace, call.id, actor)
    elif action == "rank":
        sites.rank_site(workspace, call.id, numbers[0], texts["rank"], actor, reason=reason)
    elif action == "note":
        sites.note_site(workspace, call.id, numbers[0], texts["note"], actor)
    elif action == "move":
        sites.move_site(workspace, call.id, numbers[0], _position(body), actor, reason=reason)
    elif action == "add":
        sites.add_site(workspace, call.id, _position(body), actor, reason=reason)
    elif action == "merge":
        sites.merge_sites(workspace, call.id, numbers, actor, reason=reason)
    elif action == "split":
        sites.split_site(workspace, call.id, numbers[0], actor, reason=reason)
    elif action == "remove":
        sites.remove_site(workspace, call.id, numbers[0], actor, reason=reason)
    else:
        raise RequestError(400, f"There is no action {str(action)[:40]!r} on sites.")


def _decide_cause(workspace: Workspace, call: Call, body: dict[str, object]) -> None:
    scene, slick, cause, version = (body.get(name) for name in ("scene", "slick", "cause", "version"))
    if not (isinstance(scene, int) and isinstance(slick, int)):
        raise RequestError(400, "scene and slick have to be numbers.")
    if not (isinstance(cause, str) and isinstance(version, str)):
        raise RequestError(400, "cause and version have to be text.")
    decide_cause(workspace, call.id, scene, slick, cause, version=version, actor=call.actor)


def _position(body: dict[str, object]) -> tuple[float, float]:
    x, y = body.get("x"), body.get("y")
    if not (
        isinstance(x, int | float) and isinstance(y, int | float) and math.isfinite(x) and math.isfinite(y)
    ):
        raise RequestError(400, "x and y have to be numbers.")
    return float(x), float(y)


def _decimal(call: Call, name: str) -> float:
    try:
        value = float(call.query.get(name, ""))
    except ValueError as error:
        raise RequestError(400, f"{name} is {call.query.get(name, '')[:40]!r}; send a number.") from error
    if not abs(value) <= _MAX_PX:
        raise RequestError(400, f"{name} is {value}; send a number up to {_MAX_PX:.0f}.")
    return value
