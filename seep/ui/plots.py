"""Plotly figures: one layout for both themes, axis titles with units, direct labels instead of legends.

Streamlit fills in the theme's colors for text and grid. The series colors are visible on both backgrounds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache, wraps
from itertools import pairwise
from typing import Any, TypeVar

import plotly.graph_objects as go
import streamlit as st

from seep.core.metrics.intervals import MIN_SCENES
from seep.ui import formatting
from seep.ui.theme import ACCENT, GRAY, SERIES
from seep.workflow.overview import ClassBalance, DailyReviews, VersionQuality

Row = Mapping[str, Any]
T = TypeVar("T")
_HEIGHT_PX = 208
_CURVE_PX = 200
_MARGIN_PX = 8
MARKERS = [
    ("circle", "●"),
    ("square", "■"),
    ("triangle-up", "▲"),
    ("diamond", "◆"),
    ("star", "★"),
    ("triangle-down", "▼"),
]
"""Marker of each curve and its glyph in labels: curves differ in more than color."""
DASHES = ("solid", "dot", "dashdot", "longdash", "longdashdot", "5px,2px")
"""Dash of each curve; "dash" is for reference levels."""
_LINE_PX = 15.0  # of a label


class _KeptFigure(go.Figure):  # type: ignore[misc]
    """A figure that is not changed any more, so it becomes a dictionary only once.

    Plotly copies the whole template of the theme each time, which took a fifth of the Overview page.
    """

    def to_dict(self) -> dict[str, Any]:
        """Return the figure as a dictionary whose traces may be changed, and nothing below them."""
        if not hasattr(self, "_dictionary"):
            self._dictionary: dict[str, Any] = super().to_dict()
        return {**self._dictionary, "data": [dict(trace) for trace in self._dictionary["data"]]}


def _kept(draw: Callable[[Sequence[T]], go.Figure]) -> Callable[[Sequence[T]], go.Figure]:
    """Decorate a function of rows: the figure of the same rows is built once, and never changed."""
    built = lru_cache(maxsize=32)(lambda rows: _KeptFigure(draw(rows)))

    @wraps(draw)
    def figure(rows: Sequence[T]) -> go.Figure:
        return built(tuple(rows))

    return figure


def show(figure: go.Figure, key: str, alt: str) -> None:
    """Draw a figure at its own height, without Plotly's toolbar.

    Args:
        figure: from one of the functions below.
        key: stable key, so that a rerun updates the figure in place.
    """
    st.plotly_chart(figure, key=key, alt=alt, config={"displayModeBar": False, "scrollZoom": False})


def blank(x_title: str, y_title: str, height_px: int = _HEIGHT_PX, right_px: int = 12) -> go.Figure:
    """Return an empty figure with the app's layout: both themes, no legend, no dragging."""
    axis = {"automargin": True, "zeroline": False, "ticks": "", "fixedrange": True}
    title = {"font": {"size": 12}, "standoff": 8}
    # One layout dict: update_layout and update_xaxes take 35 ms, and curves are redrawn every second.
    return go.Figure(
        layout={
            "height": height_px,
            "margin": {"l": 8, "r": right_px, "t": _MARGIN_PX, "b": 8},
            "showlegend": False,
            "hovermode": "closest",
            "bargap": 0.35,
            "font": {"size": 12},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "dragmode": False,
            "xaxis": {"title": {"text": x_title, **title}, "showgrid": False, **axis},
            "yaxis": {"title": {"text": y_title, **title}, **axis},
        }
    )


def _label(figure: go.Figure, x: Any, y: Any, text: str) -> None:
    figure.add_annotation(
        x=x,
        y=y,
        text=escaped(text),
        showarrow=False,
        xanchor="left",
        xshift=8,
        font={"size": 12},
    )


