"""Import form of the Data page: source, preview and options."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from seep.core.import_options import ImportOptions
from seep.errors import SeepError
from seep.ui import formatting
from seep.ui.data.folder_picker import folder_field
from seep.ui.data.import_options import options_form, show_preview
from seep.ui.data.import_questions import splits_and_classes
from seep.ui.session import current_actor, shown_errors, why_not
from seep.ui.widgets import drop_zone, facts, role_button
from seep.workflow import uploads
from seep.workflow.imports import background
from seep.workflow.imports.background import ImportRequest
from seep.workflow.imports.buckets import can_read_buckets, list_bucket
from seep.workflow.imports.importer import allowed_folder
from seep.workflow.imports.preview import ImportPreview, brings_masks, preview_import
from seep.workflow.imports.server_folders import list_folder
from seep.workflow.uploads import UploadedFile
from seep.workflow.workspace import Workspace

_UPLOAD, _QUERY_PARAMETER, _LOST = "upload-token", "upload", "upload-lost"
_SOURCES = {"browser": "Upload files", "server": "Server folder", "bucket": "Bucket"}
_KINDS = {"images": "Image", "masks": "Mask", "land": "Land mask", "checkpoints": "Checkpoint"}
_MAX_LISTED_FILES = 50
_MAX_SHOWN_NAMES = 3


@dataclass(frozen=True)
class Source:
    """Folders to import; `token` is that of an upload, or "" for server folders."""

    images: Path
    masks: Path | None
    token: str = ""


@dataclass(frozen=True)
class BucketSource:
    """Addresses of images and masks in buckets; `masks` is None for none."""

    images: str
    masks: str | None


def import_form(workspace: Workspace) -> ImportRequest | None:
    """Draw the form; return the import that it describes, or None if it is incomplete."""
    reason = why_not(background.start)
    if reason:
        st.info(reason)
        return None
    source = _select_source(workspace)
    if source is None:
        return None
    preview_area = st.container()  # above the options, although it depends on them
    bucket = isinstance(source, BucketSource)
    token = "" if isinstance(source, BucketSource) else source.token
    masks = source.masks is not None or (not bucket and brings_masks(Path(source.images)))
    try:
        options = options_form(workspace, token=token, masks=masks, bucket=bucket)
    except SeepError as error:
        st.error(formatting.plain(error), icon=":material/error:")
        return None
    predict = st.checkbox("Predict the new tiles with the active version", value=True, key="import-predict")
    if isinstance(source, BucketSource):
        with preview_area:
            shown = _show_bucket(workspace, source)
        return ImportRequest(source.images, source.masks, options, predict) if shown else None
    with preview_area:
        try:
            preview = _preview(source, options, f"{options} {_last_change(source)}", workspace)
        except SeepError as error:
            st.error(formatting.plain(error), icon=":material/error:")
            return None
        show_preview(preview)
        options, names = splits_and_classes(workspace, preview, options)
    return ImportRequest(source.images, source.masks, options, predict, source.token, names)


@st.cache_resource(ttl=60, max_entries=16, show_spinner="Scanning files…")
def _preview(_source: Source, _options: ImportOptions, key: str, _workspace: Workspace) -> ImportPreview:
    """Scan the files once per change; as a resource, because cached data would be pickled."""
    return preview_import(_workspace, _source.images, _source.masks, _options)


def _last_change(source: Source) -> str:
    """Return a cache key: the folders and their modification times."""
    return f"{source} {[_modified_ns(path) for path in (source.images, source.masks)]}"


def _modified_ns(path: Path | None) -> int:
    try:
        return path.stat().st_mtime_ns if path else 0
    except OSError:  # deleted in the meantime
        return 0


def _select_source(workspace: Workspace) -> Source | BucketSource | None:
    denied = {"browser": None, "server": why_not(list_folder), "bucket": why_not(list_bucket)}
    sources = [name for name in _SOURCES if not denied[name] and (name != "bucket" or can_read_buckets())]
    source = st.segmented_control(
        "Source",
        sources,
        format_func=lambda name: _SOURCES[name],
        default="browser",
        required=True,
        key="import-from",
        label_visibility="collapsed",
    )
    if source == "bucket":
        return _bucket_source()
    return _upload_source(workspace) if source == "browser" else _server_source(workspace)


def _bucket_source() -> BucketSource | None:
    images: str = st.text_input(
        "Images in a bucket",
        key="import-bucket-images",
        placeholder="s3://BUCKET/PREFIX",
        help="The images stay there. Seep reads them with the credentials of this server.",
    )
    masks: str = st.text_input(
        "Masks in a bucket (optional)",
        key="import-bucket-masks",
        placeholder="s3://BUCKET/PREFIX",
        help="Masks with the file names of the images, or annotation files.",
    )
    return BucketSource(images.strip(), masks.strip() or None) if images.strip() else None


def _show_bucket(workspace: Workspace, source: BucketSource) -> bool:
    """Draw how many objects each address has; return whether they can be imported."""
    rows: dict[str, str] = {}
    try:
        for name, address in (("Images", source.images), ("Masks", source.masks)):
            if address:
                names, size_bytes = _listing(address, workspace)
                shown = ", ".join(names[:_MAX_SHOWN_NAMES]) + (", …" if len(names) > _MAX_SHOWN_NAMES else "")
                size = formatting.size(size_bytes)
                rows[name] = f"{formatting.count(len(names), 'object')}, {size}: {shown}"
    except SeepError as error:
        st.error(formatting.plain(error), icon=":material/error:")
        return False
    facts(rows)
    st.caption("The files are read when the import starts; its report names those that are refused.")
    return True


@st.cache_data(ttl=60, max_entries=16, show_spinner="Listing objects…")
def _listing(address: str, _workspace: Workspace) -> tuple[list[str], int]:
    """List a bucket once a minute."""
    found = list_bucket(_workspace, address, current_actor())
    return found.names, found.size_bytes


def _upload_source(workspace: Workspace) -> Source | None:
    uploads.delete_old_uploads(workspace)
    token = _upload_token(workspace)
    drop_zone(workspace, token)
    files = uploads.list_files(workspace, token)
    if st.session_state.get(_LOST) and not files:
        st.info(
            "The files of this upload are not on this server: they were imported or deleted, or your browser was moved "
            "to another server. Upload them again if they are not imported."
        )
    _show_files(workspace, token, files)
    if not any(file.role == "images" for file in files):
        if files:
            st.info("Only masks uploaded. Add the matching images.")
        return None
    folder = uploads.upload_folder(workspace, token)
    has_masks = any(file.role == "masks" for file in files)
    return Source(folder / "images", folder / "masks" if has_masks else None, token)


def _show_files(workspace: Workspace, token: str, files: list[UploadedFile]) -> None:
    """Draw the uploaded files with a button each that removes it."""
    if not files:
        return
    with st.expander(f"{formatting.count(len(files), 'uploaded file')}", key="uploaded-files"):
        for number, file in enumerate(files[:_MAX_LISTED_FILES]):
            left, middle, right = st.columns([5, 2, 1], vertical_alignment="center")
            left.markdown(formatting.plain(file.name))
            kind = _KINDS[file.role]
            middle.caption(f"{kind}, {formatting.size(file.size_bytes)}")
            right.button(
                "Remove file",
                icon=":material/delete:",
                type="tertiary",
                help=f"Remove {formatting.plain(file.name)}",
                key=f"remove-upload-{number}",
                on_click=uploads.delete_file,
                args=(workspace, token, file, current_actor()),
            )
        if len(files) > _MAX_LISTED_FILES:
            st.caption(f"{formatting.number(len(files) - _MAX_LISTED_FILES)} more files are not listed.")


def _upload_token(workspace: Workspace) -> str:
    """Return the token of this session's upload; a new one after an import.

    It is in the URL while the upload has files, so that they are found again after a reload.
    """
    if _UPLOAD not in st.session_state:
        from_url = st.query_params.get(_QUERY_PARAMETER, "")
        known = uploads.is_token(from_url)
        st.session_state[_UPLOAD] = from_url if known else uploads.new_token()
        st.session_state[_LOST] = known and not uploads.list_files(workspace, from_url)
    if is_outdated(workspace):
        st.session_state[_UPLOAD] = uploads.new_token()
        st.session_state[_LOST] = False
    token = str(st.session_state[_UPLOAD])
    if uploads.list_files(workspace, token):
        st.query_params[_QUERY_PARAMETER] = token
    else:
        st.query_params.pop(_QUERY_PARAMETER, None)
    return token


def is_outdated(workspace: Workspace) -> bool:
    """Return whether the upload of this session was imported, perhaps while the form was drawn."""
    run = background.last_run(workspace)
    token = st.session_state.get(_UPLOAD)
    return run is not None and run.report is not None and token is not None and run.request.token == token


def _server_source(workspace: Workspace) -> Source | None:
    roots = ", ".join(str(root) for root in workspace.settings.import_roots)
    images = folder_field(
        workspace,
        "Images on the server",
        "import-images",
        "/data/train_images_256",
        "Also a single image, a zip, a tar, or a data set with `images` and `masks` or `labels`. Allowed folders: "
        f"{formatting.plain(roots)}.",
    )
    masks = folder_field(
        workspace,
        "Mask folder (optional)",
        "import-masks",
        "/data/train_masks_256",
        "Masks with the file names of the images, or annotation files, such as COCO, YOLO, CVAT or GeoPackage.",
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


def import_button(workspace: Workspace, request: ImportRequest | None) -> None:
    """Draw the primary action of the page, which starts the import."""
    run = background.last_run(workspace)
    busy = run is not None and run.running
    disabled = request is None or busy
    pressed = role_button(
        "Import files", background.start, type="primary", disabled=disabled, key="import-now"
    )
    if pressed and request is not None:
        with shown_errors():
            background.start(workspace, request, current_actor())
            st.rerun()
