"""Handler of pictures that show a part of a tile under one of its masks."""

from starlette.responses import Response

from seep.core.geo.grid import Window
from seep.web.request import MAX_ID, Call
from seep.web.responses import bytes_answer
from seep.workflow import tile_images
from seep.workflow.review.second_masks import check_prediction_visible, check_revision_visible
from seep.workflow.workspace import Workspace

_MAX_SIDE_PX = 1 << 20


def part(workspace: Workspace, call: Call) -> Response:
    """Answer with a JPEG of the part `x`, `y`, `width`, `height`, `size` pixels on its longer side.

    `prediction` or `revision` names the mask that is laid over it; with neither it is the image alone.
    """
    window = Window(
        call.number("x", 0, 0, _MAX_SIDE_PX),
        call.number("y", 0, 0, _MAX_SIDE_PX),
        call.number("width", _MAX_SIDE_PX, 1, _MAX_SIDE_PX),
        call.number("height", _MAX_SIDE_PX, 1, _MAX_SIDE_PX),
    )
    if "prediction" in call.query:
        check_prediction_visible(workspace, call.number("prediction", None, 1, MAX_ID), call.actor)
    if "revision" in call.query:
        check_revision_visible(workspace, call.number("revision", None, 1, MAX_ID), call.actor)
    content, etag = tile_images.part(
        workspace,
        call.id,
        window,
        call.number("size", 256, 16, tile_images.SIZES_PX[1]),
        prediction_id=call.number("prediction", None, 1, MAX_ID) if "prediction" in call.query else None,
        revision_id=call.number("revision", None, 1, MAX_ID) if "revision" in call.query else None,
    )
    return bytes_answer(call, content, "image/jpeg", etag)
