"""A run as it goes and as it ended: state, device and memory, its course, and what can be done."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from seep.ui import formatting
from seep.ui.finetune.form import CLONE, cloned_run, show_queue
from seep.ui.finetune.training_curves import View, curves, log, show_strip
from seep.ui.session import author, current_workspace, shown_errors
from seep.ui.widgets import state_text
from seep.workflow.jobs import ACTIVE, cancel, job_queue, job_view, silent_s
from seep.workflow.models.registry import list_models
from seep.workflow.training.requests import list_runs, resume
from seep.workflow.training.run_files import STATE_DAYS, can_resume

KIND = "finetune"


def live_job(queue: list[dict[str, Any]]) -> int | None:
    """Return the fine-tuning that runs, else the first that waits, else None."""
    return next((job["id"] for job in queue if job["kind"] == KIND), None)


@shown_errors()
def watch_queue(shown: int | None, live: int | None) -> None:
    """Draw the queue; run the whole page again once another fine-tuning is the one that goes on.

    Made for a fragment that runs again every two seconds, so that a page on which nothing runs shows what
    somebody else starts.

    Args:
        shown: the job that the page shows.
        live: the fine-tuning that went on when the page was drawn.
    """
    workspace = current_workspace()
    queue = job_queue(workspace)
    if live_job(queue) != live:
        st.rerun()
    show_queue(workspace, queue, shown)


def follow_run(job_id: int) -> None:
    """Draw a run that goes on, and keep it up to date."""
    st.fragment(follow, run_every=1)(job_id)
    st.fragment(follow_course, run_every=2)(job_id)


@shown_errors()
def follow(job_id: int) -> None:
    """Draw a job as it stands: what it does now, on what it runs, and a button that ends it.

    Made for a fragment that runs again each second; when the job has ended, the whole page runs once more.
    """
    view = job_view(current_workspace(), job_id)
    job = view["job"]
    if job["state"] not in ACTIVE:
        st.rerun()
    with _head(view):
        if st.button(
            "Cancel", key="cancel-job", disabled=bool(job["cancel_requested"]), icon=":material/stop:"
        ):
            cancel(current_workspace(), job_id, author())
    waits = "waits for the worker" if job["state"] == "queued" else "is being stopped"
    message = waits if job["state"] == "queued" or job["cancel_requested"] else job["message"] or "starts"
    st.progress(min(1.0, max(0.0, job["progress"])), formatting.plain(message))
    _basis(view)
    if job["attempts"] > 1:
        st.caption("Its worker ended in the middle; another one took the run up again from the last epoch.")
    silent = silent_s(job)
    if silent is not None:
        st.warning(
            f"The worker is silent for {formatting.duration(silent)}. Where it was killed, another one goes on "
            "from the last state as soon as it starts; the server's log tells why none does.",
            icon=":material/error:",
        )
    notices(view)


@shown_errors()
def follow_course(job_id: int) -> None:
    """Draw the curves of a job that goes on, its strip and its log.

    Made for a fragment that runs again every two seconds: drawing plots is what costs on both sides.
    """
    view = job_view(current_workspace(), job_id)
    curves(view)
    show_strip(view)
    log(view["events"])


def show_stopped(view: View, show_made: Callable[[], None]) -> None:
    """Draw a run that was canceled or failed: why, what is left of it, and how it goes on.

    Args:
        view: of its job.
        show_made: draws the version that it left, if it left one.
    """
    job, run = view["job"], view["run"]
    resumable = _resumable(run)
    with _head(view):
        if resumable and st.button(
            "Resume",
            key="resume",
            type="primary" if is_resume_first(view) else "secondary",
            icon=":material/play_arrow:",
        ):
            with shown_errors():
                resume(current_workspace(), run["id"], author())
                st.rerun()
        clone_button(view)
    st.markdown(formatting.plain(_why(job, run, resumable=resumable)))
    show_made()
    _basis(view)
    if run:
        curves(view)
        show_strip(view)
    log(view["events"])


def is_resume_first(view: View | None) -> bool:
    """Say whether to go on with a run is the page's primary action: canceled, and no clone is being set up.

    What failed may fail again.
    """
    canceled = view is not None and view["job"]["state"] == "canceled"
    return canceled and cloned_run() is None and _resumable(view["run"] if view else None)


def _resumable(run: Mapping[str, Any] | None) -> bool:
    if run is None:
        return False
    workspace = current_workspace()
    return any(can_resume(workspace, one) for one in list_runs(workspace) if one.id == run["id"])


def _why(job: Mapping[str, Any], run: Mapping[str, Any] | None, *, resumable: bool) -> str:
    made = run is not None and run["checkpoint_id"] is not None
    none = "no version was made and nothing changed" if not made else "its version had been made by then"
    reason = job["error"] or f"It was canceled before its end; {none}."
    later = f" Resume goes on where it stopped; its state is kept for {STATE_DAYS} days." if resumable else ""
    return reason[0].upper() + reason[1:] + later


def show_course(view: View) -> None:
    """Draw how a run that is done came to its verdict: folded curves, the strip, the log."""
    with st.expander("Curves"):
        _basis(view)
        notices(view)
        curves(view)
    if view["strip"]:
        with st.expander("Tiles that do not train, epoch by epoch"):
            show_strip(view)
    log(view["events"])


def clone_button(view: View) -> None:
    """Draw the button that fills the form with a run's settings."""
    run = view["run"]
    told = "Fills the form with this run's tiles and settings; nothing starts yet."
    if run and st.button("Clone with changes", key="clone-run", icon=":material/content_copy:", help=told):
        st.query_params[CLONE] = str(run["id"])
        st.rerun()


