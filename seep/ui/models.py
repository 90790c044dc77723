"""Model versions as rows, cards and pairs: lineage, figures with their basis, what changed between two."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from seep.core.intervals import paired_difference
from seep.ui import plots, words
from seep.ui.verdict import class_rows
from seep.ui.widgets import facts, quiet_table

Model = Mapping[str, Any]
_TREE = "\u2003"


def headline(model: Model) -> dict[str, Any]:
    """Return the binary IoU that stands for a model: of locked scenes where there are any, else validation.

    Returns:
        {"value", "low", "high", "scenes", "tiles", "basis"}; all None where nothing was measured.
    """
    for basis in ("locked", "validation"):
        found = model["figures"].get(basis)
        if found:
            figures = found.get("figures", found)
            low, high = (found.get("intervals") or {}).get("binary_iou") or (None, None)
            value = {"value": figures.get("binary_iou"), "low": low, "high": high}
            return {**value, "scenes": found.get("scenes"), "tiles": found.get("tiles"), "basis": basis}
    return dict.fromkeys(("value", "low", "high", "scenes", "tiles", "basis"))


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
    score = headline(model)
    branch = _TREE * max(0, model["depth"] - 1) + ("└ " if model["depth"] else "")
    state = (
        "● active"
        if model["active"]
        else {"kept": "kept", "dropped": "✕ dropped"}.get(model["state"], "○ candidate")
    )
    basis = (
        f"{words.count(score['scenes'], score['basis'] + ' scene')}"
        if score["scenes"]
        else score["basis"] or "–"
    )
    return {
        "version": branch + model["name"],
        "state": state,
        "IoU": words.figure(score["value"]),
        "95 % interval": words.interval(score["low"], score["high"]),
        "measured on": basis,
        "by": model["author"] or "shipped",
    }


def card(model: Model, class_names: Sequence[str]) -> None:
    """Draw one model's card: its figures with their basis, its data, its limits."""
    written = model["card"]
    for split in ("locked", "validation"):
        found = model["figures"].get(split)
        if found:
            _figures(split, found, class_names)
    facts(
        {
            "Parent": model["parent"] or "none",
            "Classes": model["classes"] or "–",
            "Threshold": words.figure(model["threshold"]),
            "Made": f"{words.moment(model['created_at'])} by {model['author'] or 'its maker'}",
            "Size": f"{model['megabytes']} MB" if model["megabytes"] else "–",
        }
    )
    for title in ("data", "splits", "training", "limits"):
        if written.get(title):
            with st.expander(title.capitalize()):
                _tell(written[title])


def _figures(split: str, found: Mapping[str, Any], class_names: Sequence[str]) -> None:
    figures = found.get("figures", found)
    low, high = (found.get("intervals") or {}).get("binary_iou") or (None, None)
    basis = ", ".join(
        words.count(found[name], noun)
        for name, noun in (("scenes", f"{split} scene"), ("tiles", "tile"))
        if isinstance(found.get(name), int)
    )
    st.caption(f"On {basis or split}")
    near = figures.get("tolerance") or {}
    with st.container(horizontal=True):
        st.metric(
            "Binary IoU", words.figure(figures.get("binary_iou")), help=f"95 %: {words.interval(low, high)}"
        )
        st.metric("Precision", words.figure(figures.get("precision")))
        st.metric("Recall", words.figure(figures.get("recall")))
        st.metric("F1 within 2 px", words.figure(near.get("f1")))
    by_class = figures.get("iou_per_class")
    if by_class:
        rows = [
            {"class": name, "IoU": words.figure(iou, 3)}
            for name, iou in zip(class_names, by_class, strict=False)
        ]
        with st.expander(f"By class, {split}"):
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


def pair(old: Model, new: Model, classes: Sequence[Any]) -> None:
    """Draw two versions beside each other, on the scenes on which both were measured.

    Args:
        old: the one that is compared with.
        new: the other.
        classes: `SeepClass` of the workspace, in the order of their ids.
    """
    for split in ("locked", "validation"):
        first, second = old["figures"].get(split), new["figures"].get(split)
        if not (first and second and first.get("per_scene") and second.get("per_scene")):
            continue
        found = paired_difference(_matrices(first), _matrices(second))
        st.caption(f"On {words.count(found['scenes'], f'{split} scene')} that both were measured on")
        with st.container(horizontal=True):
            st.metric(words.plain(old["name"]), words.figure(first["figures"]["binary_iou"], 3))
            st.metric(words.plain(new["name"]), words.figure(second["figures"]["binary_iou"], 3))
            st.metric("Difference", words.difference(found["difference"]))
        low, high = found["low"], found["high"]
        sure = (
            f", 95 % interval {words.difference(low)} to {words.difference(high)}" if low is not None else ""
        )
        st.markdown(f"{words.VERDICTS[found['verdict']].word}{words.plain(sure)}.")
        rows = [
            {"name": one.name, "old": was, "new": now}
            for one, was, now in zip(classes, *_by_class(first, second), strict=False)
            if one.id > 0 and (was is not None or now is not None)
        ]
        figure = plots.versus(rows, old["name"], new["name"])
        plots.show(figure, f"versus-{split}", f"IoU by class of both versions on {split} scenes")
        with st.expander(f"As a table, {split}"):
            quiet_table(class_rows(first["figures"], second["figures"], classes))


def _by_class(*found: Mapping[str, Any]) -> list[Sequence[float | None]]:
    return [one["figures"]["iou_per_class"] for one in found]


def _matrices(found: Mapping[str, Any]) -> dict[str, Any]:
    return {scene: one["matrix"] for scene, one in found["per_scene"].items()}
