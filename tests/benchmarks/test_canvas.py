"""The table of the canvas benchmark."""

from benchmarks.canvas import summed, table_lines


def test_gestures_without_times_have_long_tasks_and_no_percentiles() -> None:
    rounds = [({"save": [100.0, 300.0], "lasso": []}, {"save": [], "lasso": [60.0]})]
    table = summed(rounds)
    assert table["lasso"] == {"long_tasks": 1, "longest": 60.0}
    _, save, lasso = table_lines(256, table)
    assert save.split() == ["save", "200.0", "290.0", "298.0", "0", "0", "p95", ">", "250"]
    assert lasso.split() == ["lasso", "1", "60"]
