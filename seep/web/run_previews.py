"""Handlers of runs: the masks of epoch previews."""

import re

from starlette.responses import Response

from seep.web.request import Call, RequestError
from seep.web.responses import bytes_answer
from seep.workflow.training import preview_files
from seep.workflow.workspace import Workspace

_PLACE = re.compile(r"([0-9]{1,9})/([0-9]{1,18})\.png")


def preview_mask(workspace: Workspace, call: Call) -> Response:
    """Answer with the class ids that a run predicted for a tile after an epoch, as a gray PNG."""
    found = _PLACE.fullmatch(call.path)
    if found is None:
        raise RequestError(404, "A picture of a run has the address EPOCH/TILE.png, both numbers.")
    epoch, tile_id = (int(part) for part in found.groups())
    return bytes_answer(call, preview_files.read_mask(workspace, call.id, epoch, tile_id), "image/png")
