"""Reference layers on the Data page: upload, list and removal."""

import streamlit as st

from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors, why_not
from seep.ui.widgets import drop_zone, role_button
from seep.workflow import uploads
from seep.workflow.places.reference_uploads import add_uploaded_references, reference_files
from seep.workflow.reference_layers import list_layers, remove_layer
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
    if not found:
        st.caption("No reference layers yet.")
    for number, one in enumerate(found):
        with st.container(border=True, key=f"reference-layer-{number}"):
            # Columns, because in a horizontal container the button drops under a long text.
            text, action = st.columns([3, 1], vertical_alignment="center")
            features = formatting.count(one.features, "feature")
            when = formatting.moment(one.created_at)
            text.markdown(
                f"**{formatting.plain(one.name)}**  \n"
                f":gray[{formatting.plain(f'{features} of {one.source}, added by {one.author} {when}')}]"
            )
            with action.container(horizontal=True, horizontal_alignment="right"):
                if role_button("Remove", remove_layer, key=f"remove-layer-{number}"):
                    with shown_errors():
                        remove_layer(workspace, one.name, current_actor())
                        st.rerun()


def _upload(workspace: Workspace) -> None:
    st.header("Reference layers", anchor=False)
    st.markdown(
        "Add platforms, pipelines, lanes, coast lines or known seeps. They are drawn on the maps of scenes and sites, "
        "and each site gets its distance from the nearest feature of each layer. A layer of the same name is replaced. "
        "NetCDF of ERA5 with u10 and v10 sets the wind of the scenes that it covers."
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
