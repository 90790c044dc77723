from dataclasses import replace
from typing import Any

from seep.ui.finetune.run_history import axes, table_row
from seep.workflow.evaluation.verdict import RunVerdict
from seep.workflow.training.presets import HYPERPARAMETERS
from seep.workflow.training.run_history import RunSummary

OUTCOME = {
    "verdict": "better",
    "basis": "test",
    "splits": {
        "test": {
            "tiles": 9,
            "scenes": 3,
            "new": {"figures": {"binary_iou": 0.5}},
            "difference": {"difference": 0.1, "low": 0.02, "high": 0.2},
        }
    },
}


def summary(number: int, **hyperparameters: Any) -> RunSummary:
    return RunSummary(
        id=number,
        state="done",
        author="ada",
        created_at="2026-01-01",
        seconds=90.0,
        base="base",
        checkpoint=f"seep-{number}",
        checkpoint_state="candidate",
        tiles=7,
        hyperparameters={"epochs": 6, "learning_rate": 1e-4, "max_steps": 120, "crop_px": 128, "seed": number}
        | hyperparameters,
        epochs_done=6,
        best_iou=0.4,
        verdict=RunVerdict.from_outcome(OUTCOME),
    )


def test_values_have_their_unit() -> None:
    assert HYPERPARAMETERS["replay_share"].text(0.5) == "50 %"
    assert HYPERPARAMETERS["crop_px"].text(128) == "128 px"
    assert HYPERPARAMETERS["interpolate"].text(False) == "off"
    assert HYPERPARAMETERS["max_steps"].text(None) == "no limit"
    assert HYPERPARAMETERS["learning_rate"].text(1e-4) == "0.0001"


def test_a_row_shows_only_differing_hyperparameters() -> None:
    shown = table_row(summary(3, epochs=20), ["epochs"])
    assert shown["epochs"] == "20"
    assert "crop size" not in shown
    assert (shown["result"], shown["version"], shown["duration"]) == (
        "Better",
        "seep-3, candidate",
        "1 min 30 s",
    )
    assert (shown["Δ IoU vs. previous"], shown["95 % interval"]) == ("+0.100", "+0.020 to +0.200")


def test_a_run_without_a_verdict_shows_its_state() -> None:
    shown = table_row(replace(summary(3), state="canceled", verdict=None, checkpoint=None), [])
    assert (shown["result"], shown["version"], shown["measured on"]) == ("Canceled", "–", "–")


def test_learning_rates_are_logarithmic_and_no_limit_is_the_highest() -> None:
    rows = [summary(1), summary(2, learning_rate=1e-3, max_steps=None)]
    drawn = {axis.label: axis for axis in axes(rows)}
    assert [round(value or 0, 6) for value in drawn["learning rate"].values] == [-4, -3]
    low, high = drawn["max steps"].values
    assert low is not None
    assert high is not None
    assert low < high
    assert drawn["max steps"].ticks[high] == "no limit"
    assert "seed" not in drawn
    assert drawn["best IoU"].values == [0.4, 0.4]


def test_a_missing_difference_is_left_open() -> None:
    last = axes([summary(1), replace(summary(2), verdict=None)])[-1]
    assert (last.label, last.values, last.texts) == ("Δ IoU", [0.1, None], ["+0.100", "–"])
    assert (
        axes([replace(summary(1), verdict=None), replace(summary(2), verdict=None)])[-1].label == "best IoU"
    )
