"""Progress of a running import, and the report of the last one."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st

from seep.core.import_options import RefusedFile
from seep.ui import formatting
from seep.ui.session import current_actor, current_workspace, shown_errors
from seep.ui.widgets import go_to, quiet_table
from seep.workflow.imports import background
from seep.workflow.imports.background import ImportRun
from seep.workflow.imports.importer import ImportReport

_MAX_EXAMPLES = 3
_MAX_ROWS = 100


def show_import() -> None:
    """Draw the running import, or the report of the last one."""
    run = background.last_run(current_workspace())
    if run is None:
        st.caption("No import since the app started")
    elif run.running:
        _show_progress()
    else:
        _show_ended(run)


@st.fragment(run_every=0.5)
@shown_errors()
def _show_progress() -> None:
    """Draw the progress twice per second; redraw the whole page when the import ends."""
    workspace = current_workspace()
    run = background.last_run(workspace)
    if run is None or not run.running:
        st.rerun()
        return
    done, total = formatting.number(run.done), formatting.number(run.total)
    text = f"{done} of {total}: {formatting.plain(run.current_file)}" if run.total else "Scanning the folder"
    st.progress(run.fraction, text)
    st.caption(f"Started by {formatting.plain(run.actor.name)}. The import continues if you leave this page.")
    if st.button("Cancel import", disabled=run.canceled.is_set(), key="cancel-import"):
        background.cancel(workspace, current_actor())


def _show_ended(run: ImportRun) -> None:
    started = f"{datetime.fromtimestamp(run.started_at, UTC):%Y-%m-%d %H:%M} UTC"
    source = "Uploaded files" if run.request.token else Path(run.request.images).name
    st.caption(formatting.plain(f"{source}, started by {run.actor.name} at {started}"))
    if run.error:
        st.error(formatting.plain(run.error), icon=":material/error:")
    if run.report is not None:
        _show_report(run.report)


def _show_report(report: ImportReport) -> None:
    with st.container(horizontal=True):
        st.metric("Imported", formatting.number(report.imported))
        st.metric("Already imported", formatting.number(report.skipped))
        st.metric("Refused", formatting.number(len(report.refused)))
        st.metric("Duration", formatting.duration(report.elapsed_s))
    if report.refused:
        _show_refused(report.refused)
    if report.nodata:
        st.caption(formatting.plain(f"Nodata: {report.nodata}"))
    if report.masks:
        st.caption(f"{formatting.count(report.masks, 'mask')} added to existing tiles")
    if report.notes:
        with st.expander(f"{formatting.count(len(report.notes), 'note')} about imported files"):
            quiet_table([{"note": note} for note in report.notes[:_MAX_ROWS]])
    if report.without_mask:
        names = ", ".join(report.without_mask[:_MAX_EXAMPLES])
        more = ", …" if len(report.without_mask) > _MAX_EXAMPLES else ""
        tiles = formatting.count(len(report.without_mask), "tile")
        st.caption(formatting.plain(f"{tiles} without a mask: {names}{more}"))
    if report.imported:
        query: dict[str, Any] = {"scene": report.scenes[0]} if len(report.scenes) == 1 else {}
        with st.container(horizontal=True):
            go_to("Review new tiles", "pages/review.py", key="after-import", **query)
            go_to("Open map", "pages/scene.py", key="map-after-import", primary=False, **query)


def _show_refused(refused: list[RefusedFile]) -> None:
    rows = [
        {"files": len(names), "reason": reason, "examples": ", ".join(names[:_MAX_EXAMPLES])}
        for reason, names in group_reasons(refused)
    ][:_MAX_ROWS]
    with st.container(height="content" if len(rows) < 6 else 320, border=False):
        quiet_table(rows)
    st.caption("Refused files changed nothing. Fix them and import again: existing tiles are skipped.")


def group_reasons(refused: list[RefusedFile]) -> list[tuple[str, list[str]]]:
    """Group file names by reason, the most frequent reason first.

    Reasons that differ only in the name of the file count as one.
    """
    groups: dict[str, list[str]] = {}
    for one in refused:
        own_name = rf"(?<![\w.]){re.escape(one.path.stem)}(?:\.\w+)+"  # of the image or its mask
        reason = re.sub(own_name, "the file", one.reason.replace(one.path.name, "the file"))
        reason = reason[:1].upper() + reason[1:]
        groups.setdefault(reason, []).append(one.path.name)
    return sorted(groups.items(), key=lambda item: -len(item[1]))
