"""Slicks that a model gained, lost and changed against another, as a gallery with a swipe."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from seep.core.masks.classes import SeepClass
from seep.ui import formatting
from seep.ui.components.mask_compare import Pair, around, pairs
from seep.ui.session import base_url
from seep.workflow.evaluation.slick_diff import LEAST_PX, slick_changes, tiles_of_both, tiles_seen_otherwise
from seep.workflow.workspace import Workspace

MOST = 96
KINDS = ("gained", "lost", "changed")
_RIGHT = {True: "right", False: "wrong", None: "not decided"}

Model = Mapping[str, Any]


def show_changes(workspace: Workspace, old: Model, new: Model, classes: Sequence[SeepClass]) -> None:
    """Draw where two models differ on scenes that never train, largest difference first.

    Args:
        workspace: where.
        old: a row of `seep.workflow.models.registry.list_models`, what is compared with.
        new: the other.
        classes: of the workspace, in the order of their ids.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        split = (
            st.segmented_control(
                "Scenes", ("locked", "validation"), default="locked", required=True,
                label_visibility="collapsed", key="changes-split",
                format_func=lambda one: f"{formatting.SPLITS[one]} scenes",
            )
            or "locked"
        )  # fmt: skip
        both, there = tiles_of_both(workspace, old["id"], new["id"], split)
        otherwise = tiles_seen_otherwise(workspace, old["id"], new["id"], split)
        found = slick_changes(workspace, old["id"], new["id"], split)
        shown = _chosen(found)
    if both < there:
        left_out = formatting.count(
            there - both, f"tile of {split} scenes was", f"tiles of {split} scenes were"
        )
        st.caption(
            f"{left_out} not predicted by both and left out; measuring a version predicts those with a mask."
        )
    if otherwise:
        st.warning(_OTHERWISE.format(formatting.count(otherwise, "tile")), icon=":material/history:")
    if not found:
        where = f"{split} scenes" if there else f"{split} scenes: there is no tile of one"
        st.markdown(f"No difference of {LEAST_PX} px or more on {where}." if both else _NOTHING)
        return
    labels = (formatting.shortened(old["name"], 20), formatting.shortened(new["name"], 20))
    st.caption(formatting.plain(summary(found, both, new["name"])))
    if len(shown) > MOST:
        st.caption(
            f"The {MOST} largest of {len(shown)} are shown; differences under {LEAST_PX} px are not listed."
        )
    opened = pairs(
        [_pair(one, classes) for one in shown[:MOST]],
        labels=labels,
        base_url=base_url(),
        key=f"changes-{old['id']}-{new['id']}-{split}",
        height_px=480,
    )
    if opened:
        st.switch_page("pages/review.py", query_params={"tile": str(opened)})


_OTHERWISE = (
    "On {} one of the two was predicted by an earlier version of Seep, which did not look at what lies "
    "around a tile: differences there, near borders most of all, are not the weights' alone. Figures "
    "measured here are free of this."
)
_NOTHING = "The two have not predicted the same tiles of these scenes."


def summary(found: Sequence[Mapping[str, Any]], tiles: int, name: str) -> str:
    """Return in a sentence how many slicks differ, and how often the truth speaks for the new model."""
    kinds = Counter(one["kind"] for one in found)
    told = [f"{formatting.number(kinds[kind])} {kind}" for kind in KINDS if kinds[kind]]
    judged = Counter(one["right"] for one in found)
    sure = (
        f"; by the truth {name} is right in {judged[True]} and wrong in {judged[False]}"
        if judged[True] + judged[False]
        else ""
    )
    differ = formatting.count(len(found), "slick differs", "slicks differ")
    return f"{differ} on {formatting.count(tiles, 'tile')}: {', '.join(told)}{sure}."


def _chosen(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds = st.pills(
        "Kinds", KINDS, selection_mode="multi", default=KINDS, label_visibility="collapsed",
        key="changes-kinds", format_func=str.capitalize,
    )  # fmt: skip
    right = st.pills("Truth", ("right", "wrong"), label_visibility="collapsed", key="changes-right",
                     format_func=lambda one: f"New one {one}")  # fmt: skip
    return [
        one
        for one in found
        if one["kind"] in (kinds or KINDS) and (right is None or _RIGHT[one["right"]] == right)
    ]


def _pair(one: Mapping[str, Any], classes: Sequence[SeepClass]) -> Pair:
    box = one["bbox"]
    return Pair(
        tile=one["tile_id"],
        name=one["name"],
        width=one["width"],
        height=one["height"],
        part=around(box, one["width"], one["height"]),
        first={"prediction": one["old_prediction"]},
        second={"prediction": one["new_prediction"]},
        truth={"revision": one["truth_revision"]} if one["truth_revision"] else None,
        title=f"{one['kind'].capitalize()} {formatting.number(one['area_px'])} px",
        note=note(one, classes),
        box=(box[0], box[1], box[2], box[3]),
        tone=one["kind"],
    )


def note(one: Mapping[str, Any], classes: Sequence[SeepClass]) -> str:
    """Return the classes before and after, and what the truth says: "Class 1 → Class 3, right"."""
    names = {each.id: each.name for each in classes}
    told = [
        formatting.shortened(names.get(one[field], "?"), 18)
        for field in ("old_class", "new_class")
        if one[field]
    ]
    truth = "no truth" if one["truth_revision"] is None else _RIGHT[one["right"]]
    return f"{' → '.join(dict.fromkeys(told))}, {truth}"
