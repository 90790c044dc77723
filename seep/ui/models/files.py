"""What is done with versions besides promoting them: export, import, drop, and who did what."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from seep.ui import formatting
from seep.ui.session import author, shown_errors
from seep.ui.widgets import confirm, quiet_table
from seep.workflow.models.promotion import drop
from seep.workflow.models.registry import history, list_models
from seep.workflow.models.transfer import MAX_UPLOAD_MB, card_text, checkpoint_bytes, file_stem, import_upload
from seep.workflow.workspace import Workspace

Model = Mapping[str, Any]
_IMPORTED = "imported-checkpoint"
_ACTIONS = {
    "add": "added",
    "promote": "promoted",
    "roll back": "rolled back to",
    "drop": "dropped",
    "export": "exported",
}


def offer_files(workspace: Workspace, model: Model) -> None:
    """Draw the export of a version and, where it is a candidate, the button that drops it."""
    with st.container(horizontal=True):
        with st.popover("Export", icon=":material/download:"):
            _downloads(workspace, model)
        droppable = model["state"] == "candidate" and not model["active"]
        if droppable and st.button("Drop", icon=":material/delete:"):
            who = author()
            confirm(
                f"Drop {model['name']}?",
                f"{model['name']} is put aside: it stays listed as dropped and cannot be promoted.",
                "Drop",
                lambda: drop(workspace, model["id"], who),
                key="drop",
            )


def _downloads(workspace: Workspace, model: Model) -> None:
    who, stem = author(), file_stem(model["name"])

    def data(format_: str) -> bytes:
        return checkpoint_bytes(workspace, model["id"], format_, who)[0]

    st.download_button(
        "Weights and card, safetensors",
        lambda: data("safetensors"),
        f"{stem}.safetensors",
        on_click="ignore",
        help="What Import takes, here or in another workspace",
        width="stretch",
    )
    st.download_button(
        "For other programs, ONNX",
        lambda: data("onnx"),
        f"{stem}.onnx",
        on_click="ignore",
        help="Takes some seconds: it is run and must agree with this model within 0.001",
        width="stretch",
    )
    st.download_button(
        "Card alone, JSON", card_text(model["card"]), f"{stem}.json", on_click="ignore", width="stretch"
    )


def offer_import(workspace: Workspace) -> None:
    """Draw the import of a checkpoint file."""
    with st.popover("Import", icon=":material/upload:"):
        most_mb = min(int(st.get_option("server.maxUploadSize")), MAX_UPLOAD_MB)
        st.markdown(
            f"A checkpoint that Seep wrote, up to {most_mb} MB. It comes in as a candidate. Larger ones: "
            "`python -m seep model-import`."
        )
        sent = st.file_uploader(
            "Checkpoint", "safetensors", max_upload_size=most_mb, label_visibility="collapsed"
        )
        if sent is not None and st.button("Import", type="primary", key="import-checkpoint"):
            with shown_errors(), st.spinner("Checks every tensor"):
                made = import_upload(workspace, sent.name, sent.getvalue(), author())
                st.session_state[_IMPORTED] = made
                st.rerun()
        if _IMPORTED in st.session_state:
            made = st.session_state.pop(_IMPORTED)
            name = next((one["name"] for one in list_models(workspace) if one["id"] == made), "")
            st.markdown(f":green[:material/check:] {formatting.plain(name)} is there.")


def last_switch(workspace: Workspace) -> str:
    """Return who made the active version so and when, "" before the first promotion."""
    for one in history(workspace):
        if one["action"] in {"promote", "roll back"}:
            what = "promoted" if one["action"] == "promote" else "rolled back to"
            return f", {what} by {one['author']} {formatting.moment(one['created_at'])}"
    return ""


def show_record(workspace: Workspace) -> None:
    """Draw who did what to which version and when, out of the audit log."""
    rows = [
        {
            "when": formatting.moment(one["created_at"]),
            "who": one["author"],
            "what": _ACTIONS.get(one["action"], one["action"]),
            "version": one["name"],
            "more": _more(one),
        }
        for one in history(workspace)
    ]
    with st.container(height="content" if len(rows) < 12 else 420, border=False):
        quiet_table(rows)


def _more(one: Mapping[str, Any]) -> str:
    if one["from"]:
        return f"{one['from']} was active"
    return f"as {one['details']['format']}" if one["action"] == "export" else ""
