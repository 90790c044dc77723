"""Plots of an evaluation: confusion, precision over recall, calibration, scenes, slicks by class."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from seep.core.masks.classes import SeepClass
from seep.ui import formatting
from seep.ui.plots import blank, escaped
from seep.ui.theme import ACCENT, GRAY

Report = Mapping[str, Any]
_HEIGHT_PX = 300
_BAND = "rgba(47, 143, 181, 0.16)"


def confusion(matrix: Sequence[Sequence[int]], classes: Sequence[SeepClass]) -> go.Figure:
    """Draw each true class by what its pixels were predicted as, in percent of its pixels."""
    known = {one.id: formatting.shortened(one.name, 16) for one in classes}
    names = [known.get(number, f"class {number}") for number in range(len(matrix))]
    shares = [[100 * value / max(1, sum(row)) for value in row] for row in matrix]
    figure = blank("predicted", "true, % of its pixels", _HEIGHT_PX + 20)
    figure.add_heatmap(
        z=shares,
        x=[escaped(name) for name in names],
        y=[escaped(name) for name in names],
        zmin=0,
        zmax=100,
        colorscale=[[0, "rgba(47, 143, 181, 0)"], [0.6, "rgba(47, 143, 181, 0.35)"], [1, ACCENT]],
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate="true %{y}, predicted %{x}: %{z:.1f} %<extra></extra>",
    )
    # Annotations, whose color is the theme's but on the strongest cells: the heat map's own text chooses
    # black or white as if the transparent cells stood on white.
    for row, values in enumerate(shares):
        for column, value in enumerate(values):
            if value >= 0.5:
                font = {"size": 12} | ({"color": "#ffffff"} if value > 60 else {})
                figure.add_annotation(x=column, y=row, text=f"{value:.0f}", showarrow=False, font=font)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    figure.update_xaxes(type="category")
    return figure


def precision_recall(curves: Report, classes: Sequence[SeepClass]) -> go.Figure:
    """Draw precision over recall at every threshold: any seep strong, each class with a true pixel thin."""
    figure = blank("recall", "precision", _HEIGHT_PX, right_px=150)
    named: list[tuple[str, str, float, Any]] = [("Any seep", ACCENT, 3.0, curves["any_seep"])]
    named += [
        (one.name, one.color, 1.5, curve)
        for one, curve in zip(classes[1:], curves["per_class"], strict=False)
    ]
    for name, color, width, curve in named:
        if curve is None:
            continue
        figure.add_scatter(
            x=curve["recall"],
            y=curve["precision"],
            mode="lines",
            line={"color": color, "width": width},
            name=f"{escaped(formatting.shortened(name, 16))} {curve['average_precision']:.2f}",
            hovertemplate="recall %{x:.2f}, precision %{y:.2f}<extra>" + escaped(name) + "</extra>",
        )
    # A legend and no labels at the ends: the curves of rare classes all end in one corner.
    legend = {"x": 1.02, "y": 1, "title": {"text": "average precision"}, "font": {"size": 12}}
    figure.update_layout(showlegend=True, legend=legend)
    figure.update_xaxes(range=[0, 1], nticks=6)
    figure.update_yaxes(range=[0, 1.02], nticks=6)
    return figure


def calibration(found: Report) -> go.Figure:
    """Draw how often it is seep where the network says so with a probability, near seeps only."""
    figure = blank(
        f"seep probability, within {found['near_px']} px of seep", "share that is seep", _HEIGHT_PX
    )
    even = {"color": GRAY, "dash": "dot", "width": 1}
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=even, hoverinfo="skip")
    figure.add_scatter(
        x=found["predicted"],
        y=found["observed"],
        mode="lines+markers",
        line={"color": ACCENT, "width": 2},
        marker={"size": 7},
        customdata=found["pixels"],
        hovertemplate="said %{x:.2f}, seen %{y:.2f}, %{customdata} px<extra></extra>",
    )
    if found["error"] is not None:
        text = f"mean gap {found['error']:.3f}"
        figure.add_annotation(x=0.02, y=0.98, text=text, showarrow=False, xanchor="left", font={"size": 12})
    figure.update_xaxes(range=[0, 1], nticks=6)
    figure.update_yaxes(range=[0, 1.02], nticks=6)
    return figure


def by_scene(report: Report) -> go.Figure:
    """Draw the binary IoU of each scene, and that of all with its interval over scenes."""
    rows = [(name, one["figures"]["binary_iou"], one["tiles"]) for name, one in report["per_scene"].items()]
    rows = sorted((row for row in rows if row[1] is not None), key=lambda row: row[1])
    figure = blank("binary IoU", "", max(160, 22 * len(rows) + 70), right_px=24)
    interval, whole = report["intervals"]["binary_iou"], report["figures"]["binary_iou"]
    if interval:
        figure.add_vrect(x0=interval[0], x1=interval[1], fillcolor=_BAND, line_width=0, layer="below")
    if whole is not None:
        figure.add_vline(x=whole, line={"color": ACCENT, "width": 1})
        figure.add_annotation(
            x=whole, y=1, yref="paper", yanchor="bottom", text=f"all {whole:.3f}", showarrow=False
        )
        figure.update_layout(margin={"t": 24})
    figure.add_scatter(
        x=[row[1] for row in rows],
        y=[f"{escaped(formatting.shortened(name, 20))} ({tiles})" for name, _, tiles in rows],
        mode="markers+text",
        marker={"color": ACCENT, "size": 9},
        text=[f"  {row[1]:.2f}" for row in rows],
        textposition="middle right",
        cliponaxis=False,
        hovertemplate="%{y} tiles: %{x:.3f}<extra></extra>",
    )
    highest = max([row[1] for row in rows] + [interval[1] if interval else 0.0], default=1.0)
    figure.update_xaxes(range=[0, min(1.0, highest * 1.15 + 0.03)], nticks=6, showgrid=True)
    figure.update_yaxes(type="category", showgrid=False)
    return figure


def slick_counts(slicks: Report, classes: Sequence[SeepClass]) -> go.Figure:
    """Draw how many slicks of each class the truth has, and how many were found."""
    names = [escaped(formatting.shortened(one.name, 16)) for one in classes[1 : len(slicks["true"]) + 1]]
    figure = blank("", "slicks: gray true, blue predicted", _HEIGHT_PX)
    for name, field, color in (("true", "true", GRAY), ("predicted", "found", ACCENT)):
        figure.add_bar(
            x=names,
            y=slicks[field],
            marker={"color": color, "line": {"width": 0}},
            text=slicks[field],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{x}: %{y} " + name + "<extra></extra>",
        )
    figure.update_layout(barmode="group", bargap=0.25, margin={"t": 20})
    figure.update_xaxes(type="category")
    return figure
