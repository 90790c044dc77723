"""The course of a run: its curves, the strip of validation tiles that change, and its log."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from seep.ui import formatting, plots
from seep.ui.components.epoch_previews import strip
from seep.ui.session import base_url, current_workspace
from seep.workflow.classes import get_classes
from seep.workflow.jobs import ACTIVE

UNJUDGED = (
    "No validation scene has a tile with truth, and no tile was held out. Nothing chooses the epoch, and "
    "there is no curve of IoU and no strip of changing tiles: review a validation scene to have them."
)

View = Mapping[str, Any]


def curves(view: View) -> None:
    """Draw loss by step, and IoU on what does not train by step, as far as a job's view knows them."""
    metrics: Mapping[str, list[list[float]]] = view["metrics"]
    if not metrics and view["job"]["state"] not in ACTIVE:
        st.caption("It ended before its first step, so there are no curves.")
        return
    end = next((one["data"]["steps"] for one in view["events"] if one["data"].get("steps")), None)
    loss = {
        "batch": _thinned(metrics.get("loss", [])),
        "validation": _points(metrics.get("validation_loss", [])),
    }
    named = {"binary": "binary_iou", "classes": "mean_iou"}
    if "holdout_iou" in metrics:
        named["hold-out"] = "holdout_iou"
    score = {name: _points(metrics.get(metric, [])) for name, metric in named.items()}
    base = {
        name: ("base", metrics[f"base_{metric}"][-1][1])
        for name, metric in named.items()
        if metrics.get(f"base_{metric}")
    }
    left, right = st.columns(2, gap="small")
    with left:
        figure = plots.curve(loss, "step", "loss", end)
        plots.show(figure, "curve-loss", "Loss by step, of training batches and validation")
    with right:
        if _is_unjudged(view):
            st.caption(UNJUDGED)
            return
        figure = plots.curve(score, "step", "IoU on validation", end, base)
        plots.show(figure, "curve-iou", "IoU on validation scenes and hold-out by step, and that of the base")


def show_strip(view: View) -> None:
    """Draw the tiles beside those that train whose prediction changes; a click opens one on Review."""
    if _is_unjudged(view) or (not view["strip"] and view["job"]["state"] not in ACTIVE):
        return
    run = view["run"]
    key = f"strip-{run['id'] if run else 0}"
    opened = strip(
        epochs=view["strip"], classes=get_classes(current_workspace()), base_url=base_url(), key=key
    )
    if opened:
        st.switch_page("pages/review.py", query_params={"tile": str(opened)})


def _is_unjudged(view: View) -> bool:
    """Say whether a run has neither validation nor hold-out tiles."""
    run = view["run"]
    if run is None:
        return False
    config = run["config"]
    return not config.get("validation_revision_ids", True) and not config.get("holdout_revision_ids")


def log(events: list[dict[str, Any]]) -> None:
    """Draw what the run told, newest first, folded."""
    lines = [f"{one['created_at'][11:19]}  {line(one['data'])}" for one in reversed(events)]
    with st.expander(f"Log, {formatting.count(len(lines), 'line')}, times in UTC", key="run-log"):
        st.code("\n".join(lines) or "nothing yet", language=None, height=160)


def line(data: Mapping[str, Any]) -> str:
    """Return an event of a run as a line of its log."""
    if data.get("kind") == "epoch":
        return (
            f"epoch {data.get('epoch')}: loss {formatting.figure(data.get('train_loss'), 4)}, {_judged(data)}"
        )
    if data.get("kind") == "base":
        return f"base, before the first step: {_judged(data)}"
    if data.get("kind") == "alpha":
        scores = ", ".join(
            f"{share}: {formatting.figure(score, 3)}" for share, score in data["scores"].items()
        )
        return f"share of the new weights {data['chosen']:g}; score by share {scores}"
    if "text" in data:
        return str(data["text"])
    return ", ".join(f"{name} {value}" for name, value in data.items())


def _judged(data: Mapping[str, Any]) -> str:
    """IoU on validation scenes, and on the hold-out where there is one."""
    told = f"validation IoU {formatting.figure(data.get('binary_iou'), 3)}"
    held = data.get("holdout_iou")
    return told if held is None else f"{told}, hold-out IoU {formatting.figure(held, 3)}"


def _points(values: list[list[float]]) -> list[tuple[float, float]]:
    return [(step, value) for step, value in values]


def _thinned(values: list[list[float]], limit: int = 200) -> list[tuple[float, float]]:
    """At most `limit` points, each the mean of its neighbors: a curve to read, not noise to scroll."""
    every = max(1, -(-len(values) // limit))
    groups = [values[at : at + every] for at in range(0, len(values), every)]
    return [(group[-1][0], sum(value for _, value in group) / len(group)) for group in groups]
