"""Model versions as a table, as a card, and as a pair with the difference between the two."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from seep.core.masks.classes import SeepClass, foreground, has_background
from seep.core.metrics.intervals import MIN_SCENES, paired_difference
from seep.core.metrics.model_metrics import Metrics, scene_noun
from seep.ui import formatting, plots
from seep.ui.components.version_tree.layout import TreeRow, tree_layout
from seep.ui.components.version_tree.mount import version_tree
from seep.ui.finetune.verdict import class_rows
from seep.ui.models.evaluation import (
    SCENES,
    basis,
    headline,
    interval_or_reason,
    interval_text,
    metrics_of_two,
)
from seep.ui.query_params import numbers_in
from seep.ui.session import worded
from seep.ui.widgets import class_table, facts, lazy_expander, state_text
from seep.workflow.evaluation.comparable import CARD, HERE, RUN, Measurement, VersionMetrics
from seep.workflow.models.registry import ModelVersion
from seep.workflow.workspace import Workspace

COLUMNS = ("version", "state", "IoU", "95 % interval", "scenes", "trained", "run", "by")
_SOURCES = {
    HERE: "Evaluated in this workspace",
    RUN: "From a run in this workspace",
    CARD: "Evaluated by its author",
}
_STATES = {"active": "active", "kept": "was active", "dropped": "dropped", "candidate": "candidate"}


def version_table(
    models: Sequence[ModelVersion], metrics: Mapping[int, VersionMetrics]
) -> list[ModelVersion]:
    """Draw the versions with their lines of descent; return the selected ones, the older one first.

    The selection is kept in the query parameter `versions`. Ids that are not in the workspace are named.
    """
    by_id = {model.id: model for model in models}
    wanted = list(dict.fromkeys(numbers_in("versions")))
    unknown = [number for number in wanted if number not in by_id]
    if unknown:
        st.warning(
            f"Ignored unknown versions in the URL: {', '.join(map(str, unknown))}.",
            icon=":material/link_off:",
        )
    rows = tree_layout(
        [{"id": model.id, "parent_id": model.parent_id, "active": model.active} for model in models]
    )
    selected = version_tree(
        rows=[_row(row, by_id[row.model["id"]], metrics.get(row.model["id"])) for row in rows],
        columns=COLUMNS,
        selected=[number for number in wanted if number in by_id][-2:],
        key="versions",
    )
    if selected:
        st.query_params["versions"] = ",".join(map(str, selected))
    elif wanted:
        del st.query_params["versions"]
    return sorted((by_id[number] for number in selected), key=lambda one: one.id)


def _row(place: TreeRow, model: ModelVersion, found: VersionMetrics | None) -> dict[str, Any]:
    """Return a row as the component takes it."""
    metrics = found.metrics if found else Metrics()
    state = "active" if model.active else model.state
    return {
        "id": model.id,
        "name": model.name,
        "state": state,
        "lane": place.lane,
        "parent": place.parent,
        "cells": [
            model.name,
            _STATES.get(state, state),
            formatting.figure(metrics.binary_iou),
            interval_or_reason(metrics),
            _scenes(found) if found else "–",
            _day(model),
            str(model.run_id or "–"),
            model.author or "shipped",
        ],
    }


def _scenes(found: VersionMetrics) -> str:
    """Return "3 test scenes", or "3 other test scenes" where the IoU cannot be compared with the active one's."""
    noun = scene_noun(found.split) if found.comparable else f"other {scene_noun(found.split)}"
    scenes = found.metrics.scenes
    return formatting.count(scenes, noun) if scenes else f"{noun}s"


def _created_at(model: ModelVersion) -> str:
    """Return when a version was trained; the workspace knows of a shipped one only when it was installed."""
    return model.created_at if model.author else str(model.card.get("created") or model.created_at)


def _day(model: ModelVersion) -> str:
    return _created_at(model)[:10]


def show_card(model: ModelVersion, found: VersionMetrics | None, classes: Sequence[SeepClass]) -> None:
    """Draw one version: its metrics, those on more scenes first, and its facts in one line.

    Args:
        found: the metrics that stand for it; None without any.
        classes: of the workspace.
    """
    if not model.card:
        st.warning(f"The card of {formatting.plain(model.name)} is damaged, so its metrics are not shown.")
    for measurement in found.measurements if found else ():
        _show_metrics(measurement, classes)
    by = f"by {model.author}" if model.author else "shipped with Seep"
    facts = [
        f"parent {parent}" if (parent := model.parent or model.card.get("parent")) else "",
        f"{model.class_count} classes" if model.class_count else "",
        f"threshold {formatting.figure(model.threshold)}" if model.threshold is not None else "",
        _scales(model),
        f"trained {formatting.moment(_created_at(model))}",
        by,
        formatting.size(model.size_bytes) if model.size_bytes else "",
    ]
    st.caption(formatting.plain(" · ".join(one for one in facts if one)))


def _scales(model: ModelVersion) -> str:
    count, grain = len(model.card.get("scales") or ()), model.card.get("scales_above_grain")
    if count < 2:
        return ""
    return f"{count} scales" + (f" above a grain of {grain:g}" if grain else "")


def show_details(model: ModelVersion) -> None:
    """Draw the text of a card in an expander: data, splits, training, limits."""
    sections = [title for title in ("data", "splits", "training", "limits") if model.card.get(title)]
    if sections:
        title = ", ".join(sections).capitalize()
        lazy_expander(title, partial(_show_sections, model, sections), key=f"card-{model.id}")


