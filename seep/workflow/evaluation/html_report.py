"""The report of an evaluation as one HTML file: figures, plots, worst tiles; nothing is fetched."""

from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from seep.core.text import counted

INK, FAINT = "#1f2328", "#8a9199"
ACCENT = "#0072b2"
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#8a6d3b")
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; margin: 2rem auto; max-width: 72rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid #d8dde2 }
th:first-child, td:first-child { text-align: left }
.plots, .worst { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.5rem }
section { min-width: 0; overflow: hidden } figure { margin: 0 }
figure img { width: 32%; margin-right: 1%; image-rendering: pixelated }
figcaption, .note { color: #57606a; font-size: .85rem }
"""


def scorecard(report: dict[str, Any], worst: Sequence[dict[str, Any]]) -> str:
    """Write the report of an evaluation.

    Args:
        report: what `evaluate_folder` returns.
        worst: tiles of `Tally.worst`.

    Returns:
        A whole HTML document; every name in it is escaped.
    """
    title = f"{report['checkpoint']} on {report['images']}"
    plots = [
        ("Confusion, share of each true class", confusion_plot(report["matrix"])),
        ("Precision and recall", curves_plot(report["curves"])),
        ("Calibration near seeps", calibration_plot(report["curves"]["calibration"])),
        ("Binary IoU by scene", scenes_plot(report)),
        ("Slicks by class", slicks_plot(report["slicks"])),
    ]
    drawn = "".join(f"<section><h2>{name}</h2>{_html(plot)}</section>" for name, plot in plots)
    pictures = "".join(_worst(one) for one in worst)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><script>{get_plotlyjs()}</script></head><body>"
        f"<h1>{escape(title)}</h1>{_basis(report)}{_figures(report)}"
        f'<div class="plots">{drawn}</div><h2>Worst tiles</h2>'
        '<p class="note">Lowest binary IoU first: as taken, with the truth, with the prediction.</p>'
        f'<div class="worst">{pictures}</div></body></html>\n'
    )


def confusion_plot(matrix: Sequence[Sequence[int]]) -> go.Figure:
    """Draw each true class (rows) by what was predicted for its pixels, in percent of the row."""
    names = ["none", *(f"class {number}" for number in range(1, len(matrix)))]
    shares = [[100 * value / max(1, sum(row)) for value in row] for row in matrix]
    text = [[f"{value:.0f}" if value >= 0.5 else "" for value in row] for row in shares]
    heat = go.Heatmap(
        z=shares, x=names, y=names, text=text, texttemplate="%{text}", zmin=0, zmax=100, colorscale="Blues",
        showscale=False, hovertemplate="true %{y}, predicted %{x}: %{z:.1f} %<extra></extra>",
    )  # fmt: skip
    figure = _plot("predicted", "true, % of its pixels")
    figure.add_trace(heat)
    figure.update_yaxes(autorange="reversed")
    return figure


def curves_plot(curves: dict[str, Any]) -> go.Figure:
    """Draw precision over recall of any seep, strong, and of each class that has a true pixel."""
    figure = _plot("recall", "precision")
    named = [("any seep", curves["any_seep"])]
    named += [(f"class {number}", one) for number, one in enumerate(curves["per_class"], 1)]
    for place, (name, curve) in enumerate(named):
        if curve is None:
            continue
        label = f"{name}, AP {curve['average_precision']:.2f}"
        line = {"color": SERIES[place % len(SERIES)], "width": 3 if place == 0 else 1.5}
        figure.add_trace(go.Scatter(x=curve["recall"], y=curve["precision"], name=label, line=line))
    figure.update_layout(showlegend=True, legend={"x": 1.02, "y": 1})
    figure.update_xaxes(range=[0, 1])
    figure.update_yaxes(range=[0, 1])
    return figure


def calibration_plot(found: dict[str, Any]) -> go.Figure:
    """Draw how often it is seep where the network says so with a probability, near seeps only."""
    figure = _plot(f"seep probability, within {found['near_px']} px of seep", "share that is seep")
    even = {"color": FAINT, "dash": "dot"}
    figure.add_trace(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=even, hoverinfo="skip"))
    points = go.Scatter(
        x=found["predicted"], y=found["observed"], mode="lines+markers", line={"color": ACCENT}
    )
    figure.add_trace(points)
    if found["error"] is not None:
        figure.add_annotation(
            x=0.02, y=0.98, text=f"mean gap {found['error']:.3f}", showarrow=False, xanchor="left"
        )
    return figure


def scenes_plot(report: dict[str, Any]) -> go.Figure:
    """Draw the binary IoU of each scene, and of all with its interval over scenes."""
    rows = [(name, one["figures"]["binary_iou"], one["tiles"]) for name, one in report["per_scene"].items()]
    rows = sorted(
        ((name, iou, tiles) for name, iou, tiles in rows if iou is not None), key=lambda row: row[1]
    )
    figure = _plot("binary IoU", "")
    names = [f"{escape(name)} ({tiles})" for name, _, tiles in rows]
    dots = go.Scatter(
        x=[row[1] for row in rows], y=names, mode="markers", marker={"color": ACCENT, "size": 9}
    )
    figure.add_trace(dots)
    interval, whole = report["intervals"]["binary_iou"], report["figures"]["binary_iou"]
    if interval:
        figure.add_vrect(x0=interval[0], x1=interval[1], fillcolor=ACCENT, opacity=0.12, line_width=0)
    if whole is not None:
        figure.add_vline(x=whole, line={"color": ACCENT, "width": 1})
    figure.update_yaxes(type="category")
    figure.update_layout(height=max(360, 24 * len(rows) + 90))
    return figure


def slicks_plot(slicks: dict[str, list[int]]) -> go.Figure:
    """Draw how many slicks there are by class, in the truth and in the predictions."""
    figure = _plot("", "slicks")
    names = [f"class {number}" for number in range(1, len(slicks["true"]) + 1)]
    for word, color in (("true", FAINT), ("found", ACCENT)):
        figure.add_trace(go.Bar(x=names, y=slicks[word], name=word, marker={"color": color}))
    figure.update_layout(showlegend=True, barmode="group", legend={"x": 0.85, "y": 1})
    return figure


def _plot(x_title: str, y_title: str) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        template="plotly_white", height=360, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False,
        font={"family": "system-ui, sans-serif", "size": 13, "color": INK},
    )  # fmt: skip
    figure.update_xaxes(title=x_title, automargin=True)
    figure.update_yaxes(title=y_title, automargin=True)
    return figure


def _html(figure: go.Figure) -> str:
    shown = {"displayModeBar": False, "responsive": True}
    return str(figure.to_html(full_html=False, include_plotlyjs=False, config=shown))


def _basis(report: dict[str, Any]) -> str:
    left_out = report["without_mask"]
    more = f"; {counted(left_out, 'image')} without a mask left out" if left_out else ""
    basis = f"{counted(report['tiles'], 'tile')} of {counted(report['scenes'], 'scene')}"
    return f'<p class="note">{basis}{more}.</p>'


def _figures(report: dict[str, Any]) -> str:
    found, interval = report["figures"], report["intervals"]["binary_iou"]
    around = f" ({interval[0]:.3f} to {interval[1]:.3f} over scenes)" if interval else ""
    instances = found["instances"]
    rows = [
        ("Binary IoU", _number(found["binary_iou"]) + around),
        ("Dice, precision, recall", _numbers(found["binary_dice"], found["precision"], found["recall"])),
        (
            f"F1 within {found['tolerance']['radius_px']} px, clDice",
            _numbers(found["tolerance"]["f1"], found["cldice"]),
        ),
        ("Mean IoU of the seep classes, of all", _numbers(found["mean_iou_seep"], found["mean_iou_all"])),
        (
            "AP25, AP50, AP50-95 of any class",
            _numbers(*(instances["any_class"][n] for n in ("ap25", "ap50", "ap50_95"))),
        ),
        (
            "AP25, AP50, AP50-95, mean of classes",
            _numbers(*(instances["mean"][n] for n in ("ap25", "ap50", "ap50_95"))),
        ),
        *(
            (f"IoU of class {number}", _number(iou))
            for number, iou in enumerate(found["iou_per_class"])
            if number
        ),
    ]
    return "<table>" + "".join(f"<tr><td>{name}</td><td>{text}</td></tr>" for name, text in rows) + "</table>"


def _worst(tile: dict[str, Any]) -> str:
    images = "".join(f'<img alt="" src="{one}">' for one in tile["pictures"])
    text = f"{escape(tile['name'])}, IoU {tile['binary_iou']:.2f}"
    return f"<figure>{images}<figcaption>{text}</figcaption></figure>"


def _number(value: float | None) -> str:
    return "no support" if value is None else f"{value:.3f}"


def _numbers(*values: float | None) -> str:
    return ", ".join(map(_number, values))
