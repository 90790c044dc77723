"""Overview: where things stand in a sentence, what to do next, and four plots."""

import streamlit as st

from seep.ui import formatting, plots
from seep.ui.session import author, current_workspace
from seep.ui.settings.quality_sample import AUDIT_HELP
from seep.ui.widgets import go_to, job_list, nothing_here, page_head
from seep.workflow.overview import overview
from seep.workflow.review.orders import LABEL_ERRORS
from seep.workflow.review.sessions import summary

workspace = current_workspace()
state = overview(workspace)
step = state["next_step"]

with page_head("Overview", state["sentence"]):
    go_to(step["text"], f"pages/{step['page']}.py", key="next-step")

mine = formatting.session(summary(workspace, author()))
if mine:
    st.caption(mine)

if not state["tiles"]:
    nothing_here(
        "This workspace is empty: import a folder of radar images, with or without masks.",
        ":material/satellite_alt:",
        "Import tiles",
        "pages/data.py",
    )
    st.stop()

with st.container(horizontal=True, vertical_alignment="center", border=False, key="queue-facts"):
    st.caption(formatting.plain(state["audit"]["sentence"]), help=AUDIT_HELP, width="stretch")
    if state["second_look"]:
        looks = formatting.count(state["second_look"], "tile")
        go_to(f"{looks} for a second look", "pages/browse.py", "looks", primary=False, order=LABEL_ERRORS)

for row in (("progress", "classes"), ("quality", "jobs")):
    for place, name in zip(st.columns(2, gap="medium"), row, strict=True):
        with place.container(border=True, height=316, key=f"card-{name}"):
            if name == "progress":
                st.subheader("Review progress", anchor=False)
                if state["by_day"]:
                    plots.show(plots.progress(state["by_day"]), name, "Tiles reviewed by day and person")
                else:
                    open_tiles = formatting.count(state["tiles"], "tile")
                    nothing_here(
                        f"Nothing is reviewed yet: {open_tiles} wait.", ":material/draw:", framed=False
                    )
            elif name == "classes":
                st.subheader("Class balance", anchor=False)
                plots.show(plots.class_balance(state["classes"]), name, "Tiles and area by class")
            elif name == "quality":
                st.subheader("Model quality", anchor=False)
                if state["quality"]:
                    plots.show(plots.quality(state["quality"]), name, "Binary IoU by model version")
                else:
                    nothing_here("No version was measured yet.", ":material/query_stats:", framed=False)
            else:
                st.subheader("Newest jobs", anchor=False)
                job_list(state["jobs"])
