"""Possible label errors on Browse: find them, and confirm masks."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors
from seep.ui.widgets import nothing_here, role_button
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.review.label_errors import MIN_CONTRADICTION, confirm, count_compared
from seep.workflow.workspace import Workspace

_HELP = (
    "Predicts the reviewed tiles with the active version. Lists masks that the prediction contradicts with "
    f"high confidence (contradiction {MIN_CONTRADICTION} or more)."
)


def compare_button(workspace: Workspace, kind: Literal["secondary", "tertiary"] = "tertiary") -> None:
    """Draw the button that compares all reviewed tiles with the active version, as a job."""
    if role_button(
        "Find label errors",
        enqueue_predict,
        type=kind,
        icon=":material/compare:",
        help=_HELP,
        key="find-label-errors",
    ):
        with shown_errors():
            enqueue_predict(workspace, current_actor(), reviewed=True)
            st.toast("Comparison queued. The list updates when it is done.")


def confirm_button(workspace: Workspace, selected: Sequence[int]) -> None:
    """Draw the button that confirms the masks of the selected tiles."""
    if role_button(
        "Confirm masks",
        confirm,
        icon=":material/verified:",
        help="Removes the tiles from this list.",
        key="confirm-masks",
    ):
        with shown_errors():
            done = confirm(workspace, selected, current_actor())
            st.toast(f"{formatting.count(done, 'mask')} confirmed.")
            st.rerun()


def no_label_errors(workspace: Workspace) -> None:
    """Draw the empty state: what was compared, a way to find label errors, and one to the review queue."""
    compared = count_compared(workspace)
    if compared:
        sentence = (
            f"No possible label errors in {formatting.count(compared, 'reviewed tile')}: no mask contradicts a "
            "prediction that its author had not seen."
        )
    else:
        sentence = "No reviewed tile has a prediction yet that the author of its mask had not seen."
    nothing_here(
        sentence,
        ":material/verified:" if compared else ":material/compare:",
        "Open review queue",
        "pages/review.py",
        beside=lambda: compare_button(workspace, "secondary"),
    )
