"""The end of a run: better, worse, or inconclusive, with the evidence, and what can be decided."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from seep.core.masks.classes import SeepClass
from seep.core.metrics.intervals import MIN_SCENES
from seep.core.text import minus
from seep.ui import formatting
from seep.ui.components.gallery import gallery
from seep.ui.session import author, base_url
from seep.ui.widgets import class_table, confirm, quiet_table, state_text
from seep.workflow.models.promotion import drop, promote
from seep.workflow.models.registry import ModelVersion
from seep.workflow.workspace import Workspace

Outcome = Mapping[str, Any]


def show_verdict(outcome: Outcome, name: str, classes: Sequence[SeepClass]) -> None:
    """Draw the verdict card of a run.

    Args:
        outcome: from `seep.workflow.evaluation.compare.compare_masks`, with "against".
        name: of the new checkpoint.
        classes: of the workspace, in the order of their ids.
    """
    verdict = formatting.VERDICTS.get(outcome["verdict"], formatting.VERDICTS["inconclusive"])
    against = outcome.get("against", {}).get("name", "the active model")
    st.markdown(f"#### {formatting.plain(name)} against {formatting.plain(against)} {state_text(verdict)}")
    st.markdown(formatting.plain(minus(outcome["sentence"])))
    rows = split_rows(outcome["splits"])
    if rows:
        quiet_table(rows)
    basis = outcome.get("basis")
    if basis:
        st.caption(f"IoU by class, on {formatting.SPLITS[basis].lower()} scenes")
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
        st.caption(f"Where they differ most: {formatting.count(len(changed), 'tile')} that never trained")
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
        scenes = formatting.count(found["scenes"], f"{split} scene")
        rows.append(
            {
                "on": f"{scenes}, {formatting.count(found['tiles'], 'tile')}",
                "IoU before": formatting.figure(found["old"]["figures"]["binary_iou"], 3),
                "IoU now": formatting.figure(found["new"]["figures"]["binary_iou"], 3),
                "difference": formatting.difference(change["difference"]),
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
                "difference": formatting.difference(change),
            }
        )
    return rows


def _of_class(values: Sequence[float | None], class_id: int, true_px: int | None) -> tuple[float | None, str]:
    """The IoU of a class and how it reads; a class that came since was not measured."""
    if class_id >= len(values):
        return None, formatting.figure(None)
    return values[class_id], formatting.class_figure(values[class_id], true_px)


def _signed(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"under {MIN_SCENES} scenes with seep"
    return f"{formatting.difference(low)} to {formatting.difference(high)}"


Row = Mapping[str, Any]


def show_outdated(outcome: Row, candidate: ModelVersion, active: ModelVersion) -> None:
    """Say that a verdict is against a model that is active no longer, and lead to the comparison that counts.

    Args:
        outcome: of the run.
        candidate: the version that the run made.
        active: what is active now, likewise.
    """
    against = outcome.get("against", {}).get("name", "another model")
    st.warning(
        formatting.plain(
            f"This compares with {against}, which is not active any more: {active.name} is, and "
            f"{candidate.name} was not compared with it. Promoting it would replace {active.name}."
        ),
        icon=":material/history:",
    )
    st.page_link(
        "pages/models.py",
        label=formatting.plain(f"{candidate.name} and {active.name} beside each other"),
        icon=":material/compare:",
        query_params={"versions": f"{active.id},{candidate.id}"},
    )


def known_verdict(model: ModelVersion) -> str:
    """Return what the run of a model said of it, so that nobody promotes without having read it."""
    outcome = model.outcome
    if not outcome:
        return "No run has compared it with another version."
    against = outcome.get("against", {}).get("name", "another version")
    return minus(f"Its run, against {against}: {outcome['sentence']}")


def decide(workspace: Workspace, candidate: ModelVersion, verdict: str) -> None:
    """Draw the buttons that promote and drop, each asked once; what the verdict speaks for stands out.

    Args:
        workspace: where.
        candidate: the version that the run made.
        verdict: of its run, "better", "worse" or "inconclusive".
    """
    name = candidate.name
    if st.button(
        f"Promote {formatting.plain(name)}",
        type="primary" if verdict == "better" else "secondary",
        icon=":material/check:",
    ):
        confirm(
            f"Promote {name}?",
            f"{name} becomes the active model and the open tiles are predicted again. Reviewed tiles "
            "stay as they are. Models takes it back in one click.",
            "Promote",
            lambda: promote(workspace, candidate.id, author()),
            key="promote",
        )
    if st.button("Drop", type="primary" if verdict == "worse" else "secondary", icon=":material/delete:"):
        confirm(
            f"Drop {name}?",
            f"{name} is put aside: it stays listed as dropped and cannot be promoted.",
            "Drop",
            lambda: drop(workspace, candidate.id, author()),
            key="drop",
        )
