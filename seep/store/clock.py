"""The time as the store writes it."""

from datetime import UTC, datetime


def utc_now() -> str:
    """Return the present time, ISO 8601 in UTC with milliseconds; such strings sort by time."""
    return stamp(datetime.now(UTC))


def stamp(moment: datetime) -> str:
    """Return an aware moment as ISO 8601 in UTC with milliseconds, always 29 characters."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
