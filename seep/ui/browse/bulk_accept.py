"""Bulk accept on Browse: find high-confidence tiles, accept imported masks and predictions, undo."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import streamlit as st

from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors, why_not, worded
from seep.ui.widgets import role_button
from seep.workflow.review import bulk_accept
from seep.workflow.workspace import Workspace

_SUGGESTED = "bulk-suggested"
_BATCH = "bulk-batch"


def suggestion() -> tuple[list[int], int]:
    """Return the tiles of the last search and the number of the search, for the gallery to select."""
    ids, number = st.session_state.get(_SUGGESTED, ([], 0))
    return ids, number


def find_button(workspace: Workspace, open_ids: Sequence[int]) -> None:
    """Draw the button that finds high-confidence tiles among the unreviewed ones shown."""
    if st.button(
        "Find high-confidence tiles",
        type="tertiary",
        icon=":material/fact_check:",
        key="find-confident",
        disabled=not open_ids,
    ):
        _find(workspace, open_ids)


def accept_button(workspace: Workspace, selected: Sequence[int]) -> None:
    """Draw the button that accepts the masks of the selected tiles, after a confirmation."""
    if role_button("Accept tiles", bulk_accept.accept_all, icon=":material/done_all:", key="accept-tiles"):
        st.dialog("Accept tiles")(accept_dialog)(workspace, selected)


def undo_line(workspace: Workspace) -> None:
    """Draw the last bulk accept of this session with a button that undoes it."""
    batch: bulk_accept.Batch | None = st.session_state.get(_BATCH)
    if batch is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=False):
        test = f", {batch.test_tiles} of them in test scenes" if batch.test_tiles else ""
        done = formatting.count(len(batch.revisions), "tile")
        st.markdown(
            f":material/done_all: {done} accepted{test}. {_skipped(batch.skipped.values())}", width="content"
        )
        if st.button("Undo accept", icon=":material/undo:", key="bulk-undo"):
            _undo(workspace, batch)
        if st.button("Dismiss", type="tertiary", key="bulk-dismiss"):
            del st.session_state[_BATCH]
            st.rerun()


def run_keys(workspace: Workspace, accept: Sequence[int], undo: bool) -> None:
    """Do what keys on the thumbnails ask for: accept tiles outside test scenes, or undo the last bulk accept."""
    batch: bulk_accept.Batch | None = st.session_state.get(_BATCH)
    if undo and batch is not None:
        _undo(workspace, batch)
    if accept and (denial := why_not(bulk_accept.accept_all)):
        st.toast(formatting.plain(denial))
    elif accept:
        with shown_errors():
            found = bulk_accept.acceptable(workspace, accept)
            test = [one for one, split in found.splits.items() if split == "test"]
            batch = bulk_accept.accept_all(
                workspace, [one for one in accept if one not in test], current_actor()
            )
            batch = replace(batch, skipped=batch.skipped | dict.fromkeys(test, "in test scenes"))
            if batch.revisions:
                st.session_state[_BATCH] = batch
                st.rerun()
            st.toast(f"No tile accepted. {_skipped(batch.skipped.values())}")


def _undo(workspace: Workspace, batch: bulk_accept.Batch) -> None:
    with shown_errors():
        opened = len(bulk_accept.undo(workspace, batch, current_actor()))
        stay = len(batch.revisions) - opened
        kept = f" {stay} were changed since and stay accepted." if stay else ""
        st.toast(f"{formatting.count(opened, 'tile')} reopened.{kept}")
        del st.session_state[_BATCH]
        st.rerun()


def _skipped(reasons: Iterable[str]) -> str:
    """Return how many tiles were skipped for which reason, "" for none."""
    counts = Counter(reasons)
    listed = ", ".join(f"{number} {reason}" for reason, number in counts.most_common())
    return f"{formatting.count(counts.total(), 'tile')} skipped: {listed}." if counts else ""


@st.dialog("High-confidence tiles")
def _find(workspace: Workspace, open_ids: Sequence[int]) -> None:
    empty = st.slider(
        worded("Minimum confidence without slicks"), 0.5, 1.0, bulk_accept.MIN_CONFIDENCE_EMPTY, 0.01, key="bulk-empty",
        help=worded("Confidence: 1 minus the highest seep probability on the tile."),
    )  # fmt: skip
    seep = st.slider(
        worded("Minimum confidence with slicks"), 0.5, 1.0, bulk_accept.MIN_CONFIDENCE_SEEP, 0.01, key="bulk-seep",
        help="Confidence: soft Dice of probability and predicted mask.",
    )  # fmt: skip
    with shown_errors():
        found = bulk_accept.find_confident(workspace, open_ids, empty, seep)
        without = sum(one.empty for one in found)
        kinds = f"{without} without slicks, {len(found) - without} with slicks"
        test = _test_count([one.split for one in found])
        st.markdown(worded(f"**{formatting.count(len(found), 'tile')}**: {kinds}{test}."))
        st.caption(
            worded(
                f"Searched: {formatting.count(len(open_ids[: bulk_accept.MAX_TILES]), 'unreviewed tile')} without the "
                "quality sample. High confidence can be wrong: the model can miss a faint slick. Check the selection "
                "before you accept it."
            )
        )
        if st.button("Select tiles", type="primary", disabled=not found):
            st.session_state[_SUGGESTED] = ([one.id for one in found], suggestion()[1] + 1)
            st.rerun()


def accept_dialog(workspace: Workspace, selected: Sequence[int]) -> None:
    """Draw the confirmation of a bulk accept, and accept on its button."""
    with shown_errors():
        found = bulk_accept.acceptable(workspace, selected)
        test = [one for one, split in found.splits.items() if split == "test"]
        ids = [one for one in found.splits if one not in test]
        if found.skipped:
            st.caption(_skipped(found.skipped.values()))
        if test and st.checkbox(
            f"Include {formatting.count(len(test), 'tile')} in test scenes",
            help="Accepting predictions in test scenes biases evaluation.",
            key="bulk-test",
        ):
            ids += test
        imported = len(found.imported & set(ids))
        st.markdown(
            f"Accepts **{formatting.count(len(ids), 'tile')}** as {formatting.plain(current_actor().name)}: "
            f"{formatting.count(imported, 'imported mask')}, {formatting.count(len(ids) - imported, 'prediction')}. "
            "The tiles count as reviewed. Those in training scenes are used for training."
        )
        if st.button(
            f"Accept {formatting.count(len(ids), 'tile')}",
            type="primary",
            key="bulk-accept",
            disabled=not ids,
        ):
            st.session_state[_BATCH] = bulk_accept.accept_all(workspace, ids, current_actor())
            st.rerun()


def _test_count(splits: Sequence[str]) -> str:
    count = splits.count("test")
    return f"; {count} in test scenes" if count else ""
