"""Overview: the state of the workspace, the next step, and four charts."""

import streamlit as st

from seep.ui import formatting, plots
from seep.ui.session import current_actor, current_workspace, shown_errors
from seep.ui.settings.quality_sample import SAMPLE_HELP
from seep.ui.widgets import go_to, job_list, nothing_here, page_head, role_button
from seep.workflow.demo import load_demo
from seep.workflow.overview import IDLE, Overview, overview
from seep.workflow.review.orders import LABEL_ERRORS
from seep.workflow.review.sessions import session_summary

ABOUT = (
    "Seep finds natural oil seeps in SAR images. You correct its masks, and it learns from your corrections."
)


def status_strip(state: Overview) -> None:
    """Draw the state of the workspace: reviewed tiles, tiles for training, the active version, the jobs."""
    with st.container(horizontal=True, border=True, key="status", gap="large"):
        total = formatting.count(state.tiles, "tile")
        st.metric("Reviewed", f"{formatting.number(state.reviewed)} of {total}")
        st.metric(
            "New for training",
            formatting.count(state.new_for_training, "tile"),
            help="Reviewed tiles of training scenes that no run has used.",
        )
        change, quality = state.active_change, state.active_quality
        name = formatting.plain(state.active or "none")
        if change:
            st.metric(
                "Active version",
                name,
                # with a hyphen: Streamlit takes a true minus for a gain
                f"{change.difference:+.3f}" if change.conclusive else "inconclusive",
                delta_description=formatting.plain(change.basis),
                delta_color="normal" if change.conclusive and round(change.difference, 3) else "off",
                delta_arrow="auto" if change.conclusive else "off",
            )
        else:
            iou = f"IoU {formatting.figure(quality.iou)} on {quality.basis}" if quality else None
            st.metric("Active version", name, iou, delta_color="off", delta_arrow="off")
        st.metric("Jobs", "None" if state.activity == IDLE else state.activity.capitalize())


def demo_button() -> None:
    """Draw the button that fills the empty workspace with synthetic tiles."""
    if role_button("Load demo", load_demo, help="64 synthetic tiles.", key="load-demo"):
        with shown_errors(), st.spinner("Loading the demo. This takes up to a minute."):
            load_demo(workspace, current_actor())
            st.rerun()


workspace = current_workspace()
state = overview(workspace)

session = formatting.session(session_summary(workspace, current_actor().name))
importing = state.sentence if not state.tiles and state.activity != IDLE else ""
with page_head("Overview", session or importing or ABOUT):
    go_to(
        formatting.plain(state.next_step.label),
        f"pages/{state.next_step.page}.py",
        key="next-step",
        view=state.next_step.tab,
    )
if state.tiles:
    status_strip(state)

to_do = next((step for step in state.checklist if not step.done), None)
if to_do:
    with st.container(border=True, gap="xsmall", key="checklist"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("First steps", width="content")
            for step in state.checklist:
                icon = ":material/check_circle:" if step.done else ":material/radio_button_unchecked:"
                st.page_link(f"pages/{step.page}.py", label=step.label, icon=icon, width="content")
        st.caption(f"**{to_do.label}:** {to_do.about}")

if not state.tiles:
    nothing_here(
        "This workspace is empty. Import a folder of SAR images, or load the demo.",
        ":material/satellite_alt:",
        "Import tiles",
        "pages/data.py",
        beside=demo_button if state.activity == IDLE else None,
    )
    st.stop()

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
    st.header("Class balance", anchor=False)
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
