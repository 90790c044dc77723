"""What a fine-tuning trains on, how it is asked for, and what waits beside it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from seep.ui import formatting
from seep.ui.finetune.hyperparameters import KNOBS, ask_knobs, value_text
from seep.ui.query_params import number_in
from seep.ui.session import author, shown_errors
from seep.ui.widgets import facts, nothing_here, quiet_table, state_text
from seep.workflow.classes import get_classes
from seep.workflow.jobs import cancel
from seep.workflow.review.queue import count
from seep.workflow.training.presets import FINETUNE, FinetuneRequest
from seep.workflow.training.requests import bases, enqueue_finetune, estimate, repeat
from seep.workflow.training.run_history import changes_between, request_of_run
from seep.workflow.training.selection import CHOICES
from seep.workflow.workspace import Workspace

CLONE = "clone"
"""Query parameter: the number of the run whose settings the form starts from."""
_CHOICE = "finetune-tiles"
_SHORT = {"new": "New", "day": "Last 24 hours", "all": "All reviewed"}
_MOST_NAMED = 3
_REQUEST = "finetune-request"
_STARTS = "finetune-starts"
_PRESETS = {
    "quick": "Minutes: learns around what you corrected. After each handful of tiles.",
    "thorough": "Learns from whole tiles for longer. Once over a day's work.",
}


def show_material(workspace: Workspace, material: Mapping[str, Any]) -> None:
    """Draw what would be trained on: how many tiles, whose, of which classes; what keeps the old skill.

    Args:
        workspace: for the classes' names.
        material: from `seep.workflow.training.selection.candidates`.
    """
    held = {
        "Chooses the epoch": _held(material, "validation"),
        "Judges, never trains": _held(material, "locked"),
    }
    if cloned_run() is not None:  # its own tiles, which the form names
        facts(held)
        return
    _ask_tiles()
    _name_unreadable(material["unreadable"])
    if not material["ready"]:
        way = ("Continue review", "pages/review.py") if count(workspace) else ("Import", "pages/data.py")
        nothing_here(material["reason"], ":material/model_training:", *way)
    else:
        names = {one.id: one.name for one in get_classes(workspace)}
        rows = [
            {
                "class": names.get(one["id"], f"class {one['id']}"),
                "tiles": one["tiles"],
                "area, px": one["area_px"],
            }
            for one in material["classes"]
            if one["id"] in names and one["id"] > 0
        ]
        states = ", ".join(f"{number} {state}" for state, number in material["by_state"].items())
        people = ", ".join(f"{name} {number}" for name, number in material["people"].items())
        facts(
            {
                CHOICES[chosen_tiles()]: f"{formatting.count(material['tiles'], 'tile')}: {states}",
                "By": people,
            }
        )
        if material["under_way"]:
            told = formatting.count(material["under_way"], "of them is", "of them are")
            st.caption(f"{told} in a run that goes on or waits already; another run learns from them again.")
        quiet_table(rows)
    facts({"Replayed, to keep old skill": formatting.count(material["replay_tiles"], "tile"), **held})


def _ask_tiles() -> None:
    st.segmented_control(
        "Tiles",
        list(CHOICES),
        default="new",
        required=True,
        key=_CHOICE,
        format_func=_SHORT.__getitem__,
        label_visibility="collapsed",
    )


def _name_unreadable(names: Sequence[str]) -> None:
    if not names:
        return
    lost = formatting.count(len(names), "reviewed tile is", "reviewed tiles are")
    named = ", ".join(names[:_MOST_NAMED])
    more = " and more" if len(names) > _MOST_NAMED else ""
    st.warning(
        formatting.plain(
            f"{lost} left out, since the mask is gone or damaged: {named}{more}. Bring the files back "
            "from a backup of the workspace, or paint the masks anew."
        ),
        icon=":material/broken_image:",
    )


def chosen_tiles() -> str:
    """Return which tiles are chosen to be learned, a key of `seep.workflow.training.selection.CHOICES`."""
    return str(st.session_state.get(_CHOICE) or "new")


def _held(material: Mapping[str, Any], split: str) -> str:
    tiles, scenes = material[f"{split}_tiles"], material[f"{split}_scenes"]
    return f"{formatting.count(tiles, 'tile')} of {formatting.count(scenes, f'{split} scene')}"


def cloned_run() -> int | None:
    """Return the number of the run that the address asks to clone, None for a new one."""
    return number_in(CLONE)


def ask_request(workspace: Workspace, material: Mapping[str, Any]) -> FinetuneRequest:
    """Draw the choices, with defaults that need no thought; return them as they stand.

    Args:
        workspace: where.
        material: from `seep.workflow.training.selection.candidates`: the tiles that a new run is for.

    Where the address names a run to clone, its tiles are kept and its settings are what the form starts from.

    Raises:
        MissingError: the run to clone does not exist.
    """
    run = cloned_run()
    if run is None:
        preset = st.segmented_control(
            "Preset", list(FINETUNE), default="quick", required=True, key="preset", format_func=str.capitalize
        )
        usual, key = replace(FINETUNE[str(preset)], revision_ids=tuple(material["revision_ids"])), str(preset)
        st.caption(f"{_PRESETS[str(preset)]} At most {formatting.count(usual.epochs, 'epoch')}.")
    else:
        usual, key = request_of_run(workspace, run), f"run-{run}"
        with st.container(horizontal=True, vertical_alignment="center"):
            tiles = formatting.count(len(usual.revision_ids or ()), "tile")
            st.markdown(f"**As run {run}**, on the {tiles} that it trained on.", width="stretch")
            if st.button("A new run instead", key="leave-clone", type="tertiary", icon=":material/close:"):
                del st.query_params[CLONE]
                st.rerun()
    base = _ask_base(workspace, usual.base_checkpoint_id, key)
    with st.expander(
        "Advanced", expanded=run is not None, key="advanced" if run is None else "advanced-clone"
    ):
        request = replace(ask_knobs(usual, key), base_checkpoint_id=base)
    if run is not None:
        _show_changes(usual, request)
    return request


def _ask_base(workspace: Workspace, usual: int | None, key: str) -> int | None:
    models = bases(workspace)
    names = {one.id: one.name + (" (active)" if one.active else "") for one in models}
    active = next((at for at, one in enumerate(models) if one.active), 0)
    at = next((at for at, one in enumerate(models) if one.id == usual), active)
    now = models[active].id if models else 0
    return st.selectbox(
        "Start from",
        list(names),
        index=at if models else None,
        format_func=lambda one: names.get(one, ""),
        key=f"base-{key}-{now}",  # what is active changed: the browser would go on showing the old names
        help="Models that read other bands than the images here are left out.",
    )


def _show_changes(usual: FinetuneRequest, request: FinetuneRequest) -> None:
    changes = changes_between(usual, request)
    changes.pop("base_checkpoint_id", None)
    told = [
        f"{KNOBS[name].label.lower()} {value_text(name, getattr(usual, name))} → {value_text(name, value)}"
        for name, value in changes.items()
    ]
    st.caption(
        formatting.plain("Changed: " + "; ".join(told) if told else "Nothing changed: the same run again.")
    )


def show_estimate(workspace: Workspace, request: FinetuneRequest) -> None:
    """Draw how long it will take, and where that number is from."""
    guess = estimate(workspace, request)
    steps = formatting.count(guess["steps"], "step")
    out = guess["holdout_tiles"]
    told = f" {formatting.count(out, 'tile')} held out to judge by." if out else ""
    st.caption(
        formatting.plain(
            f"About {formatting.duration(guess['seconds'])}: {steps}, guessed from {guess['basis']}.{told}"
        )
    )


def start_key() -> str:
    """Return the key of the button that starts: another one after each start.

    So the second of two quick clicks belongs to a button that is gone, and queues nothing more.
    """
    return f"start-{st.session_state.get(_STARTS, 0)}"


def start(workspace: Workspace, request: FinetuneRequest) -> None:
    """Queue the fine-tuning, or the clone that the address names, and run the page again."""
    run = cloned_run()
    request_id = st.session_state.setdefault(_REQUEST, uuid.uuid4().hex)
    if run is None:
        enqueue_finetune(workspace, request, author(), request_id)
    else:
        changes = changes_between(request_of_run(workspace, run), request)
        repeat(workspace, run, author(), changes, request_id)
        del st.query_params[CLONE]
    st.session_state[_STARTS] = st.session_state.get(_STARTS, 0) + 1
    del st.session_state[_REQUEST]
    st.query_params.pop("run", None)
    st.rerun()


def show_queue(workspace: Workspace, jobs: Sequence[Mapping[str, Any]], followed: int | None) -> None:
    """Draw what runs and what waits, in the order in which it is done, each with a button that ends it.

    Args:
        workspace: where.
        jobs: from `seep.workflow.jobs.job_queue`.
        followed: the job that the page shows beside it, which has its own button.
    """
    if not jobs:
        st.caption("Nothing runs and nothing waits.")
    with st.container(gap=None):
        for place, job in enumerate(jobs, 1):
            _queued(workspace, place, job, own_button=job["id"] != followed)


def _queued(workspace: Workspace, place: int, job: Mapping[str, Any], *, own_button: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"queue-{job['id']}"):
        kind = formatting.JOB_KINDS.get(job["kind"], job["kind"])
        told = f"{job['progress']:.0%}" if job["state"] == "running" else f"waits, asked by {job['author']}"
        state = state_text(formatting.JOB_STATES[job["state"]])
        st.markdown(f"{place}. {kind} {state} :gray[{formatting.plain(told)}]", width="stretch")
        if own_button and st.button(
            "Cancel",
            key=f"cancel-{job['id']}",
            type="tertiary",
            icon=":material/stop:",
            disabled=job["cancel_requested"],
        ):
            with shown_errors():
                cancel(workspace, job["id"], author())
                st.rerun()
