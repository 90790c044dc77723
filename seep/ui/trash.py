"""Deleting on the pages: the last deletion of a session with its undo, and the list of the trash."""

import functools
from collections.abc import Callable

import streamlit as st

from seep.core.records import TrashRecord
from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors
from seep.ui.widgets import confirm, quiet_table, role_button
from seep.workflow import trash
from seep.workflow.workspace import Workspace

_DELETED = "deleted-last"
_MAX_ROWS = 100
KINDS = {"tiles": "Tiles", "scene": "Scene", "import": "Import"}


def delete(action: Callable[[], TrashRecord]) -> None:
    """Delete, remember it for `undo_line`, and draw the page again."""
    with shown_errors():
        st.session_state[_DELETED] = action()
        st.rerun()


def undo_line(workspace: Workspace) -> None:
    """Draw the last deletion of this session with a button that undoes it."""
    record: TrashRecord | None = st.session_state.get(_DELETED)
    if record is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=False):
        st.markdown(f":material/delete: {contents(record)} moved to the trash.", width="content")
        undo = role_button("Undo delete", trash.restore, icon=":material/undo:", key="delete-undo")
        dismiss = st.button("Dismiss", type="tertiary", key="delete-dismiss")
    if undo:
        with shown_errors():
            _restore(workspace, record)
            st.toast(f"{contents(record)} restored.")
            st.rerun()
    if dismiss:
        del st.session_state[_DELETED]
        st.rerun()


def show_trash(workspace: Workspace) -> None:
    """Draw the entries of the trash, the restoring of one, and the emptying after a confirmation."""
    entries = trash.list_trash(workspace)
    if not entries:
        st.caption("The trash is empty.")
        return
    quiet_table(
        [
            {
                "deleted": f"{KINDS[entry.kind]} {formatting.shortened(entry.name)}",
                "contents": contents(entry),
                "by": entry.author,
                "when": formatting.unbroken(formatting.moment(entry.created_at)),
            }
            for entry in entries[:_MAX_ROWS]
        ]
    )
    by_id = {entry.id: entry for entry in entries}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Entry", list(by_id), format_func=lambda key: _option(by_id[key]), key="trash-entry", width=340
        )
        restore = role_button(
            "Restore", trash.restore, icon=":material/restore_from_trash:", key="trash-restore"
        )
        empty = role_button(
            "Empty trash", trash.delete_permanently, icon=":material/delete_forever:", key="trash-empty"
        )
    if restore:
        with shown_errors():
            _restore(workspace, by_id[chosen])
            st.toast(f"{contents(by_id[chosen])} restored.")
            st.rerun()
    if empty:
        tiles = formatting.count(sum(entry.tiles for entry in entries), "tile")
        confirm(
            f"Delete {tiles} permanently?",
            "This deletes all masks, drafts and predictions of these tiles. It cannot be undone. The image files stay "
            "where they are.",
            "Delete permanently",
            functools.partial(_empty, workspace, list(by_id)),
            key="trash-empty-dialog",
        )


def delete_import_row(workspace: Workspace) -> None:
    """Draw the selection of an import and the button that deletes its tiles."""
    imports = {one.id: one for one in trash.list_imports(workspace)}
    if not imports:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Import to delete",
            list(imports),
            format_func=lambda key: _import_option(imports[key].source, imports[key].tiles),
            key="delete-import-choice",
            width=340,
        )
        pressed = role_button(
            "Delete import",
            trash.delete_import,
            icon=":material/delete:",
            key="delete-import",
            help="Moves its tiles to the trash. Masks that it added to existing tiles stay.",
        )
    if pressed:
        delete(lambda: trash.delete_import(workspace, chosen, current_actor()))


def contents(record: TrashRecord) -> str:
    """Return what an entry contains, such as "12 tiles, 1 scene"."""
    scenes = f", {formatting.count(record.scenes, 'scene')}" if record.scenes else ""
    return f"{formatting.count(record.tiles, 'tile')}{scenes}"


def _restore(workspace: Workspace, record: TrashRecord) -> None:
    trash.restore(workspace, record.id, current_actor())
    _forget(record.id)


def _empty(workspace: Workspace, trash_ids: list[int]) -> None:
    trash.delete_permanently(workspace, trash_ids, current_actor())
    for trash_id in trash_ids:
        _forget(trash_id)


def _forget(trash_id: int) -> None:
    """Drop the undo of an entry that is no longer in the trash."""
    last: TrashRecord | None = st.session_state.get(_DELETED)
    if last is not None and last.id == trash_id:
        del st.session_state[_DELETED]


def _option(record: TrashRecord) -> str:
    return f"{KINDS[record.kind]} {formatting.shortened(record.name)} ({contents(record)})"


def _import_option(source: str, tiles: int) -> str:
    return f"{formatting.shortened(source.rsplit('/', 1)[-1])} ({formatting.count(tiles, 'tile')})"
