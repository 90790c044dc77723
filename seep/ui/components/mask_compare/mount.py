"""The Python side of the mask comparison component."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from seep.ui.component import component, no_callback

MIN_PART_PX = 64
_SPARE_PX = 4
_MARGIN = 1.6


@dataclass(frozen=True)
class Pair:
    """A part of a tile under two masks.

    Attributes:
        tile: its id.
        name: its name.
        width, height: of the tile, pixels.
        part: x, y, width and height of the part that the card shows.
        first, second: the masks: {"prediction": id}, {"revision": id}, or {} for the image alone.
        title, note: plain text of the card.
        box: x, y, width and height of the slick; None for the whole tile.
        truth: the reference mask; None if there is none.
        tone: "gained", "lost", "changed" or "".
    """

    tile: int
    name: str
    width: int
    height: int
    part: tuple[int, int, int, int]
    first: Mapping[str, int]
    second: Mapping[str, int]
    title: str
    note: str = ""
    box: tuple[int, int, int, int] | None = None
    truth: Mapping[str, int] | None = None
    tone: str = ""


def part_around(box: Sequence[int], width: int, height: int) -> tuple[int, int, int, int]:
    """Return a square part of a tile around a box, with a margin. A small tile is returned whole.

    Args:
        box: x, y, width, height in the tile's pixels.
    """
    x, y, box_width, box_height = box
    side = max(MIN_PART_PX, round(_MARGIN * max(box_width, box_height)))
    part_width, part_height = min(side, width), min(side, height)
    left = min(max(0, x + (box_width - part_width) // 2), width - part_width)
    top = min(max(0, y + (box_height - part_height) // 2), height - part_height)
    return left, top, part_width, part_height


def mask_compare(
    shown: Sequence[Pair], *, labels: tuple[str, str], base_url: str, key: str, height_px: int = 420
) -> int | None:
    """Draw pairs as a grid of cards. A click opens a large view with a movable divider.

    Args:
        shown: in order.
        labels: names of the first and the second mask.
        base_url: the app's base path, "" or "/name".
        height_px: of the grid and the large view.

    Returns:
        The id of the tile to open in Review, once, else None.
    """
    mount = component("seep_mask_compare", "mask_compare/frontend/main.js")
    with st.container(height=height_px + _SPARE_PX, border=False):  # reserves the height
        result = mount(
            key=key,
            data={
                "pairs": [asdict(one) for one in shown],
                "labels": list(labels),
                "base_url": base_url,
                "height_px": height_px,
            },
            on_open_change=no_callback,
        )
    opened = result.get("open")
    return int(opened) if opened in {one.tile for one in shown} else None
