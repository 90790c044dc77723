"""The menu of Browse for selected tiles: reopen, undo the last accept, delete."""

from collections.abc import Callable, Sequence

import streamlit as st

from seep.ui import formatting, trash
from seep.ui.session import current_actor, shown_errors
from seep.ui.widgets import role_button
from seep.workflow.actor import Actor
from seep.workflow.review.reopen import Reopened, reopen, undo_accept
from seep.workflow.trash import delete_tiles
from seep.workflow.workspace import Workspace


def more_menu(workspace: Workspace, selected: Sequence[int]) -> None:
    """Draw the menu of rarer actions for the selected tiles."""
    with st.popover("More", icon=":material/more_horiz:", key="more-actions"):
        if _entry(
            "Reopen tiles",
            reopen,
            "undo",
            "Back to the queue, with their masks as drafts. They no longer count as ground truth.",
        ):
            _run(reopen, workspace, selected, "reopened")
        if _entry(
            "Undo accept",
            undo_accept,
            "settings_backup_restore",
            "Each tile shows what it showed before its last accept. The accepted mask is kept as a draft.",
        ):
            _run(undo_accept, workspace, selected, "back in their state before the accept")
        if _entry("Delete tiles", delete_tiles, "delete", "Moves the tiles to the trash, with undo."):
            trash.delete(lambda: delete_tiles(workspace, selected, current_actor()))


def _entry(label: str, action: Callable[..., object], icon: str, explanation: str) -> bool:
    """Draw a button of the menu for an action with a role; return whether it was clicked."""
    return role_button(
        label,
        action,
        icon=f":material/{icon}:",
        key=formatting.slug(label),
        width="stretch",
        help=explanation,
    )


def _run(
    action: Callable[[Workspace, Sequence[int], Actor], Reopened],
    workspace: Workspace,
    selected: Sequence[int],
    done: str,
) -> None:
    with shown_errors():
        result = action(workspace, selected, current_actor())
        skipped = f" {len(result.skipped)} skipped." if result.skipped else ""
        st.toast(f"{formatting.count(len(result.tile_ids), 'tile')} {done}.{skipped}")
        st.rerun()
