"""What a fine-tuning trains on, how it is asked for, and how its run is followed."""

import uuid
from collections.abc import Mapping
from typing import Any

import streamlit as st

from seep.ui import plots, words
from seep.ui.session import author, current_workspace, shown_errors
from seep.ui.widgets import facts, nothing_here, quiet_table, state_text
from seep.workflow.classes import get_classes
from seep.workflow.finetuning import PRESETS, FinetuneRequest, enqueue_finetune, estimate
from seep.workflow.jobs import ACTIVE, cancel, job_view
from seep.workflow.models import list_models
from seep.workflow.workspace import Workspace

_REQUEST = "finetune-request"
_RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3)
_HELP = {
    "epochs": "Passes over the corrected tiles. It stops early when 5 of them made validation no better.",
    "replay-share": "Share of each batch from other tiles with known masks, which keeps what the model knew.",
    "seed": "The same seed and data give the same weights.",
    "learning-rate": "A tenth of what the first training used. Higher learns faster and forgets more.",
    "crop": "Side of the windows that are trained on. Time grows with its square.",
}


def show_material(workspace: Workspace, material: Mapping[str, Any]) -> None:
    """Draw what would be trained on: how many tiles, whose, of which classes; what keeps the old skill.

    Args:
        workspace: for the classes' names.
        material: from `seep.workflow.finetuning.candidates`.
    """
    if not material["ready"]:
        nothing_here(material["reason"], ":material/model_training:", "Continue review", "pages/review.py")
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
        facts({"New since the last run": f"{words.count(material['tiles'], 'tile')}: {states}", "By": people})
        quiet_table(rows)
    facts(
        {
            "Replayed, to keep old skill": words.count(material["replay_tiles"], "tile"),
            "Chooses the epoch": _held(material, "validation"),
            "Judges, never trains": _held(material, "locked"),
        }
    )


def _held(material: Mapping[str, Any], split: str) -> str:
    tiles, scenes = material[f"{split}_tiles"], material[f"{split}_scenes"]
    return f"{words.count(tiles, 'tile')} of {words.count(scenes, f'{split} scene')}"


def ask_request(workspace: Workspace) -> FinetuneRequest:
    """Draw the choices, with defaults that need no thought; return them as they stand."""
    preset = st.segmented_control(
        "Preset, epochs",
        list(PRESETS),
        default="Quick",
        required=True,
        key="preset",
        format_func=lambda name: f"{name}, {PRESETS[name].epochs}",
    )
    usual = PRESETS.get(str(preset), FinetuneRequest())
    models = [one for one in list_models(workspace) if one["state"] != "dropped"]
    names = {one["id"]: one["name"] + (" (active)" if one["active"] else "") for one in models}
    active = next((at for at, one in enumerate(models) if one["active"]), 0)
    base = st.selectbox(
        "Start from",
        list(names),
        index=active if models else None,
        format_func=lambda one: names.get(one, ""),
    )
    with st.expander("Advanced"):
        return _advanced(usual, base, str(preset))


def _advanced(usual: FinetuneRequest, base: int | None, preset: str) -> FinetuneRequest:
    left, right = st.columns(2)
    with left:
        epochs = st.number_input("Epochs", 1, 500, usual.epochs, key=f"epochs-{preset}", help=_HELP["epochs"])
        replay = _slider(
            "Replay share", tuple(range(0, 100, 5)), round(usual.replay_share * 100), "%", preset
        )
        seed = st.number_input("Seed", 0, 2**31 - 1, usual.seed, key=f"seed-{preset}", help=_HELP["seed"])
    with right:
        rate = _slider("Learning rate", _RATES, usual.learning_rate, "", preset)
        crop = _slider("Crop", (64, 96, 128, 192, 256), usual.crop_px, "px", preset)
    return FinetuneRequest(
        base_checkpoint_id=base,
        epochs=int(epochs),
        learning_rate=rate,
        replay_share=replay / 100,
        crop_px=int(crop),
        seed=int(seed),
    )


