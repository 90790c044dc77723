"""Overview: the state of the workspace, the next step, and four charts."""

from functools import partial

import streamlit as st

from seep.ui import formatting, plots
from seep.ui.active_time import active_time_part
from seep.ui.comments import comment_line
from seep.ui.error_budget import error_budget_part
from seep.ui.finetune.refit import refit_line
from seep.ui.overview import causes_text, demo_button, show_checklist, status_strip
from seep.ui.promotion import promotion_line
from seep.ui.session import about_seeps, current_actor, current_workspace, worded
from seep.ui.settings.quality_sample import SAMPLE_HELP
from seep.ui.widgets import go_to, job_list, nothing_here, page_head
from seep.workflow.demo import has_demo
from seep.workflow.overview import IDLE, overview
from seep.workflow.review.causes import tiles_by_cause
from seep.workflow.review.orders import LABEL_ERRORS
from seep.workflow.review.sessions import session_summary

ABOUT = (
    "Seep finds natural oil seeps in SAR images. You correct its masks, and it learns from your corrections."
)
OTHER = "You correct masks, and a model learns from your corrections."

workspace = current_workspace()
state = overview(workspace)

session = worded(formatting.session(session_summary(workspace, current_actor().name)))
importing = state.sentence if not state.tiles and state.activity != IDLE else ""
synthetic = " The demo's scenes are synthetic." if has_demo(workspace) else ""
with page_head("Overview", (session or importing or (ABOUT if about_seeps() else OTHER)) + synthetic):
    go_to(
        formatting.plain(state.next_step.label),
        f"pages/{state.next_step.page}.py",
        key="next-step",
        view=state.next_step.tab,
    )
promotion_line(workspace)
refit_line(workspace)
if state.shift:
    st.info(formatting.plain(state.shift), icon=":material/info:")
if state.tiles:
    status_strip(state)

show_checklist(state.checklist)

if not state.tiles:
    nothing_here(
        "This workspace is empty. Import a folder of SAR images, or load the demo.",
        ":material/satellite_alt:",
        "Import tiles",
        "pages/data.py",
        beside=partial(demo_button, workspace) if state.activity == IDLE else None,
    )
    st.stop()

comment_line(workspace)
with st.container(horizontal=True, vertical_alignment="center", border=False, key="quality-row"):
    st.caption(formatting.plain(state.quality_sample.sentence), help=SAMPLE_HELP, width="stretch")
    if state.label_errors:
        label = f"Check {formatting.count(state.label_errors, 'possible label error')}"
        go_to(label, "pages/browse.py", "label-errors", primary=False, order=LABEL_ERRORS)

left, right = st.columns(2, gap="medium")
with left.container(border=True, height=272, key="card-progress"):
    st.header("Review progress", anchor=False)
    if state.by_day:
        plots.show(plots.progress(state.by_day), "progress", "Tiles reviewed by day and person")
    else:
        masks = (
            f" The masks of {formatting.count(state.reviewed, 'tile')} were imported."
            if state.reviewed
            else ""
        )
        nothing_here(f"Nobody has accepted a tile here yet.{masks}", ":material/draw:", framed=False)
with right.container(border=True, height=272, key="card-classes"):
    st.header("Class balance", anchor=False, help=causes_text(tiles_by_cause(workspace)))
    plots.show(plots.class_balance(state.classes), "classes", "Tiles by class")
left, right = st.columns(2, gap="medium")
with left.container(border=True, height=272, key="card-quality"):
    st.header("Model quality", anchor=False)
    if state.quality:
        plots.show(plots.quality(state.quality), "quality", "Binary IoU by model version")
    else:
        nothing_here("No version was evaluated yet.", ":material/query_stats:", framed=False)
with right.container(border=True, height=272, key="card-jobs"):
    st.header("Recent jobs", anchor=False)
    job_list(state.jobs)
error_budget_part(workspace)
active_time_part(workspace)
