import json

import pytest

from benchmarks.sites import main


def test_the_last_line_is_the_table_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--places", "1"])
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    rows = {row["masks"]: row for row in report["synthetic"]}
    assert rows["true masks"]["found"] >= 0.8
    assert rows["true masks"]["false_per_vent"] <= 0.1
    assert rows["true masks"]["score_auc"] >= 0.95
