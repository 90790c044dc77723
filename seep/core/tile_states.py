"""The states of a tile: one registry for the database, the pages and the browser components."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TileState:
    """A review state and how it is shown: always as a label, a color and a shape together.

    Attributes:
        key: name in the database and in URLs.
        label: name on the pages.
        reviewed: the tile's mask was accepted, as predicted or corrected.
        open: the tile still needs a decision.
        icon: name of the Material symbol.
        color_light: "#rrggbb" on a light background.
        color_dark: "#rrggbb" on a dark background.
        dash: lengths in px of the strokes and gaps of its outline; empty for a solid line.
        shape: SVG path of its mark in a 12 x 12 box.
        filled: the mark is cut out of a filled disc.
    """

    key: str
    label: str
    reviewed: bool
    open: bool
    icon: str
    color_light: str
    color_dark: str
    dash: tuple[int, ...]
    shape: str
    filled: bool


TILE_STATES = {
    state.key: state
    for state in (
        TileState(
            key="unreviewed",
            label="Unreviewed",
            reviewed=False,
            open=True,
            icon="radio_button_unchecked",
            color_light="#6b7078",
            color_dark="#a9adb5",
            dash=(1, 4),
            shape="M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9z",
            filled=False,
        ),
        TileState(
            key="draft",
            label="Draft",
            reviewed=False,
            open=True,
            icon="edit",
            color_light="#9a6700",
            color_dark="#e8c34a",
            dash=(6, 4),
            shape="M2 10l.7-2.9L8.2 1.6l2.2 2.2L4.9 9.3z",
            filled=False,
        ),
        TileState(
            key="accepted",
            label="Accepted",
            reviewed=True,
            open=False,
            icon="check_circle",
            color_light="#1a7f4b",
            color_dark="#5cc489",
            dash=(),
            shape="M3.3 6.2l1.9 1.9L8.7 4.3",
            filled=True,
        ),
        TileState(
            key="corrected",
            label="Corrected",
            reviewed=True,
            open=False,
            icon="build_circle",
            color_light="#1f6fb0",
            color_dark="#58b4e8",
            dash=(12, 3),
            shape="M3.6 8.4L6.7 5.3M6 3.6v2.4h2.4",
            filled=True,
        ),
        TileState(
            key="rejected",
            label="Rejected",
            reviewed=False,
            open=False,
            icon="cancel",
            color_light="#c0392b",
            color_dark="#f0806c",
            dash=(3, 3),
            shape="M4 4l4 4M8 4l-4 4",
            filled=True,
        ),
        TileState(
            key="flagged",
            label="Flagged",
            reviewed=False,
            open=True,
            icon="flag",
            color_light="#8e3fa8",
            color_dark="#e59be0",
            dash=(10, 3, 2, 3),
            shape="M2.5 11V1.5h7.5L8 4l2 2.5H2.5",
            filled=False,
        ),
    )
}
"""Every state by its key, in the order in which the pages list them."""

REJECT_REASONS = (
    "land",
    "rain cell",
    "shadow of the coast",
    "low wind",
    "ship or wake",
    "ice",
    "image fault",
)
"""Reasons that a rejection can have."""
