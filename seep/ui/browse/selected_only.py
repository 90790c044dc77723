"""The view "selected only" of Browse: the grid shows the tiles that were selected, until all are shown again."""

from collections.abc import Sequence

import streamlit as st

from seep.workflow.review.queue import QueueItem

_ONLY = "selected-only"


def only_selected(tiles: Sequence[QueueItem]) -> list[QueueItem]:
    """Return the tiles to show: the selected ones, or all if none of them is listed."""
    kept = st.session_state.get(_ONLY)
    found = [tile for tile in tiles if tile.id in kept] if kept else []
    if kept and not found:
        del st.session_state[_ONLY]
    return found or list(tiles)


def only_button(selected: Sequence[int]) -> None:
    """Draw the button that shows the selected tiles only, or the one that shows all tiles again."""
    if st.session_state.get(_ONLY):
        show_all_button()
    elif st.button("Selected only", icon=":material/filter_list:", key="selected-only-button"):
        st.session_state[_ONLY] = frozenset(selected)
        st.rerun()


def show_all_button() -> None:
    """Draw the button that shows all tiles again, if only selected ones are shown."""
    if st.session_state.get(_ONLY) and st.button(
        "Show all", icon=":material/filter_list_off:", key="show-all"
    ):
        del st.session_state[_ONLY]
        st.rerun()
