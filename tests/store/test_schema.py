from datetime import UTC, datetime, timedelta, timezone

from seep.store.schema import Base, stamp, utc_now


def test_times_are_utc_and_of_one_length() -> None:
    east = timezone(timedelta(hours=5))
    assert stamp(datetime(2025, 3, 1, 2, 0, tzinfo=east)) == "2025-02-28T21:00:00.000+00:00"
    assert len(utc_now()) == len(stamp(datetime(1999, 1, 1, tzinfo=UTC))) == 29


def test_times_sort_as_text() -> None:
    start = datetime(2025, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    times = [stamp(start + timedelta(milliseconds=step)) for step in (0, 1, 1000, 100_000)]
    assert times == sorted(times)
    assert datetime.fromisoformat(times[0]) == start


def test_every_column_with_a_stored_file_is_declared_as_one() -> None:
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    hashes = {str(column): column.info.get("suffix") for column in columns if column.name.endswith("sha256")}
    assert hashes == {
        "tile.sha256": None,  # of an image, which lies anywhere
        "revision.mask_sha256": ".png",
        "draft.mask_sha256": ".png",
        "prediction.mask_sha256": ".png",
        "prediction.probability_sha256": ".png",
        "checkpoint.weights_sha256": ".safetensors",
        "session.secret_sha256": None,
        "api_token.secret_sha256": None,
        "sign_in_attempt.name_sha256": None,
    }
    assert sum("suffix" in column.info for column in columns) == 5
