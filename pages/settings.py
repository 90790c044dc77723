"""Settings: the classes, the splits of the scenes, and what this installation is."""

import streamlit as st

from seep.ui.session import current_workspace
from seep.ui.settings import about, class_editor, split_editor
from seep.ui.widgets import page_head

workspace = current_workspace()
page_head("Settings", "What everyone in this workspace shares")

left, right = st.columns([3, 2], gap="large")
with left:
    st.subheader("Classes", anchor=False)
    class_editor(workspace)
with right:
    st.subheader("Splits by scene", anchor=False)
    split_editor(workspace)
    st.subheader("About", anchor=False)
    about(workspace)
