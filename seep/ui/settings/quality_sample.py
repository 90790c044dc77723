"""The audit in words and its share, where people set it."""

import streamlit as st

from seep.ui import formatting
from seep.ui.session import author, shown_errors
from seep.workflow.review.quality_sample import (
    FEW_TILES,
    MOST_SHARE,
    RIGHT_DICE,
    audit_share,
    audited,
    set_audit_share,
)
from seep.workflow.workspace import Workspace

_SHARE, _DRAWN = "audit-share", "audit-share-drawn"
AUDIT_HELP = (
    "Audit tiles are drawn without regard to what they show and mixed into every review queue. Each "
    "prediction was made before its tile was reviewed, so no training had seen it. Masks are corrected from "
    "the prediction, so the figure leans a little toward the model. The interval of the IoU is over scenes "
    "(95 %, from three scenes on), that of the share of right tiles is Wilson's; right means a Dice of "
    f"{RIGHT_DICE} or more."
)


def audit_editor(workspace: Workspace) -> None:
    """Draw the share of audit tiles and what they have said so far; a changed share is saved at once."""
    now = round(100 * audit_share(workspace))
    if st.session_state.get(_DRAWN) != now:  # somebody else set it: what stands here would undo that
        st.session_state[_DRAWN] = st.session_state[_SHARE] = now
    chosen = st.slider(
        "Audit tiles in a review queue, %",
        0,
        round(100 * MOST_SHARE),
        key=_SHARE,
        help=AUDIT_HELP,
    )
    if chosen != now:
        with shown_errors():
            drawn = set_audit_share(workspace, chosen / 100, author())
            st.toast(f"{formatting.count(drawn, 'audit tile')} drawn.")
    found = audited(workspace)
    st.caption(formatting.plain(f"{found['drawn']} drawn, {found['open']} of them open. {found['sentence']}"))
    if not found["enough"] and found["drawn"]:
        st.caption(f"A larger share tells sooner; it takes {FEW_TILES} reviewed audit tiles to say anything.")
