"""Head of the Scenes page: the selected scene, its progress and its actions."""

from collections.abc import Sequence

import streamlit as st

from seep.core.text import wind_text
from seep.ui import formatting, trash
from seep.ui.session import current_actor, shown_errors, why_not, worded
from seep.ui.widgets import role_button
from seep.workflow.places.environment.image_wind import estimate_wind
from seep.workflow.places.wind import MAX_SPEED_MS, TYPED, clear_wind, set_wind
from seep.workflow.scenes.listing import SceneProgress, wide_area_px
from seep.workflow.trash import delete_scene, list_trash
from seep.workflow.workspace import Workspace

QUERY_PARAMETER = "scene"
_SELECTED = "scene-chosen"
_IGNORED = "scene-ignored"


def select_scene(workspace: Workspace, scenes: Sequence[SceneProgress]) -> SceneProgress:
    """Draw the page's head with the scene selector; return the selected scene.

    The URL names the scene, so that links to a scene work. An unknown name, or that of a scene in the trash, selects
    the first scene and shows a message.

    Args:
        scenes: at least one.
    """
    by_name = {scene.name: scene for scene in scenes}
    from_url = st.query_params.get(QUERY_PARAMETER)
    if from_url and from_url not in by_name:
        st.session_state[_IGNORED] = _why_ignored(workspace, from_url)
    if from_url in by_name and st.session_state.get(_SELECTED) != from_url:
        st.session_state[_SELECTED] = from_url
        st.session_state.pop(_IGNORED, None)
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
        wide = f", {formatting.number(wide_px)} px of wide dark areas" if wide_px else ""
        st.caption(
            worded(f"{split} scene, {formatting.number(selected.seep_px)} px of seep{wide}"),
            width="stretch",
        )
        _actions(workspace, selected)
    if _IGNORED in st.session_state:
        st.warning(formatting.plain(st.session_state[_IGNORED]), icon=":material/filter_alt_off:")
    st.query_params[QUERY_PARAMETER] = selected.name
    return selected


def _why_ignored(workspace: Workspace, name: str) -> str:
    """Say why the scene in the URL is not shown, and which one is shown instead."""
    if any(one.kind == "scene" and one.name == name for one in list_trash(workspace)):
        return f"Scene {formatting.shortened(name, 60)} is in the trash. Restore it on the Data page to see it here."
    return f"Ignored unknown scene in the URL: {name[:60]!r}."


def _update_url() -> None:
    """Another scene was selected."""
    st.session_state.pop(_IGNORED, None)
    st.query_params[QUERY_PARAMETER] = st.session_state[_SELECTED]


def _option(scene: SceneProgress) -> str:
    tiles = formatting.count(scene.tiles, "tile")
    return f"{formatting.shortened(scene.name, 26)}  ({scene.reviewed} of {tiles} reviewed)"


def _wind(workspace: Workspace, scene: SceneProgress) -> None:
    """Draw the wind of a scene as a button that opens its fields."""
    blowing = wind_text(scene.wind_ms, scene.wind_from_deg)
    label = formatting.plain(f"Wind {blowing.replace(' from', ',')}") if blowing else "Wind"
    with st.popover(label, icon=":material/air:"):
        st.caption("Wind 10 m above the sea, for the evidence of sites.")
        denial = why_not(set_wind)
        key = f"{scene.id}-{scene.wind_ms}-{scene.wind_from_deg}"
        speed = st.number_input(
            "Speed, m/s", 0.0, MAX_SPEED_MS, scene.wind_ms, 0.5, format="%.1f", key=f"wind-speed-{key}"
        )
        direction = st.number_input(
            "From, degrees", 0, 360, None if scene.wind_from_deg is None else round(scene.wind_from_deg),
            key=f"wind-from-{key}", help="Where the wind comes from, clockwise from north.",
        )  # fmt: skip
        source = scene.wind_source
        if source:
            st.caption(formatting.plain("Entered by hand" if source == TYPED else f"From {source}"))
        with st.container(horizontal=True), shown_errors():
            missing = speed is None or direction is None
            if st.button(
                "Save wind", type="primary", key="save-wind", disabled=missing or bool(denial), help=denial
            ):
                set_wind(workspace, scene.name, speed or 0.0, float(direction or 0), current_actor())
                st.rerun()
            if st.button("Clear", key="clear-wind", disabled=not blowing or bool(denial), help=denial):
                clear_wind(workspace, scene.name, current_actor())
                st.rerun()
        if blowing and role_button(
            "Estimate from image",
            estimate_wind,
            key="estimate-wind",
            help="Wind speed in cells of 1 km from the backscatter of Sentinel-1 in VV, with this direction.",
        ):
            with st.spinner("Reading the image…"), shown_errors():
                field = estimate_wind(workspace, scene.name, current_actor())
                st.caption(
                    f"{field.median_ms:.1f} m/s from the image, median of its cells. Sites shows the wind at each site."
                )
        st.caption("The tab Reference layers of Data reads the wind of all scenes from a file of ERA5.")


def _actions(workspace: Workspace, scene: SceneProgress) -> None:
    _wind(workspace, scene)
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
