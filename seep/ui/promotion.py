"""The line on pages while the tiles of a large workspace change to the predictions of a promoted version."""

import streamlit as st

from seep.ui import formatting
from seep.ui.session import current_workspace, shown_errors
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.models.promotion import tiles_to_change
from seep.workflow.workspace import Workspace


def promotion_line(workspace: Workspace) -> None:
    """Draw how many tiles are left while a promotion goes on; the line goes away by itself in the end."""
    if tiles_to_change(workspace):
        st.fragment(_draw, run_every=2)()


@shown_errors()
def _draw() -> None:
    workspace = current_workspace()
    left, active = tiles_to_change(workspace), active_checkpoint(workspace)
    if not left or active is None:
        st.rerun()
    st.caption(
        f":blue[:material/progress_activity:] Promotion of {formatting.plain(active.name)} continues: "
        f"{formatting.count(left, 'tile still shows', 'tiles still show')} the predictions of the version before."
    )
