"""Settings: classes, splits, quality sample, keyboard shortcuts, and facts about the installation."""

import streamlit as st

from seep.ui import formatting
from seep.ui.session import current_actor, current_workspace
from seep.ui.settings.classes import class_editor, class_list
from seep.ui.settings.editors import about, name_editor, split_editor
from seep.ui.settings.quality_sample import sample_editor
from seep.ui.settings.shortcuts import shortcut_editor
from seep.ui.widgets import page_head

workspace = current_workspace()
page_head("Settings", "Shared by everyone in this workspace, except your keyboard shortcuts")

classes, splits, shortcuts, installation = st.tabs(
    ["Classes", "Splits and quality sample", "Keyboard shortcuts", "About"],
    key="view",
    bind="query-params",
    on_change="rerun",
)
with classes:
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.header("Classes", anchor=False)
        class_editor(workspace)
    with right:
        st.header("Preset or list", anchor=False)
        class_list(workspace)
if splits.open:
    with splits:
        left, right = st.columns([3, 2], gap="large")
        with left:
            st.header("Splits by scene", anchor=False)
            split_editor(workspace)
        with right:
            st.header("Quality sample", anchor=False)
            sample_editor(workspace)
if shortcuts.open:
    with shortcuts:
        st.header("Keyboard shortcuts", anchor=False)
        st.caption(
            formatting.plain(
                f"For {current_actor().name} on the Review page. Click a button, then press its new key."
            )
        )
        shortcut_editor(workspace)
if installation.open:
    with installation:
        st.header("About", anchor=False)
        name_editor(workspace)
        about(workspace)
