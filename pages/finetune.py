"""Fine-tune: what would train, the one button, the run as it goes, its verdict, and all runs compared."""

import streamlit as st

from seep.ui import formatting
from seep.ui.finetune.form import (
    ask_request,
    chosen_tiles,
    cloned_run,
    show_estimate,
    show_material,
    start,
    start_key,
)
from seep.ui.finetune.run_history import ask_view, compare_runs
from seep.ui.finetune.run_view import (
    clone_button,
    follow_run,
    is_resume_first,
    live_job,
    notices,
    show_course,
    show_stopped,
    watch_queue,
)
from seep.ui.finetune.verdict import decide, show_changed, show_outdated, show_verdict
from seep.ui.query_params import number_in
from seep.ui.session import current_workspace, shown_errors
from seep.ui.widgets import nothing_here, page_head
from seep.workflow.classes import get_classes
from seep.workflow.jobs import ACTIVE, job_queue, job_view, newest_job
from seep.workflow.models.registry import list_models
from seep.workflow.training.selection import candidates


def show_end(view: dict, candidate: dict | None) -> None:
    """A run that is done: its verdict and what can be decided, and how it came to that."""
    show_made(view, candidate)
    show_course(view)


def show_made(view: dict, candidate: dict | None) -> None:
    """What a run made, with its evidence, and what can be decided; a failed one may have made something."""
    run, job = view["run"] or {}, view["job"]
    outcome = run.get("outcome") or {}
    if "verdict" not in outcome:
        return
    show_verdict(outcome, candidate.name if candidate else f"run {run['id']}", classes)
    others = [one for one in models if one.active and one.id != outcome.get("against", {}).get("id")]
    if candidate and others and candidate.state == "candidate":
        show_outdated(outcome, candidate, others[0])
    with st.container(horizontal=True):
        if candidate and candidate.state == "candidate" and not candidate.active:
            decide(workspace, candidate, "inconclusive" if others else outcome["verdict"])
        if job["state"] == "done":
            clone_button(view)
    if job["state"] == "done":
        notices(view)
    show_changed(outcome)


workspace = current_workspace()
classes = get_classes(workspace)
models = list_models(workspace)
material = candidates(workspace, chosen_tiles())
corner = page_head("Fine-tune", f"{formatting.count(material['new'], 'new reviewed tile')}")
asked = st.query_params.get("run", "")
chosen = ask_view()
if chosen == "All runs":
    compare_runs(workspace)
    st.stop()

live = live_job(job_queue(workspace))
job_id = newest_job(workspace, "finetune", number_in("run")) if asked else live
job_id = job_id or newest_job(workspace, "finetune")
left, right = st.columns([2, 3], gap="large")
with left:
    st.subheader("What will be trained on", anchor=False)
    show_material(workspace, material)
    st.subheader("How", anchor=False)
    request = None
    with shown_errors():
        request = ask_request(workspace, material)
        if material["ready"] or cloned_run() is not None:
            show_estimate(workspace, request)
    st.subheader("Queue", anchor=False)
    st.fragment(watch_queue, run_every=2)(job_id, live)
with right:
    view = job_view(workspace, job_id) if job_id else None
    made = ((view or {}).get("run") or {}).get("checkpoint_id")
    candidate = next((one for one in models if one.id == made), None)
    if view is None:
        nothing_here("No run yet: its curves and its verdict will stand here.", ":material/show_chart:")
    elif view["job"]["state"] in ACTIVE:
        follow_run(job_id)
    elif view["job"]["state"] == "done":
        show_end(view, candidate)
    else:
        show_stopped(view, lambda: show_made(view, candidate))
with corner:
    undecided = bool(candidate and candidate.state == "candidate" and not candidate.active)
    kind = "secondary" if undecided or live or is_resume_first(view) else "primary"
    ready = request is not None and (material["ready"] or cloned_run() is not None)
    label = "Queue another run" if live else "Start fine-tuning"
    if st.button(label, type=kind, disabled=not ready, key=start_key()):
        with shown_errors():
            start(workspace, request)
