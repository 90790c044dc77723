"""Head of the Scenes page: the selected scene, its progress and its actions."""

from collections.abc import Sequence

import streamlit as st

from seep.ui import formatting, trash
from seep.ui.session import current_actor
from seep.ui.widgets import role_button
from seep.workflow.scenes.listing import SceneProgress, wide_area_px
from seep.workflow.trash import delete_scene
from seep.workflow.workspace import Workspace

QUERY_PARAMETER = "scene"
_SELECTED = "scene-chosen"


def select_scene(workspace: Workspace, scenes: Sequence[SceneProgress]) -> SceneProgress:
    """Draw the page's head with the scene selector; return the selected scene.

    The URL names the scene, so that links to a scene work. An unknown name selects the first scene and shows a message.

    Args:
        workspace: of the scenes.
        scenes: at least one.
    """
    by_name = {scene.name: scene for scene in scenes}
    from_url = st.query_params.get(QUERY_PARAMETER)
    if from_url and from_url not in by_name:
        message = f"Ignored unknown scene in the URL: {from_url[:60]!r}."
        st.toast(formatting.plain(message), icon=":material/filter_alt_off:")
    if from_url in by_name and st.session_state.get(_SELECTED) != from_url:
        st.session_state[_SELECTED] = from_url
    elif st.session_state.get(_SELECTED) not in by_name:
        st.session_state[_SELECTED] = next(iter(by_name))
    with st.container(horizontal=True, vertical_alignment="center", key="scene-head"):
        st.title("Scenes", anchor=False, width="content")
        st.selectbox(
            "Scene",
            list(by_name),
            key=_SELECTED,
            format_func=lambda name: _option(by_name[name]),
            label_visibility="collapsed",
            width=340,
            on_change=_update_url,
        )
        selected = by_name[st.session_state[_SELECTED]]
        split = formatting.SPLITS.get(selected.split, selected.split)
        wide_px = wide_area_px(workspace, selected.id)
        wide = f", {formatting.number(wide_px)} px of it in wide dark areas" if wide_px else ""
        st.caption(
            f"{split} scene, {formatting.number(selected.seep_px)} px of seep in the shown masks{wide}",
            width="stretch",
        )
        _actions(workspace, selected)
    _update_url()
    return selected


def _update_url() -> None:
    st.query_params[QUERY_PARAMETER] = st.session_state[_SELECTED]


def _option(scene: SceneProgress) -> str:
    tiles = formatting.count(scene.tiles, "tile")
    return f"{formatting.shortened(scene.name, 26)}  ({scene.reviewed} of {tiles} reviewed)"


def _actions(workspace: Workspace, scene: SceneProgress) -> None:
    if st.button("Browse tiles", icon=":material/grid_view:", help="Show the tiles of this scene on Browse."):
        st.switch_page("pages/browse.py", query_params={"scene": scene.name})
    if role_button(
        "Delete scene",
        delete_scene,
        type="tertiary",
        key="delete-scene",
        help="Moves its tiles to the trash.",
    ):
        st.query_params.pop(QUERY_PARAMETER, None)
        trash.delete(lambda: delete_scene(workspace, scene.id, current_actor()))
    if st.button("Review scene", type="primary", disabled=not scene.tiles):
        st.switch_page("pages/review.py", query_params={"scene": scene.name})
