"""Handlers of the map of a whole scene: the list, the document, and the picture tile by tile."""

import re

from starlette.responses import Response

from seep.web.request import Call, RequestError
from seep.web.responses import bytes_answer, json_answer
from seep.workflow.scenes import map_tiles
from seep.workflow.workspace import Workspace

ADDRESS = re.compile(r"(\d{1,2})/(\d{1,7})/(\d{1,7})", re.ASCII)


def scene_list(workspace: Workspace, _call: Call) -> Response:
    """Answer with all scenes by name."""
    return json_answer(map_tiles.scene_list(workspace))


def document(workspace: Workspace, call: Call) -> Response:
    """Answer with all that a map needs to know of a scene besides its pictures."""
    return json_answer(map_tiles.scene_document(workspace, call.id))


def tile(workspace: Workspace, call: Call) -> Response:
    """Answer with one tile of a layer.

    `v` in the address is ignored: pages change it when the picture changes, as with thumbnails.
    """
    address = ADDRESS.fullmatch(call.path)
    if address is None:
        raise RequestError(404, f"A map tile is level/column/row, not {call.path[:40]!r}.")
    level, column, row = (int(part) for part in address.groups())
    layer = call.query.get("layer") or "image"
    key = map_tiles.MapTileKey(level, column, row, layer)
    content, media_type = map_tiles.map_tile(workspace, call.id, key)
    return bytes_answer(call, content, media_type, headers={"Content-Encoding": "identity"})
