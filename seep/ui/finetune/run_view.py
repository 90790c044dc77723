"""One run: its state, device and memory, its curves and log, and the buttons to cancel, resume and clone."""

from collections.abc import Callable, Sequence

import streamlit as st

from seep.core.records import EventRecord, JobRecord, RunRecord
from seep.ui import formatting
from seep.ui.finetune.form import CLONE, cloned_run, show_queue
from seep.ui.finetune.training_curves import curves, log, show_previews, trains_slick_head
from seep.ui.session import current_actor, current_workspace, shown_errors
from seep.ui.widgets import role_button, state_text
from seep.workflow.jobs import (
    ACTIVE,
    JobView,
    cancel,
    job_queue,
    job_view,
    missed_heartbeat_s,
)
from seep.workflow.models.registry import is_undecided, list_models
from seep.workflow.training.requests import resume
from seep.workflow.training.run_files import STATE_DAYS, can_resume

KIND = "finetune"


def active_finetune(queue: Sequence[JobRecord]) -> int | None:
    """Return the id of the running fine-tuning, else of the first queued one, else None."""
    return next((job.id for job in queue if job.kind == KIND), None)


@shown_errors()
def watch_queue(shown: int | None, active: int | None, undecided: int | None) -> None:
    """Draw the queue; rerun the page when another fine-tuning becomes active, or when the new version is decided.

    Made for a fragment that reruns every two seconds, so that the page also shows runs of other users.

    Args:
        shown: the job that the page shows.
        active: the active fine-tuning when the page was drawn.
        undecided: the version that the page offers to promote or drop.
    """
    workspace = current_workspace()
    queue = job_queue(workspace)
    if active_finetune(queue) != active or (undecided and not is_undecided(workspace, undecided)):
        st.rerun()
    show_queue(workspace, queue, shown)


def follow_run(job_id: int) -> None:
    """Draw an active run, and keep it up to date."""
    st.fragment(follow_progress, run_every=1)(job_id)
    st.fragment(follow_curves, run_every=2)(job_id)


@shown_errors()
def follow_progress(job_id: int) -> None:
    """Draw the progress of a job, its device, and the button that cancels it.

    Made for a fragment that reruns every second; when the job has ended, the whole page reruns.
    """
    view = job_view(current_workspace(), job_id)
    job = view.job
    if job.state not in ACTIVE:
        st.rerun()
    with _head(view):
        if st.button("Cancel", key="cancel-job", disabled=job.cancel_requested, icon=":material/stop:"):
            cancel(current_workspace(), job_id, current_actor())
    st.progress(min(1.0, max(0.0, job.progress)), formatting.plain(_status(job)))
    _show_details(view)
    if job.attempts > 1:
        st.caption("Worker stopped; training resumed from its last saved state.")
    missed = missed_heartbeat_s(job)
    if missed is not None:
        st.warning(
            f"No heartbeat for {formatting.duration(missed)}. The job resumes when a worker restarts; see the "
            "server log.",
            icon=":material/error:",
        )
    notices(view)


def _status(job: JobRecord) -> str:
    if job.state == "queued":
        return "Waiting for the worker"
    return "Canceling" if job.cancel_requested else job.message or "Starting"


@shown_errors()
def follow_curves(job_id: int) -> None:
    """Draw the curves of an active job, its epoch previews and its log.

    Made for a fragment that reruns every two seconds, because plots are slow to draw.
    """
    view = job_view(current_workspace(), job_id)
    curves(view)
    show_previews(view)
    log(view.events)


def show_stopped(view: JobView, show_result: Callable[[], None]) -> None:
    """Draw a canceled or failed run: the reason, its version if it made one, and the next steps.

    Args:
        show_result: draws the version that it made.
    """
    job, run = view.job, view.run
    resumable = run is not None and can_resume(current_workspace(), run)
    with _head(view):
        if (
            run
            and resumable
            and role_button(
                "Resume",
                resume,
                key="resume",
                type="primary" if is_resume_first(view) else "secondary",
                icon=":material/play_arrow:",
            )
        ):
            with shown_errors():
                resume(current_workspace(), run.id, current_actor())
                st.rerun()
        clone_button(view)
    text = formatting.plain(_reason(job, run, resumable=resumable))
    if job.state == "failed":
        st.error(text, icon=":material/error:")
    else:
        st.markdown(text)
    show_result()
    _show_details(view)
    if run:
        curves(view)
        show_previews(view)
    log(view.events)


