"""Settings: classes, splits, quality sample, keyboard shortcuts, and facts about the installation."""

import streamlit as st

from seep.ui import formatting
from seep.ui.session import current_actor, current_workspace
from seep.ui.settings.editors import about, class_editor, class_list, split_editor
from seep.ui.settings.quality_sample import sample_editor
from seep.ui.settings.shortcuts import shortcut_editor
from seep.ui.widgets import page_head

workspace = current_workspace()
page_head("Settings", "Shared by everyone in this workspace, except your keyboard shortcuts")

left, right = st.columns([3, 2], gap="large")
with left:
    st.header("Classes", anchor=False)
    class_editor(workspace)
    class_list(workspace)
with right:
    st.header("Splits by scene", anchor=False)
    split_editor(workspace)
    st.header("Quality sample", anchor=False)
    sample_editor(workspace)
    st.header("About", anchor=False)
    about(workspace)
st.header("Keyboard shortcuts", anchor=False)
st.caption(
    formatting.plain(
        f"For {current_actor().name} on the Review page. Click a button, then press its new key."
    )
)
shortcut_editor(workspace)
