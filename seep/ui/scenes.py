"""The head of the Scenes page: which scene, how far it is, and what can be done with it."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from seep.ui import formatting

ADDRESS = "scene"
_CHOSEN = "scene-chosen"


def pick_scene(scenes: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Draw the page's head with the choice of a scene; return the one chosen.

    The address names it, so that a link to a scene can be sent; an unknown name there gives the first.

    Args:
        scenes: as `scene_progress` lists them, one at least.
    """
    by_name = {str(scene["name"]): scene for scene in scenes}
    asked = st.query_params.get(ADDRESS)
    if asked in by_name and st.session_state.get(_CHOSEN) != asked:
        st.session_state[_CHOSEN] = asked
    elif st.session_state.get(_CHOSEN) not in by_name:
        st.session_state[_CHOSEN] = next(iter(by_name))
    with st.container(horizontal=True, vertical_alignment="center", key="scene-head"):
        st.title("Scenes", anchor=False, width="content")
        st.selectbox(
            "Scene",
            list(by_name),
            key=_CHOSEN,
            format_func=lambda name: _line(by_name[name]),
            label_visibility="collapsed",
            width=340,
            on_change=_to_address,
        )
        chosen = by_name[st.session_state[_CHOSEN]]
        _facts(chosen)
        _actions(chosen)
    _to_address()
    return chosen


def _to_address() -> None:
    st.query_params[ADDRESS] = st.session_state[_CHOSEN]


def _line(scene: Mapping[str, Any]) -> str:
    tiles = formatting.count(scene["tiles"], "tile")
    return f"{formatting.shortened(scene['name'], 26)}  ({scene['reviewed']} of {tiles} reviewed)"


def _facts(scene: Mapping[str, Any]) -> None:
    split = formatting.SPLITS.get(scene["split"], scene["split"])
    st.caption(f"{formatting.number(scene['seep_px'])} px of seep, {split.lower()} scene", width="stretch")


def _actions(scene: Mapping[str, Any]) -> None:
    if st.button("Its tiles", icon=":material/grid_view:", help="Thumbnails of this scene on Browse."):
        st.switch_page("pages/browse.py", query_params={"scene": scene["name"]})
    if st.button("Review this scene", type="primary", disabled=not scene["tiles"]):
        st.switch_page("pages/review.py", query_params={"scene": scene["name"]})
