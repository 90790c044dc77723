"""The HTML report of an evaluation: metrics, plots and worst tiles in one file that fetches nothing."""

from collections.abc import Sequence

import plotly.graph_objects as go
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from seep.core.masks.classes import SeepClass, default_classes
from seep.core.metrics.model_metrics import Metrics
from seep.core.text import counted
from seep.io.reports.html import render_html
from seep.workflow.evaluation.accumulator import WorstPicture
from seep.workflow.evaluation.plots import evaluation_plots
from seep.workflow.evaluation.tables import metric_rows

INK = "#1a1a1e"


def render_report(
    title: str,
    metrics: Metrics,
    worst: Sequence[WorstPicture],
    without_mask: int = 0,
    classes: Sequence[SeepClass] = (),
) -> str:
    """Render the report of an evaluation.

    Args:
        title: what was evaluated on what.
        worst: tiles with the lowest binary IoU, lowest first.
        without_mask: number of images that were skipped because they have no mask.
        classes: in the order of their ids; default names and colors where there are none.

    Returns:
        A complete HTML document; all names in it are escaped.
    """
    if len(classes) < len(metrics.matrix):
        classes = default_classes(max(2, len(metrics.matrix)))
    return render_html(
        "evaluation_report.html",
        title=title,
        basis=f"{counted(metrics.tiles or 0, 'tile')} of {counted(metrics.scenes or 0, 'scene')}",
        skipped=f"{counted(without_mask, 'image')} without a mask skipped" if without_mask else "",
        rows=metric_rows(metrics, classes),
        plots=[(name, _div(figure)) for name, figure in evaluation_plots(metrics, classes)],
        worst=worst,
        plotly=Markup(get_plotlyjs()),  # noqa: S704 - the library itself
    )


def _div(figure: go.Figure) -> Markup:
    figure.update_layout(template="plotly_white", font={"color": INK})
    config = {"displayModeBar": False, "responsive": True}
    html = figure.to_html(full_html=False, include_plotlyjs=False, config=config)
    return Markup(html)  # noqa: S704 - plotly escapes its values; `plots` escapes names
