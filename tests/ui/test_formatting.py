import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from seep.ui import formatting
from seep.workflow.review.sessions import SessionSummary

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
AGES = json.loads((Path(__file__).parents[1] / "relative_times.json").read_text(encoding="utf-8"))
"""Ages in seconds before `NOW`, and their text; the tests of JavaScript read the same cases."""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0 s"),
        (4.25, "4.2 s"),
        (59.4, "59 s"),
        (91, "1 min 31 s"),
        (180, "3 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (3900, "1 h 05 min"),
    ],
)
def test_durations_have_two_units(seconds: float | None, text: str) -> None:
    assert formatting.duration(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), AGES)
def test_ages_read_as_the_browser_writes_them(seconds: float, text: str) -> None:
    then = NOW - timedelta(seconds=seconds)
    assert formatting.moment(then.isoformat(), NOW) == text
    assert formatting.moment(then.replace(tzinfo=None).isoformat(), NOW) == text  # without a zone: UTC
    elsewhere = then.astimezone(timezone(timedelta(hours=5)))
    assert formatting.moment(elsewhere.isoformat(), NOW) == text


def test_a_missing_time_is_a_dash() -> None:
    assert formatting.moment(None) == "–"


def test_counts_have_their_noun() -> None:
    assert formatting.count(1, "tile") == "1 tile"
    assert formatting.count(0, "tile") == "0 tiles"
    assert formatting.count(12345, "tile") == "12\u202f345 tiles"


def test_a_short_text_stays_on_one_line() -> None:
    assert formatting.unbroken("Fine-tune, 3 min ago") == "Fine\u2011tune,\u00a03\u00a0min\u00a0ago"


def test_what_cannot_be_measured_is_a_dash() -> None:
    assert formatting.figure(None) == formatting.interval(None, 0.5) == formatting.difference(None) == "–"


def test_differences_are_signed() -> None:
    assert formatting.difference(-0.0123) == "−0.012"
    assert formatting.difference(0.5) == "+0.500"
    assert formatting.difference(-0.0002) == formatting.difference(0) == "0.000"


def test_sizes_have_a_unit() -> None:
    assert [formatting.size(one) for one in (0, 900, 2048, 5 * 1024**2, 3 * 1024**4)] == [
        "0 B", "900 B", "2.0 kB", "5.0 MB", "3072 GB",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["**bold**", ":red[x]", "<b>", "$x$", "[a](http://b)", "`c`", "# h", "1. a"])
def test_names_lose_their_meaning_as_markdown(text: str) -> None:
    escaped = formatting.plain(text)
    assert escaped.replace("\\", "") == text
    for sign in "*:<$[`#":
        assert escaped.count(sign) == escaped.count("\\" + sign)


def test_a_name_over_two_lines_stays_on_one() -> None:
    assert "\n" not in formatting.plain("a\n# b")


def test_a_session_sentence_leaves_out_zero_counts() -> None:
    summary = SessionSummary(5, 0, 3, 0, 0, 2, slicks_changed=1, minutes=12)
    assert (
        formatting.session(summary)
        == "Your session: 5 tiles, 3 corrected, 2 drafts, 1 slick changed, 12 min."
    )
    first = SessionSummary(1, 1, 0, 0, 0, 0, slicks_changed=0, minutes=0)
    assert formatting.session(first) == "Your session: 1 tile, 1 accepted, 0 slicks changed."
    assert formatting.session(SessionSummary(0, 0, 0, 0, 0, 0, 0, 0)) == ""


def test_a_long_name_keeps_both_its_ends() -> None:
    assert formatting.shortened("041869") == "041869"
    short = formatting.shortened("S1A_IW_GRDH_1SDV_20240101T000000_20240101T000025_051900_064500_ABCD")
    assert len(short) == 36
    assert short == "S1A…20240101T000000…1900_064500_ABCD"
    assert (
        formatting.shortened("S1A_IW_GRDH_1SDV_20260614T054312_Messina.tif", 36)
        == "S1A…20260614T054312_Messina.tif"
    )
    assert (
        formatting.shortened("20260614T054312_bay_of_a_long_name_with_more.tif", 26)
        == "20260614T054312…h_more.tif"
    )
    other = formatting.shortened("a-name-that-is-longer-than-a-column-of-the-table-shows")
    assert (len(other), other[:6], other[-6:]) == (36, "a-name", "-shows")
