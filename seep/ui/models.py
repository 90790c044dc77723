"""Model versions as rows, cards and pairs: lineage, figures with their basis, what changed between two."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from seep.core.classes import SeepClass
from seep.core.intervals import paired_difference
from seep.ui import plots, words
from seep.ui.figures import Measured, headline, measured
from seep.ui.verdict import class_rows
from seep.ui.widgets import facts, quiet_table, state_text

Model = Mapping[str, Any]
_TREE = "\u2003"


def in_lineage(models: Sequence[Model]) -> list[Model]:
    """Return the models so that each stands below its parent, oldest first among siblings."""
    ordered: list[Model] = []
    known = {one["id"] for one in models}

    def add(parent: int | None) -> None:
        for one in sorted(models, key=lambda model: int(model["id"])):
            root = parent is None and one["parent_id"] not in known
            if one not in ordered and (root or one["parent_id"] == parent):
                ordered.append(one)
                add(one["id"])

    add(None)
    return ordered


def table(models: Sequence[Model]) -> list[Model]:
    """Draw the versions, each indented below its parent; return those that are selected, at most two."""
    rows = [_row(one) for one in models]
    event = st.dataframe(
        rows,
        hide_index=True,
        height="content" if len(rows) < 13 else 420,
        row_height=32,
        on_select="rerun",
        selection_mode="multi-row",
        key="models",
        column_config={"version": st.column_config.TextColumn(width=150)},
    )
    chosen = [models[at] for at in event["selection"]["rows"] if at < len(models)]
    return chosen[-2:]


def _row(model: Model) -> dict[str, Any]:
    score = headline(model["figures"])
    branch = _TREE * max(0, model["depth"] - 1) + ("└ " if model["depth"] else "")
    state = {"kept": "kept", "dropped": "✕ dropped"}.get(model["state"], "○ candidate")
    return {
        "version": branch + model["name"],
        "state": "● active" if model["active"] else state,
        "IoU": words.figure(score.iou if score else None),
        "95 % interval": words.interval(score.low, score.high) if score else "–",
        "measured on": _basis(score) if score else "–",
        "by": model["author"] or "shipped",
    }


def _basis(score: Measured) -> str:
    return words.count(score.scenes, f"{score.split} scene") if score.scenes else f"{score.split} scenes"


def card(model: Model, class_names: Sequence[str]) -> None:
    """Draw one model's card: its figures with their basis, its data, its limits."""
    written = model["card"]
    for split in ("locked", "validation"):
        score = measured(model["figures"], split)
        if score:
            _figures(score, class_names)
    facts(
        {
            "Parent": model["parent"] or "none",
            "Classes": model["classes"] or "–",
            "Threshold": words.figure(model["threshold"]),
            "Made": f"{words.moment(model['created_at'])} by {model['author'] or 'its maker'}",
            "Size": words.size(model["size_bytes"]) if model["size_bytes"] else "–",
        }
    )
    for title in ("data", "splits", "training", "limits"):
        if written.get(title):
            with st.expander(title.capitalize()):
                _tell(written[title])


def _figures(score: Measured, class_names: Sequence[str]) -> None:
    tiles = f", {words.count(score.tiles, 'tile')}" if score.tiles else ""
    sure = f"; IoU with 95 % {words.interval(score.low, score.high)}" if score.low is not None else ""
    st.caption(f"On {_basis(score)}{tiles}{sure}")
    with st.container(horizontal=True):
        st.metric("Binary IoU", words.figure(score.iou))
        st.metric("Precision", words.figure(score.precision))
        st.metric("Recall", words.figure(score.recall))
        st.metric("F1 within 2 px", words.figure(score.near_f1))
    if score.by_class:
        rows = [
            {"class": name, "IoU": words.figure(iou, 3)}
            for name, iou in zip(class_names, score.by_class, strict=False)
        ]
        with st.expander(f"By class, {score.split}"):
            quiet_table(rows[1:])


def _tell(value: Any) -> None:
    if isinstance(value, Mapping):
        facts({str(name).replace("_", " "): _short(one) for name, one in value.items()})
    elif isinstance(value, str):
        st.markdown(words.plain(value))
    else:
        for one in value:
            st.markdown("- " + words.plain(one))


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_short(one)}" for name, one in value.items())
    if isinstance(value, list):
        text = ", ".join(str(one) for one in value[:12])
        return text + (f" and {len(value) - 12} more" if len(value) > 12 else "")
    return str(value)


def pair(old: Model, new: Model, classes: Sequence[SeepClass]) -> None:
    """Draw two versions beside each other: what each scored, and the difference on the scenes of both.

    Args:
        old: the one that is compared with.
        new: the other.
        classes: `SeepClass` of the workspace, in the order of their ids.
    """
    told = False
    for split in ("locked", "validation"):
        first, second = measured(old["figures"], split), measured(new["figures"], split)
        if first and second:
            told = True
            _pair_on(split, (old["name"], first), (new["name"], second), classes)
    if not told:
        st.markdown(
            "These two were not measured on scenes of the same kind; fine-tuning compares on its own."
        )


def _pair_on(
    split: str, old: tuple[str, Measured], new: tuple[str, Measured], classes: Sequence[SeepClass]
) -> None:
    (was, first), (now, second) = old, new
    found = paired_difference(first.matrices, second.matrices)
    with st.container(horizontal=True):
        st.metric(words.plain(was), words.figure(first.iou, 3), help=_basis(first))
        st.metric(words.plain(now), words.figure(second.iou, 3), help=_basis(second))
        st.metric("Difference, same scenes", words.difference(found["difference"]))
    if not found["scenes"]:
        st.markdown(
            f"Measured on different {split} scenes: these two figures say nothing about which is better. "
            "The verdict on Fine-tune compares on the same scenes."
        )
        return
    low, high = found["low"], found["high"]
    sure = f", 95 % interval {words.difference(low)} to {words.difference(high)}" if low is not None else ""
    shared = words.count(found["scenes"], f"{split} scene")
    st.markdown(
        f"{state_text(words.VERDICTS[found['verdict']])} {words.plain(f'on {shared} of both{sure}.')}"
    )
    rows = [
        {"name": one.name, "old": before, "new": after}
        for one, before, after in zip(classes, first.by_class, second.by_class, strict=False)
        if one.id > 0 and (before is not None or after is not None)
    ]
    plots.show(plots.versus(rows, was, now), f"versus-{split}", f"IoU by class of both on {split} scenes")
    with st.expander(f"As a table, {split}"):
        quiet_table(class_rows(first.by_class, second.by_class, classes))
