"""Values as an analyst reads them: states, scores with their basis, times, sizes; text in, text out."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from seep.core import text as core_text
from seep.core.records import JobRecord
from seep.core.text import with_minus_signs
from seep.workflow.jobs import missed_heartbeat_s
from seep.workflow.review.sessions import SessionSummary

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|:$~^&=\"'])")
_KIB = 1024
_TIME = re.compile(r"\d{8}T\d{6}")
"""Time of acquisition in the name of a Sentinel-1 product."""
_PREFIX = 3


@dataclass(frozen=True)
class StateWord:
    """How the state of a job or a verdict is shown: always a word, a color and an icon together."""

    word: str
    color: str
    icon: str


JOB_STATES = {
    "queued": StateWord("Queued", "gray", ":material/schedule:"),
    "running": StateWord("Running", "blue", ":material/progress_activity:"),
    "done": StateWord("Done", "green", ":material/check_circle:"),
    "failed": StateWord("Failed", "red", ":material/error:"),
    "canceled": StateWord("Canceled", "orange", ":material/cancel:"),
}
NOT_RESPONDING = StateWord("Not responding", "orange", ":material/error:")
"""In place of "Running", for a job without a heartbeat."""
VERDICTS = {
    "better": StateWord("Better", "green", ":material/trending_up:"),
    "worse": StateWord("Worse", "red", ":material/trending_down:"),
    "inconclusive": StateWord("Inconclusive", "gray", ":material/balance:"),
}
JOB_KINDS = {"predict": "Predict", "finetune": "Fine-tune", "evaluate": "Evaluate"}
NO_SLICK = "absent"
"""In place of the IoU of a class without support; `NO_SLICK_MEANS` explains it under the table."""
NO_SLICK_MEANS = "Absent: neither truth nor prediction has any of that class here, so it has no IoU."
SPLITS = {"train": "Training", "validation": "Validation", "test": "Test"}


def job_state(job: JobRecord) -> StateWord:
    """Return the state of a job as it is shown: a running job without a heartbeat does not respond."""
    return JOB_STATES[job.state] if missed_heartbeat_s(job) is None else NOT_RESPONDING


def plain(text: object) -> str:
    """Return text that Streamlit's Markdown shows letter for letter: names never become markup."""
    return _MARKDOWN.sub(r"\\\1", str(text)).replace("\n", " ")


def shortened(text: str, most: int = 36) -> str:
    """Return a name with its middle left out where it is long: both its ends tell names apart.

    The time of a Sentinel-1 product stays: the names of its passes begin alike.
    """
    if len(text) <= most:
        return text
    time = _TIME.search(text)
    if time:
        head = text[: time.start()]
        head = head if len(head) <= _PREFIX + 1 else f"{head[:_PREFIX]}…"
        tail, left = text[time.end() :], most - len(head) - len(time.group())
        return f"{head}{time.group()}{tail if len(tail) <= left else '…' + tail[1 - left :]}"
    end = most // 3
    return f"{text[: most - end - 1]}…{text[-end:]}"


def unbroken(text: str) -> str:
    """Return a short text that no line break parts, for a narrow column."""
    return text.replace(" ", "\u00a0").replace("-", "\u2011")


def slug(text: str) -> str:
    """Return the letters and digits of a text, joined by hyphens, for keys of elements."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40]


number = core_text.number
count = core_text.counted


def session(summary: SessionSummary) -> str:
    """Return a session as a sentence, "" for an empty one; without its duration in the first minute."""
    if not summary.tiles:
        return ""
    counts = {
        "accepted": summary.accepted,
        "corrected": summary.corrected,
        "rejected": summary.rejected,
        "flagged": summary.flagged,
    }
    parts = [count(summary.tiles, "tile")]
    parts += [f"{number(tiles)} {state}" for state, tiles in counts.items() if tiles]
    if summary.drafts:
        parts.append(count(summary.drafts, "draft"))
    parts.append(f"{count(summary.slicks_changed, 'slick')} changed")
    if summary.minutes:
        parts.append(duration(60 * summary.minutes))
    return f"Your session: {', '.join(parts)}."


def figure(value: float | None, digits: int = 2) -> str:
    """Return a score between 0 and 1, or a dash where there is no support."""
    return "–" if value is None else f"{value:.{digits}f}"


def class_figure(value: float | None, true_px: int | None = None) -> str:
    """Return a class's IoU, and in words what a number does not say: there is none of it, or none was found.

    Args:
        value: 0 to 1; None without support.
        true_px: pixels of the class in the truth; None where that is not known.
    """
    if value is None:
        return NO_SLICK
    return figure(value, 3) if value else f"0, {why_zero(true_px)}"


def why_zero(true_px: int | None) -> str:
    """Return why the IoU of a class is 0, from the pixels of it in the truth, or None."""
    return "false alarms" if true_px == 0 else "none found"


def interval(low: float | None, high: float | None, digits: int = 2) -> str:
    """Return "0.41 to 0.52", or a dash where no interval can be given."""
    return "–" if low is None or high is None else f"{low:.{digits}f} to {high:.{digits}f}"


def difference(value: float | None, digits: int = 3) -> str:
    """Return a signed difference, with a true minus sign."""
    if value is None:
        return "–"
    return with_minus_signs(f"{value:+.{digits}f}") if round(value, digits) else f"{0:.{digits}f}"


def duration(seconds: float | None) -> str:
    """Return a time span, such as 3 min 20 s, or a dash where it is unknown."""
    return "–" if seconds is None else core_text.duration(seconds)


def age_s(text: str, now: datetime | None = None) -> float:
    """Return how many seconds ago an ISO 8601 time was; a time without a zone is UTC."""
    return ((now or datetime.now(UTC)) - _utc(text)).total_seconds()


def _utc(text: str) -> datetime:
    then = datetime.fromisoformat(text)
    return then.astimezone(UTC) if then.tzinfo else then.replace(tzinfo=UTC)


def moment(text: str | None, now: datetime | None = None) -> str:
    """Return how long ago an ISO 8601 time was, or the UTC time itself from a day on; a dash without a time.

    `relativeTime` in `components/shared/format.js` gives the same text.
    """
    if not text:
        return "–"
    passed = age_s(text, now)
    if passed < 60:
        return "just now"
    if passed < 3600:
        return f"{int(passed // 60)} min ago"
    if passed < 86_400:
        return f"{int(passed // 3600)} h ago"
    return _utc(text).strftime("%Y-%m-%d %H:%M UTC")


def size(value_bytes: float) -> str:
    """Return an amount of storage: 512 B, 1.4 MB (powers of 1024)."""
    value = float(value_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if value < _KIB or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= _KIB
    return ""
