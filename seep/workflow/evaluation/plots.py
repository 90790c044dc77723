"""Plots of an evaluation, as plotly figures: the Models page and the HTML report draw the same ones.

Backgrounds are transparent and text has the template's color, so that figures fit a light and a dark theme.
"""

from collections.abc import Sequence

import plotly.graph_objects as go

from seep.core.masks.classes import SeepClass, has_background
from seep.core.metrics.model_metrics import Calibration, Curves, Matrix, Metrics, SlickCounts

ACCENT, GRAY = "#2f8fb5", "#8a8f98"
_BAND = "rgba(47, 143, 181, 0.16)"
_HEIGHT_PX = 300
_MAX_NAME = 20
_STRONG = 60
"""Percent from which a cell of the confusion matrix is so dark that its text is white."""


def evaluation_plots(metrics: Metrics, classes: Sequence[SeepClass]) -> list[tuple[str, go.Figure]]:
    """Return all plots that the metrics have data for, each with its title.

    Args:
        metrics: of one set of scenes.
        classes: in the order of their ids, background first.
    """
    plots = []
    if metrics.matrix:
        plots.append(("Confusion matrix", confusion_plot(metrics.matrix, classes)))
    if metrics.curves:
        plots.append(("Precision and recall", precision_recall_plot(metrics.curves, classes)))
    if metrics.per_scene:
        plots.append(("Binary IoU by scene, with the 95 % interval", scenes_plot(metrics)))
    if metrics.curves and metrics.curves.calibration:
        plots.append(("Calibration near seeps", calibration_plot(metrics.curves.calibration)))
    if metrics.slicks:
        plots.append(("Slicks by class", slicks_plot(metrics.slicks, classes)))
    return plots


def confusion_plot(matrix: Matrix, classes: Sequence[SeepClass]) -> go.Figure:
    """Draw the confusion matrix, true classes by row, in percent of the row."""
    known = {seep_class.id: _short(seep_class.name) for seep_class in classes}
    names = [known.get(number, f"Class {number}") for number in range(len(matrix))]
    shares = [[100 * value / max(1, sum(row)) for value in row] for row in matrix]
    figure = _figure("Predicted class", "True class (% of its pixels)", _HEIGHT_PX + 20)
    figure.add_heatmap(
        z=shares,
        x=names,
        y=names,
        zmin=0,
        zmax=100,
        colorscale=[[0, "rgba(47, 143, 181, 0)"], [0.6, "rgba(47, 143, 181, 0.35)"], [1, ACCENT]],
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate="true %{y}, predicted %{x}: %{z:.1f} %<extra></extra>",
    )
    # Traces take the theme's text color except on the strongest cells. The heat map's own text would be black or
    # white as if the transparent cells stood on white, and annotations take ten times as long.
    cells = [
        (names[column], names[row], value)
        for row, values in enumerate(shares)
        for column, value in enumerate(values)
    ]
    for written, font in (
        ([cell for cell in cells if 0.5 <= cell[2] <= _STRONG], {"size": 12}),
        ([cell for cell in cells if cell[2] > _STRONG], {"size": 12, "color": "#ffffff"}),
    ):
        figure.add_scatter(
            x=[x for x, _, _ in written],
            y=[y for _, y, _ in written],
            text=[f"{value:.0f}" for _, _, value in written],
            mode="text",
            textfont=font,
            hoverinfo="skip",
        )
    ends = [-0.5, len(names) - 0.5]  # the written shares would add a margin
    figure.update_yaxes(range=ends[::-1], type="category", showgrid=False)
    figure.update_xaxes(range=ends, type="category")
    return figure


def precision_recall_plot(curves: Curves, classes: Sequence[SeepClass]) -> go.Figure:
    """Draw precision over recall at every threshold: any seep thick, each class with a true pixel thin.

    Where no class is background, there is no curve of any seep.
    """
    figure = _figure("Recall", "Precision", _HEIGHT_PX, right_px=150)
    series = [("Any seep", ACCENT, 3.0, curves.any_seep)] if has_background(classes) else []
    series += [
        (seep_class.name, seep_class.color, 1.5, curve)
        for seep_class, curve in zip(classes[1:], curves.per_class, strict=False)
    ]
    for name, color, width, curve in series:
        if curve is None:
            continue
        figure.add_scatter(
            x=curve.recall,
            y=curve.precision,
            mode="lines",
            line={"color": color, "width": width},
            name=f"{_short(name)} {curve.average_precision:.2f}",
            hovertemplate="recall %{x:.2f}, precision %{y:.2f}<extra>" + _escape(name) + "</extra>",
        )
    # A legend instead of labels at the line ends: the curves of rare classes all end in one corner.
    legend = {"x": 1.02, "y": 1, "title": {"text": "Average precision"}, "font": {"size": 12}}
    figure.update_layout(showlegend=True, legend=legend)
    figure.update_xaxes(range=[0, 1], nticks=6)
    figure.update_yaxes(range=[0, 1.02], nticks=6)
    return figure


