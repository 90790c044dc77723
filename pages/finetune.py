"""Fine-tune: what would train, the one button, the run as it goes, and the verdict at its end."""

import streamlit as st

from seep.ui import words
from seep.ui.finetune import ask_request, curves, follow, log, show_estimate, show_material, start
from seep.ui.gallery import gallery
from seep.ui.session import author, base_url, current_workspace, shown_errors
from seep.ui.verdict import show_verdict
from seep.ui.widgets import confirm, nothing_here, page_head, state_text
from seep.workflow.classes import get_classes
from seep.workflow.finetuning import candidates
from seep.workflow.jobs import ACTIVE, job_view, list_jobs
from seep.workflow.models import list_models
from seep.workflow.promoting import drop, promote


def show_end(view: dict, candidate: dict | None) -> None:
    """A run that has ended: its verdict and what can be decided, or why it gave none."""
    job, run = view["job"], view["run"] or {}
    if job["state"] != "done":
        st.markdown(state_text(words.JOB_STATES[job["state"]]))
        reason = job["error"] or "It was cancelled; nothing was kept of it and nothing changed."
        st.markdown(words.plain(reason))
    elif run.get("outcome"):
        name = candidate["name"] if candidate else f"run {run['id']}"
        show_verdict(run["outcome"], name, get_classes(workspace))
        if candidate and candidate["state"] == "candidate" and not candidate["active"]:
            decide(candidate, worse=run["outcome"]["verdict"] == "worse")
        show_changed(run["outcome"])
    with st.expander("Curves"):
        curves(view)
    log(view["events"])


def decide(candidate: dict, *, worse: bool) -> None:
    """Promote or drop, each asked once; what the verdict speaks for stands out."""
    name = candidate["name"]
    with st.container(horizontal=True):
        kind = "secondary" if worse else "primary"
        if st.button(f"Promote {words.plain(name)}", type=kind, icon=":material/check:"):
            confirm(
                f"Promote {name}?",
                f"{name} becomes the active model and the open tiles are predicted again. Reviewed tiles "
                "stay as they are. Models takes it back in one click.",
                "Promote",
                lambda: promote(workspace, candidate["id"], author()),
                key="promote",
            )
        if st.button("Drop", type="primary" if worse else "secondary", icon=":material/delete:"):
            confirm(
                f"Drop {name}?",
                f"{name} is put aside: it stays listed as dropped and cannot be promoted.",
                "Drop",
                lambda: drop(workspace, candidate["id"], author()),
                key="drop",
            )


def show_changed(outcome: dict) -> None:
    """The tiles on which the two models differ most."""
    changed = [
        {"id": one["tile_id"], "name": one["name"], "state": one["split"], "value": f"{one['changed_px']} px"}
        for one in outcome.get("changed", [])
    ]
    if changed:
        st.caption(f"Where they differ most: {words.count(len(changed), 'tile')} that never trained")
        with st.container(height=256, border=False):  # reserved, so that the rest keeps its place
            answer = gallery(tiles=changed, base_url=base_url(), key="changed", size_px=96, height_px=240)
        if answer["open"]:
            st.switch_page("pages/review.py", query_params={"tile": str(answer["open"])})


workspace = current_workspace()
material = candidates(workspace)
jobs = [job for job in list_jobs(workspace) if job.kind == "finetune"]
running = next((job for job in jobs if job.state in ACTIVE), None)
corner = page_head("Fine-tune", f"{words.count(material['tiles'], 'reviewed tile')} since the last run")

left, right = st.columns([2, 3], gap="large")
with left:
    st.subheader("What will be trained on", anchor=False)
    show_material(workspace, material)
    st.subheader("How", anchor=False)
    request = ask_request(workspace)
    with shown_errors():
        show_estimate(workspace, request)
with right:
    st.subheader("The run", anchor=False)
    view = None if running or not jobs else job_view(workspace, jobs[0].id)
    made = ((view or {}).get("run") or {}).get("checkpoint_id")
    candidate = next((one for one in list_models(workspace) if one["id"] == made), None)
    if running:
        st.fragment(follow, run_every=1)(running.id)
    elif view:
        show_end(view, candidate)
    else:
        nothing_here("No run yet: its curves and its verdict will stand here.", ":material/show_chart:")
with corner:
    undecided = bool(candidate and candidate["state"] == "candidate" and not candidate["active"])
    kind = "secondary" if undecided else "primary"
    if st.button(
        "Start fine-tuning", type=kind, disabled=bool(running) or not material["ready"], key="start"
    ):
        with shown_errors():
            start(workspace, request)
