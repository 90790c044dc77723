"""Assigning selected tiles to a person on Browse."""

from collections.abc import Sequence

import streamlit as st

from seep.ui import formatting
from seep.ui.session import author, shown_errors
from seep.workflow.classes import people
from seep.workflow.review.assignments import LEASE_S, assign, assigned_people
from seep.workflow.workspace import Workspace

_HELP = (
    "Assigned tiles are offered for review to that person only. A tile that somebody has open is offered to "
    f"nobody else, until {LEASE_S // 60} minutes after it was looked at last."
)


def assign_button(workspace: Workspace, selected: Sequence[int]) -> None:
    """Draw the button that assigns the selected tiles to a person, or to nobody."""
    if st.button("Assign", icon=":material/person_add:", help=_HELP):
        _ask(workspace, selected)


@st.dialog("Assign to a person")
def _ask(workspace: Workspace, selected: Sequence[int]) -> None:
    known = sorted({author(), *people(workspace), *assigned_people(workspace)} - {"import"})
    person = st.selectbox("Person", known, index=known.index(author()), accept_new_options=True)
    st.caption(_HELP)
    with st.container(horizontal=True):
        told = st.button(
            f"Assign {formatting.count(len(selected), 'tile')}", type="primary", disabled=not person
        )
        free = st.button("Assign to nobody")
    if told or free:
        with shown_errors():
            changed = assign(workspace, selected, person if told else None, author())
            whom = person if told else "nobody"
            st.toast(formatting.plain(f"{formatting.count(changed, 'tile')} assigned to {whom}."))
            st.rerun()
