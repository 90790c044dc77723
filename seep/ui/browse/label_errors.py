"""The inbox of label errors on Browse: fill it, and say that masks are right."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from seep.ui import formatting
from seep.ui.session import author, shown_errors
from seep.ui.widgets import go_to, nothing_here
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.review.label_errors import LEAST, confirm
from seep.workflow.workspace import Workspace

_HELP = (
    "Predicts the reviewed tiles with the active model and lists those whose accepted mask it contradicts "
    f"while it is sure, from a contradiction of {LEAST} on. Masks that were accepted with this prediction in "
    "sight are left out."
)


def compare_button(workspace: Workspace, kind: Literal["secondary", "tertiary"] = "tertiary") -> None:
    """Draw the button that has the worker compare all reviewed tiles with the active model."""
    if st.button("Compare reviewed tiles", type=kind, icon=":material/compare:", help=_HELP):
        with shown_errors():
            enqueue_predict(workspace, author(), reviewed=True)
            st.toast("Comparison queued; the list fills when it is done.")


def right_button(workspace: Workspace, selected: Sequence[int]) -> None:
    """Draw the button that says the masks of the selected tiles are right as they are."""
    if st.button("Masks are right", icon=":material/verified:", help="Takes them off this list."):
        with shown_errors():
            done = confirm(workspace, selected, author())
            st.toast(f"{formatting.count(done, 'tile')} off the list.")
            st.rerun()


def nothing_to_look_at(workspace: Workspace) -> None:
    """Draw the empty inbox: how it is filled, and the way to the tiles that do wait."""
    nothing_here(
        "No tile waits for a second look: of the reviewed tiles that the active model has predicted, it sees "
        "none otherwise with confidence. Comparing has it predict those that are left.",
        ":material/verified:",
    )
    with st.container(horizontal=True, horizontal_alignment="center"):
        compare_button(workspace, "secondary")
        go_to("Go to the review queue", "pages/review.py", "to-review", primary=False)
