"""Open comments on Overview: how many tiles have them, and links to these tiles."""

import streamlit as st

from seep.ui import formatting
from seep.ui.session import current_actor
from seep.ui.widgets import go_to
from seep.workflow.review.comments import open_comment_counts
from seep.workflow.workspace import Workspace


def comment_line(workspace: Workspace) -> None:
    """Draw links to the tiles with open comments, and to those where one mentions this person; nothing without any."""
    tiles, mentioned = open_comment_counts(workspace, current_actor().name)
    if not tiles:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="comments-row"):
        st.caption(f"Open comments on {formatting.count(tiles, 'tile')}.", width="stretch")
        if mentioned:
            label = f"{formatting.count(mentioned, 'tile')} with comments that mention you"
            go_to(label, "pages/browse.py", "comments-mentions", primary=False, comments="mentions")
        go_to("Show open comments", "pages/browse.py", "comments-open", primary=False, comments="open")