def is_resume_first(view: JobView | None) -> bool:
    """Return whether Resume is the primary button: the run was canceled, and no clone is being set up.

    A failed run may fail again.
    """
    if view is None or view.run is None or view.job.state != "canceled" or cloned_run() is not None:
        return False
    return can_resume(current_workspace(), view.run)


def _reason(job: JobRecord, run: RunRecord | None, *, resumable: bool) -> str:
    version = run is not None and run.checkpoint_id is not None
    canceled = "Canceled after its version was made." if version else "Canceled before a version was made."
    reason = job.error or canceled
    later = (
        f" Resume continues from the saved state, which is kept for {STATE_DAYS} days." if resumable else ""
    )
    return reason[0].upper() + reason[1:] + later


def show_details(view: JobView) -> None:
    """Draw how a finished run came to its verdict: curves, epoch previews and log, collapsed."""
    if trains_slick_head(view):
        _show_details(view)
        log(view.events)
        return
    # Closed ones are not drawn: two plots and the previews took most of the time of the page.
    plots = st.expander("Curves", key="curves", on_change="rerun")
    if plots.open:
        with plots:
            _show_details(view)
            curves(view)
    if view.previews:
        previews = st.expander("Validation predictions by epoch", key="previews", on_change="rerun")
        if previews.open:
            with previews:
                show_previews(view)
    log(view.events)


def clone_button(view: JobView) -> None:
    """Draw the button that fills the form with a run's settings."""
    text = "Fills the form with the tiles and settings of this run. Nothing starts yet."
    if view.run and st.button(
        "Clone with changes", key="clone-run", icon=":material/content_copy:", help=text
    ):
        st.query_params[CLONE] = str(view.run.id)
        st.rerun()


def _head(view: JobView) -> st.delta_generator.DeltaGenerator:
    """Draw the number and state of a run; return the container for its buttons."""
    row = st.container(horizontal=True, vertical_alignment="center", key="run-head")
    name = f"Run {view.run.id}" if view.run else "Run"
    row.header(f"{name} {state_text(formatting.job_state(view.job))}", anchor=False)
    return row


def _show_details(view: JobView) -> None:
    st.caption(formatting.plain(" · ".join(details(view))))


def details(view: JobView) -> list[str]:
    """Return device, memory, base model, author and age of a run."""
    job, run = view.job, view.run
    device = next((event.data["device"] for event in reversed(view.events) if event.data.get("device")), None)
    memory = view.metrics.get("memory_bytes")
    base = next(
        (
            model.name
            for model in list_models(current_workspace())
            if run and model.id == run.base_checkpoint_id
        ),
        None,
    )
    return [
        *([f"Device: {'CPU' if device == 'cpu' else device}"] if device else []),
        *([f"Memory: {formatting.size(memory[-1][1])}"] if memory else []),
        *([f"Base: {base}"] if base else []),
        f"Queued by {job.author}, {formatting.moment(job.created_at)}",
    ]


def notices(view: JobView, *, base_kept_shown: bool = False) -> None:
    """Draw warnings about a run: batches were split, or the base weights were kept.

    Args:
        base_kept_shown: whether the verdict above says already that the base weights were kept.
    """
    for icon, note in notes(view.events, base_kept_shown=base_kept_shown):
        st.warning(formatting.plain(note), icon=icon)


def notes(events: Sequence[EventRecord], *, base_kept_shown: bool = False) -> list[tuple[str, str]]:
    """Return the warnings about a run as (icon, sentence)."""
    newest = {event.data.get("kind"): event.data for event in events}
    warnings = []
    if "memory" in newest:
        size = newest["memory"]["halved_to"]
        sentence = f"Not enough memory: each batch is processed in parts of {size} crops."
        warnings.append((":material/memory:", sentence))
    if newest.get("alpha", {}).get("chosen") == 0:
        kept = "The base weights scored higher on the validation and hold-out tiles, so they were kept. "
        remedy = "Correct more tiles, or train longer."
        warnings.append((":material/balance:", remedy if base_kept_shown else kept + remedy))
    return warnings
