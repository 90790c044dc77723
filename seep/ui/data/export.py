"""Results out, as the Data page and Browse offer them: which tiles, in which format, to where."""

import time
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from seep.core.tile_states import TILE_STATES
from seep.errors import ImportRefusedError
from seep.ui import formatting
from seep.ui.session import shown_errors
from seep.workflow.exports.exporter import (
    FORMATS,
    REVIEWED,
    Chosen,
    ExportOptions,
    ExportReport,
    export,
    export_zip,
)
from seep.workflow.imports.importer import allowed_folder
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.workspace import Workspace

BROWSER, FOLDER = "This browser, as a zip", "A folder on this server"
MASK_WORDS = {"shown": "As shown, predictions too", "truth": "Only what counts as truth"}
MAX_DOWNLOAD_BYTES = 512 * 2**20

Asked = tuple[str, Chosen, ExportOptions, str | None]

_KEY = "export"
_TELL_EACH_S = 0.2
_RESULT = "export-result"


def export_panel(workspace: Workspace, tiles: Sequence[int] | None = None) -> None:
    """Draw the choices of an export, its progress and its result.

    Args:
        workspace: where from.
        tiles: ids of the tiles to export; None lets people choose by state, split and scene.
    """
    with st.container(border=True, key=f"{_KEY}-panel"):
        left, right = st.columns([1, 1], gap="medium")
        with left:
            name = _ask_format()
            options = _ask_options(name)
        with right:
            chosen = _ask_tiles(workspace) if tiles is None else Chosen(states=None, tiles=tuple(tiles))
            folder = _ask_place(workspace)
        asked = (name, chosen, options, folder)
        if st.button("Export", key=f"{_KEY}-start", icon=":material/download:"):
            st.session_state.pop(_RESULT, None)
            with shown_errors():
                report, path = _export_now(workspace, name, chosen, options, folder)
                st.session_state[_RESULT] = (asked, report, path)
        last: tuple[Asked, ExportReport, Path | None] | None = st.session_state.get(_RESULT)
        if last and last[0] == asked:  # of other choices it would only mislead
            _show_result(last[1], last[2])


@st.dialog("Export", width="large")
def export_dialog(workspace: Workspace, tiles: Sequence[int]) -> None:
    """Ask how to export these tiles in a dialog, and do it there.

    Args:
        workspace: where from.
        tiles: their ids.
    """
    st.caption(f"{formatting.count(len(tiles), 'tile')} selected.")
    export_panel(workspace, tiles)


def _ask_format() -> str:
    name: str = st.selectbox(
        "Format", list(FORMATS), format_func=lambda one: FORMATS[one].label, key=f"{_KEY}-format"
    )
    st.caption(formatting.plain(FORMATS[name].hint))
    return name


def _ask_options(name: str) -> ExportOptions:
    masks: str = st.selectbox(
        "Masks",
        list(MASK_WORDS),
        format_func=lambda one: MASK_WORDS[one],
        key=f"{_KEY}-masks",
        help="Shown is the newest saved mask, else the active model's prediction. Truth is what was "
        "imported, accepted or corrected.",
    )
    simplify, polygons = 0.0, False
    if name in {"geojson", "geopackage", "shapefile"}:
        simplify = st.number_input(
            "Simplify outlines, pixels",
            min_value=0.0,
            max_value=10.0,
            value=0.0,
            step=0.5,
            key=f"{_KEY}-simplify",
            help="0 follows the edges of the pixels exactly. Measures are of the exact outline in any case.",
        )
    if name == "coco":
        polygons = st.checkbox(
            "Polygons in place of run lengths", key=f"{_KEY}-polygons", help="Holes are lost."
        )
    return ExportOptions(masks, simplify, polygons)


def _ask_tiles(workspace: Workspace) -> Chosen:
    states = st.multiselect(
        "States",
        list(TILE_STATES),
        default=list(REVIEWED),
        format_func=lambda key: TILE_STATES[key].label,
        key=f"{_KEY}-states",
    )
    one, other = st.columns([2, 1])
    scenes = one.multiselect(
        "Scenes",
        [scene["name"] for scene in list_scenes(workspace)],
        placeholder="All",
        key=f"{_KEY}-scenes",
    )
    split = other.selectbox(
        "Split",
        list(formatting.SPLITS),
        index=None,
        placeholder="All",
        format_func=lambda name: formatting.SPLITS[name],
        key=f"{_KEY}-split",
    )
    return Chosen(states=tuple(states), split=split, scenes=tuple(scenes) or None)


def _ask_place(workspace: Workspace) -> str | None:
    place = st.radio(
        "To",
        [BROWSER, FOLDER],
        horizontal=True,
        key=f"{_KEY}-place",
        help=f"A browser is given up to {formatting.size(MAX_DOWNLOAD_BYTES)}; larger results go to a folder.",
    )
    if place == BROWSER:
        return None
    folder: str = st.text_input(
        "Folder on this server",
        value=str(workspace.settings.workspace / "export"),
        key=f"{_KEY}-folder",
        help="Files of the same names in it are replaced.",
    )
    return folder.strip()


def _export_now(
    workspace: Workspace, name: str, chosen: Chosen, options: ExportOptions, folder: str | None
) -> tuple[ExportReport, Path | None]:
    if folder == "":
        raise ImportRefusedError("No folder is given; write its path on this server.")
    bar = st.progress(0.0, "Looks at the tiles")
    told_at = 0.0

    def tell(done: int, total: int, what: str) -> None:
        nonlocal told_at
        if time.monotonic() - told_at > _TELL_EACH_S:
            told_at = time.monotonic()
            bar.progress(min(1.0, done / max(total, 1)), formatting.plain(what))

    try:
        if folder is None:
            return export_zip(workspace, name, chosen, options, tell)
        out = allowed_folder(workspace, Path(folder))
        return export(workspace, out, name, chosen, options, tell), None
    finally:
        bar.empty()


def _show_result(report: ExportReport, path: Path | None) -> None:
    what = formatting.count(report.written, report.what)
    left_out = f"; {formatting.count(report.without_mask, 'tile')} had no mask" if report.without_mask else ""
    if path is None:
        st.success(formatting.plain(f"{what} written to {report.folder}{left_out}."), icon=":material/check:")
    else:
        st.success(formatting.plain(f"{what} in {formatting.count(report.files, 'file')}{left_out}."))
        _offer(path)
    for note in report.notes:
        st.caption(formatting.plain(note))


def _offer(path: Path) -> None:
    """Offer a zip to the browser; the server holds it in memory for that, so a large one stays a file."""
    if not path.is_file():
        st.caption("The zip was removed a day after it was made; export again.")
        return
    size = path.stat().st_size
    if size > MAX_DOWNLOAD_BYTES:
        st.warning(
            formatting.plain(
                f"The zip has {formatting.size(size)}, more than the {formatting.size(MAX_DOWNLOAD_BYTES)} that a "
                f"browser is given. It lies in {path} for a day."
            )
        )
        return
    st.download_button(
        f"Save the zip, {formatting.size(size)}",
        data=path.read_bytes,
        file_name=path.name,
        mime="application/zip",
        type="primary",
        icon=":material/save:",
        on_click="ignore",
        key=f"{_KEY}-save",
    )
