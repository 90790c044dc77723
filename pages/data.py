"""Data page: import images and masks, export results, add reference layers, see the storage in use."""

import streamlit as st

from seep.ui import formatting
from seep.ui.data.export import export_panel
from seep.ui.data.import_form import import_button, import_form, is_outdated
from seep.ui.data.import_report import show_import
from seep.ui.data.reference_layers import show_reference_layers
from seep.ui.data.storage import show_storage
from seep.ui.session import current_workspace, shown_errors
from seep.ui.trash import delete_import_row, show_trash, undo_line
from seep.ui.widgets import page_head
from seep.workflow.review.queue import count
from seep.workflow.scenes.listing import list_scenes

workspace = current_workspace()
scenes = formatting.count(len(list_scenes(workspace)), "scene")
page_head("Data", f"{formatting.count(count(workspace), 'tile')} in {scenes}")

request = None
importing, exporting, references, stored, deleted = st.tabs(
    ["Import", "Export", "Reference layers", "Storage", "Trash"],
    key="view",
    bind="query-params",
    on_change="rerun",
)
with importing:  # always drawn: an upload continues while another tab is open
    left, right = st.columns([3, 2], gap="large")
    with left:
        head = st.container(horizontal=True, vertical_alignment="center")
        head.header("Import", anchor=False, width="stretch")
        with shown_errors():
            request = import_form(workspace)
    with right:
        st.header("Last import", anchor=False)
        show_import()
        if is_outdated(workspace):  # the import ended after the form was drawn
            st.rerun()
    with head, shown_errors():
        import_button(workspace, request)
if exporting.open:
    with exporting:
        st.header("Export", anchor=False)
        export_panel(workspace)
if references.open:
    with references:
        show_reference_layers(workspace)
if stored.open:
    with stored:
        st.header("Storage", anchor=False)
        show_storage(workspace)
if deleted.open:
    with deleted:
        st.header("Trash", anchor=False)
        undo_line(workspace)
        show_trash(workspace)
        delete_import_row(workspace)
