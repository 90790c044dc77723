"""Accepting many tiles at once on Browse: find the sure ones, ask once, offer to take it back."""

from collections.abc import Sequence

import streamlit as st

from seep.ui import formatting
from seep.ui.session import author, shown_errors
from seep.workflow.review import bulk_accept
from seep.workflow.workspace import Workspace

_SUGGESTED = "bulk-suggested"
_BATCH = "bulk-batch"


def suggestion() -> tuple[list[int], int]:
    """Return the tiles that were last found and the number of that finding, for the gallery to select."""
    ids, number = st.session_state.get(_SUGGESTED, ([], 0))
    return ids, number


def find_button(workspace: Workspace, open_ids: Sequence[int]) -> None:
    """Draw the button that finds tiles which the model is sure of, among the unreviewed ones shown."""
    if st.button("Find sure tiles", type="tertiary", icon=":material/fact_check:", disabled=not open_ids):
        _find(workspace, open_ids)


def accept_button(workspace: Workspace, selected: Sequence[int]) -> None:
    """Draw the button that accepts the selected tiles as they are predicted, after asking once."""
    if st.button("Accept as predicted", icon=":material/done_all:"):
        st.dialog("Accept as predicted")(question)(workspace, selected)


def undo_line(workspace: Workspace) -> None:
    """Say what was accepted last in this session, with a button that takes it back."""
    batch: bulk_accept.Batch | None = st.session_state.get(_BATCH)
    if batch is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=False):
        locked = f", {batch.locked} of them in locked scenes" if batch.locked else ""
        done = formatting.count(len(batch.revisions), "tile")
        st.markdown(f":material/done_all: {done} accepted as predicted{locked}.", width="content")
        if st.button("Undo", icon=":material/undo:", key="bulk-undo"):
            with shown_errors():
                opened = len(bulk_accept.undo(workspace, batch, author()))
                stay = len(batch.revisions) - opened
                kept = f"; {stay} stay, somebody went on with them" if stay else ""
                st.toast(f"{formatting.count(opened, 'tile')} open again{kept}.")
                del st.session_state[_BATCH]
                st.rerun()
        if st.button("Leave it so", type="tertiary", key="bulk-leave"):
            del st.session_state[_BATCH]
            st.rerun()


@st.dialog("Tiles that the model is sure of")
def _find(workspace: Workspace, open_ids: Sequence[int]) -> None:
    empty = st.slider(
        "Without slicks: confidence from", 0.5, 1.0, bulk_accept.EMPTY_FROM, 0.01, key="bulk-empty",
        help="1 minus the highest probability of seep in the tile.",
    )  # fmt: skip
    right = st.slider(
        "With slicks: confidence from", 0.5, 1.0, bulk_accept.RIGHT_FROM, 0.01, key="bulk-right",
        help="Soft Dice of the probability with the mask made of it: 1 where no pixel is undecided.",
    )  # fmt: skip
    with shown_errors():
        found = bulk_accept.confident(workspace, open_ids, empty, right)
        kinds = [one.kind for one in found]
        st.markdown(
            f"**{formatting.count(len(found), 'tile')}**: {kinds.count('empty')} empty, "
            f"{kinds.count('right')} with slicks{_locked_words([one.split for one in found])}."
        )
        st.caption(
            f"Among the {len(open_ids[: bulk_accept.MOST_AT_ONCE])} unreviewed tiles shown (at most "
            f"{bulk_accept.MOST_AT_ONCE}), audit tiles left out. Sure is not right: a model can miss a faint slick "
            "and be sure. Nothing is accepted yet: look at the selection first."
        )
        if st.button("Select them", type="primary", disabled=not found):
            st.session_state[_SUGGESTED] = ([one.id for one in found], suggestion()[1] + 1)
            st.rerun()


def question(workspace: Workspace, selected: Sequence[int]) -> None:
    """Say what accepting the selected tiles would do, and do it when told so."""
    with shown_errors():
        splits = bulk_accept.acceptable(workspace, selected)
        locked = [one for one, split in splits.items() if split == "locked"]
        ids = [one for one in splits if one not in locked]
        left_out = len(selected) - len(splits)
        if left_out:
            st.caption(
                f"{formatting.count(left_out, 'tile')} left out: not predicted, audit tiles, tiles that came "
                "with a mask, or that somebody has worked on."
            )
        if locked and st.checkbox(
            f"Also the {len(locked)} in locked scenes: what a model predicted there would judge models"
        ):
            ids += locked
        st.markdown(
            f"**{formatting.count(len(ids), 'tile')}** will be accepted with the prediction as the mask, in the "
            f"name of {formatting.plain(author())}. They count as reviewed, and training scenes among them train."
        )
        if st.button(f"Accept {formatting.count(len(ids), 'tile')}", type="primary", disabled=not ids):
            st.session_state[_BATCH] = bulk_accept.accept_all(workspace, ids, author())
            st.rerun()


def _locked_words(splits: Sequence[str]) -> str:
    count = splits.count("locked")
    return f"; {count} in locked scenes" if count else ""