def _show_sections(model: ModelVersion, sections: Sequence[str]) -> None:
    for title in sections:
        st.markdown(f"**{title.capitalize()}**")
        _show_section(model.card[title])


def _show_metrics(found: Measurement, classes: Sequence[SeepClass]) -> None:
    metrics, binary = found.metrics, has_background(classes)
    interval = metrics.binary_iou_interval if binary else None
    suffix = f"; 95 % interval of the IoU {interval_text(interval)}" if interval else ""
    if metrics.has_few_scenes and binary:
        suffix = worded(f"; a 95 % interval needs {MIN_SCENES} scenes with seep")
    st.caption(f"{_SOURCES[found.source]}, on {basis(found.split, metrics)}{suffix}")
    with st.container(horizontal=True):
        for name, value in headline(metrics, classes).items():
            st.metric(name, formatting.figure(value))


def _show_section(value: Any) -> None:
    if isinstance(value, Mapping):
        facts({str(name).replace("_", " "): _short(one) for name, one in value.items()})
    elif isinstance(value, str):
        st.markdown(formatting.plain(value))
    else:
        for one in value:
            st.markdown("- " + formatting.plain(one))


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_short(one)}" for name, one in value.items())
    if isinstance(value, list):
        text = ", ".join(str(one) for one in value[:12])
        return text + (f" and {len(value) - 12} more" if len(value) > 12 else "")
    return str(value)


def show_pair(
    workspace: Workspace, old: ModelVersion, new: ModelVersion, classes: Sequence[SeepClass]
) -> None:
    """Draw the metrics of two versions, and their difference on the scenes that both were evaluated on.

    Args:
        old: the version to compare with.
        new: the other.
        classes: of the workspace, in the order of their ids.
    """
    of_old, of_new = metrics_of_two(workspace, old, new)
    shared = [split for split in SCENES if split in of_old and split in of_new]
    if not shared:
        st.markdown("These versions have no metrics on the same split. Evaluate both here to compare them.")
        return
    split = shared[0]
    _show_difference(split, (old.name, of_old[split]), (new.name, of_new[split]), classes)
    with st.expander(f"By class on {' and '.join(f'{scene_noun(one)}s' for one in shared)}"):
        for one in shared:
            first, second = of_old[one], of_new[one]
            change = paired_difference(first.matrices, second.matrices)
            st.caption(
                f"{SCENES[one]}: IoU {formatting.figure(first.binary_iou, 3)} and "
                f"{formatting.figure(second.binary_iou, 3)}, difference "
                f"{formatting.difference(change['difference'])}"
            )
            class_table(class_rows(first.iou_per_class, second.iou_per_class, classes, second.support_px))


def _show_difference(
    split: str, old: tuple[str, Metrics], new: tuple[str, Metrics], classes: Sequence[SeepClass]
) -> None:
    (old_name, first), (new_name, second) = old, new
    change = paired_difference(first.matrices, second.matrices)
    left, right = st.columns([2, 3], gap="large")
    with left:
        _show_conclusion(change, split)
        with st.container(horizontal=True):
            for name, metrics in (old, new):
                st.metric(
                    formatting.plain(name),
                    formatting.figure(metrics.binary_iou, 3),
                    help=basis(split, metrics),
                )
            st.metric("Difference, same scenes", formatting.difference(change["difference"]))
        if not change["scenes"]:
            return
    rows = _iou_rows(first, second, classes)
    drawn = {row["name"] for row in rows}
    missing = [
        seep_class.name
        for seep_class in foreground(classes)
        if seep_class.id < len(first.iou_per_class) and seep_class.name not in drawn
    ]
    if missing:
        left.caption(formatting.plain(f"No pixels in masks and predictions: {', '.join(missing)}."))
    with right:
        plots.show(
            plots.versus(rows, old_name, new_name),
            f"versus-{split}",
            f"IoU by class of both versions on {scene_noun(split)}s",
        )


def _show_conclusion(change: Mapping[str, Any], split: str) -> None:
    """Draw the verdict on two versions with its interval, or why there is none."""
    noun = scene_noun(split)
    if not change["scenes"]:
        st.markdown(
            f"These versions were not evaluated on the same {noun}s, so the two IoUs cannot be compared. "
            "Evaluate both here to compare them on the same scenes."
        )
        return
    low, high = change["low"], change["high"]
    interval = f", 95 % interval {formatting.difference(low)} to {formatting.difference(high)}."
    if low is None:
        interval = worded(f". A verdict needs {MIN_SCENES} scenes with seep.")
    text = f"on the same {formatting.count(change['scenes'], noun)}{interval}"
    st.markdown(f"{state_text(formatting.VERDICTS[change['verdict']])} {formatting.plain(text)}")


def _iou_rows(first: Metrics, second: Metrics, classes: Sequence[SeepClass]) -> list[dict[str, Any]]:
    """Return the IoUs of the classes that one of two has, with a note why both are 0."""
    rows = []
    for seep_class in foreground(classes):
        before, after = first.class_iou(seep_class.id), second.class_iou(seep_class.id)
        if before is None and after is None:
            continue
        note = "" if before or after else formatting.why_zero(second.class_support_px(seep_class.id))
        rows.append({"name": seep_class.name, "old": before, "new": after, "note": note})
    return rows
