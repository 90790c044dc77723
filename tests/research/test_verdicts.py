import json

import numpy as np
import pytest

from research import verdicts
from seep.core.metrics.intervals import binary_iou_interval


def test_models_are_drawn_as_far_apart_as_was_asked() -> None:
    old, new = verdicts.drawn(0.3, 200, np.random.default_rng(1))
    (low, _), (_, high) = binary_iou_interval(new), binary_iou_interval(old)
    assert low > high


def test_equally_good_models_are_seldom_told_apart_and_others_often() -> None:
    generator = np.random.default_rng(2)
    same, better = (verdicts.counted(gain, 3, 60, generator) for gain in (0.0, 0.3))
    assert same["better"] + same["worse"] <= 0.15
    assert same["plain"]["better"] + same["plain"]["worse"] > same["better"] + same["worse"]
    assert better["better"] > 0.5


def test_it_prints_a_table_and_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    verdicts.main(["--pairs", "2"])
    *table, last = capsys.readouterr().out.splitlines()
    found = json.loads(last)
    assert len(table) == 2 + len(found["rows"]) == 2 + len(verdicts.GAINS) * len(verdicts.SCENES)
