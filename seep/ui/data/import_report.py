"""How an import goes, and its report: what came in, what did not and why, and what to do next."""

import re
import time
from typing import Any

import streamlit as st

from seep.ui import formatting
from seep.ui.session import current_workspace, shown_errors
from seep.ui.widgets import go_to, quiet_table
from seep.workflow.imports import background
from seep.workflow.imports.background import ImportRun
from seep.workflow.imports.importer import ImportReport, Refused

_EXAMPLES = 3
_MOST_REASONS = 100


def show_import() -> None:
    """Draw the import that runs, else the report of the last one."""
    run = background.last_run(current_workspace())
    if run is None:
        st.caption("Nothing was imported since the app started.")
    elif run.running:
        _watch()
    else:
        _ended(run)


@st.fragment(run_every=0.5)
@shown_errors()
def _watch() -> None:
    """Draw the progress twice a second; at the end, the page as a whole."""
    workspace = current_workspace()
    run = background.last_run(workspace)
    if run is None or not run.running:
        st.rerun()
        return
    text = f"{formatting.number(run.done)} of {formatting.number(run.total)}: {formatting.plain(run.name)}"
    st.progress(run.share, text if run.total else "Looks at the folder")
    st.caption(f"By {formatting.plain(run.author)}. You can leave this page; the import goes on.")
    if st.button("Cancel the import", disabled=run.canceled.is_set()):
        background.cancel(workspace)


def _ended(run: ImportRun) -> None:
    ago = formatting.duration(max(0.0, time.time() - run.began))
    what = "Uploaded files" if run.order.token else run.order.images.name
    st.caption(formatting.plain(f"{what}, by {run.author}, begun {ago} ago"))
    if run.problem:
        st.error(formatting.plain(run.problem), icon=":material/error:")
    if run.report is not None:
        _show(run.report)


def _show(report: ImportReport) -> None:
    with st.container(horizontal=True):
        st.metric("Imported", formatting.number(report.imported))
        st.metric("Known already", formatting.number(report.skipped))
        st.metric("Refused", formatting.number(len(report.refused)))
        st.metric("Took", formatting.duration(report.elapsed_s))
    if report.refused:
        _show_refused(report.refused)
    if report.masks:
        st.caption(f"{formatting.count(report.masks, 'mask')} came to tiles that were here already.")
    if report.notes:
        with st.expander(f"{formatting.count(len(report.notes), 'note')} on files that came in"):
            quiet_table([{"note": note} for note in report.notes[:_MOST_REASONS]])
    if report.without_mask:
        listed = ", ".join(report.without_mask[:_EXAMPLES])
        st.caption(
            formatting.plain(
                f"{formatting.count(len(report.without_mask), 'tile')} came without a mask: {listed}, ..."
            )
        )
    if report.imported:
        with st.container(horizontal=True):
            go_to("Review the new tiles", "pages/review.py", key="after-import", **_only(report))
            go_to("Open the map", "pages/scene.py", key="map-after-import", primary=False, **_only(report))


def _only(report: ImportReport) -> dict[str, Any]:
    return {"scene": report.scenes[0]} if len(report.scenes) == 1 else {}


def _show_refused(refused: list[Refused]) -> None:
    rows = [
        {"files": len(names), "reason": reason, "such as": ", ".join(names[:_EXAMPLES])}
        for reason, names in group_reasons(refused)
    ][:_MOST_REASONS]
    with st.container(height="content" if len(rows) < 6 else 320, border=False):
        quiet_table(rows)
    st.caption("Refused files changed nothing. Mend them and import again: known tiles are skipped.")


def group_reasons(refused: list[Refused]) -> list[tuple[str, list[str]]]:
    """Group files by why they were refused, the most frequent reason first.

    Reasons that differ only by the file's own name are one.
    """
    found: dict[str, list[str]] = {}
    for one in refused:
        own = rf"(?<![\w.]){re.escape(one.path.stem)}(?:\.\w+)+"  # the image's name, or its mask's
        reason = re.sub(own, "the file", one.reason.replace(one.path.name, "the file"))
        reason = reason[:1].upper() + reason[1:]
        found.setdefault(reason, []).append(one.path.name)
    return sorted(found.items(), key=lambda item: -len(item[1]))
