"""The typed Python side of the gallery component."""

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

    The grid scrolls by itself and its cells have a fixed size, so nothing moves while pictures arrive. A
    click or Enter opens a tile; Ctrl or Shift with a click, a drag over the grid, Space and Ctrl+A select.

    Args:
        tiles: in order; each with "id", "name" and "state"; if known, "scene", "value" (what the order goes
            by: a number is formatted, text is shown as it stands), "version" (another one fetches the
            thumbnail anew), "in_sample" (drawn for the quality sample) and "person" (whom it is assigned to).
        base_url: prefix of the app's addresses, "" or "/name".
        key: names the component; keep it the same for the same grid.
        order: how a `value` that is a number is formatted; None where all values are text.
        selected: ids selected when the grid is first drawn, and whenever `choice` is another one.
        choice: number of the selection that the page made; see `selected`.
        size_px: side of a thumbnail, 64 to 256 CSS pixels.
        height_px: of the grid; None fills the window down to its lower edge.

    Returns:
        "open": the id of the tile to open, once, else None; "selected": ids in the order of the grid.

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
    )
    shown = {int(tile["id"]) for tile in tiles}
    chosen = [int(one) for one in result.get("selected") or [] if int(one) in shown]
    opened = result.get("open")
    return {"open": int(opened) if opened in shown else None, "selected": chosen}


def _tile(tile: Mapping[str, Any]) -> dict[str, Any]:
    wanted = ("id", "name", "scene", "state", "value", "version", "in_sample", "person")
    return {name: tile[name] for name in wanted if tile.get(name) is not None}
