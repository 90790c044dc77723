import pytest

from research.simulation.curves import mean_at, summary, table, tiles_needed


def compared(change: float, verdict: str, validation: float = 0.0) -> dict:
    return {
        "test": {"difference": change, "verdict": verdict},
        "validation": {"difference": validation, "verdict": "inconclusive"},
    }


def run(order: str, seed: int, values: list[float], tiles: list[int], **more) -> dict:
    points = [
        {"tiles": count, "test": {"binary_iou": value}, "seconds": {}, "uncorrected": None}
        for count, value in zip(tiles, values, strict=True)
    ]
    points[1]["uncorrected"] = {"binary_iou": 0.3 + seed / 10, "start_binary_iou": 0.25}
    for point in points[1:]:
        point["seconds"] = {"rank": 1.0, "train": 4.0, "measure": 2.0}
        point["against_before"] = more.get("compared", compared(0.05, "better"))
    return {"order": order, "replay": True, "seed": seed, "points": points}


RUNS = [
    run("useful", 0, [0.2, 0.4, 0.5], [0, 20, 48]),
    run("useful", 1, [0.3, 0.5, 0.6], [0, 20, 52]),
    run("random", 0, [0.2, 0.3, 0.5], [0, 20, 48], compared=compared(-0.02, "inconclusive", 0.01)),
    run("random", 1, [0.3, 0.4, None], [0, 20, 52], compared=compared(-0.03, "better")),
]


def test_seeds_are_put_together_and_the_last_points_belong_together():
    useful, random = summary(RUNS)["orders"]
    assert [point["mean"] for point in useful["points"]] == pytest.approx([0.25, 0.45, 0.55])
    assert [point["tiles"] for point in useful["points"]] == [0, 20, 50]
    assert (useful["points"][1]["low"], useful["points"][1]["high"]) == (0.4, 0.5)
    assert useful["seconds"] == {"rank": 1.0, "train": 4.0, "measure": 2.0}
    assert random["points"][2]["mean"] == 0.25  # without any seep in truth and prediction nothing was gained


def test_what_is_left_of_the_pool_is_held_against_the_start():
    useful = summary(RUNS)["orders"][0]["points"]
    assert [point["gain"] for point in useful] == [None, pytest.approx(0.1), None]


def test_fine_tunings_that_did_harm_are_counted():
    found = summary(RUNS)["verdicts"]
    assert (found["rounds"], found["better"], found["inconclusive"]) == (8, 6, 2)
    assert (found["harmed"], found["harmed_called_better"], found["harmed_liked"]) == (4, 2, 2)
    assert found["worst"] == -0.03


def test_tiles_needed_lie_on_the_line_between_points():
    points = summary(RUNS)["orders"][0]["points"]
    assert tiles_needed(points, 0.35) == pytest.approx(10)
    assert tiles_needed(points, 0.1) == 0
    assert tiles_needed(points, 0.9) is None
    assert (mean_at(points, 20), mean_at(points, 21)) == (pytest.approx(0.45), None)


def test_the_table_shows_each_kind_and_what_was_said():
    lines = table(summary(RUNS)).splitlines()
    assert lines[0].split() == ["order", "replay", "seeds", "0", "20", "all", "s", "a", "round"]
    assert lines[1].split() == ["useful", "with", "2", "0.250", "0.450", "0.550", "7.0"]
    assert lines[5].split() == ["useful", "with", "+0.100"]
    assert "8 fine-tunings: 6 called better" in lines[-1]
