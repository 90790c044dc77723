"""The Python side of the Review component. It exchanges small JSON values with the browser.

Pixels and masks use the routes of `seep.web` instead. Opening another tile does not rerun the script; the
component reports decisions only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from seep.core.sites.causes import CAUSES
from seep.core.tile_states import REJECT_REASONS
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
    orders: Mapping[str, QueueOrder] | None = None,
    filters: Mapping[str, str],
    filter_text: str = "",
    base_url: str,
    keys: Mapping[str, str | Sequence[str]],
    denials: Mapping[str, str],
    has_places: bool = False,
    records_time: bool = False,
    ignored_radius_px: float = 0,
    slick_width_px: int = 0,
    about_seeps: bool = True,
    notice: str = "",
    height: str = "100vh",
) -> dict[str, Any]:
    """Draw the Review component.

    Args:
        tile_id: the tile to open; None for the last open tile, or else the first of the queue.
        queue: tiles in order.
        classes: each {"id", "name", "color" ("#rrggbb"), "key"}; 0 is background. "note" says that the active version
            never predicts it.
        orders: orders that can be chosen; None where neither these nor a search can be.
        filters: query parameters of `GET /seep/queue`, to load the queue again.
        filter_text: the filters in words; "" for none.
        base_url: the app's base path, "" or "/name".
        keys: keys that differ from the defaults of `frontend/keys.js`, by action: {"accept": "ctrl+enter"}.
        denials: why the role does not permit "save", "accept", "decide" or "cause"; only those that it does not permit.
        records_time: whether the browser records active time.
        has_places: whether the workspace has places, whose tiles have other passes.
        ignored_radius_px: inscribed radius above which fine-tuning ignores slicks; 0 for none.
        slick_width_px: typical width of slicks, the first width of brush and tracer; 0 if not known.
        about_seeps: whether the workspace is about seeps; see `seep.core.masks.subject`.
        notice: a message to show with the first tile.
        height: CSS length; the component does not scroll.

    Returns:
        {"tile": id or None, "stage": "ready", "loading", "failed", "empty" or "done"} as of the last
        decision; empty before the first. Once after a choice, "queue" is {"order", "text"} of the wanted queue.
    """
    data = {
        "tile_id": tile_id,
        "queue": [vars(item) for item in queue],
        "classes": [dict(seep_class) for seep_class in classes],
        "author": author,
        "order": asdict(order),
        "orders": [[key, one.label] for key, one in (orders or {}).items()],
        "states": tile_states(),
        "filters": dict(filters),
        "filter_text": filter_text,
        "base_url": base_url,
        "keys": {action: key if isinstance(key, str) else list(key) for action, key in keys.items()},
        "denials": dict(denials),
        "reject_reasons": list(REJECT_REASONS),
        "causes": CAUSES,
        "records_time": records_time,
        "has_places": has_places,
        "ignored_radius_px": ignored_radius_px,
        "slick_width_px": slick_width_px,
        "about_seeps": about_seeps,
        "notice": notice,
        "height": height,
    }
    mount = component("seep.canvas", "canvas/frontend/main.js")
    result = mount(key=KEY, data=data, on_review_change=no_callback, on_queue_change=no_callback)
    return dict(result.get("review") or {}) | {"queue": result.get("queue")}
