"""The import as the Data page asks for it: from where, what was found there, how it is read."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from seep.errors import SeepError
from seep.ui import formatting
from seep.ui.components.upload import upload_zone
from seep.ui.data.folder_picker import folder_field
from seep.ui.data.import_options import ask_options, show_look
from seep.ui.session import author, base_url
from seep.workflow.imports import background, uploads
from seep.workflow.imports.background import ImportOrder
from seep.workflow.imports.importer import ImportOptions, allowed_folder
from seep.workflow.imports.preview import Look, look_at
from seep.workflow.workspace import Workspace

_STAGE, _ADDRESS = "upload-stage", "upload"
_BROWSER, _SERVER = "Files from this computer", "A folder of the server"


@dataclass(frozen=True)
class Source:
    """Where the files are; `token` is the stage's when they were uploaded, else ""."""

    images: Path
    masks: Path | None
    token: str = ""


def ask_import(workspace: Workspace) -> ImportOrder | None:
    """Draw the whole form; return what would be imported as it stands, None where that is nothing yet."""
    source = _ask_source(workspace)
    if source is None:
        return None
    found = st.container()  # above the choices, though it follows from them
    options = ask_options(uploaded=bool(source.token), masks=source.masks is not None)
    predict = st.checkbox("Predict afterward with the active model", value=True, key="import-predict")
    with found:
        try:
            look = _looked(source, options, f"{options} {_changed(source)}", workspace)
        except SeepError as error:
            st.error(formatting.plain(error), icon=":material/error:")
            return None
        show_look(look, masks=source.masks is not None)
    return ImportOrder(source.images, source.masks, options, predict, source.token)


@st.cache_resource(ttl=60, max_entries=16, show_spinner="Looks at the files")
def _looked(_source: Source, _options: ImportOptions, key: str, _workspace: Workspace) -> Look:
    """Look once, not at every run of the script; as a resource, since data would be pickled."""
    return look_at(_workspace, _source.images, _source.masks, _options)


def _changed(source: Source) -> str:
    """Name what a look depends on: folders and when they were changed."""
    return f"{source} {[_changed_at(path) for path in (source.images, source.masks)]}"


def _changed_at(path: Path | None) -> int:
    try:
        return path.stat().st_mtime_ns if path else 0
    except OSError:  # there is none, or it has just gone
        return 0


def _ask_source(workspace: Workspace) -> Source | None:
    origin = st.segmented_control(
        "From",
        [_BROWSER, _SERVER],
        default=_BROWSER,
        required=True,
        key="import-from",
        label_visibility="collapsed",
    )
    return _uploaded(workspace) if origin == _BROWSER else _on_server(workspace)


def _uploaded(workspace: Workspace) -> Source | None:
    uploads.sweep(workspace)
    token = _token(workspace)
    chosen = workspace.settings
    upload_zone(
        token=token,
        author=author(),
        file_bytes=chosen.upload_file_bytes,
        total_bytes=chosen.upload_total_bytes,
        base_url=base_url(),
    )
    waiting = uploads.staged(workspace, token)
    if not any(one.role == "images" for one in waiting):
        if waiting:
            st.info("Masks alone wait here: drop the images that they belong to as well.")
        return None
    folder = uploads.stage(workspace, token)
    masks = any(one.role == "masks" for one in waiting)
    return Source(folder / "images", folder / "masks" if masks else None, token)


def _token(workspace: Workspace) -> str:
    """Return this session's stage; a new one after the last was imported.

    It stands in the address while files wait there, so that a reload finds them again.
    """
    if _STAGE not in st.session_state:
        asked = st.query_params.get(_ADDRESS, "")
        st.session_state[_STAGE] = asked if uploads.is_token(asked) else uploads.new_token()
    if is_behind(workspace):
        st.session_state[_STAGE] = uploads.new_token()
    token = str(st.session_state[_STAGE])
    if uploads.staged(workspace, token):
        st.query_params[_ADDRESS] = token
    else:
        st.query_params.pop(_ADDRESS, None)
    return token


def is_behind(workspace: Workspace) -> bool:
    """Whether this session's stage was imported, perhaps while the form was drawn: then draw it again."""
    run = background.last_run(workspace)
    stage = st.session_state.get(_STAGE)
    return run is not None and run.report is not None and stage is not None and run.order.token == stage


def _on_server(workspace: Workspace) -> Source | None:
    roots = ", ".join(str(root) for root in workspace.settings.import_roots)
    images = folder_field(
        workspace,
        "Folder of images on this server",
        "import-images",
        "/data/train_images_256",
        f"Files in subfolders are not read, SAFE folders are. A single image or a zip will do, too. "
        f"What lies under {formatting.plain(roots)} may be read.",
    )
    masks = folder_field(
        workspace,
        "Folder of masks (optional)",
        "import-masks",
        "/data/train_masks_256",
        "Of the same names as the images, or annotations: COCO, YOLO, GeoJSON, Label Studio, CVAT.",
    )
    if not images:
        return None
    try:
        return Source(
            allowed_folder(workspace, Path(images)),
            allowed_folder(workspace, Path(masks)) if masks else None,
        )
    except SeepError as error:
        st.error(formatting.plain(error), icon=":material/error:")
        return None


def import_button(workspace: Workspace, order: ImportOrder | None) -> None:
    """Draw the page's one primary action; pressed, it starts the import."""
    run = background.last_run(workspace)
    busy = run is not None and run.running
    wrong = order is None or busy
    if st.button("Import", type="primary", disabled=wrong, key="import-now") and order is not None:
        background.start(workspace, order, author())
        st.rerun()
