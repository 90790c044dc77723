"""The editor of splits, and facts about this installation."""

import platform
from importlib.metadata import version
from zlib import crc32

import streamlit as st

from seep.settings import VERSION
from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors, why_not
from seep.ui.widgets import facts, nothing_here
from seep.workflow.access.accounts import MAX_NAME
from seep.workflow.access.identity import local_name, set_local_name
from seep.workflow.scenes.listing import list_scenes, set_split
from seep.workflow.workspace import Workspace

_ROW_PX = 32
_ROWS = 22
"""Rows of the table of splits that fit into a window of 900 px; it scrolls with more."""


def split_editor(workspace: Workspace) -> None:
    """Draw a table of scenes and splits; a changed split is saved immediately."""
    scenes = list_scenes(workspace)
    if not scenes:
        nothing_here("No scenes. Import tiles first.", ":material/satellite_alt:")
        return
    st.caption(
        "Validation scenes select the best epoch. Test scenes are never used for training or selection."
    )
    reason = why_not(set_split)
    if reason:
        st.info(reason)
    rows = [
        {"scene": one.name, "tiles": one.tile_count, "split": formatting.SPLITS[one.split]} for one in scenes
    ]
    edited = st.data_editor(
        rows,
        key=f"splits-{crc32(repr(rows).encode())}",  # new key for new values: old edits would undo them
        hide_index=True,
        disabled=bool(reason) or ["scene", "tiles"],
        height="content" if len(rows) < _ROWS else (_ROWS + 1) * _ROW_PX,
        row_height=_ROW_PX,
        column_config={
            "scene": st.column_config.TextColumn("Scene", width="medium"),
            "tiles": st.column_config.NumberColumn("Tiles", width="small"),
            "split": st.column_config.SelectboxColumn(
                "Split", options=list(formatting.SPLITS.values()), required=True, width="small"
            ),
        },
    )
    names = {word: split for split, word in formatting.SPLITS.items()}
    changed = [
        (one, str(row["split"]))
        for one, row in zip(scenes, edited, strict=True)
        if names[str(row["split"])] != one.split
    ]
    for scene, word in changed:
        set_split(workspace, scene.id, names[word], current_actor())
        st.toast(formatting.plain(f"{scene.name} is now a {word.lower()} scene."))
    if changed:
        st.rerun()  # the table gets its new key now; with the old one, the next edit would be lost


def name_editor(workspace: Workspace) -> None:
    """Draw the input for the author of changes, where nobody signs in."""
    if workspace.settings.auth != "none":
        return
    name = st.text_input(
        "Your name",
        value=local_name(workspace),
        key="local-name",
        max_chars=MAX_NAME,
        help="Saved with every change. Accounts for several people: see People and roles in the documentation.",
    )
    if name.strip() and name.strip() != local_name(workspace):
        with shown_errors():
            set_local_name(workspace, name, current_actor())
            st.rerun()


def about(workspace: Workspace) -> None:
    """Draw facts about this installation."""
    facts(
        {
            "Seep": VERSION,
            "Workspace": workspace.settings.workspace,
            "Device": workspace.settings.device or "automatic: CUDA if available, else CPU",
            "Python": platform.python_version(),
            "Streamlit": version("streamlit"),
            "torch": version("torch"),
        }
    )
