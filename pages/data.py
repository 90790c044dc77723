"""Data: bring images in, see what was refused and why, take masks out, see what is stored."""

import streamlit as st

from seep.ui import words
from seep.ui.data import ask_export, ask_import, export_now, import_now, show_report, show_storage
from seep.ui.session import current_workspace, shown_errors
from seep.ui.widgets import page_head
from seep.workflow.queue import count
from seep.workflow.scenes import list_scenes

workspace = current_workspace()
head = st.container()  # filled last, for an import changes what it says

left, right = st.columns(2, gap="large")
with left:
    st.subheader("Import", anchor=False)
    order = ask_import(workspace)
    st.subheader("Export masks", anchor=False)
    wish = ask_export(workspace)
    if wish:
        with shown_errors():
            export_now(workspace, wish)
with right:
    st.subheader("Report of the last import", anchor=False)
    if order:
        with shown_errors():
            import_now(workspace, order)
    show_report()
    st.subheader("Storage", anchor=False)
    show_storage(workspace)
with head:
    scenes = len(list_scenes(workspace))
    page_head("Data", f"{words.count(count(workspace), 'tile')} of {words.count(scenes, 'scene')}")
