"""The form of a fine-tuning: its tiles, preset and hyperparameters, the time estimate, and the queue."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seep.core.metrics.intervals import MIN_SCENES
from seep.core.records import JobRecord
from seep.core.text import percent
from seep.ui import formatting
from seep.ui.finetune.hyperparameters import are_asked, ask_hyperparameters
from seep.ui.query_params import number_in
from seep.ui.session import current_actor, shown_errors, worded
from seep.ui.widgets import facts, nothing_here, quiet_table, state_text
from seep.workflow.classes import get_classes
from seep.workflow.jobs import cancel
from seep.workflow.review.queue import count
from seep.workflow.training.presets import FINETUNE, HYPERPARAMETERS, FinetuneRequest
from seep.workflow.training.requests import Estimate, base_models, enqueue_finetune, estimate, repeat
from seep.workflow.training.run_history import changes_between, request_of_run
from seep.workflow.training.selection import CHOICES, SplitSize, TrainingTiles
from seep.workflow.workspace import Workspace

CLONE = "clone"
"""Query parameter: the number of the run whose settings fill the form."""
_CHOICE = "finetune-tiles"
_SHORT = {"new": "New", "day": "Last 24 hours", "all": "All reviewed"}
_MAX_NAMES = 3
_REQUEST = "finetune-request"
_STARTS = "finetune-starts"
_PRESETS = {
    "quick": "Trains around your corrections and takes minutes. Use it after every few tiles.",
    "thorough": "Trains longer, on whole tiles. Use it once per day of review.",
    "slick-head": "Trains only the second stage, which removes predicted look-alikes. Takes seconds before the "
    "comparison; the network stays as it is.",
}


def show_tiles(workspace: Workspace, tiles: TrainingTiles) -> None:
    """Draw the training data: number of tiles, authors, classes, replay tiles, validation and test set.

    Args:
        tiles: what a new run would train on.
    """
    held = {
        "Validation set (selects the best epoch)": _size(tiles.validation, "validation"),
        "Test set (decides the verdict)": _size(tiles.test, "test"),
    }
    if cloned_run() is not None:  # the form names its tiles
        facts(held)
        return
    _ask_choice()
    _warn_unreadable(tiles.unreadable)
    if tiles.reason:
        way = (
            ("Continue review", "pages/review.py") if count(workspace) else ("Import tiles", "pages/data.py")
        )
        nothing_here(tiles.reason, ":material/model_training:", *way)
    else:
        names = {seep_class.id: seep_class.name for seep_class in get_classes(workspace)}
        states = ", ".join(f"{number} {state}" for state, number in tiles.states.items())
        authors = ", ".join(f"{name} {number}" for name, number in tiles.authors.items())
        facts(
            {
                CHOICES[chosen_tiles()]: f"{formatting.count(tiles.count, 'tile')}: {states}",
                "Reviewed by": authors,
            }
        )
        if tiles.in_progress:
            number = formatting.count(tiles.in_progress, "tile is", "tiles are")
            st.caption(f"{number} already in a running or queued run.")
        quiet_table(
            [
                {
                    "class": names[seep_class.class_id],
                    "tiles": seep_class.tiles,
                    "area, px": seep_class.area_px,
                }
                for seep_class in tiles.classes
                if seep_class.class_id in names and seep_class.class_id > 0
            ]
        )
    facts({"Replay tiles (reduce forgetting)": formatting.count(tiles.replay_tiles, "tile"), **held})
    if tiles.ready:
        _warn_few_test_scenes(tiles.test)


def _ask_choice() -> None:
    st.segmented_control(
        "Tiles",
        list(CHOICES),
        default="new",
        required=True,
        key=_CHOICE,
        format_func=_SHORT.__getitem__,
        label_visibility="collapsed",
    )


def _warn_unreadable(names: Sequence[str]) -> None:
    if not names:
        return
    number = formatting.count(len(names), "reviewed tile is", "reviewed tiles are")
    named = ", ".join(names[:_MAX_NAMES])
    more = " and more" if len(names) > _MAX_NAMES else ""
    st.warning(
        formatting.plain(
            f"{number} left out because the masks are missing or damaged: {named}{more}. Restore the files "
            "from a backup of the workspace, or paint the masks again."
        ),
        icon=":material/broken_image:",
    )


def _warn_unsupported(names: Sequence[str]) -> None:
    if not names:
        return
    number = formatting.count(len(names), "tile is", "tiles are")
    named = ", ".join(names[:_MAX_NAMES]) + (" and more" if len(names) > _MAX_NAMES else "")
    st.warning(
        formatting.plain(f"{number} left out because the base model reads images with other bands: {named}."),
        icon=":material/layers:",
    )


def _warn_few_test_scenes(test: SplitSize) -> None:
    if test.seep_scenes >= MIN_SCENES:
        return
    scenes = formatting.count(
        test.seep_scenes, "reviewed test scene contains", "reviewed test scenes contain"
    )
    named = ", ".join(test.trained[:_MAX_NAMES]) + (" and more" if len(test.trained) > _MAX_NAMES else "")
    left_out = (
        f" Scenes that the active version was trained on do not count: {named}." if test.trained else ""
    )
    with st.container(key="few-test-scenes"):
        st.info(
            formatting.plain(
                worded(f"A conclusive verdict needs {MIN_SCENES} test scenes with seep; {scenes} seep.")
                + left_out
            ),
            icon=":material/balance:",
        )
        st.page_link("pages/settings.py", label="Change splits", icon=":material/call_split:")


def chosen_tiles() -> str:
    """Return the chosen tiles, a key of `seep.workflow.training.selection.CHOICES`."""
    return str(st.session_state.get(_CHOICE) or "new")


def _size(size: SplitSize, name: str) -> str:
    return f"{formatting.count(size.tiles, 'tile')} of {formatting.count(size.scenes, name + ' scene')}"


def cloned_run() -> int | None:
    """Return the number of the run to clone from the URL, None for a new run."""
    return number_in(CLONE)


def ask_request(workspace: Workspace, tiles: TrainingTiles) -> FinetuneRequest:
    """Draw the choices of a run, with defaults; return the request.

    If the URL names a run to clone, its tiles are kept and its settings are the defaults.

    Args:
        tiles: what a new run would train on.

    Raises:
        MissingError: the run to clone does not exist.
    """
    run = cloned_run()
    if run is None:
        preset = str(
            st.segmented_control(
                "Preset",
                list(FINETUNE),
                default="quick",
                required=True,
                key="preset",
                format_func=lambda name: name.replace("-", " ").capitalize(),
            )
        )
        defaults, key = replace(FINETUNE[preset], revision_ids=tiles.revision_ids), preset
        st.caption(f"{_PRESETS[preset]} {_limits(defaults)}")
    else:
        defaults, key = request_of_run(workspace, run), f"run-{run}"
        with st.container(horizontal=True, vertical_alignment="center"):
            number = formatting.count(len(defaults.revision_ids or ()), "tile")
            st.markdown(f"**Clone of run {run}**, with its {number}", width="stretch")
            if st.button("Discard clone", key="leave-clone", type="tertiary", icon=":material/close:"):
                del st.query_params[CLONE]
                st.rerun()
    base = _ask_base(workspace, defaults.base_checkpoint_id, key)
    if defaults.slick_head:
        return replace(defaults, base_checkpoint_id=base)
    box = st.expander(
        "Hyperparameters",
        expanded=run is not None,
        key="advanced" if run is None else "advanced-clone",
        on_change="rerun",
    )
    request = replace(defaults, base_checkpoint_id=base)
    # Closed ones are not drawn: their 14 widgets took a third of the time of the page. Once drawn they stay, because
    # the values of widgets that are not drawn are lost.
    if box.open or are_asked(key):
        with box:
            request = ask_hyperparameters(request, key)
    if run is not None:
        _show_changes(defaults, request)
    return request


def _limits(request: FinetuneRequest) -> str:
    """Return how long a run may train: "At most 10 epochs and 160 steps."; empty for a slick head."""
    if request.slick_head:
        return ""
    epochs = formatting.count(request.epochs, "epoch")
    if request.max_steps is not None:
        return f"At most {epochs} and {formatting.count(request.max_steps, 'step')}."
    if request.min_steps:
        return f"At most {epochs}, at least {formatting.count(request.min_steps, 'step')}."
    return f"At most {epochs}."


def _ask_base(workspace: Workspace, default: int | None, key: str) -> int | None:
    models = base_models(workspace)
    names = {model.id: model.name + (" (active)" if model.active else "") for model in models}
    active = next((at for at, model in enumerate(models) if model.active), 0)
    at = next((at for at, model in enumerate(models) if model.id == default), active)
    now = models[active].id if models else 0
    return st.selectbox(
        "Base model",
        list(names),
        index=at if models else None,
        format_func=lambda one: names.get(one, ""),
        key=f"base-{key}-{now}",  # a new key after a promotion, else the browser keeps the old names
        help="Versions for images with other bands are not listed.",
    )


def _show_changes(before: FinetuneRequest, request: FinetuneRequest) -> None:
    texts = [
        f"{declared.label.lower()} {declared.text(getattr(before, name))} → {declared.text(value)}"
        for name, value in changes_between(before, request).items()
        if (declared := HYPERPARAMETERS.get(name))
    ]
    st.caption(formatting.plain("Changes: " + "; ".join(texts) if texts else "No changes."))


def show_estimate(workspace: Workspace, request: FinetuneRequest, warnings: DeltaGenerator) -> None:
    """Draw how long the run takes, and what the estimate is based on.

    Args:
        warnings: the container under the training data, for warnings about its tiles.
    """
    guess = estimate(workspace, request)
    with warnings:
        _warn_unsupported(guess.unsupported)
        _warn_unchanged(guess)
    steps = f" for {formatting.count(guess.steps, 'step')}" if guess.steps else ""
    if guess.radius:
        text = f"{guess.radius.sentence} Change it in **Hyperparameters**: Maximum slick radius."
        st.caption(worded(text))
    holdout = f" {formatting.count(guess.holdout_tiles, 'hold-out tile')}." if guess.holdout_tiles else ""
    st.caption(
        formatting.plain(
            f"About {formatting.duration(guess.seconds)}{steps}.{holdout} Estimate based on {guess.basis}."
        )
    )


def _warn_unchanged(guess: Estimate) -> None:
    """Say how many tiles teach the base nothing new: as a warning where they are half of the tiles or more."""
    if not guess.unchanged:
        return
    one = guess.unchanged == 1
    tiles = f"{formatting.number(guess.unchanged)} of {formatting.count(guess.tiles, 'tile')}"
    text = formatting.plain(
        f"{tiles} {'was' if one else 'were'} accepted unchanged, so {'it adds' if one else 'they add'} nothing "
        "new for the base model."
    )
    if 2 * guess.unchanged >= guess.tiles:
        st.warning(text, icon=":material/content_copy:")
    else:
        st.info(text, icon=":material/content_copy:")


def start_key() -> str:
    """Return the key of the start button; it changes after each start.

    The second of two quick clicks then belongs to a button that no longer exists.
    """
    return f"start-{st.session_state.get(_STARTS, 0)}"


def start(workspace: Workspace, request: FinetuneRequest) -> None:
    """Queue the fine-tuning, or the clone that the URL names, and rerun the page."""
    run = cloned_run()
    request_id = st.session_state.setdefault(_REQUEST, uuid.uuid4().hex)
    if run is None:
        enqueue_finetune(workspace, request, current_actor(), request_id)
    else:
        changes = changes_between(request_of_run(workspace, run), request)
        repeat(workspace, run, current_actor(), changes, request_id)
        del st.query_params[CLONE]
    st.session_state[_STARTS] = st.session_state.get(_STARTS, 0) + 1
    del st.session_state[_REQUEST]
    st.query_params.pop("run", None)
    st.rerun()


def show_queue(workspace: Workspace, jobs: Sequence[JobRecord], followed: int | None) -> None:
    """Draw the running and queued jobs in their order, each with a button that cancels it.

    Args:
        jobs: from `seep.workflow.jobs.job_queue`.
        followed: the job that the page shows beside the queue, with a button of its own.
    """
    if not jobs:
        st.caption("No running or queued jobs.")
    with st.container(gap=None):
        for place, job in enumerate(jobs, 1):
            _show_job(workspace, place, job, can_cancel=job.id != followed)


def _show_job(workspace: Workspace, place: int, job: JobRecord, *, can_cancel: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"queue-{job.id}"):
        kind = formatting.JOB_KINDS.get(job.kind, job.kind)
        text = percent(job.progress) if job.state == "running" else f"by {job.author}"
        state = state_text(formatting.job_state(job))
        st.markdown(f"{place}. {kind} {state} :gray[{formatting.plain(text)}]", width="stretch")
        if can_cancel and st.button(
            "Cancel",
            key=f"cancel-{job.id}",
            type="tertiary",
            icon=":material/stop:",
            disabled=job.cancel_requested,
        ):
            with shown_errors():
                cancel(workspace, job.id, current_actor())
                st.rerun()