def calibration_plot(calibration: Calibration) -> go.Figure:
    """Draw the observed share of seep pixels over the predicted probability; the diagonal is perfect."""
    figure = _figure(
        f"Predicted probability within {calibration.near_px} px of seep", "Observed share of seep", _HEIGHT_PX
    )
    diagonal = {"color": GRAY, "dash": "dot", "width": 1}
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=diagonal, hoverinfo="skip")
    figure.add_scatter(
        x=calibration.predicted,
        y=calibration.observed,
        mode="lines+markers",
        line={"color": ACCENT, "width": 2},
        marker={"size": 7},
        customdata=calibration.pixels,
        hovertemplate="predicted %{x:.2f}, observed %{y:.2f}, %{customdata} px<extra></extra>",
    )
    if calibration.error is not None:
        text = f"Expected calibration error {calibration.error:.3f}"
        figure.add_annotation(x=0.02, y=0.98, text=text, showarrow=False, xanchor="left", font={"size": 12})
    figure.update_xaxes(range=[0, 1], nticks=6)
    figure.update_yaxes(range=[0, 1.02], nticks=6)
    return figure


def scenes_plot(metrics: Metrics) -> go.Figure:
    """Draw the binary IoU of each scene, and the pooled IoU with its interval over scenes."""
    rows = sorted(
        (scene.binary_iou, f"{_short(name)} ({scene.tiles})")
        for name, scene in metrics.per_scene.items()
        if scene.binary_iou is not None
    )
    figure = _figure("Binary IoU", "", max(160, 22 * len(rows) + 70), right_px=24)
    interval, pooled = metrics.binary_iou_interval, metrics.binary_iou
    if interval:
        figure.add_vrect(x0=interval.low, x1=interval.high, fillcolor=_BAND, line_width=0, layer="below")
    if pooled is not None:
        figure.add_vline(x=pooled, line={"color": ACCENT, "width": 1})
        figure.add_annotation(
            x=pooled, y=1, yref="paper", yanchor="bottom", text=f"all {pooled:.3f}", showarrow=False
        )
        figure.update_layout(margin={"t": 24})
    figure.add_scatter(
        x=[iou for iou, _ in rows],
        y=[name for _, name in rows],
        mode="markers+text",
        marker={"color": ACCENT, "size": 9},
        text=[f"  {iou:.2f}" for iou, _ in rows],
        textposition="middle right",
        cliponaxis=False,
        hovertemplate="%{y} tiles: %{x:.3f}<extra></extra>",
    )
    highest = max([iou for iou, _ in rows] + [interval.high if interval else 0.0], default=1.0)
    figure.update_xaxes(range=[0, min(1.0, highest * 1.15 + 0.03)], nticks=6, showgrid=True)
    figure.update_yaxes(type="category", showgrid=False)
    return figure


def slicks_plot(slicks: SlickCounts, classes: Sequence[SeepClass]) -> go.Figure:
    """Draw the number of slicks of each class in the masks and in the predictions."""
    names = [_short(seep_class.name) for seep_class in classes[1 : len(slicks.true) + 1]]
    figure = _figure("", "Slicks (gray: true, blue: predicted)", _HEIGHT_PX)
    for name, counts, color in (("true", slicks.true, GRAY), ("predicted", slicks.predicted, ACCENT)):
        figure.add_bar(
            x=names,
            y=counts,
            name=name,
            marker={"color": color, "line": {"width": 0}},
            text=counts,
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{x}: %{y} " + name + "<extra></extra>",
        )
    figure.update_layout(barmode="group", bargap=0.25, margin={"t": 20})
    figure.update_xaxes(type="category")
    return figure


def _figure(x_title: str, y_title: str, height_px: int, right_px: int = 12) -> go.Figure:
    axis = {"automargin": True, "zeroline": False, "ticks": "", "fixedrange": True}
    title = {"font": {"size": 12}, "standoff": 8}
    # One call: `update_layout` and `update_xaxes` take 35 ms.
    return go.Figure(
        layout={
            "height": height_px,
            "margin": {"l": 8, "r": right_px, "t": 8, "b": 8},
            "showlegend": False,
            "hovermode": "closest",
            "font": {"size": 12},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "dragmode": False,
            "xaxis": {"title": {"text": x_title, **title}, "showgrid": False, **axis},
            "yaxis": {"title": {"text": y_title, **title}, **axis},
        }
    )


def _short(name: str) -> str:
    return _escape(name if len(name) <= _MAX_NAME else name[: _MAX_NAME - 1] + "…")


def _escape(name: str) -> str:
    """Return text that plotly shows literally."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
