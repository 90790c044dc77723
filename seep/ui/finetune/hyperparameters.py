"""The widgets of the hyperparameters of a fine-tuning run."""

from dataclasses import replace
from typing import Any

import streamlit as st

from seep.workflow.training.hyperparameter import Hyperparameter
from seep.workflow.training.presets import ASKED, FINETUNE, HYPERPARAMETERS, NETWORK_PRESETS, FinetuneRequest


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


def _help(name: str, shown: Hyperparameter) -> str:
    values = {preset: shown.text(getattr(FINETUNE[preset], name)) for preset in NETWORK_PRESETS}
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
            format_func=shown.text,
            key=key,
            help=text,
        )
    if isinstance(default, bool):
        return st.toggle(shown.label, default, key=key, help=text)
    return st.number_input(
        shown.label,
        int(shown.low),
        int(shown.high or 0),
        default,
        step=1,
        key=key,
        help=text,
        placeholder=shown.none or None,
    )
