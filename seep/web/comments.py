"""Handlers of comments on tiles."""

from starlette.responses import Response

from seep.web.request import MAX_ID, Call, RequestError
from seep.web.responses import json_answer
from seep.workflow.review.comments import add_comment, comment_entry, resolve_comment
from seep.workflow.workspace import Workspace


def add(workspace: Workspace, call: Call) -> Response:
    """Add `text` as a comment, `at` [x, y] or in `reply_to` to a thread; answer with all comments of the tile."""
    content = call.json()
    text, at, parent = content.get("text"), content.get("at"), content.get("reply_to")
    if not isinstance(text, str):
        raise RequestError(400, "text is the comment; send it as text.")
    if at is not None and not (isinstance(at, list) and len(at) == 2 and all(type(one) is int for one in at)):
        raise RequestError(400, "at is a pixel, [x, y] in whole numbers, or missing.")
    if parent is not None and not (type(parent) is int and 0 < parent <= MAX_ID):
        raise RequestError(400, "reply_to is the id of a thread, or missing.")
    point = None if at is None else (at[0], at[1])
    found = add_comment(workspace, call.id, text, call.actor, at=point, parent_id=parent)
    return json_answer([comment_entry(one) for one in found], 201)


def resolve(workspace: Workspace, call: Call) -> Response:
    """Resolve a thread, or open it again, as `resolved` says; answer with all comments of its tile."""
    resolved = call.json().get("resolved")
    if type(resolved) is not bool:
        raise RequestError(400, "resolved is true or false.")
    found = resolve_comment(workspace, call.id, call.actor, resolved=resolved)
    return json_answer([comment_entry(one) for one in found])
