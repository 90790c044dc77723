"""Elements in = taken + left out, for damaged files of every format.

`python -m benchmarks.outcomes` runs the same on 10,000 files per format.
"""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzzing.outcomes import FORMATS, check
from benchmarks.outcomes import violations_of
from seep.io.annotations import coco

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("form", FORMATS)
@SETTINGS
@given(seed=st.randoms(), times=st.integers(0, 4))
def test_every_element_is_taken_or_left_out_with_a_reason(
    tmp_path: Path, form: str, seed: random.Random, times: int
) -> None:
    assert check(form, tmp_path, seed, times) == ""


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_is_lost_in_undamaged_files(tmp_path: Path, form: str) -> None:
    assert check(form, tmp_path, random.Random(0), 0) == ""


def test_the_benchmark_counts_files_whose_elements_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    assert violations_of("COCO", 20) == 0
    monkeypatch.setattr(coco, "_parts", lambda annotation: [("box", annotation)])
    assert violations_of("COCO", 20) > 0
