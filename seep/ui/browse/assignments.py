"""Assignment of selected tiles on Browse."""

from collections.abc import Sequence

import streamlit as st

from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors
from seep.ui.widgets import role_button
from seep.workflow.classes import people
from seep.workflow.review.assignments import LEASE_S, assign, assigned_people
from seep.workflow.workspace import Workspace

_HELP = (
    "Assigned tiles are offered for review to that person only. An open tile is locked for others until "
    f"{LEASE_S // 60} minutes after it was last shown."
)


def assign_button(workspace: Workspace, selected: Sequence[int]) -> None:
    """Draw the button that assigns the selected tiles to a person, or unassigns them."""
    if role_button("Assign tiles", assign, icon=":material/person_add:", help=_HELP, key="assign"):
        _assign_dialog(workspace, selected)


@st.dialog("Assign tiles")
def _assign_dialog(workspace: Workspace, selected: Sequence[int]) -> None:
    known = sorted({current_actor().name, *people(workspace), *assigned_people(workspace)} - {"import"})
    person = st.selectbox("Person", known, index=known.index(current_actor().name), accept_new_options=True)
    st.caption(_HELP)
    with st.container(horizontal=True):
        assigned = st.button(
            f"Assign {formatting.count(len(selected), 'tile')}", type="primary", disabled=not person
        )
        unassigned = st.button("Unassign tiles")
    if assigned or unassigned:
        with shown_errors():
            changed = assign(workspace, selected, person if assigned else None, current_actor())
            result = f"assigned to {person}" if assigned else "unassigned"
            st.toast(formatting.plain(f"{formatting.count(changed, 'tile')} {result}."))
            st.rerun()
