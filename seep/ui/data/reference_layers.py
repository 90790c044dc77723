"""Reference layers on the Data page: upload, list and removal."""

import streamlit as st

from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors, why_not
from seep.ui.widgets import drop_zone, role_button
from seep.workflow import uploads
from seep.workflow.places.environment.velocities import get_currents, remove_currents
from seep.workflow.places.reference_uploads import add_uploaded_references, reference_files
from seep.workflow.reference_layers import list_layers, remove_layer
from seep.workflow.water_depth import get_bathymetry, remove_bathymetry
from seep.workflow.workspace import Workspace

_UPLOAD, _OUTCOME = "references-upload-token", "references-outcome"


def show_reference_layers(workspace: Workspace) -> None:
    """Draw the reference layers, each with a button that removes it, and the upload of further ones."""
    left, right = st.columns([3, 2], gap="large")
    with right:
        _list(workspace)
    with left:
        _upload(workspace)


def _list(workspace: Workspace) -> None:
    st.header("In this workspace", anchor=False)
    found = list_layers(workspace)
    bathymetry = get_bathymetry(workspace)
    currents = get_currents(workspace)
    if not found and bathymetry is None and not currents:
        st.caption("No reference layers yet.")
    for number, one in enumerate(found):
        features = formatting.count(one.features, "feature")
        about = f"{features} of {one.source}, added by {one.author} {formatting.moment(one.created_at)}"
        if _removed(str(number), one.name, about):
            with shown_errors():
                remove_layer(workspace, one.name, current_actor())
                st.rerun()
    if bathymetry is not None:
        about = (
            f"{bathymetry.source}, added by {bathymetry.author} {formatting.moment(bathymetry.created_at)}"
        )
        if _removed("bathymetry", "Bathymetry", about):
            with shown_errors():
                remove_bathymetry(workspace, current_actor())
                st.rerun()
    for number, file in enumerate(currents):
        about = f"{file.source}, added by {file.author} {formatting.moment(file.created_at)}"
        if _removed(f"currents-{number}", "Currents", about):
            with shown_errors():
                remove_currents(workspace, file.source, current_actor())
                st.rerun()


def _removed(key: str, name: str, about: str) -> bool:
    """Draw a layer with its button; return whether the button was pressed."""
    with st.container(border=True, key=f"reference-layer-{key}"):
        # Columns, because in a horizontal container the button drops under a long text.
        text, action = st.columns([5, 3], vertical_alignment="center")
        text.markdown(f"**{formatting.plain(name)}**  \n:gray[{formatting.plain(about)}]")
        with action.container(horizontal=True, horizontal_alignment="right"):
            return role_button("Remove", remove_layer, key=f"remove-layer-{key}")


def _upload(workspace: Workspace) -> None:
    st.header("Reference layers", anchor=False)
    st.markdown(
        "Add platforms, pipelines, lanes, coast lines or known seeps. They are drawn on the maps of scenes and sites, "
        "and each site gets its distance from the nearest feature of each layer. A layer of the same name is replaced. "
        "NetCDF of ERA5 with u10 and v10 sets the wind of the scenes that it covers. NetCDF of CMEMS with uo and vo "
        "gives their currents. Bathymetry, as NetCDF of GEBCO or as GeoTIFF, gives each site its water depth and the "
        "radius within which its vent is to be searched."
    )
    denial = why_not(add_uploaded_references)
    if denial:
        st.info(denial)
        return
    token = str(st.session_state.setdefault(_UPLOAD, uploads.new_token()))
    drop_zone(workspace, token, "references", "references-upload")
    found = reference_files(workspace, token)
    if st.button("Add to workspace", type="primary", key="add-references", disabled=not found):
        with st.spinner("Reading files…"):
            st.session_state[_OUTCOME] = add_uploaded_references(workspace, token, current_actor())
        del st.session_state[_UPLOAD]  # the browser counts the files of a token
        st.rerun()
    for one in st.session_state.pop(_OUTCOME, []):
        sign = ":green[:material/check:]" if one.added else ":red[:material/error:]"
        st.markdown(f"{sign} {formatting.plain(one.sentence)}")
