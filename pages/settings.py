"""Settings: the classes, the splits of the scenes, each person's keys, and what this installation is."""

import streamlit as st

from seep.ui import formatting
from seep.ui.session import author, current_workspace
from seep.ui.settings.editors import about, class_editor, class_list, split_editor
from seep.ui.settings.quality_sample import sample_editor
from seep.ui.settings.shortcuts import key_editor
from seep.ui.widgets import page_head

workspace = current_workspace()
page_head("Settings", "What everyone in this workspace shares, and your own keys")

left, right = st.columns([3, 2], gap="large")
with left:
    st.subheader("Classes", anchor=False)
    class_editor(workspace)
    class_list(workspace)
with right:
    st.subheader("Splits by scene", anchor=False)
    split_editor(workspace)
    st.subheader("Quality sample", anchor=False)
    sample_editor(workspace)
    st.subheader("About", anchor=False)
    about(workspace)
st.subheader("Keys on Review", anchor=False)
st.caption(
    formatting.plain(
        f"For {author()} only, kept in the workspace. Press a button, then the key that shall do it."
    )
)
key_editor(workspace)
