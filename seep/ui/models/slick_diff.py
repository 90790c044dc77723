"""Slicks that one model gained, lost or changed against another, as a gallery with a swipe."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from seep.core.masks.classes import SeepClass, foreground
from seep.core.metrics.model_metrics import scene_noun
from seep.ui import formatting
from seep.ui.components.mask_compare.mount import Pair, mask_compare, part_around
from seep.ui.models.evaluation import TILE_SPLITS
from seep.ui.session import base_url, worded
from seep.ui.widgets import color_legend
from seep.workflow.evaluation.slick_diff import (
    MIN_AREA_PX,
    SlickChange,
    count_compared_tiles,
    slick_changes,
)
from seep.workflow.models.registry import ModelVersion
from seep.workflow.workspace import Workspace

MAX_SHOWN = 96
KINDS = ("gained", "lost", "changed")
_RESULTS = {True: "improved", False: "worse", None: "no difference"}


_CLOSER_HELP = (
    "In the pixels where the two predictions of a slick differ, the version that agrees with the mask in more of "
    "them is closer. If both agree in as many, the class decides. Slicks on tiles without a mask, and ties, are not "
    "counted."
)


def show_slick_changes(
    workspace: Workspace, old: ModelVersion, new: ModelVersion, classes: Sequence[SeepClass]
) -> None:
    """Draw where two models differ on validation or test scenes, largest difference first.

    Args:
        old: the version to compare with.
        new: the other.
        classes: of the workspace, in the order of their ids.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        key = f"changes-split-{old.id}-{new.id}"
        if key not in st.session_state:
            st.session_state[key] = _first_split(workspace, old, new)
        split = (
            st.segmented_control(
                "Scenes", list(TILE_SPLITS), required=True, label_visibility="collapsed",
                key=key, format_func=TILE_SPLITS.__getitem__,
            )
            or st.session_state[key]
        )  # fmt: skip
        compared, total = count_compared_tiles(workspace, old.id, new.id, split)
        found = slick_changes(workspace, old.id, new.id, split)
        shown = _filter(found)
    noun = scene_noun(split)
    if compared < total:
        missing = formatting.count(total - compared, f"tile of {noun}s is", f"tiles of {noun}s are")
        st.caption(
            f"{missing} missing: not predicted by both. Evaluate both versions to add tiles with a mask."
        )
    if not found:
        if not total:
            st.markdown(f"There are no {noun}s.")
        elif compared:
            st.markdown(f"No difference of {MIN_AREA_PX} px or more on {noun}s.")
        else:
            st.markdown(f"No tile of these {noun}s was predicted by both versions.")
        return
    st.caption(
        formatting.plain(worded(summary(found, compared, old.name, new.name))), help=worded(_CLOSER_HELP)
    )
    color_legend((one.color, one.name) for one in foreground(classes))
    if len(shown) > MAX_SHOWN:
        st.caption(
            f"The {MAX_SHOWN} largest of {len(shown)} are shown. Differences under {MIN_AREA_PX} px are not listed."
        )
    opened = mask_compare(
        [_pair(one, classes) for one in shown[:MAX_SHOWN]],
        labels=(formatting.shortened(old.name, 20), formatting.shortened(new.name, 20)),
        base_url=base_url(),
        key=f"changes-{old.id}-{new.id}-{split}",
        height_px=480,
    )
    if opened:
        st.switch_page("pages/review.py", query_params={"tile": str(opened)})


def compare_slicks(
    workspace: Workspace, model: ModelVersion, models: Sequence[ModelVersion], classes: Sequence[SeepClass]
) -> None:
    """Draw the slicks in which a version differs from another of some versions, by default its parent."""
    others = [other for other in models if other.id != model.id]
    if not others:
        st.markdown("There is no other version to compare with.")
        return
    first = next((at for at, other in enumerate(others) if other.id == model.parent_id), None)
    if first is None:
        first = next((at for at, other in enumerate(others) if other.active), 0)
    other = st.selectbox("Compare with", others, first, format_func=lambda one: one.name, width=280)
    old, new = sorted((other, model), key=lambda one: one.id)  # "gained" is what the newer one has
    show_slick_changes(workspace, old, new, classes)


def summary(found: Sequence[SlickChange], tiles: int, old: str, new: str) -> str:
    """Return how many slicks differ, and for how many the new model is closer to the mask, as sentences."""
    kinds = Counter(one.kind for one in found)
    parts = [f"{formatting.number(kinds[kind])} {kind}" for kind in KINDS if kinds[kind]]
    differ = formatting.count(len(found), "slick differs", "slicks differ")
    sentence = f"{differ} on {formatting.count(tiles, 'tile')}: {', '.join(parts)}."
    results = Counter(one.improved for one in found)
    if not results[True] + results[False]:
        return sentence
    undecided = (
        f"; {formatting.count(results[None], 'tie or slick', 'ties or slicks')} without a mask"
        if results[None]
        else ""
    )
    return (
        f"{sentence} Compared with the masks, {new} is closer in {formatting.number(results[True])} of them and "
        f"{old} in {formatting.number(results[False])}{undecided}."
    )


def _first_split(workspace: Workspace, old: ModelVersion, new: ModelVersion) -> str:
    """Return the first split with changed slicks, the test split if there is none."""
    splits = list(TILE_SPLITS)
    return next((split for split in splits if slick_changes(workspace, old.id, new.id, split)), splits[0])


def _filter(found: Sequence[SlickChange]) -> list[SlickChange]:
    kinds = st.pills(
        "Kinds", KINDS, selection_mode="multi", default=KINDS, label_visibility="collapsed",
        key="changes-kinds", format_func=str.capitalize,
    )  # fmt: skip
    result = st.pills(
        "Compared with the mask", ("improved", "worse"), label_visibility="collapsed", key="changes-result",
        format_func=str.capitalize,
    )  # fmt: skip
    return [
        one
        for one in found
        if one.kind in (kinds or KINDS) and (result is None or _RESULTS[one.improved] == result)
    ]


def _pair(one: SlickChange, classes: Sequence[SeepClass]) -> Pair:
    return Pair(
        tile=one.tile_id,
        name=one.tile_name,
        width=one.tile_width,
        height=one.tile_height,
        part=part_around(one.box, one.tile_width, one.tile_height),
        first={"prediction": one.old_prediction},
        second={"prediction": one.new_prediction},
        truth={"revision": one.truth_revision} if one.truth_revision else None,
        title=f"{one.kind.capitalize()} {formatting.number(one.area_px)} px",
        note=note(one, classes),
        box=one.box,
        tone=one.kind,
    )


def note(one: SlickChange, classes: Sequence[SeepClass]) -> str:
    """Return the classes before and after, and the result against the mask: "Class 1 → Class 3, improved"."""
    names = {each.id: each.name for each in classes}
    parts = [
        formatting.shortened(names.get(class_id, "?"), 18)
        for class_id in (one.old_class, one.new_class)
        if class_id
    ]
    result = "no mask" if one.truth_revision is None else _RESULTS[one.improved]
    return f"{' → '.join(dict.fromkeys(parts))}, {result}"
