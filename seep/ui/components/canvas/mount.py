"""The Python side of the Review surface: hands it small JSON, gets small JSON back.

Pixels and masks never pass here: they travel over the routes of `seep.web`. A change of tile needs no run of
the script, so what comes back is news of decisions only, and seldom.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from seep.ui.component import component

KEY = "review-canvas"


def review_canvas(
    *,
    tile_id: int | None,
    queue: Sequence[Mapping[str, Any]],
    classes: Sequence[Mapping[str, Any]],
    author: str,
    order: str,
    filters: Mapping[str, str],
    base_url: str,
    keys: Mapping[str, str | Sequence[str]],
    notice: str = "",
    height: str = "100vh",
) -> dict[str, Any]:
    """Draw the whole Review surface.

    Args:
        tile_id: the tile to open; None for the one that was open last, else the first of the queue.
        queue: tiles in order, each {"id", "name", "scene", "state", "value", "split", "version"}.
        classes: each {"id", "name", "color" ("#rrggbb"), "key"}; 0 is background.
        author: who saves.
        order: what the queue is ordered by, a key of `seep.workflow.review.queue.ORDERS`.
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
        "queue": [dict(item) for item in queue],
        "classes": [dict(one) for one in classes],
        "author": author,
        "order": order,
        "filters": dict(filters),
        "base_url": base_url,
        "keys": {action: key if isinstance(key, str) else list(key) for action, key in keys.items()},
        "notice": notice,
        "height": height,
    }
    mount = component("seep.canvas", "canvas/main.js")
    result = mount(key=KEY, data=data, on_review_change=_nothing)
    return dict(result.get("review") or {})


def _nothing() -> None:
    """Streamlit keeps a value only where somebody listens."""
