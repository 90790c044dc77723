"""Import, export and drop of model versions, and the activity log."""

import streamlit as st

from seep.errors import SeepError
from seep.ui import formatting
from seep.ui.actions import action_text
from seep.ui.session import current_actor, why_not
from seep.ui.widgets import confirm, drop_zone, quiet_table, role_button
from seep.workflow import uploads
from seep.workflow.models.promotion import drop
from seep.workflow.models.registry import ModelEvent, ModelVersion, list_events, list_models
from seep.workflow.models.transfer import (
    MAX_UPLOAD_MB,
    card_text,
    checkpoint_bytes,
    file_stem,
    import_upload,
    missing_in_onnx,
)
from seep.workflow.workspace import Workspace

_UPLOAD, _OUTCOME = "checkpoint-upload-token", "checkpoint-import-outcome"


def export_and_drop_buttons(workspace: Workspace, model: ModelVersion) -> None:
    """Draw the export of a version and, if it is a candidate, the button that drops it."""
    with st.container(horizontal=True, width="content"):
        with st.popover("Export", icon=":material/download:"):
            _download_buttons(workspace, model)
        droppable = model.state == "candidate" and not model.active
        if droppable and role_button("Drop", drop, icon=":material/delete:", key="drop"):
            person = current_actor()
            confirm(
                f"Drop {model.name}?",
                f"{model.name} stays in the list as dropped and cannot be promoted.",
                "Drop",
                lambda: drop(workspace, model.id, person),
                key="drop",
            )


def _download_buttons(workspace: Workspace, model: ModelVersion) -> None:
    reason = why_not(checkpoint_bytes)
    if reason:
        st.caption(reason)
        return
    person, stem = current_actor(), file_stem(model.name)

    def data(format_: str) -> bytes:
        return checkpoint_bytes(workspace, model.id, format_, person)[0]

    st.download_button(
        "Download weights and card (safetensors)",
        lambda: data("safetensors"),
        f"{stem}.safetensors",
        on_click="ignore",
        key="download-safetensors",
        help="Import accepts this file, here and in other workspaces.",
        width="stretch",
    )
    missing = missing_in_onnx(model.card)
    lacks = f" It does not contain {' and '.join(missing)}." if missing else ""
    st.download_button(
        "Download ONNX of the network alone" if missing else "Download ONNX for other programs",
        lambda: data("onnx-network"),
        f"{stem}.onnx",
        on_click="ignore",
        key="download-onnx",
        help=f"Takes some seconds. The file is run first and must agree with the network within 0.001.{lacks}",
        width="stretch",
    )
    st.download_button(
        "Download card (JSON)",
        lambda: card_text(model.card),
        f"{stem}.json",
        on_click="ignore",
        width="stretch",
    )


def import_button(workspace: Workspace) -> None:
    """Draw the import of a checkpoint file."""
    with st.popover("Import", icon=":material/upload:"):
        reason = why_not(import_upload)
        if reason:
            st.caption(reason)
            return
        st.markdown("Upload a checkpoint that Seep wrote. It becomes a candidate.")
        token = str(st.session_state.setdefault(_UPLOAD, uploads.new_token()))
        drop_zone(workspace, token, "checkpoints", "checkpoint-upload", MAX_UPLOAD_MB << 20)
        st.caption("For larger files use `python -m seep model-import`.")
        found = [file for file in uploads.list_files(workspace, token) if file.role == "checkpoints"]
        if found and st.button("Import", type="primary", key="import-checkpoint"):
            with st.spinner("Validating checkpoint…"):
                st.session_state[_OUTCOME] = [_imported(workspace, token, one) for one in found]
            if not uploads.list_files(workspace, token):
                del st.session_state[_UPLOAD]  # the browser counts the files of a token
            st.rerun()
        for sentence in st.session_state.pop(_OUTCOME, []):
            st.markdown(sentence)


def _imported(workspace: Workspace, token: str, file: uploads.UploadedFile) -> str:
    """Import one uploaded checkpoint; return what happened, as Markdown."""
    try:
        imported = import_upload(workspace, token, file, current_actor())
    except SeepError as error:
        return f":red[:material/error:] {formatting.plain(error)}"
    name = next((model.name for model in list_models(workspace) if model.id == imported), "")
    return f":green[:material/check:] Imported {formatting.plain(name)}."


def last_promotion(workspace: Workspace) -> str:
    """Return who promoted the active version and when, "" before the first promotion."""
    for event in list_events(workspace):
        if event.action in {"promote", "roll back"}:
            return f", {action_text(event.action)} by {event.author} {formatting.moment(event.created_at)}"
    return ""


def show_activity(workspace: Workspace) -> None:
    """Draw the activity log: time, person, action and version."""
    rows = [
        {
            "Time": formatting.moment(event.created_at),
            "Person": event.author,
            "Action": action_text(event.action),
            "Version": event.name,
            "Details": _details(event),
        }
        for event in list_events(workspace)
    ]
    with st.container(height="content" if len(rows) < 12 else 420, border=False):
        quiet_table(rows)


def _details(one: ModelEvent) -> str:
    if one.previous:
        return f"before: {one.previous}"
    return f"as {one.format}" if one.format else ""
