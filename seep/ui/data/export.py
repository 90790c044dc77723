"""Export form of the Data page and of Browse: format, masks, tiles and destination."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from seep.core.tile_states import TILE_STATES
from seep.errors import ImportRefusedError
from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors
from seep.ui.widgets import role_button
from seep.workflow.exports.destination import allowed_destination
from seep.workflow.exports.exporter import (
    ExportOptions,
    ExportReport,
    MaskCounts,
    TileSelection,
    count_masks,
    export,
    export_zip,
)
from seep.workflow.exports.formats import FORMATS
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.workspace import Workspace

DESTINATIONS = {"browser": "Download as zip", "server": "Server folder"}
MASK_LABELS = {"shown": "Saved masks, and predictions where none is saved", "truth": "Ground truth only"}
MAX_DOWNLOAD_BYTES = 512 * 2**20

_KEY = "export"
_PROGRESS_INTERVAL_S = 0.2
_RESULT = "export-result"


@dataclass(frozen=True)
class _ExportForm:
    """Values of the form; `folder` is None for a download."""

    format_name: str
    selection: TileSelection
    options: ExportOptions
    folder: str | None


def export_panel(workspace: Workspace, tiles: Sequence[int] | None = None) -> None:
    """Draw the export form, its progress and its result.

    Args:
        tiles: ids of the tiles to export; None to select tiles by state, split and scene.
    """
    with st.container(border=True, key=f"{_KEY}-panel"):
        left, right = st.columns([1, 1], gap="medium")
        with left:
            format_name = _select_format()
            options = _select_options(format_name)
        with right:
            selection = (
                _select_tiles(workspace) if tiles is None else TileSelection(states=None, tiles=tuple(tiles))
            )
            form = _ExportForm(format_name, selection, options, _select_destination(workspace))
        with shown_errors():
            st.caption(_what_is_written(count_masks(workspace, selection, options.masks)))
        if role_button("Export tiles", export_zip, key=f"{_KEY}-start", icon=":material/download:"):
            st.session_state.pop(_RESULT, None)
            with shown_errors():
                st.session_state[_RESULT] = (form, *_run_export(workspace, form))
        last: tuple[_ExportForm, ExportReport, Path | None] | None = st.session_state.get(_RESULT)
        if last and last[0] == form:  # the result of other choices would mislead
            _show_result(last[1], last[2])


def _what_is_written(found: MaskCounts) -> str:
    """Say how many masks an export writes."""
    parts = [formatting.count(found.saved, "saved mask")]
    if found.predicted:
        parts.append(formatting.count(found.predicted, "prediction"))
    without = (
        f" {formatting.count(found.without, 'selected tile')} without a mask to write."
        if found.without
        else ""
    )
    return f"Writes {' and '.join(parts)}.{without}"


@st.dialog("Export", width="large")
def export_dialog(workspace: Workspace, tiles: Sequence[int]) -> None:
    """Draw the export form for selected tiles in a dialog."""
    st.caption(f"{formatting.count(len(tiles), 'tile')} selected")
    export_panel(workspace, tiles)


def _select_format() -> str:
    name: str = st.selectbox(
        "Format", list(FORMATS), format_func=lambda one: FORMATS[one].label, key=f"{_KEY}-format"
    )
    st.caption(formatting.plain(FORMATS[name].hint))
    return name


def _select_options(format_name: str) -> ExportOptions:
    masks: str = st.selectbox(
        "Masks",
        list(MASK_LABELS),
        format_func=lambda one: MASK_LABELS[one],
        key=f"{_KEY}-masks",
        help="A prediction is that of the active version. Ground truth is an imported, accepted or corrected mask.",
    )
    simplify, polygons = 0.0, False
    if format_name in {"geojson", "geopackage", "shapefile"}:
        simplify = st.number_input(
            "Outline simplification, pixels",
            min_value=0.0,
            max_value=10.0,
            value=0.0,
            step=0.5,
            key=f"{_KEY}-simplify",
            help="0 follows the pixel edges exactly. Measurements always use the exact outline.",
        )
    if format_name == "coco":
        polygons = st.checkbox(
            "Polygons instead of run lengths", key=f"{_KEY}-polygons", help="COCO polygons have no holes."
        )
    record = st.checkbox(
        "Add the review record",
        key=f"{_KEY}-record",
        help="Who saved, accepted, rejected or drew again each tile, when, in which time, and what changed, as "
        "review_record.json with its schema and as a table. It names people.",
    )
    return ExportOptions(masks, simplify, polygons, record)


def _select_tiles(workspace: Workspace) -> TileSelection:
    states = st.multiselect(
        "States",
        list(TILE_STATES),
        default=list(TileSelection().states or ()),
        format_func=lambda key: TILE_STATES[key].label,
        key=f"{_KEY}-states",
    )
    left, right = st.columns([2, 1])
    scenes = left.multiselect(
        "Scenes",
        [scene.name for scene in list_scenes(workspace)],
        placeholder="All scenes",
        key=f"{_KEY}-scenes",
    )
    split = right.selectbox(
        "Split",
        list(formatting.SPLITS),
        index=None,
        placeholder="All splits",
        format_func=lambda name: formatting.SPLITS[name],
        key=f"{_KEY}-split",
    )
    return TileSelection(states=tuple(states), split=split, scenes=tuple(scenes) or None)


def _select_destination(workspace: Workspace) -> str | None:
    destination = st.radio(
        "Destination",
        list(DESTINATIONS),
        format_func=lambda name: DESTINATIONS[name],
        horizontal=True,
        key=f"{_KEY}-place",
        help=f"Downloads have at most {formatting.size(MAX_DOWNLOAD_BYTES)}. Use a server folder for more.",
    )
    if destination == "browser":
        return None
    folder: str = st.text_input(
        "Server folder",
        value=str(workspace.settings.export_folders[0] / "masks"),
        key=f"{_KEY}-folder",
        help="Files of earlier exports are replaced; other files stop the export.",
    )
    return folder.strip()


def _run_export(workspace: Workspace, form: _ExportForm) -> tuple[ExportReport, Path | None]:
    """Run the export; return its report and the zip, or None for a server folder."""
    if form.folder == "":
        raise ImportRefusedError("The server folder is empty. Enter its path.")
    bar = st.progress(0.0, "Reading tiles")
    updated_at = 0.0

    def on_progress(done: int, total: int, name: str) -> None:
        nonlocal updated_at
        if time.monotonic() - updated_at > _PROGRESS_INTERVAL_S:
            updated_at = time.monotonic()
            bar.progress(min(1.0, done / max(total, 1)), formatting.plain(name))

    try:
        if form.folder is None:
            return export_zip(
                workspace,
                form.format_name,
                form.selection,
                form.options,
                actor=current_actor(),
                on_progress=on_progress,
            )
        out = allowed_destination(workspace, Path(form.folder))
        report = export(
            workspace,
            out,
            form.format_name,
            form.selection,
            form.options,
            actor=current_actor(),
            on_progress=on_progress,
        )
        return report, None
    finally:
        bar.empty()


def _show_result(report: ExportReport, path: Path | None) -> None:
    written = formatting.count(report.written, report.what)
    without = f" {formatting.count(report.without_mask, 'tile')} had no mask." if report.without_mask else ""
    if path is None:
        st.success(
            formatting.plain(f"{written} written to {report.folder}.{without}"), icon=":material/check:"
        )
    else:
        files = formatting.count(report.files, "file")
        st.success(formatting.plain(f"{written} in {files}.{without}"), icon=":material/check:")
        _show_download(path)
    for note in report.notes:
        st.caption(formatting.plain(note))


def _show_download(path: Path) -> None:
    """Draw the download button, which keeps the zip in memory, or the path of a zip that is too large."""
    if not path.is_file():
        st.caption("The zip was deleted after a day. Export again.")
        return
    size = path.stat().st_size
    if size > MAX_DOWNLOAD_BYTES:
        st.warning(
            formatting.plain(
                f"The zip has {formatting.size(size)}, more than the download limit of "
                f"{formatting.size(MAX_DOWNLOAD_BYTES)}. The server keeps it for a day as {path}."
            )
        )
        return
    st.download_button(
        f"Download zip, {formatting.size(size)}",
        data=path.read_bytes,
        file_name=path.name,
        mime="application/zip",
        type="primary",
        icon=":material/save:",
        on_click="ignore",
        key=f"{_KEY}-save",
    )
