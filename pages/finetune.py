"""Fine-tune: the training data, the form, the queue, one run with its verdict, and the history of all runs."""

from functools import partial
from typing import Literal

import streamlit as st

from seep.errors import SeepError
from seep.ui import formatting
from seep.ui.finetune.form import (
    ask_request,
    chosen_tiles,
    cloned_run,
    show_estimate,
    show_tiles,
    start,
    start_key,
)
from seep.ui.finetune.refit import refit_line
from seep.ui.finetune.result import show_result
from seep.ui.finetune.run_history import ask_view, compare_runs
from seep.ui.finetune.run_view import (
    active_finetune,
    follow_run,
    is_resume_first,
    show_details,
    show_stopped,
    watch_queue,
)
from seep.ui.query_params import number_in
from seep.ui.session import current_workspace, shown_errors
from seep.ui.widgets import nothing_here, page_head, role_button
from seep.workflow.jobs import ACTIVE, job_queue, job_view, newest_job
from seep.workflow.models.registry import list_models
from seep.workflow.training.requests import enqueue_finetune
from seep.workflow.training.selection import training_candidates

workspace = current_workspace()
models = list_models(workspace)
tiles = training_candidates(workspace, chosen_tiles())
corner = page_head("Fine-tune", f"{formatting.count(tiles.new, 'new reviewed tile')}")
errors = st.container()
refit_line(workspace)
if ask_view() == "All runs":
    compare_runs(workspace)
    st.stop()

active = active_finetune(job_queue(workspace))
job_id = newest_job(workspace, "finetune", number_in("run")) if st.query_params.get("run") else active
job_id = job_id or newest_job(workspace, "finetune")
view = job_view(workspace, job_id) if job_id else None
made = view.run.checkpoint_id if view and view.run else None
candidate = next((model for model in models if model.id == made), None)
undecided = made if candidate and candidate.undecided else None
left, right = st.columns([2, 3], gap="large")
with left:
    st.header("Training data", anchor=False)
    show_tiles(workspace, tiles)
    warnings = st.container()
    st.header("Settings", anchor=False)
    request = None
    try:
        request = ask_request(workspace, tiles)
        if tiles.ready or cloned_run() is not None:
            show_estimate(workspace, request, warnings)
    except SeepError as error:  # over the full width, not in the narrow column
        errors.error(formatting.plain(error), icon=":material/error:")
    st.header("Queue", anchor=False)
    st.fragment(watch_queue, run_every=2)(job_id, active, undecided)
with right:
    if view is None or job_id is None:
        nothing_here("No runs yet. Curves and verdict appear here.", ":material/show_chart:")
    elif view.job.state in ACTIVE:
        follow_run(job_id)
    elif view.job.state == "done":
        show_result(workspace, view, candidate, models)
        show_details(view)
    else:
        show_stopped(view, partial(show_result, workspace, view, candidate, models))
with corner:
    kind: Literal["primary", "secondary"] = (
        "secondary" if undecided or active or is_resume_first(view) else "primary"
    )
    ready = request is not None and (tiles.ready or cloned_run() is not None)
    label = "Queue another run" if active else "Start fine-tuning"
    if (
        role_button(label, enqueue_finetune, type=kind, disabled=not ready, key=start_key())
        and request is not None
    ):
        with errors, shown_errors():
            start(workspace, request)
