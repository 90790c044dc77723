"""Agreement: blind second masks, how well people and the model agree, and adjudication."""

import streamlit as st

from seep.ui import formatting
from seep.ui.agreement import (
    HELP,
    UNCHANGED_HELP,
    agreement_table,
    open_line,
    pair_view,
    request_button,
    tile_table,
    unchanged_table,
)
from seep.ui.review import second_masks_of
from seep.ui.session import current_actor, current_workspace, worded
from seep.ui.widgets import nothing_here, page_head
from seep.workflow.agreement.report import agreement_report
from seep.workflow.agreement.unchanged import unchanged_accepts
from seep.workflow.review.second_masks import open_requests

ABOUT = "A second person draws masks without seeing the first ones. Their agreement is the limit for a model."

workspace = current_workspace()
report = agreement_report(workspace)
mine = second_masks_of(workspace, current_actor())
undecided = f"; {formatting.count(report.undecided, 'tile')} to adjudicate" if report.undecided else ""
pairs = f"{formatting.count(len(report.tiles), 'second mask')}{undecided}." if report.tiles else ABOUT

with page_head("Agreement", pairs):
    request_button(workspace)
    label = f"Draw {formatting.count(len(mine), 'second mask')}"
    if mine and st.button(label, type="primary", key="draw"):
        st.switch_page("pages/review.py", query_params={"tiles": ",".join(map(str, mine))})
open_line(workspace, open_requests(workspace))
if report.unreadable:
    st.warning(
        f"{formatting.count(report.unreadable, 'pair')} left out: a mask is missing or damaged. "
        "Open the tile in Review."
    )
if not report.tiles:
    nothing_here("No second masks are finished. A lead requests them here.", ":material/compare:")
    st.stop()

for one in report.models:
    st.markdown(formatting.plain(one.sentence))
if report.people:
    st.caption(worded(HELP))
    views = {"People": report.people, "Classes": report.classes, "Scenes": report.scenes}
    view = st.segmented_control(
        "Group by", list(views), default="People", required=True, label_visibility="collapsed", key="group"
    )
    agreement_table(views[view or "People"] or [report.overall], (view or "People").lower())
if report.repeats:
    st.subheader("Agreement with oneself", anchor=False)
    agreement_table(report.repeats, "person")
unchanged = unchanged_accepts(workspace)
if unchanged:
    st.subheader("Accepted unchanged", anchor=False, help=worded(UNCHANGED_HELP))
    unchanged_table(unchanged)
st.subheader("Tiles", anchor=False)
chosen = tile_table(report.tiles)
if chosen:
    pair_view(workspace, chosen)
