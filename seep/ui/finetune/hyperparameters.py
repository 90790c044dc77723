"""The knobs of a fine-tuning: what each does, what it may be, and how it is asked for."""

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from seep.ui import formatting
from seep.workflow.training.presets import FINETUNE, MOST_SEED, FinetuneRequest


@dataclass(frozen=True)
class Knob:
    """One knob: its label, what it does, and its `options` to slide over or its least and highest number.

    Without options and range it is switched on or off. `none` is what an empty field means; `short` is the
    label where there is little room.
    """

    label: str
    help: str
    options: tuple[float, ...] = ()
    unit: str = ""
    scale: float = 1
    least: int = 0
    most: int = 0
    none: str = ""
    short: str = ""


KNOBS = {
    "epochs": Knob("Epochs", "Passes over the corrected tiles, at most.", least=1, most=500),
    "patience": Knob(
        "Patience, epochs",
        "Ends early when so many epochs made validation no better; 0 never.",
        least=0,
        most=500,
        short="patience",
    ),
    "min_steps": Knob(
        "Steps at least",
        "Batches of 16 crops in all; few tiles are gone through more often.",
        least=1,
        most=1_000_000,
        short="least steps",
    ),
    "max_steps": Knob(
        "Steps at most",
        "Batches of 16 crops in all, so that many tiles take no longer; no fewer than epochs.",
        least=1,
        most=1_000_000,
        none="no limit",
        short="steps",
    ),
    "learning_rate": Knob(
        "Learning rate",
        "The first training used 1e-3. Higher learns faster and forgets more.",
        (1e-5, 3e-5, 1e-4, 3e-4, 1e-3),
        short="rate",
    ),
    "replay_share": Knob(
        "Replay share",
        "Share of each batch from other tiles with known masks, which keeps what the model knew.",
        tuple(round(0.05 * step, 2) for step in range(20)),
        unit="%",
        scale=100,
        short="replay",
    ),
    "crop_px": Knob(
        "Crop",
        "Side of the windows that are trained on. Time grows with its square.",
        (64, 96, 128, 160, 192, 256),
        unit="px",
    ),
    "around_changes": Knob(
        "Around changes",
        "Learns where you corrected the prediction, which is quicker; off learns from whole tiles.",
        short="around changes",
    ),
    "interpolate": Knob(
        "Mix old and new",
        "At the end takes the mean of old and new weights, unless validation and hold-out tiles like another "
        "mixture, or the old ones, better by more than 0.005 IoU.",
        short="mixed",
    ),
    "keep_threshold": Knob(
        "Keep the threshold",
        "Moves the probability that counts as seep only where validation gains more than 0.005 IoU from it.",
        short="keep threshold",
    ),
    "validation_tiles": Knob(
        "Validation tiles",
        "Measured after each epoch, at most; more is surer and slower.",
        least=1,
        most=1000,
        short="validation",
    ),
    "holdout_share": Knob(
        "Hold-out",
        "Share of the corrected tiles that does not train in this run, so that the scenes at work have a say "
        "in what is kept. The next run replays them.",
        tuple(round(0.05 * step, 2) for step in range(11)),
        unit="%",
        scale=100,
        short="hold-out",
    ),
    "seed": Knob("Seed", "The same seed, tiles and settings give the same weights on a CPU.", most=MOST_SEED),
}


def ask_knobs(usual: FinetuneRequest, key: str) -> FinetuneRequest:
    """Draw all knobs in two columns, with their usual values; return the request with what was chosen.

    Args:
        usual: what each stands at first, and all that is no knob.
        key: names the widgets; another key starts from the usual values again.
    """
    left, right = st.columns(2)
    half = len(KNOBS) // 2  # the left one holds the higher widgets
    chosen = {}
    for place, (name, knob) in enumerate(KNOBS.items()):
        with left if place < half else right:
            chosen[name] = _ask(knob, getattr(usual, name), f"{name}-{key}", _help(name, knob))
    return replace(usual, **chosen)


def value_text(name: str, value: Any) -> str:
    """Return a knob's value as people read it: 50 %, 128 px, on, no limit."""
    knob = KNOBS[name]
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return knob.none or "–"
    shown = f"{value * knob.scale:g}" if isinstance(value, float) else formatting.number(value)
    return f"{shown} {knob.unit}".strip()


def _help(name: str, knob: Knob) -> str:
    usual = [f"{preset} {value_text(name, getattr(one, name))}" for preset, one in FINETUNE.items()]
    same = len({getattr(one, name) for one in FINETUNE.values()}) == 1
    told = value_text(name, getattr(FINETUNE["quick"], name)) if same else ", ".join(usual)
    return f"{knob.help} Usually {told}."


def _ask(knob: Knob, usual: Any, key: str, told: str) -> Any:
    if knob.options:
        options = sorted({*knob.options, usual})
        return st.select_slider(
            knob.label,
            options,
            usual,
            format_func=lambda value: f"{value * knob.scale:g} {knob.unit}".strip(),
            key=key,
            help=told,
        )
    if isinstance(usual, bool):
        return st.toggle(knob.label, usual, key=key, help=told)
    return st.number_input(
        knob.label,
        knob.least,
        knob.most,
        usual,
        step=1,
        key=key,
        help=told,
        placeholder=knob.none or None,
    )