def escaped(text: object) -> str:
    """Return text that Plotly shows literally."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@_kept
def progress(rows: Sequence[DailyReviews]) -> go.Figure:
    """Draw the cumulative number of reviewed tiles per day, one line per person, labeled with the name."""
    figure = blank("", "tiles reviewed (cumulative)", right_px=96)
    days = sorted({row.day for row in rows})
    people = sorted({row.author for row in rows}, key=lambda name: -_sum(rows, name))
    for place, author in enumerate(people[:5]):
        color, total, heights = SERIES[place % len(SERIES)], 0, []
        for day in days:
            total += sum(row.tiles for row in rows if row.day == day and row.author == author)
            heights.append(total)
        line = {"color": color, "width": 2, "shape": "hv", "dash": DASHES[place % len(DASHES)]}
        hover = "%{x|%d %b}: %{y} tiles<extra>" + escaped(author) + "</extra>"
        figure.add_scatter(
            x=days,
            y=heights,
            mode="lines+markers",
            line=line,
            marker={"size": 7, "symbol": MARKERS[place % len(MARKERS)][0]},
            hovertemplate=hover,
        )
        # After a line, the glyph tells whose end this is; after a single dot, it would be the same mark again.
        glyph = f"{MARKERS[place % len(MARKERS)][1]} " if len(days) > 1 else ""
        _label(figure, days[-1], total, f"{glyph}{_short(author)} {total}")
    first, last = (date.fromisoformat(day) for day in (days[0], days[-1]))
    margin = timedelta(hours=6 + 1.2 * (last - first).days)
    middle = time(0)
    span = [datetime.combine(first, middle) - margin, datetime.combine(last, middle) + margin / 4]
    ticks = days[:: -(-len(days) // 6)]
    figure.update_xaxes(type="date", tickformat="%d %b", tickvals=ticks, range=span)
    figure.update_yaxes(rangemode="tozero", nticks=5)
    return figure


def _sum(rows: Iterable[DailyReviews], author: str) -> int:
    return sum(row.tiles for row in rows if row.author == author)


def _short(name: str, limit: int = 14) -> str:
    return name if len(name) <= limit else name[: limit - 1] + "…"


@_kept
def class_balance(rows: Sequence[ClassBalance]) -> go.Figure:
    """Draw the tiles per class in the color of the class: reviewed tiles solid, the others behind them pale."""
    figure = blank("tiles: reviewed solid, not reviewed pale", "")
    names = [_short(row.name, 20) for row in rows]
    parts = (
        ("reviewed", [row.reviewed_tiles for row in rows], 1.0, None),
        ("not reviewed", [row.tiles - row.reviewed_tiles for row in rows], 0.35, _balance_texts(rows)),
    )
    for name, tiles, opacity, texts in parts:
        figure.add_bar(
            y=names,
            x=tiles,
            name=name,
            orientation="h",
            marker={"color": [row.color for row in rows], "opacity": opacity, "line": {"width": 0}},
            text=texts,
            textposition="outside" if texts else "none",
            cliponaxis=False,
            hovertemplate=f"%{{y}}: %{{x}} tiles {name}<extra></extra>",
        )
    figure.update_layout(barmode="stack", showlegend=False)
    longest = max([row.tiles for row in rows], default=0)
    figure.update_xaxes(showgrid=True, range=[0, max(longest, 1) * 1.25], nticks=5)
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return figure


def _balance_texts(rows: Sequence[ClassBalance]) -> list[str]:
    """Return reviewed and all tiles of each class, such as "3 of 4"; a single number if they are the same."""
    return [
        formatting.number(row.tiles)
        if row.reviewed_tiles == row.tiles
        else f"{formatting.number(row.reviewed_tiles)} of {formatting.number(row.tiles)}"
        for row in rows
    ]


@_kept
def quality(rows: Sequence[VersionQuality]) -> go.Figure:
    """Draw the binary IoU of model versions, oldest first, with 95 % intervals over scenes or why there are none."""
    few = any(row.few_scenes for row in rows)
    why = f" (no 95 % interval: fewer than {MIN_SCENES} with seep)" if few else ""
    figure = blank(f"version, on the same scenes{why}", "binary IoU", right_px=24)
    up = [0 if row.high is None else row.high - row.iou for row in rows]
    down = [0 if row.low is None else row.iou - row.low for row in rows]
    figure.add_scatter(
        x=[_short(row.name, 18) for row in rows],
        y=[row.iou for row in rows],
        mode="markers+text",
        marker={
            "size": 10,
            "color": [ACCENT if row.active else GRAY for row in rows],
            "symbol": ["circle" if row.active else "circle-open" for row in rows],
        },
        error_y={"type": "data", "array": up, "arrayminus": down, "color": GRAY, "thickness": 1, "width": 4},
        text=[f"  {formatting.figure(row.iou)}{' active' if row.active else ''}" for row in rows],
        textposition="middle right",
        cliponaxis=False,
        hovertemplate="%{x}: IoU %{y:.3f}<extra></extra>",
    )
    top = max([row.high or row.iou for row in rows], default=1.0)
    figure.update_yaxes(range=[0, min(1.0, top * 1.25 + 0.05)], nticks=6)
    figure.update_xaxes(type="category", range=[-0.5, max(len(rows) - 0.3, 0.7)])
    return figure


def curve(
    series: Mapping[str, Sequence[tuple[float, float]]],
    x_title: str,
    y_title: str,
    x_end: float | None = None,
    levels: Mapping[str, tuple[str, float]] | None = None,
) -> go.Figure:
    """Draw curves labeled with their names and last values, on axes that stay fixed while the curves grow.

    Args:
        series: name -> points (x, y), x ascending, y 0 or more; an empty series draws nothing.
        x_title: title of the x axis.
        y_title: title of the y axis, with the unit.
        x_end: end of the x axis; None if unknown.
        levels: name of a series -> name and y of a reference, drawn as a dashed line in its color.
    """
    drawn = {name: points for name, points in series.items() if points}
    levels = levels or {}
    one_line = len(series) + len(levels) > 2
    # Beside its curve the glyph tells a reference apart; without one, its name does.
    titles = {name: title if name in drawn else f"{title}, {name}" for name, (title, _) in levels.items()}
    longest = max(map(len, (*series, *titles.values())), default=0)
    figure = blank(x_title, y_title, _CURVE_PX, right_px=16 + 7 * (longest + 6 * one_line))
    heights = [y for points in drawn.values() for _, y in points] + [y for _, y in levels.values()]
    top = max(heights, default=1.0) * 1.05 or 1.0
    colors = {name: SERIES[place % len(SERIES)] for place, name in enumerate(series)}
    dashes = {name: DASHES[place % len(DASHES)] for place, name in enumerate(series)}
    markers = {name: MARKERS[place % len(MARKERS)] for place, name in enumerate(series)}
    for name, points in drawn.items():
        figure.add_scatter(
            x=[point[0] for point in points],
            y=[point[1] for point in points],
            mode="lines+markers",
            line={"color": colors[name], "width": 2, "dash": dashes[name]},
            marker={"size": 6, "symbol": markers[name][0], "maxdisplayed": 30},
            cliponaxis=False,
            hovertemplate="%{x}: %{y:.3f}<extra>" + escaped(name) + "</extra>",
        )
    ends = [(f"{markers[name][1]} {name}", points[-1][1], colors[name]) for name, points in drawn.items()]
    for name, (_, y) in levels.items():
        line = {"color": colors[name], "width": 1, "dash": "dash"}
        figure.add_shape({"x0": 0, "x1": 1, "xref": "paper", "y0": y, "y1": y}, type="line", line=line)
        ends.append((f"┄{markers[name][1]} {titles[name]}", y, colors[name]))
    high = _CURVE_PX - 56  # without the axis and its title
    lifts = label_lifts([y / top for _, y, _ in ends], high, 1 if one_line else 2)
    figure.layout.annotations = [
        _end_label(*end, lift, " " if one_line else "<br>") for end, lift in zip(ends, lifts, strict=True)
    ]
    figure.layout.xaxis.update({"rangemode": "tozero", "nticks": 6, "range": [0, x_end] if x_end else None})
    figure.layout.yaxis.update({"nticks": 5, "range": [0, top]})
    return figure


def _end_label(name: str, value: float, color: str, lift: float, joint: str) -> dict[str, Any]:
    mark, title = name.split(" ", 1)
    return {
        "x": 1,
        "xref": "paper",
        "xanchor": "left",
        "xshift": 4,
        "y": value,
        "yshift": lift,
        "text": f'<span style="color:{color}">{mark}</span> {escaped(title)}{joint}{value:.3f}',
        "align": "left",
        "showarrow": False,
        "font": {"size": 12},
    }


def label_lifts(heights: Sequence[float], high_px: float, lines: int = 1) -> list[float]:
    """Return the upward shift of each label in px, so that labels neither overlap nor leave the plot.

    Args:
        heights: positions of the labels, 0 at the bottom of the plot and 1 at the top.
        lines: lines of text per label.
    """
    line_px = lines * _LINE_PX
    wanted = [height * high_px for height in heights]
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    placed = dict(enumerate(wanted))
    for below, above in pairwise(order):
        placed[above] = max(wanted[above], placed[below] + line_px)
    limit = high_px + _MARGIN_PX - line_px / 2  # a label is centered on its place
    for at in reversed(order):
        placed[at] = min(placed[at], limit)
        limit = placed[at] - line_px
    return [placed[at] - wanted[at] for at in range(len(wanted))]


def versus(rows: Sequence[Row], old: str, new: str) -> go.Figure:
    """Draw the IoU per class of two models as a pair of dots, one line per class.

    Args:
        rows: {"name", "old", "new", optionally "note" as a label at 0}; values 0 to 1, None without support.
        old: name of the first model (open dots).
        new: name of the second model (filled dots).
    """
    figure = blank(
        f"IoU by class: ○ {escaped(old)}, ● {escaped(new)}",
        "",
        height_px=40 + 24 * max(len(rows), 3),
        right_px=24,
    )
    for row in rows:
        if row["old"] is not None and row["new"] is not None:
            line = {"color": GRAY, "width": 2}
            pair = [row["old"], row["new"]]
            figure.add_scatter(x=pair, y=[row["name"]] * 2, mode="lines", line=line, hoverinfo="skip")
    for name, field, symbol, color in ((old, "old", "circle-open", GRAY), (new, "new", "circle", ACCENT)):
        figure.add_scatter(
            x=[row[field] for row in rows],
            y=[row["name"] for row in rows],
            mode="markers",
            marker={"size": 10, "symbol": symbol, "color": color, "line": {"width": 2, "color": color}},
            hovertemplate=escaped(name) + ", %{y}: %{x:.3f}<extra></extra>",
            cliponaxis=False,
        )
    for row in rows:
        if row.get("note"):
            _label(figure, 0, row["name"], row["note"])
    names = [row["name"] for row in rows]  # otherwise classes with one dot come last
    order = {"categoryorder": "array", "categoryarray": names}
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False, **order)
    figure.update_xaxes(showgrid=True, rangemode="tozero")
    return figure
