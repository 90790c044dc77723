"""The table of keyboard shortcuts on Settings."""

import streamlit as st

from seep.ui.component import component, no_callback
from seep.ui.session import current_actor, shown_errors
from seep.workflow.classes import get_classes
from seep.workflow.shortcuts import keys_of, set_keys
from seep.workflow.workspace import Workspace


def shortcut_editor(workspace: Workspace) -> None:
    """Draw one row per action with its key; a changed key is saved immediately for the person."""
    actor = current_actor()
    mount = component("seep.keys", "canvas/frontend/shortcuts/main.js", "Loading keyboard shortcuts…")
    result = mount(
        key="key-table",
        data={
            "keys": keys_of(workspace, actor.name),
            "classes": [vars(seep_class) for seep_class in get_classes(workspace)],
        },
        on_keys_change=no_callback,
    )
    changed = result.get("keys")
    if isinstance(changed, dict):
        with shown_errors():
            set_keys(workspace, {str(action): str(combo) for action, combo in changed.items()}, actor)
            st.rerun()
