"""The verdict on a run: better, worse or inconclusive, with its evidence, and the decision to promote or drop."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from seep.core.masks.classes import SeepClass, foreground
from seep.core.metrics.intervals import MIN_SCENES
from seep.core.text import with_minus_signs
from seep.ui import formatting
from seep.ui.components.gallery.mount import gallery
from seep.ui.session import base_url, current_actor, worded
from seep.ui.widgets import class_table, color_legend, confirm, quiet_table, role_button, state_text
from seep.workflow.evaluation.verdict import BETTER, INCONCLUSIVE, WORSE, ChangedTile, RunVerdict, SplitResult
from seep.workflow.models.promotion import drop, promote
from seep.workflow.models.registry import ModelVersion
from seep.workflow.workspace import Workspace

Row = Mapping[str, Any]


def show_verdict(verdict: RunVerdict, name: str) -> None:
    """Draw the verdict on a run: better, worse or inconclusive, the difference, and what to know about it.

    A difference without an interval, on one slick for example, only stands in the text.
    """
    word = formatting.VERDICTS.get(verdict.word, formatting.VERDICTS[INCONCLUSIVE])
    names = f"{formatting.plain(name)} vs. {formatting.plain(verdict.against_name)}"
    st.header(f"{names} {state_text(word)}", anchor=False)
    basis = verdict.basis
    text = verdict.sentence
    if basis and basis.low is not None:
        _show_difference(basis)
        text = " ".join(verdict.reasons)
    if text:
        st.markdown(formatting.plain(with_minus_signs(text)))


def show_evidence(verdict: RunVerdict, classes: Sequence[SeepClass]) -> None:
    """Draw the IoU by split and by class on which a verdict is based.

    Args:
        classes: of the workspace, in the order of their ids.
    """
    basis = verdict.basis
    if verdict.results:
        quiet_table(
            [{name: worded(text) for name, text in row.items()} for row in split_rows(verdict.results)]
        )
    if basis:
        st.caption(f"IoU by class in {formatting.SPLITS[basis.split].lower()} scenes")
        class_table(class_rows(basis.class_iou_before, basis.class_iou_now, classes, basis.class_px))


def _show_difference(basis: SplitResult) -> None:
    """Draw the difference in IoU as a large figure, with its interval."""
    with st.container(horizontal=True, key="verdict-difference"):
        st.metric("IoU difference", formatting.difference(basis.difference), width="content")
        st.metric("95 % interval", interval_text(basis), width="content")


def show_changed(changed: Sequence[ChangedTile], classes: Sequence[SeepClass]) -> None:
    """Draw the tiles on which the two versions differ most; a click opens one on the Review page."""
    rows = [
        {
            "id": one.tile_id,
            "name": one.name,
            "state": formatting.SPLITS[one.split].lower(),
            "value": f"{formatting.number(one.changed_px)} px",
        }
        for one in changed
    ]
    if rows:
        st.caption(
            f"Largest differences: {formatting.count(len(rows), 'held-out tile')}. The pictures show the newest mask, "
            "or the prediction of the active version. The number counts the pixels whose class differs between the "
            "two versions."
        )
        color_legend((one.color, one.name) for one in foreground(classes))
        with st.container(height=256, border=False):  # a fixed height keeps the layout stable while it loads
            answer = gallery(tiles=rows, base_url=base_url(), key="changed", size_px=128, height_px=240)
        if answer["open"]:
            st.switch_page("pages/review.py", query_params={"tile": str(answer["open"])})


def split_rows(results: Sequence[SplitResult]) -> list[Row]:
    """Return one table row per split: IoU before and now, and the difference with its interval."""
    return [
        {
            "measured on": f"{formatting.count(result.scenes, formatting.SPLITS[result.split].lower() + ' scene')}, "
            f"{formatting.count(result.tiles, 'tile')}",
            "IoU before": formatting.figure(result.iou_before, 3),
            "IoU now": formatting.figure(result.iou_now, 3),
            "difference": formatting.difference(result.difference),
            "95 % interval": interval_text(result),
        }
        for result in results
    ]


def class_rows(
    before: Sequence[float | None],
    after: Sequence[float | None],
    classes: Sequence[SeepClass],
    labeled_px: Sequence[int] = (),
) -> list[dict[str, str]]:
    """Return one table row per class with its IoU before and now, without background.

    Args:
        before: IoU by class id; None without support.
        after: likewise.
        classes: in the order of their ids.
        labeled_px: labeled pixels by class id; empty where they are unknown.
    """
    rows = []
    for seep_class in foreground(classes):
        known = labeled_px[seep_class.id] if seep_class.id < len(labeled_px) else None
        (was, was_text), (now, now_text) = (
            _class_iou(values, seep_class.id, known) for values in (before, after)
        )
        change = None if was is None or now is None else now - was
        rows.append(
            {
                "class": seep_class.name,
                "before": was_text,
                "now": now_text,
                "difference": formatting.difference(change),
            }
        )
    return rows


def _class_iou(
    values: Sequence[float | None], class_id: int, labeled_px: int | None
) -> tuple[float | None, str]:
    """Return the IoU of a class and its text; a class that was added later has none."""
    if class_id >= len(values):
        return None, formatting.figure(None)
    return values[class_id], formatting.class_figure(values[class_id], labeled_px)


def interval_text(result: SplitResult) -> str:
    """Return the 95 % interval of the difference, or why there is none."""
    if result.low is None or result.high is None:
        return f"fewer than {MIN_SCENES} scenes with seep"
    return f"{formatting.difference(result.low)} to {formatting.difference(result.high)}"


def show_outdated(verdict: RunVerdict, candidate: ModelVersion, active: ModelVersion) -> None:
    """Warn that a verdict compares with a version that is no longer active; link to the comparison.

    Args:
        candidate: the version that it made.
    """
    st.warning(
        formatting.plain(
            f"This verdict compares with {verdict.against_name}, but {active.name} is active now. Compare "
            f"{candidate.name} with {active.name} before promoting."
        ),
        icon=":material/history:",
    )
    st.page_link(
        "pages/models.py",
        label=formatting.plain(f"Compare {candidate.name} with {active.name}"),
        icon=":material/compare:",
        query_params={"versions": f"{active.id},{candidate.id}"},
    )


def known_verdict(model: ModelVersion) -> str:
    """Return the verdict on a version as a sentence, for the confirmation before it is promoted."""
    verdict = RunVerdict.from_outcome(model.outcome)
    if verdict is None:
        return "This version was not compared with another one."
    return with_minus_signs(f"Compared with {verdict.against_name}: {verdict.sentence}")


def is_better(model: ModelVersion, active: ModelVersion | None) -> bool:
    """Return whether a run found that a version is better than the active one."""
    verdict = RunVerdict.from_outcome(model.outcome)
    if verdict is None or active is None:
        return False
    return verdict.word == BETTER and verdict.against_id == active.id


def decide(workspace: Workspace, candidate: ModelVersion, word: str, *, lower: bool = False) -> None:
    """Draw the buttons that promote and drop a version; each asks for confirmation.

    Args:
        candidate: the version that the run made.
        word: of its verdict; "better" makes Promote the primary button, "worse" Drop.
        lower: whether the version has a lower IoU everywhere; then Drop comes first, as with "worse".
    """
    buttons = [_promote_button, _drop_button]
    for draw in reversed(buttons) if lower or word == WORSE else buttons:
        draw(workspace, candidate, word, lower=lower)


def _promote_button(workspace: Workspace, candidate: ModelVersion, word: str, *, lower: bool) -> None:
    name = candidate.name
    if role_button(
        f"Promote {formatting.plain(name)}",
        promote,
        key="promote",
        type="primary" if word == BETTER else "secondary",
        icon=":material/check:",
    ):
        confirm(
            f"Promote {name}?",
            f"{name} becomes the active version and predicts the open tiles again. Reviewed tiles do not "
            f"change. {_caution(word, lower=lower)}You can roll back on the Models page.",
            "Promote",
            lambda: promote(workspace, candidate.id, current_actor()),
            key="promote",
        )


def _drop_button(workspace: Workspace, candidate: ModelVersion, word: str, *, lower: bool) -> None:
    name = candidate.name
    if role_button(
        f"Drop {formatting.plain(name)}",
        drop,
        key="drop",
        type="primary" if lower or word == WORSE else "secondary",
        icon=":material/delete:",
    ):
        confirm(
            f"Drop {name}?",
            f"{name} stays in the list of versions, but can no longer be promoted.",
            "Drop",
            lambda: drop(workspace, candidate.id, current_actor()),
            key="drop",
        )


def show_active(candidate: ModelVersion, *, predicting: bool) -> None:
    """Say that the version of the run is active, and what comes next.

    Args:
        predicting: whether a prediction is running or queued.
    """
    state = "is active and predicts the open tiles again" if predicting else "is active"
    following = "when the prediction is done" if predicting else "to correct its predictions"
    with st.container(key="promoted"):
        st.success(
            formatting.plain(
                f"{candidate.name} {state}. Reviewed tiles did not change. Next: review {following}."
            ),
            icon=":material/check_circle:",
        )
        with st.container(horizontal=True):
            st.page_link("pages/review.py", label="Continue review", icon=":material/draw:")
            st.page_link("pages/models.py", label="Compare or roll back", icon=":material/account_tree:")


def _caution(word: str, *, lower: bool) -> str:
    state = formatting.VERDICTS.get(word, formatting.VERDICTS[INCONCLUSIVE])
    caution = "" if word == BETTER else f"The verdict is {state.word.lower()}. "
    return caution + ("Its IoU is lower on test and validation scenes. " if lower else "")
