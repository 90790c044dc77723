"""Parallel coordinates of runs: one line per run through its hyperparameters and results.

Drawn from plain lines: the parallel coordinates of plotly cannot make a line thicker or name it, and need WebGL.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from seep.ui.plots import MARKERS, blank, escaped, label_lifts
from seep.ui.theme import GRAY, SERIES


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
        label: at its top.
        values: one per run; None where a run has no value.
        texts: the values as text.
        ticks: text by value; empty for a tick at the lowest and at the highest value.
    """

    label: str
    values: Sequence[float | None]
    texts: Sequence[str]
    ticks: Mapping[float, str] = field(default_factory=dict)


_MARGIN = 0.12
_TOP = 1 + _MARGIN
_RANGE = (-_MARGIN, _TOP + _MARGIN)
_HEIGHT_PX = 320
_INSIDE_PX = _HEIGHT_PX - 16  # without the margins above and below


def parallel(axes: Sequence[Axis], names: Sequence[str], marked: Sequence[int] = ()) -> go.Figure:
    """Draw one line per run over parallel axes.

    Args:
        axes: from left to right.
        marked: indexes of the runs that have a color and a name at their end, in this order; others are gray.
    """
    figure = blank("", "", _HEIGHT_PX, right_px=38 + 8 * max((len(names[row]) for row in marked), default=6))
    heights = [_heights(axis) for axis in axes]
    order = [row for row in range(len(names)) if row not in marked]
    for row in [*order, *reversed(marked)]:
        place = marked.index(row) if row in marked else None
        lines = [f"{escaped(axis.label)}: {escaped(axis.texts[row])}" for axis in axes]
        figure.add_scatter(
            x=list(range(len(axes))),
            y=[height[row] for height in heights],
            mode="lines+markers",
            line={
                "color": GRAY if place is None else SERIES[place % len(SERIES)],
                "width": 1 + (place is not None),
            },
            marker={"size": 6 if place is None else 8, "symbol": _marker(place)[0]},
            opacity=0.6 if place is None else 1,
            hovertemplate="<br>".join([escaped(names[row]), *lines]) + "<extra></extra>",
        )
    _draw_axes(figure, axes)
    _name_ends(figure, [(names[row], [height[row] for height in heights]) for row in marked])
    return figure


def _marker(place: int | None) -> tuple[str, str]:
    """Return the marker of a line and its glyph in labels; the same as in the curves of the runs."""
    return MARKERS[0] if place is None else MARKERS[place % len(MARKERS)]


def _heights(axis: Axis) -> list[float | None]:
    """Return the height of each run on an axis, 0 to 1; 0.5 where all values are equal."""
    low, high = _ends(axis)
    return [
        None if value is None else 0.5 if high == low else (value - low) / (high - low)
        for value in axis.values
    ]


def _ends(axis: Axis) -> tuple[float, float]:
    known = [value for value in axis.values if value is not None] or [0.0]
    return min(known), max(known)


def _draw_axes(figure: go.Figure, axes: Sequence[Axis]) -> None:
    for at, axis in enumerate(axes):
        ends = {"x0": at, "x1": at, "y0": 0, "y1": 1}
        figure.add_shape(ends, type="line", line={"color": GRAY, "width": 1}, layer="below")
        _write(figure, at, _TOP, escaped(axis.label), yanchor="bottom")
        low, high = _ends(axis)
        ticks = axis.ticks or {
            value: axis.texts[axis.values.index(value)] for value in (low, high) if value in axis.values
        }
        for value, text in ticks.items():
            height = 0.5 if high == low else (value - low) / (high - low)
            side = {"yanchor": "top", "yshift": -4} if height < 0.5 else {"yanchor": "bottom", "yshift": 4}
            _write(figure, at, height, escaped(text), **side)
    figure.update_xaxes(range=[-0.4, len(axes) - 0.9], showticklabels=False)
    figure.update_yaxes(range=_RANGE, showticklabels=False, showgrid=False)


def _name_ends(figure: go.Figure, lines: Sequence[tuple[str, Sequence[float | None]]]) -> None:
    """Draw the name of each line at the last axis on which its run has a value."""
    ended = defaultdict(list)
    for place, (name, heights) in enumerate(lines):
        known = [(x, height) for x, height in enumerate(heights) if height is not None]
        if known:
            mark = f'<span style="color:{SERIES[place % len(SERIES)]}">{_marker(place)[1]}</span> '
            ended[known[-1][0]].append((known[-1][1], mark + escaped(name)))
    low, high = _RANGE
    for x, ends in ended.items():
        lifts = label_lifts([(y - low) / (high - low) for y, _ in ends], _INSIDE_PX)
        for (y, text), lift in zip(ends, lifts, strict=True):
            _write(figure, x, y, text, yanchor="middle", xanchor="left", xshift=26, yshift=lift)


def _write(figure: go.Figure, x: float, y: float, text: str, **place: Any) -> None:
    figure.add_annotation(
        {"x": x, "y": y, "xanchor": "center", **place},
        text=text,
        showarrow=False,
        font={"size": 12},
    )