def _slider(name: str, values: tuple[float, ...], usual: float, unit: str, preset: str) -> float:
    chosen = st.select_slider(
        name,
        values,
        usual,
        format_func=lambda value: f"{value:g} {unit}".strip(),
        key=f"{words.slug(name)}-{preset}",
        help=_HELP[words.slug(name)],
    )
    return float(chosen)


def show_estimate(workspace: Workspace, request: FinetuneRequest) -> None:
    """Draw how long it will take, and where that number is from."""
    guess = estimate(workspace, request)
    steps = words.count(guess["steps"], "step")
    st.caption(
        words.plain(f"About {words.duration(guess['seconds'])}: {steps}, guessed from {guess['basis']}.")
    )


def start(workspace: Workspace, request: FinetuneRequest) -> None:
    """Queue the fine-tuning; a second press of the same button queues nothing more."""
    request_id = st.session_state.setdefault(_REQUEST, uuid.uuid4().hex)
    enqueue_finetune(workspace, request, author(), request_id)
    del st.session_state[_REQUEST]
    st.rerun()


@shown_errors()
def follow(job_id: int) -> None:
    """Draw a job as it stands: what it does now, its curves, its log, and a button that ends it.

    Made for a fragment that runs again each second; when the job has ended, the whole page runs once more.
    """
    workspace = current_workspace()
    view = job_view(workspace, job_id)
    job = view["job"]
    if job["state"] not in ACTIVE:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(state_text(words.JOB_STATES[job["state"]]), width="stretch")
        if st.button(
            "Cancel", key="cancel-job", disabled=bool(job["cancel_requested"]), icon=":material/stop:"
        ):
            cancel(workspace, job_id, author())
    waits = "waits for the worker" if job["state"] == "queued" else "is being stopped"
    message = waits if job["state"] == "queued" or job["cancel_requested"] else job["message"] or "starts"
    st.progress(min(1.0, max(0.0, job["progress"])), words.plain(message))
    curves(view)
    log(view["events"])


def curves(view: Mapping[str, Any]) -> None:
    """Draw loss by step, and IoU on validation scenes by step, as far as a job's view knows them."""
    metrics: Mapping[str, list[list[float]]] = view["metrics"]
    end = next((one["data"]["steps"] for one in view["events"] if one["data"].get("steps")), None)
    loss = {
        "batch": _thinned(metrics.get("loss", [])),
        "validation": _points(metrics.get("validation_loss", [])),
    }
    plots.show(
        plots.curve(loss, "step", "loss", end),
        "curve-loss",
        "Loss by step, of training batches and validation",
    )
    score = {
        "binary": _points(metrics.get("binary_iou", [])),
        "classes": _points(metrics.get("mean_iou", [])),
    }
    plots.show(
        plots.curve(score, "step", "IoU on validation", end), "curve-iou", "IoU on validation scenes by step"
    )


def log(events: list[dict[str, Any]]) -> None:
    """Draw what the run told, newest first, folded."""
    lines = [f"{one['created_at'][11:19]}  {_line(one['data'])}" for one in reversed(events)]
    with st.expander(f"Log, {words.count(len(lines), 'line')}", key="run-log"):
        st.code("\n".join(lines) or "nothing yet", language=None, height=160)


def _line(data: Mapping[str, Any]) -> str:
    if data.get("kind") == "epoch":
        return (
            f"epoch {data.get('epoch')}: loss {words.figure(data.get('train_loss'), 4)}, "
            f"validation IoU {words.figure(data.get('binary_iou'), 3)}"
        )
    if "text" in data:
        return str(data["text"])
    return ", ".join(f"{name} {value}" for name, value in data.items())


def _points(values: list[list[float]]) -> list[tuple[float, float]]:
    return [(step, value) for step, value in values]


def _thinned(values: list[list[float]], limit: int = 200) -> list[tuple[float, float]]:
    """At most `limit` points, each the mean of its neighbours: a curve to read, not noise to scroll."""
    every = max(1, -(-len(values) // limit))
    groups = [values[at : at + every] for at in range(0, len(values), every)]
    return [(group[-1][0], sum(value for _, value in group) / len(group)) for group in groups]
