"""The hyperparameters of a fine-tuning: labels, help texts, ranges, and their widgets."""

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from seep.ui import formatting
from seep.workflow.training.presets import FINETUNE, MAX_SEED, NETWORK_PRESETS, FinetuneRequest


@dataclass(frozen=True)
class Hyperparameter:
    """How one hyperparameter is shown and chosen.

    Attributes:
        label: of its widget.
        help: one or two sentences.
        options: values of a slider; without options and range, the widget is a toggle.
        unit: shown after the value.
        scale: factor from the stored to the shown value.
        minimum: of a number input.
        maximum: of a number input; 0 for none.
        none: what an empty number input means.
        column: header in tables; empty for the label in lower case.
    """

    label: str
    help: str
    options: tuple[float, ...] = ()
    unit: str = ""
    scale: float = 1
    minimum: int = 0
    maximum: int = 0
    none: str = ""
    column: str = ""

    @property
    def short(self) -> str:
        """The label where there is little room."""
        return self.column or self.label.lower()


HYPERPARAMETERS = {
    "epochs": Hyperparameter("Epochs", "Maximum passes over the corrected tiles.", minimum=1, maximum=500),
    "patience": Hyperparameter(
        "Patience (epochs)",
        "Stop after N epochs without validation improvement (0 = never).",
        minimum=0,
        maximum=500,
        column="patience",
    ),
    "min_steps": Hyperparameter(
        "Minimum steps",
        "Batches of 16 crops over the whole run; small sets are repeated.",
        minimum=1,
        maximum=1_000_000,
        column="min steps",
    ),
    "max_steps": Hyperparameter(
        "Maximum steps",
        "Limits the time for large sets. Must be at least the number of epochs.",
        minimum=1,
        maximum=1_000_000,
        none="no limit",
        column="max steps",
    ),
    "learning_rate": Hyperparameter(
        "Learning rate",
        "The base model was trained with 1e-3. Higher rates learn faster and forget more.",
        (1e-5, 3e-5, 1e-4, 3e-4, 1e-3),
    ),
    "replay_share": Hyperparameter(
        "Replay share",
        "Share of each batch from other labeled tiles. Replay reduces forgetting.",
        tuple(round(0.05 * step, 2) for step in range(20)),
        unit="%",
        scale=100,
        column="replay",
    ),
    "crop_px": Hyperparameter(
        "Crop size",
        "Side of the training crops. Time grows with its square.",
        (64, 96, 128, 160, 192, 256),
        unit="px",
    ),
    "around_changes": Hyperparameter(
        "Correction crops",
        "Train on windows around your corrections, which is faster. If off, train on whole tiles.",
        column="around corrections",
    ),
    "interpolate": Hyperparameter(
        "Weight averaging",
        "Average the old and new weights 50/50, unless another ratio scores more than 0.005 IoU higher.",
    ),
    "keep_threshold": Hyperparameter(
        "Keep threshold",
        "Change the decision threshold only if validation IoU gains more than 0.005.",
    ),
    "validation_tiles": Hyperparameter(
        "Validation tiles",
        "Maximum tiles measured after each epoch. More tiles are more reliable and slower.",
        minimum=1,
        maximum=1000,
    ),
    "holdout_share": Hyperparameter(
        "Hold-out share",
        "Corrected tiles reserved for model selection. The next run replays them.",
        tuple(round(0.05 * step, 2) for step in range(11)),
        unit="%",
        scale=100,
        column="hold-out",
    ),
    "ignore_above_radius_px": Hyperparameter(
        "Maximum slick radius",
        "True slicks with a larger inscribed radius are ignored. They look like areas of low wind, and training "
        "on them causes false alarms there (0 = no limit). By default, 12 px, or no limit if most of the seep pixels "
        "are in such slicks.",
        minimum=0,
        maximum=1000,
        unit="px",
        none="auto",
        column="max radius",
    ),
    "slick_head": Hyperparameter("Slick head only", "Train only the slick head; the network stays as it is."),
    "seed": Hyperparameter(
        "Random seed",
        "The same seed, tiles and settings give the same weights on a CPU.",
        maximum=MAX_SEED,
        column="seed",
    ),
}


ASKED = [name for name in HYPERPARAMETERS if name != "slick_head"]
"""Hyperparameters with a widget; the slick head is a preset of its own."""


def ask_hyperparameters(defaults: FinetuneRequest, key: str) -> FinetuneRequest:
    """Draw the hyperparameters in two columns; return the request with the chosen values.

    Args:
        defaults: initial values, and all other fields of the request.
        key: suffix of the widgets' keys; a new key resets them to the defaults.
    """
    left, right = st.columns(2)
    half = len(ASKED) // 2  # the left column has the taller widgets
    chosen = {}
    for place, name in enumerate(ASKED):
        shown = HYPERPARAMETERS[name]
        with left if place < half else right:
            chosen[name] = _ask(shown, getattr(defaults, name), f"{name}-{key}", _help(name, shown))
    return replace(defaults, **chosen)


def are_asked(key: str) -> bool:
    """Return whether the hyperparameters were drawn with this key when the page ran last."""
    return all(f"{name}-{key}" in st.session_state for name in ASKED)


def value_text(name: str, value: Any) -> str:
    """Return a value with its unit: 50 %, 128 px, on, no limit."""
    shown = HYPERPARAMETERS[name]
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return shown.none or "–"
    number = f"{value * shown.scale:g}" if isinstance(value, float) else formatting.number(value)
    return f"{number} {shown.unit}".strip()


def _help(name: str, shown: Hyperparameter) -> str:
    values = {preset: value_text(name, getattr(FINETUNE[preset], name)) for preset in NETWORK_PRESETS}
    default = ", ".join(f"{value} ({preset})" for preset, value in values.items())
    if len({*values.values()}) == 1:
        default = values["quick"]
    return f"{shown.help} Default: {default}."


def _ask(shown: Hyperparameter, default: Any, key: str, text: str) -> Any:
    if shown.options:
        options = sorted({*shown.options, default})
        return st.select_slider(
            shown.label,
            options,
            default,
            format_func=lambda value: f"{value * shown.scale:g} {shown.unit}".strip(),
            key=key,
            help=text,
        )
    if isinstance(default, bool):
        return st.toggle(shown.label, default, key=key, help=text)
    return st.number_input(
        shown.label,
        shown.minimum,
        shown.maximum,
        default,
        step=1,
        key=key,
        help=text,
        placeholder=shown.none or None,
    )
