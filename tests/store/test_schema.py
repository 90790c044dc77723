from datetime import UTC, datetime, timedelta, timezone

from seep.store.schema import stamp, utc_now


def test_times_are_utc_and_of_one_length() -> None:
    east = timezone(timedelta(hours=5))
    assert stamp(datetime(2025, 3, 1, 2, 0, tzinfo=east)) == "2025-02-28T21:00:00.000+00:00"
    assert len(utc_now()) == len(stamp(datetime(1999, 1, 1, tzinfo=UTC))) == 29


def test_times_sort_as_text() -> None:
    start = datetime(2025, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    times = [stamp(start + timedelta(milliseconds=step)) for step in (0, 1, 1000, 100_000)]
    assert times == sorted(times)
    assert datetime.fromisoformat(times[0]) == start
