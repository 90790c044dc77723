from typing import Any

from seep.ui.finetune.hyperparameters import KNOBS, value_text
from seep.ui.finetune.run_history import axes, table_row
from seep.workflow.training import run_history


def row(number: int, **changes: Any) -> dict[str, Any]:
    knobs = {"epochs": 6, "learning_rate": 1e-4, "max_steps": 120, "crop_px": 128, "seed": number}
    return {
        "id": number, "job_id": number, "state": "done", "author": "ada", "created_at": "2026-01-01",
        "seconds": 90.0, "base": "base", "checkpoint": f"seep-{number}", "standing": "candidate", "tiles": 7,
        "knobs": knobs | changes.pop("knobs", {}), "epochs_done": 6, "best_iou": 0.4, "verdict": "better",
        "basis": "locked", "scenes": 3, "iou": 0.5, "difference": 0.1, "low": 0.02, "high": 0.2, **changes,
    }  # fmt: skip


def test_the_form_asks_for_every_knob() -> None:
    assert set(KNOBS) == set(run_history.KNOBS)


def test_values_of_knobs_read_with_their_unit() -> None:
    assert value_text("replay_share", 0.5) == "50 %"
    assert value_text("crop_px", 128) == "128 px"
    assert value_text("interpolate", False) == "off"
    assert value_text("max_steps", None) == "no limit"
    assert value_text("learning_rate", 1e-4) == "0.0001"


def test_a_row_shows_only_the_knobs_that_differ() -> None:
    shown = table_row(row(3, knobs={"epochs": 20}), ["epochs"])
    assert shown["epochs"] == "20"
    assert "crop" not in shown
    assert (shown["outcome"], shown["version"], shown["took"]) == (
        "Better",
        "seep-3, candidate",
        "1 min 30 s",
    )
    assert (shown["against before"], shown["measured on"]) == ("+0.100", "3 locked scenes")


def test_a_run_without_a_verdict_shows_its_state() -> None:
    none = dict.fromkeys(("verdict", "basis", "scenes", "iou", "difference", "low", "high", "checkpoint"))
    shown = table_row(row(3, state="canceled", **none), [])
    assert (shown["outcome"], shown["version"], shown["measured on"]) == ("Canceled", "–", "–")


def test_rates_stand_by_their_logarithm_and_no_limit_above_all() -> None:
    rows = [row(1), row(2, knobs={"learning_rate": 1e-3, "max_steps": None})]
    drawn = {axis["label"]: axis for axis in axes(rows)}
    assert [round(value, 6) for value in drawn["rate"]["values"]] == [-4, -3]
    low, high = drawn["steps"]["values"]
    assert low < high
    assert drawn["steps"]["ticks"][high] == "no limit"
    assert "seed" not in drawn
    assert drawn["best IoU"]["values"] == [0.4, 0.4]


def test_an_outcome_that_a_run_lacks_is_left_open() -> None:
    last = axes([row(1), row(2, difference=None)])[-1]
    assert (last["label"], last["values"], last["texts"]) == ("against before", [0.1, None], ["+0.100", "–"])
    assert axes([row(1, difference=None), row(2, difference=None)])[-1]["label"] == "best IoU"
