"""The training curves of a run, its epoch previews, and its log."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from seep.core.records import EventRecord
from seep.ui import formatting, plots
from seep.ui.components.epoch_previews.mount import epoch_previews
from seep.ui.session import base_url, current_workspace
from seep.workflow.classes import get_classes
from seep.workflow.jobs import ACTIVE, JobView

NO_VALIDATION = (
    "No validation tiles: best epoch, IoU curve and epoch previews are unavailable. Review tiles in a "
    "validation scene first."
)
NETWORK_IOU = (
    "Network IoU selects the epoch: it measures the network alone, at its best threshold, without the slick head and "
    "without wide slicks that training ignores. The verdict measures complete predictions, so its IoU differs."
)
IOU_METRICS = {"binary": "binary_iou", "classes": "mean_iou", "hold-out": "holdout_iou"}
Points = Sequence[tuple[float, float]]


def curves(view: JobView) -> None:
    """Draw loss and IoU by step."""
    if trains_slick_head(view):
        st.caption(
            "A slick head has no curves. The log counts the slicks and look-alikes that it was trained on."
        )
        return
    metrics = view.metrics
    if not metrics and view.job.state not in ACTIVE:
        st.caption("No curves: the run ended before its first step.")
        return
    end = next((event.data["steps"] for event in view.events if event.data.get("steps")), None)
    loss = {
        "batch": _thinned(metrics.get("loss", ())),
        "validation": metrics.get("validation_loss", ()),
    }
    shown = {name: metric for name, metric in IOU_METRICS.items() if name != "hold-out" or metric in metrics}
    iou = {name: metrics.get(metric, ()) for name, metric in shown.items()}
    base = {
        name: ("base", metrics[f"base_{metric}"][-1][1])
        for name, metric in shown.items()
        if metrics.get(f"base_{metric}")
    }
    left, right = st.columns(2, gap="small")
    with left:
        figure = plots.curve(loss, "step", "loss", end)
        plots.show(figure, "curve-loss", "Loss of training batches and validation by step")
    with right:
        if _has_no_validation(view):
            st.caption(NO_VALIDATION)
            return
        figure = plots.curve(iou, "step", "network IoU", end, base)
        plots.show(
            figure, "curve-iou", "Network IoU on validation and hold-out tiles by step, and of the base"
        )
    st.caption(NETWORK_IOU)


def show_previews(view: JobView) -> None:
    """Draw held-out tiles whose prediction changes; a click opens one on the Review page."""
    if (
        trains_slick_head(view)
        or _has_no_validation(view)
        or (not view.previews and view.job.state not in ACTIVE)
    ):
        return
    opened = epoch_previews(
        epochs=[asdict(preview) for preview in view.previews],
        classes=get_classes(current_workspace()),
        base_url=base_url(),
        key=f"strip-{view.run.id if view.run else 0}",
    )
    if opened:
        st.switch_page("pages/review.py", query_params={"tile": str(opened)})


def trains_slick_head(view: JobView) -> bool:
    """Return whether a run trains only the slick head, which has no curves and no epochs."""
    return bool(view.job.params.get("slick_head"))


def _has_no_validation(view: JobView) -> bool:
    """Return whether a run has neither validation nor hold-out tiles."""
    if view.run is None:
        return False
    config = view.run.config
    return not config.get("validation_revision_ids", True) and not config.get("holdout_revision_ids")


def log(events: Sequence[EventRecord]) -> None:
    """Draw the log of a run, newest line first, collapsed."""
    lines = [f"{event.created_at[11:19]}  {line(event.data)}" for event in reversed(events)]
    title = f"Log ({formatting.count(len(lines), 'line')}, times in UTC)"
    # The container scrolls, not the code: it holds the copy button, so the keyboard reaches it.
    with st.expander(title, key="run-log"), st.container(height=160, border=False):
        st.code("\n".join(lines) or "No entries", language=None, wrap_lines=True)


def line(data: Mapping[str, Any]) -> str:
    """Return an event of a run as a line of its log."""
    if data.get("kind") == "epoch":
        return f"Epoch {data.get('epoch')}: loss {formatting.figure(data.get('train_loss'), 4)}, {_iou(data)}"
    if data.get("kind") == "base":
        return f"Base, before the first step: {_iou(data)}"
    if data.get("kind") == "alpha":
        scores = ", ".join(
            f"{share}: {formatting.figure(score, 3)}" for share, score in data["scores"].items()
        )
        return f"Weight averaging: share of new weights {data['chosen']:g}; score by share {scores}"
    if "text" in data:
        return str(data["text"])
    return ", ".join(f"{name} {value}" for name, value in data.items())


def _iou(data: Mapping[str, Any]) -> str:
    text = f"network IoU {formatting.figure(data.get('binary_iou'), 3)}"
    holdout = data.get("holdout_iou")
    return text if holdout is None else f"{text}, hold-out {formatting.figure(holdout, 3)}"


def _thinned(values: Points, limit: int = 200) -> Points:
    """Return at most `limit` points, each the mean of its neighbors."""
    every = max(1, -(-len(values) // limit))
    groups = [values[at : at + every] for at in range(0, len(values), every)]
    return [(group[-1][0], sum(value for _, value in group) / len(group)) for group in groups]
