"""The load benchmark: a short run on this checkout gives every figure."""

import json

import pytest

from benchmarks.load import main

pytestmark = pytest.mark.slow
SHORT = "--writers 2 --readers 1 --sessions 2 --rounds 1 --seconds 3 --think 1"


def test_a_short_run_counts_saves_and_pages(capsys: pytest.CaptureFixture[str]) -> None:
    main(SHORT.split())
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])["figures"]["after"]
    assert figures["saves_per_s"] > 0
    assert figures["pages"] > 0
    assert figures["refused_saves"] == figures["problems"] == 0
