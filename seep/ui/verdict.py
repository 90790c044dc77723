"""The end of a run: better, worse, or cannot tell, with the evidence, and what can be decided."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from seep.core.classes import SeepClass
from seep.core.intervals import MIN_SCENES
from seep.core.signs import minus
from seep.ui import words
from seep.ui.gallery import gallery
from seep.ui.session import base_url
from seep.ui.widgets import class_table, quiet_table, state_text

Outcome = Mapping[str, Any]


def show_verdict(outcome: Outcome, name: str, classes: Sequence[SeepClass]) -> None:
    """Draw the verdict card of a run.

    Args:
        outcome: from `seep.workflow.comparing.compare_masks`, with "against".
        name: of the new checkpoint.
        classes: of the workspace, in the order of their ids.
    """
    verdict = words.VERDICTS.get(outcome["verdict"], words.VERDICTS["cannot tell"])
    against = outcome.get("against", {}).get("name", "the active model")
    st.markdown(f"#### {words.plain(name)} against {words.plain(against)} {state_text(verdict)}")
    st.markdown(words.plain(minus(outcome["sentence"])))
    rows = split_rows(outcome["splits"])
    if rows:
        quiet_table(rows)
    basis = outcome.get("basis")
    if basis:
        st.caption(f"IoU by class, on {words.SPLITS[basis].lower()} scenes")
        found = outcome["splits"][basis]
        before, after = (found[one]["figures"]["iou_per_class"] for one in ("old", "new"))
        true_px = found["new"]["figures"].get("support_px", ())
        class_table(class_rows(before, after, classes, true_px))


def show_changed(outcome: Outcome) -> None:
    """Draw the tiles on which the two models differ most; a click opens one on Review."""
    changed = [
        {"id": one["tile_id"], "name": one["name"], "state": one["split"], "value": f"{one['changed_px']} px"}
        for one in outcome.get("changed", [])
    ]
    if changed:
        st.caption(f"Where they differ most: {words.count(len(changed), 'tile')} that never trained")
        with st.container(height=256, border=False):  # reserved, so that the rest keeps its place
            answer = gallery(tiles=changed, base_url=base_url(), key="changed", size_px=96, height_px=240)
        if answer["open"]:
            st.switch_page("pages/review.py", query_params={"tile": str(answer["open"])})


def split_rows(splits: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return one row a split that has truth: what it was before, what it is now, and how sure that is."""
    rows = []
    for split, found in splits.items():
        if not found["tiles"]:
            continue
        change = found["difference"]
        scenes = words.count(found["scenes"], f"{split} scene")
        rows.append(
            {
                "on": f"{scenes}, {words.count(found['tiles'], 'tile')}",
                "IoU before": words.figure(found["old"]["figures"]["binary_iou"], 3),
                "IoU now": words.figure(found["new"]["figures"]["binary_iou"], 3),
                "difference": words.difference(change["difference"]),
                "95 % interval": _signed(change["low"], change["high"]),
            }
        )
    return rows


def class_rows(
    before: Sequence[float | None],
    after: Sequence[float | None],
    classes: Sequence[SeepClass],
    true_px: Sequence[int] = (),
) -> list[dict[str, str]]:
    """Return one row a seep class with IoU before and now; in words where it has none, or was never hit.

    Args:
        before: IoU by class id; None without support.
        after: likewise.
        classes: in the order of their ids.
        true_px: pixels of truth by class id; empty where they are not known.
    """
    rows = []
    for one in classes[1:]:
        known = true_px[one.id] if one.id < len(true_px) else None
        (was, told_was), (now, told_now) = (_of_class(values, one.id, known) for values in (before, after))
        change = None if was is None or now is None else now - was
        rows.append(
            {
                "class": one.name,
                "before": told_was,
                "now": told_now,
                "difference": words.difference(change),
            }
        )
    return rows


def _of_class(values: Sequence[float | None], class_id: int, true_px: int | None) -> tuple[float | None, str]:
    """The IoU of a class and how it reads; a class that came since was not measured."""
    if class_id >= len(values):
        return None, words.figure(None)
    return values[class_id], words.class_figure(values[class_id], true_px)


def _signed(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"under {MIN_SCENES} scenes with seep"
    return f"{words.difference(low)} to {words.difference(high)}"
