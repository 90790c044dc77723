"""The typed Python side of the pairs of pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from seep.ui.component import component

LEAST_PART_PX = 64
_SPARE_PX = 4
_MARGIN = 1.6


@dataclass(frozen=True)
class Pair:
    """One place of a tile under two masks.

    Attributes:
        tile: its id.
        name: its name.
        width, height: of the tile, pixels.
        part: x, y, width and height of what the small pictures show.
        first, second: the masks: {"prediction": id}, {"revision": id}, or {} for the image alone.
        title, note: what the card says, as plain text.
        box: x, y, width and height of what is meant; None for all of it.
        truth: a third mask that can be shown; None for none.
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


def around(box: Sequence[int], width: int, height: int) -> tuple[int, int, int, int]:
    """Return a square part of a tile around a box, with some sea at its sides; all of a small tile.

    Args:
        box: x, y, width, height in the tile's pixels.
        width: of the tile.
        height: of the tile.
    """
    x, y, box_width, box_height = box
    side = max(LEAST_PART_PX, round(_MARGIN * max(box_width, box_height)))
    part_width, part_height = min(side, width), min(side, height)
    left = min(max(0, x + (box_width - part_width) // 2), width - part_width)
    top = min(max(0, y + (box_height - part_height) // 2), height - part_height)
    return left, top, part_width, part_height


def pairs(
    shown: Sequence[Pair], *, labels: tuple[str, str], base_url: str, key: str, height_px: int = 420
) -> int | None:
    """Draw pairs as a grid of cards; a click shows a tile large, with an edge that is swiped over it.

    Args:
        shown: in order.
        labels: what the first and the second mask are called.
        base_url: prefix of the app's addresses, "" or "/name".
        key: names the component; keep it the same for the same grid.
        height_px: of the grid and of the large tile.

    Returns:
        The id of the tile that is to be opened in Review, once, else None.
    """
    mount = component("seep_pairs", "mask_compare/frontend/main.js")
    with st.container(height=height_px + _SPARE_PX, border=False):  # reserved: the rest keeps its place
        result = mount(
            key=key,
            data={
                "pairs": [asdict(one) for one in shown],
                "labels": list(labels),
                "base_url": base_url,
                "height_px": height_px,
            },
            on_open_change=_nothing,
        )
    opened = result.get("open")
    return int(opened) if opened in {one.tile for one in shown} else None


def _nothing() -> None:
    """Stand in for a callback: Streamlit keeps a value only where it has one."""
