"""The quality sample: its share and its result."""

import streamlit as st

from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors, why_not
from seep.workflow.review.quality_sample import (
    CORRECT_DICE,
    MAX_SHARE,
    measure_quality,
    quality_sample_share,
    set_quality_sample_share,
)
from seep.workflow.workspace import Workspace

SAMPLE_HELP = (
    "Sample tiles are drawn at random and mixed into every review queue. Their predictions are made before the "
    "review, so no run has trained on them. Reviewers start from the prediction, so the result is slightly "
    "optimistic. Intervals are 95 %: of the IoU over scenes, of the share of correct predictions by Wilson. A "
    f"prediction is correct from a Dice of {CORRECT_DICE} on."
)


def sample_editor(workspace: Workspace) -> None:
    """Draw the share of sample tiles with a button that saves it, and the current result."""
    stored = round(100 * quality_sample_share(workspace))
    with st.form("quality-sample", border=False):
        # The key has the stored value in it: a share that somebody else saved replaces the one shown here.
        percent = st.slider(
            "Share of sample tiles in a review queue, %",
            0,
            round(100 * MAX_SHARE),
            stored,
            key=f"sample-share-{stored}",
            help=SAMPLE_HELP,
        )
        reason = why_not(set_quality_sample_share)
        pressed = st.form_submit_button("Save share", disabled=bool(reason), help=reason)
    if pressed and percent != stored:
        with shown_errors():
            drawn = set_quality_sample_share(workspace, percent / 100, current_actor())
            st.toast(f"Quality sample: {formatting.count(drawn, 'tile')}.")
            st.rerun()
    sample = measure_quality(workspace)
    st.caption(formatting.plain(f"{sample.drawn} drawn, {sample.open} open. {sample.sentence}"))
