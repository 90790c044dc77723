import json

import pytest

from benchmarks.passes import main


def test_it_counts_what_it_made_and_times_each_step(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--passes", "4", "--slicks", "9", "--columns", "2", "--repeats", "1"])
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["passes"] == 4
    assert 27 <= report["slicks"] <= 36
    assert report["sites"] >= 7
    assert all(value > 0 for name, value in report.items() if name.endswith("_s"))
