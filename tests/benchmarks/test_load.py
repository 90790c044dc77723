"""The load benchmark: a short run on this checkout gives every figure."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.load import main

pytestmark = pytest.mark.slow
SHORT = "--writers 2 --readers 1 --sessions 2 --rounds 1 --seconds 6 --think 1"


def test_a_short_run_counts_saves_and_pages(capsys: pytest.CaptureFixture[str]) -> None:
    # In a thread of its own: a browser test before this one may have left an event loop in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(main, SHORT.split()).result()
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])["figures"]["after"]
    assert figures["saves_per_s"] > 0
    assert figures["pages"] > 0
    assert figures["refused_saves"] == figures["problems"] == 0
