"""The Python side of the gallery component."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from seep.ui.component import component, no_callback, tile_states
from seep.workflow.review.orders import QueueOrder

SIZES_PX = (64, 256)


def gallery(
    *,
    tiles: Sequence[Mapping[str, Any]],
    base_url: str = "",
    key: str = "gallery",
    order: QueueOrder | None = None,
    selected: Sequence[int] = (),
    choice: int = 0,
    size_px: int = 128,
    height_px: int | None = None,
) -> dict[str, Any]:
    """Draw tiles as a grid of thumbnails.

    The grid scrolls, and its cells have a fixed size, so that nothing moves while thumbnails load. A click or
    Enter opens a tile. Ctrl-click, Shift-click, a drag over the grid, Space and Ctrl+A select. A accepts the
    selected tiles, or the focused one, and Ctrl+Z undoes that.

    Args:
        tiles: in order; each with "id", "name" and "state". Optional: "scene", "value" (of the order: a number
            is formatted, text is shown unchanged), "version" (of the thumbnail; a new one loads it again),
            "in_sample" (whether it is in the quality sample), "drafted" (whether it has a draft) and "person" (the
            assigned analyst).
        base_url: the app's base path, "" or "/name".
        key: of the component; use the same key for the same grid.
        order: formats numbers in `value`; None if all values are text.
        selected: ids that are selected at first, and again whenever `choice` changes.
        choice: counter of the selections made by the page; see `selected`.
        size_px: side of a thumbnail, 64 to 256 CSS pixels.
        height_px: of the grid; None extends it to the lower edge of the window.

    Returns:
        "open": the id of the tile to open, once, else None. "selected": ids in the order of the grid.
        "accept": the ids of tiles to accept, once, else empty. "undo": whether to undo the last accept.

    Raises:
        ValueError: `size_px` is out of range.
    """
    if not SIZES_PX[0] <= size_px <= SIZES_PX[1]:
        raise ValueError(f"size_px is {size_px}; use {SIZES_PX[0]} to {SIZES_PX[1]}.")
    mount = component("seep_gallery", "gallery/frontend/main.js")
    result = mount(
        key=key,
        data={
            "name": key,
            "tiles": [_tile(tile) for tile in tiles],
            "base_url": base_url,
            "order": asdict(order) if order else None,
            "states": tile_states(),
            "selected": list(selected),
            "choice": choice,
            "size_px": size_px,
            "height_px": height_px,
        },
        default={"selected": list(selected)},
        on_selected_change=no_callback,
        on_open_change=no_callback,
        on_accept_change=no_callback,
        on_undo_change=no_callback,
    )
    shown = {int(tile["id"]) for tile in tiles}
    chosen = [int(one) for one in result.get("selected") or [] if int(one) in shown]
    opened = result.get("open")
    accept = [int(one) for one in result.get("accept") or [] if int(one) in shown]
    undo = bool(result.get("undo"))
    return {
        "open": int(opened) if opened in shown else None,
        "selected": chosen,
        "accept": accept,
        "undo": undo,
    }


def _tile(tile: Mapping[str, Any]) -> dict[str, Any]:
    wanted = ("id", "name", "scene", "state", "value", "version", "in_sample", "drafted", "person")
    # Without what is false: 2,000 tiles are sent at once.
    return {name: value for name in wanted if (value := tile.get(name)) is not None and value is not False}
