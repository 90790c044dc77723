"""The benchmark of the loop: what it draws, what it computes in which order, what it says of the targets."""

from pathlib import Path

import pytest

from research import loop
from research.loop_report import report, table
from research.simulation.dataset import Dataset


def run(order: str, seed: int, values: list[float], harm: float = 0.0) -> dict:
    points = []
    for tiles, value in zip((0, 40, 80, 120), values, strict=True):
        compared = {"difference": harm, "verdict": "better" if harm >= 0 else "inconclusive"}
        points.append(
            {
                "tiles": tiles,
                "test": {"binary_iou": value},
                "uncorrected": None,
                "seconds": {"rank": 1.0, "train": 2.0, "measure": 1.0},
                "against_before": {"test": compared, "validation": compared},
            }
        )
    return {"order": order, "replay": True, "seed": seed, "points": points}


RUNS = [
    run("random", 0, [0.2, 0.24, 0.3, 0.4]),
    run("random", 1, [0.2, 0.28, 0.3, 0.4]),
    run("useful", 0, [0.2, 0.30, 0.35, 0.4]),
    run("useful", 1, [0.2, 0.34, 0.35, 0.4], harm=-0.02),
]


def test_the_report_measures_each_target():
    found = report(RUNS, {0: 0.4, 1: 0.4})
    random, useful = found["gaps"]
    assert random["closed"] == pytest.approx(0.3)
    assert useful["closed"] == pytest.approx(0.6)
    assert [one["tiles"] for one in found["sooner"]] == [80, pytest.approx(100 / 3)]
    (ahead,) = found["against_random"]
    assert ahead["points"][1] == {
        "tiles": 40,
        "mean": pytest.approx(0.06),
        "low": pytest.approx(0.06),
        "high": pytest.approx(0.06),
    }
    assert found["verdicts"]["harmed"] == 3
    text = table(found)
    assert "best order 0.600, met" in text
    assert "0 of 3, met" in text
    assert "33 tiles, met" in text


def test_a_gap_that_is_not_measured_is_unknown():
    found = report(RUNS[:2], {})
    assert found["gaps"][0]["closed"] is None
    assert "best order unknown, not measured" in table(found)


def test_scenes_play_one_part_each_and_small_ones_lie_in_the_pool():
    scenes = {f"s{number}": [None] * (40 if number else 6) for number in range(11)}
    parts = loop.draw_scenes(Dataset(scenes, 1, 8), seed=1)
    assert {part: len(names) for part, names in parts.items()} == {
        "test": 3,
        "validation": 2,
        "start": 3,
        "pool": 3,
    }
    assert "s0" in parts["pool"]
    assert parts == loop.draw_scenes(Dataset(scenes, 1, 8), seed=1)
    assert len({name for names in parts.values() for name in names}) == 11


def test_what_is_in_the_cache_is_not_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    task = loop.Task(
        Path("images"), Path("masks"), tmp_path, 0, 12, 96, 1, (20,), kind="curve", order="useful"
    )
    task.path.write_text("{}")
    monkeypatch.setattr(loop, "read_dataset", None)
    assert loop.do(task) == tmp_path / "useful-with-0.json"
