"""Model versions as rows, cards and pairs: lineage, figures with their basis, what changed between two."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from seep.core.masks.classes import SeepClass
from seep.core.metrics.intervals import paired_difference
from seep.ui import formatting, plots
from seep.ui.components.version_tree import Placed, lineage, placed
from seep.ui.finetune.verdict import class_rows
from seep.ui.models.evaluation import figures_of_two
from seep.ui.models.metrics import Measured, headline, measured
from seep.ui.query_params import numbers_in
from seep.ui.widgets import class_table, facts, state_text
from seep.workflow.workspace import Workspace

Model = Mapping[str, Any]
COLUMNS = ("version", "state", "IoU", "95 %", "measured on", "by")
_STATES = {"active": "active", "kept": "was active", "dropped": "dropped", "candidate": "candidate"}


def versions(models: Sequence[Model]) -> list[Model]:
    """Draw the versions with their lines of descent; return those that are chosen, the older one first.

    The choice stands in the address, so that a link leads to a card or to a comparison.
    """
    rows = placed(models)
    wanted = numbers_in("versions")
    chosen = lineage(rows=[_row(one) for one in rows], columns=COLUMNS, selected=wanted[-2:], key="versions")
    if chosen:
        st.query_params["versions"] = ",".join(map(str, chosen))
    elif wanted:
        del st.query_params["versions"]
    return sorted((one for one in models if one["id"] in chosen), key=lambda one: int(one["id"]))


def _row(one: Placed) -> dict[str, Any]:
    model = one.model
    score = headline(model["figures"])
    state = "active" if model["active"] else model["state"]
    return {
        "id": int(model["id"]),
        "name": model["name"],
        "state": state,
        "lane": one.lane,
        "parent": one.parent,
        "cells": [
            model["name"],
            _STATES.get(state, state),
            formatting.figure(score.iou if score else None),
            formatting.interval(score.low, score.high) if score else "–",
            _basis(score) if score else "–",
            model["author"] or "shipped",
        ],
    }


def _basis(score: Measured) -> str:
    return formatting.count(score.scenes, f"{score.split} scene") if score.scenes else f"{score.split} scenes"


def _made(model: Model) -> str:
    """Say when and by whom; the workspace knows of a shipped one only when it came."""
    if model["author"]:
        return f"{formatting.moment(model['created_at'])} by {model['author']}"
    return f"{formatting.moment(model['card'].get('created') or model['created_at'])}, comes with Seep"


def card(model: Model) -> None:
    """Draw one model's card: its figures with their basis, its data, its limits."""
    written = model["card"]
    score = headline(model["figures"])
    if score:
        _figures(score)
    facts(
        {
            "Parent": model["parent"] or written.get("parent") or "none",
            "Classes": model["classes"] or "–",
            "Threshold": formatting.figure(model["threshold"]),
            "Made": _made(model),
            "Size": formatting.size(model["size_bytes"]) if model["size_bytes"] else "–",
        }
    )
    told = [title for title in ("data", "splits", "training", "limits") if written.get(title)]
    if told:
        with st.expander(", ".join(told).capitalize()):
            for title in told:
                st.markdown(f"**{title.capitalize()}**")
                _tell(written[title])


def _figures(score: Measured) -> None:
    sure = f"; IoU with 95 % {formatting.interval(score.low, score.high)}" if score.low is not None else ""
    st.caption(f"On {score.basis}{sure}")
    with st.container(horizontal=True):
        st.metric("Binary IoU", formatting.figure(score.iou))
        st.metric("Precision", formatting.figure(score.precision))
        st.metric("Recall", formatting.figure(score.recall))
        st.metric("F1 within 2 px", formatting.figure(score.near_f1))


def _tell(value: Any) -> None:
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


def pair(workspace: Workspace, old: Model, new: Model, classes: Sequence[SeepClass]) -> None:
    """Draw two versions beside each other: what each scored, and the difference on the scenes of both.

    Args:
        workspace: where.
        old: the one that is compared with.
        new: the other.
        classes: `SeepClass` of the workspace, in the order of their ids.
    """
    were, now = figures_of_two(workspace, old, new)
    couples = [
        (split, first, second)
        for split in ("locked", "validation")
        if (first := measured(were, split)) and (second := measured(now, split))
    ]
    if not couples:
        st.markdown("These two were not measured on scenes of the same kind.")
        return
    split, first, second = couples[0]
    _pair_on(split, (old["name"], first), (new["name"], second), classes)
    # One split decides; the other is there for who asks, and does not push the slicks off the screen.
    with st.expander(f"By class on {' and '.join(one[0] for one in couples)} scenes"):
        for split, first, second in couples:
            change = paired_difference(first.matrices, second.matrices)
            st.caption(
                f"{formatting.SPLITS[split]} scenes: IoU {formatting.figure(first.iou, 3)} and "
                f"{formatting.figure(second.iou, 3)}, difference {formatting.difference(change['difference'])}"
            )
            class_table(class_rows(first.by_class, second.by_class, classes, second.true_px))


def _pair_on(
    split: str, old: tuple[str, Measured], new: tuple[str, Measured], classes: Sequence[SeepClass]
) -> None:
    (was, first), (now, second) = old, new
    found = paired_difference(first.matrices, second.matrices)
    with st.container(horizontal=True):
        st.metric(formatting.plain(was), formatting.figure(first.iou, 3), help=first.basis)
        st.metric(formatting.plain(now), formatting.figure(second.iou, 3), help=second.basis)
        st.metric("Difference, same scenes", formatting.difference(found["difference"]))
    if not found["scenes"]:
        st.markdown(
            f"Not known to be measured on the same {split} scenes: these two figures say nothing about which "
            "is better. Measure both here, and they are compared on the same ones."
        )
        return
    low, high = found["low"], found["high"]
    sure = (
        f", 95 % interval {formatting.difference(low)} to {formatting.difference(high)}"
        if low is not None
        else ""
    )
    shared = formatting.count(found["scenes"], f"{split} scene")
    st.markdown(
        f"{state_text(formatting.VERDICTS[found['verdict']])} {formatting.plain(f'on {shared} of both{sure}.')}"
    )
    rows = _couples(first, second, classes)
    plots.show(plots.versus(rows, was, now), f"versus-{split}", f"IoU by class of both on {split} scenes")
    drawn = {row["name"] for row in rows}
    left_out = [one.name for one in classes[1 : len(first.by_class)] if one.name not in drawn]
    if left_out:
        st.caption(formatting.plain(f"Neither truth nor prediction has any {', '.join(left_out)} here."))


def _couples(first: Measured, second: Measured, classes: Sequence[SeepClass]) -> list[dict[str, Any]]:
    """The classes that one of two has, each with both IoUs and why one is 0."""
    couples = zip(classes, first.by_class, second.by_class, strict=False)
    return [
        {"name": one.name, "old": before, "new": after, "note": _why_zero(second, one.id, (before, after))}
        for one, before, after in couples
        if one.id > 0 and (before is not None or after is not None)
    ]


def _why_zero(score: Measured, class_id: int, values: Sequence[float | None]) -> str:
    if 0 not in values or any(values):
        return ""
    true_px = score.true_px[class_id] if class_id < len(score.true_px) else None
    return formatting.why_zero(true_px)