def _head(view: View) -> st.delta_generator.DeltaGenerator:
    """Draw a run's number and state; return the place for its buttons."""
    job, run = view["job"], view["run"]
    row = st.container(horizontal=True, vertical_alignment="center", key="run-head")
    name = f"Run {run['id']}" if run else "The run"
    row.subheader(f"{name} {state_text(formatting.JOB_STATES[job['state']])}", anchor=False)
    return row


def _basis(view: View) -> None:
    """Say in one line on what it runs and what it learns from."""
    st.caption(formatting.plain(" · ".join(basis(view))) or "\u200b")


def basis(view: View) -> list[str]:
    """Return on what a run runs, how much memory it takes, where it starts, who asked and how long ago."""
    job, run, metrics = view["job"], view["run"], view["metrics"]
    device = next(
        (one["data"]["device"] for one in reversed(view["events"]) if one["data"].get("device")), None
    )
    memory = metrics.get("memory_bytes") or []
    base = next(
        (one.name for one in list_models(current_workspace()) if run and one.id == run["base_checkpoint_id"]),
        None,
    )
    return [
        *([f"on {'the CPU' if device == 'cpu' else device}"] if device else []),
        *([f"{formatting.size(memory[-1][1])} of memory"] if memory else []),
        *([f"from {base}"] if base else []),
        f"asked by {job['author']} {formatting.moment(job['created_at'])}",
    ]


def notices(view: View) -> None:
    """Draw what the run did of its own accord and somebody should know."""
    for icon, sentence in notes(view["events"]):
        st.warning(formatting.plain(sentence), icon=icon)


def notes(events: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return as (icon, sentence) that batches were halved for want of memory, and that nothing was learned."""
    told = {one["data"].get("kind"): one["data"] for one in events}
    found = []
    if "memory" in told:
        halved = told["memory"]
        sentence = halved.get("text") or f"Memory was short: batches are cut to {halved['halved_to']} crops."
        found.append((":material/memory:", sentence))
    if told.get("alpha", {}).get("chosen") == 0:
        sentence = (
            "Validation scenes and hold-out tiles like the old weights clearly better, so this version has "
            "them: correct more tiles, or train for longer."
        )
        found.append((":material/balance:", sentence))
    return found
