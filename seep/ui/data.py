"""Import and export as the Data page asks for them and tells of them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from seep.errors import CheckpointError, ImportRefusedError, SettingsError
from seep.ui import words
from seep.ui.session import author
from seep.ui.widgets import facts, go_to, quiet_table
from seep.workflow.exporting import export_masks
from seep.workflow.importing import ImportOptions, ImportReport, allowed_folder, import_folder
from seep.workflow.predicting import enqueue_predict
from seep.workflow.scenes import storage
from seep.workflow.workspace import Workspace

_REPORT = "import-report"
_PATTERN_HELP = (
    "A regular expression for the file name without its ending; it names the groups `scene` and `tile`. "
    "Files that do not match get the folder's name as their scene."
)


@dataclass(frozen=True)
class ImportOrder:
    """What the form asks for."""

    images: str
    masks: str
    options: ImportOptions
    predict: bool


@dataclass(frozen=True)
class ExportOrder:
    """What the form asks for; `split` None means all."""

    folder: str
    states: list[str]
    split: str | None


def ask_import(workspace: Workspace) -> ImportOrder | None:
    """Draw the import form; return what to import in the run in which its button was pressed."""
    roots = ", ".join(str(root) for root in workspace.settings.import_roots)
    with st.form("import", border=True):
        images = st.text_input(
            "Folder of images on this server",
            placeholder="/data/train_images_256",
            help=f"TIFFs; files in subfolders are not read. Folders under {words.plain(roots)} may be read.",
        )
        masks = st.text_input(
            "Folder of masks (optional)",
            placeholder="/data/train_masks_256",
            help="TIFFs of the same names: uint8, 0 is no seep, 1 and up are the classes.",
        )
        reviewed = st.checkbox(
            "These masks are reviewed already", help="Their tiles come in as accepted, and count as truth."
        )
        predict = st.checkbox("Predict afterwards with the active model", value=True)
        with st.expander("Options"):
            options = _ask_options(reviewed)
        pressed = st.form_submit_button("Import", type="primary")
    if not pressed:
        return None
    return ImportOrder(images.strip(), masks.strip(), options, predict)


def _ask_options(reviewed: bool) -> ImportOptions:
    pattern = st.text_input("Name pattern", value=ImportOptions().pattern, help=_PATTERN_HELP)
    left, right = st.columns(2)
    nodata = left.text_input(
        "Nodata value", value="auto", help="A number, `none`, or `auto`: the file's tag, else 0."
    )
    columns = right.number_input(
        "Tiles in a row of the scene",
        min_value=0,
        value=0,
        help="0 where it is not known; only for the scene's map.",
    )
    copy = st.checkbox("Copy the images into the workspace", help="Otherwise they are read where they lie.")
    return ImportOptions(
        pattern=pattern,
        nodata=_nodata(nodata),
        columns=int(columns) or None,
        reviewed=reviewed,
        copy=copy,
    )


def _nodata(text: str) -> float | str | None:
    text = text.strip().lower()
    if text in {"auto", ""}:
        return "auto"
    if text == "none":
        return None
    try:
        return float(text)
    except ValueError as error:
        raise SettingsError(f"Nodata is {text!r}; write a number, none or auto.") from error


def import_now(workspace: Workspace, order: ImportOrder) -> None:
    """Import with a progress bar and keep the report for the page.

    Raises:
        ImportRefusedError: the folder cannot be read; nothing changed.
    """
    st.session_state.pop(_REPORT, None)
    if not order.images:
        raise ImportRefusedError("No folder of images is given; write its path on this server.")
    images = allowed_folder(workspace, Path(order.images))
    masks = allowed_folder(workspace, Path(order.masks)) if order.masks else None
    bar = st.progress(0.0, "Looks at the folder")

    def tell(done: int, total: int, name: str) -> None:
        if done % 16 == 0 or done == total:
            bar.progress(done / max(total, 1), f"{done} of {total}: {words.plain(name)}")

    try:
        report = import_folder(workspace, images, masks, order.options, author(), tell)
    finally:
        bar.empty()
    st.session_state[_REPORT] = report
    if order.predict and report.imported:
        try:
            enqueue_predict(workspace, author())
        except CheckpointError as error:  # the import stands, whether or not there is a model
            st.warning(words.plain(error))


def show_report() -> None:
    """Draw the report of this session's last import: how many came in, and why others did not."""
    report: ImportReport | None = st.session_state.get(_REPORT)
    if report is None:
        st.caption("Nothing was imported in this session.")
        return
    with st.container(horizontal=True):
        st.metric("Imported", words.number(report.imported))
        st.metric("Known already", words.number(report.skipped))
        st.metric("Refused", words.number(len(report.refused)))
        st.metric("Took", words.duration(report.elapsed_s))
    if report.refused:
        rows = [{"file": one.path.name, "reason": one.reason} for one in report.refused]
        with st.container(height="content" if len(rows) < 8 else 320, border=False):
            quiet_table(rows)
        st.caption(
            "Refused files changed nothing. Mend them and import the folder again: known tiles are skipped."
        )
    if report.imported:
        go_to("Review the new tiles", "pages/review.py", key="after-import")


def ask_export(workspace: Workspace) -> ExportOrder | None:
    """Draw the export form; return what to export in the run in which its button was pressed."""
    with st.form("export", border=True):
        folder = st.text_input(
            "Folder for the masks on this server", value=str(workspace.settings.workspace / "export")
        )
        left, right = st.columns([2, 1])
        states = left.multiselect(
            "States",
            list(words.TILE_STATES),
            default=["accepted", "corrected"],
            format_func=lambda name: words.TILE_STATES[name].word,
        )
        split = right.selectbox(
            "Split",
            list(words.SPLITS),
            index=None,
            placeholder="All",
            format_func=lambda name: words.SPLITS[name],
        )
        pressed = st.form_submit_button("Export")
    return ExportOrder(folder.strip(), states, split) if pressed else None


def export_now(workspace: Workspace, order: ExportOrder) -> None:
    """Write the masks and say where they are.

    Raises:
        ImportRefusedError: the folder lies outside of what may be used.
        StorageError: it cannot be written.
    """
    folder = allowed_folder(workspace, Path(order.folder))
    bar = st.progress(0.0, "Writes the masks")

    def tell(done: int, total: int, name: str) -> None:
        if done % 16 == 0 or done == total:
            bar.progress(done / max(total, 1), f"{done} of {total}: {words.plain(name)}")

    try:
        report = export_masks(workspace, folder, order.states, order.split, tell)
    finally:
        bar.empty()
    left_out = f"; {words.count(report.without_mask, 'tile')} had none" if report.without_mask else ""
    st.success(words.plain(f"{words.count(report.written, 'mask')} written to {report.folder}{left_out}."))


def show_storage(workspace: Workspace) -> None:
    """Draw how much the workspace holds and how much room is left on its disk."""
    used = storage(workspace)
    free = shutil.disk_usage(workspace.settings.workspace).free
    facts(
        {name.capitalize(): words.size(amount) for name, amount in used.items()} | {"Free": words.size(free)}
    )
