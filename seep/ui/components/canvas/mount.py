"""The Python side of the Review surface: hands it small JSON, gets small JSON back.

Pixels and masks never pass here: they travel over the routes of `seep.web`. A change of tile needs no run of
the script, so what comes back is news of decisions only, and seldom.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from seep.ui.component import component, no_callback, tile_states
from seep.workflow.review.orders import QueueOrder
from seep.workflow.review.queue import QueueItem

KEY = "review-canvas"


def review_canvas(
    *,
    tile_id: int | None,
    queue: Sequence[QueueItem],
    classes: Sequence[Mapping[str, Any]],
    author: str,
    order: QueueOrder,
    filters: Mapping[str, str],
    base_url: str,
    keys: Mapping[str, str | Sequence[str]],
    notice: str = "",
    height: str = "100vh",
) -> dict[str, Any]:
    """Draw the whole Review surface.

    Args:
        tile_id: the tile to open; None for the one that was open last, else the first of the queue.
        queue: tiles in order.
        classes: each {"id", "name", "color" ("#rrggbb"), "key"}; 0 is background.
        author: who saves.
        order: the order of the queue.
        filters: query parameters of `GET /seep/queue`, for asking again when the queue is finished.
        base_url: prefix of the app's addresses, "" or "/name".
        keys: keys that differ from the defaults of `frontend/keys.js`, by action: {"accept": "ctrl+enter"}.
        notice: a sentence to show with the first tile.
        height: CSS length; the surface never scrolls.

    Returns:
        {"tile": id or None, "stage": "ready", "loading", "failed", "empty" or "done"} as of the last
        decision; empty before the first.
    """
    data = {
        "tile_id": tile_id,
        "queue": [asdict(item) for item in queue],
        "classes": [dict(one) for one in classes],
        "author": author,
        "order": asdict(order),
        "states": tile_states(),
        "filters": dict(filters),
        "base_url": base_url,
        "keys": {action: key if isinstance(key, str) else list(key) for action, key in keys.items()},
        "notice": notice,
        "height": height,
    }
    mount = component("seep.canvas", "canvas/frontend/main.js")
    result = mount(key=KEY, data=data, on_review_change=no_callback)
    return dict(result.get("review") or {})
