"""Active time in Review: the pieces that browsers send, seconds per tile, and a forecast.

A piece counts the time from each input to the next, up to 20 s, while the tab is visible. The browser measures it; the
server keeps each piece once.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any, TypedDict

import numpy as np

from seep.core.metrics.intervals import statistic_interval
from seep.core.records import OPEN
from seep.core.text import counted, duration
from seep.errors import SettingsError
from seep.store import statistics
from seep.store.review import active_time
from seep.store.review.active_time import TileTime, TimeRecord
from seep.store.schema import stamp
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.workspace import Workspace

MAX_RECORDS = 100
"""Pieces per request."""
MAX_MS = 24 * 3600 * 1000
MAX_TOOLS = 32
_ID = re.compile(r"[0-9A-Za-z.-]{8,64}")
_WORD = re.compile(r"[a-z_-]{1,32}")
_PHASES = ("looking_ms", "drawing_ms", "deciding_ms")
_COUNTS = ("clicks", "keys", "undos")
KEPT_SHARES = ("all", "most", "some")
"""Share of the prediction that the accepted mask keeps: all pixels, 90 % or more, or less."""


class Recorded(TypedDict):
    """The answer to active times, as JSON: pieces that were new; others were known, or their tile is gone."""

    added: int


@dataclass(frozen=True)
class Pace:
    """Tiles and their active time: `name` of the group, number of tiles, and seconds per tile."""

    name: str
    tiles: int
    seconds_per_tile: float


@dataclass(frozen=True)
class ActiveTimeSummary:
    """Active time of one person, and of all where the setting says so.

    Attributes:
        tiles: tiles that the person decided about.
        seconds: active time on all tiles, by phase: looking, drawing, deciding.
        seconds_per_tile: active time per decided tile; None without one.
        by_hour: by hour of the day (UTC) of the last work on a tile.
        by_state: by state of the tile.
        by_kept: by share of the prediction that was kept, see `KEPT_SHARES`.
        open_tiles: tiles that need a decision.
        hours: forecast for them at this pace, hours of active time; None without a pace.
        interval: 95 % interval of the forecast over scenes; None for fewer than three.
        people: hours and tiles by person, empty unless the setting is "people" and the actor is a lead.
    """

    tiles: int
    seconds: tuple[float, float, float]
    seconds_per_tile: float | None
    by_hour: list[Pace]
    by_state: list[Pace]
    by_kept: list[Pace]
    open_tiles: int
    hours: float | None
    interval: tuple[float, float] | None
    people: list[Pace]

    @property
    def forecast(self) -> str:
        """The remaining work in words; "" without a pace or without open tiles."""
        if self.hours is None or not self.open_tiles:
            return ""
        interval = "no interval yet"
        if self.interval:
            interval = " to ".join(duration(3600 * hours) for hours in self.interval)
        return f"{duration(3600 * self.hours)} for {counted(self.open_tiles, 'open tile')} ({interval})"


def read_time(value: object) -> TimeRecord:
    """Check a piece of active time as a browser sends it.

    Args:
        value: a JSON object: `id`, `tile`, `started_at` (ISO 8601 with a time zone), `looking_ms`, `drawing_ms`,
            `deciding_ms`, `clicks`, `keys`, `undos`, and `tools`, the number of edits by tool.

    Raises:
        SettingsError: a value is missing, of the wrong type, or out of range.
    """
    if not isinstance(value, dict):
        raise SettingsError("An active time is not a JSON object.")
    record_id, tools = value.get("id"), value.get("tools", {})
    if not isinstance(record_id, str) or not _ID.fullmatch(record_id):
        raise SettingsError("The id of an active time is not 8 to 64 letters, digits and hyphens.")
    if not isinstance(tools, dict) or len(tools) > MAX_TOOLS or not all(map(_WORD.fullmatch, tools)):
        raise SettingsError("The tools of an active time are not counts by name.")
    counts = {name: _whole(value, name, MAX_MS) for name in _COUNTS}
    edits = {f"tool {name}": _whole(tools, name, MAX_MS) for name in tools}
    looking, drawing, deciding = (_whole(value, name, MAX_MS) for name in _PHASES)
    return TimeRecord(
        id=record_id,
        tile_id=_whole(value, "tile", 2**63 - 1),
        started_at=_moment(value.get("started_at")),
        looking_ms=looking,
        drawing_ms=drawing,
        deciding_ms=deciding,
        events={name: count for name, count in (counts | edits).items() if count},
    )


@requires("annotator", "record active time")
def record_times(workspace: Workspace, records: Sequence[TimeRecord], actor: Actor) -> Recorded:
    """Keep pieces of active time of this person; repeated ones count once, and with the setting "off" none.

    Raises:
        StorageError: they could not be written; nothing changed.
    """
    if workspace.settings.active_time == "off" or not records:
        return Recorded(added=0)
    with workspace.store.transaction() as session:
        return Recorded(added=active_time.add(session, actor.name, records))


@requires("annotator", "see active time")
def active_time_summary(workspace: Workspace, actor: Actor) -> ActiveTimeSummary | None:
    """Return the active time of this person; None with the setting "off"."""
    setting = workspace.settings.active_time
    if setting == "off":
        return None
    return _summary(workspace, actor.name, setting == "people" and actor.may("lead"))


@cached_until_commit
def _summary(workspace: Workspace, person: str, everybody: bool) -> ActiveTimeSummary:
    with workspace.store.reading() as session:
        times = active_time.tile_times(session, None if everybody else person)
        states = statistics.progress(session)["states"]
    own = [one for one in times if one.author == person]
    decided = [one for one in own if one.decided]
    open_tiles = sum(states[state] for state in OPEN)
    pace = sum(one.seconds for one in decided) / len(decided) if decided else None
    interval = _interval(decided)
    return ActiveTimeSummary(
        tiles=len(decided),
        seconds=(_total(own, "looking_ms"), _total(own, "drawing_ms"), _total(own, "deciding_ms")),
        seconds_per_tile=pace,
        by_hour=_paces(decided, lambda one: f"{one.last_at[11:13]}:00"),
        by_state=_paces(decided, lambda one: one.state),
        by_kept=_paces([one for one in decided if one.predicted_px is not None], _kept),
        open_tiles=open_tiles,
        hours=None if pace is None else pace * open_tiles / 3600,
        interval=interval and (interval[0] * open_tiles / 3600, interval[1] * open_tiles / 3600),
        people=_paces(times, lambda one: one.author) if everybody else [],
    )


def _total(times: Iterable[TileTime], phase: str) -> float:
    return float(sum(getattr(one, phase) for one in times)) / 1000


def _interval(times: Sequence[TileTime]) -> tuple[float, float] | None:
    """Return the interval of the seconds per tile, over scenes."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for one in times:
        sums[one.scene][0] += one.seconds
        sums[one.scene][1] += 1
    rows = np.array(list(sums.values())).reshape(len(sums), 2)
    return statistic_interval(rows, lambda drawn: np.asarray(drawn[:, 0] / drawn[:, 1]), bounds=(0.0, inf))


def _paces(times: Iterable[TileTime], key: Callable[[TileTime], Hashable]) -> list[Pace]:
    groups: dict[str, list[float]] = defaultdict(list)
    for one in times:
        groups[str(key(one))].append(one.seconds)
    return [Pace(name, len(seconds), sum(seconds) / len(seconds)) for name, seconds in sorted(groups.items())]


def _kept(one: TileTime) -> str:
    if not one.correction_px:
        return KEPT_SHARES[0]
    return KEPT_SHARES[1] if one.correction_px <= 0.1 * (one.predicted_px or 0) else KEPT_SHARES[2]


def _whole(values: dict[str, Any], name: str, most: int) -> int:
    value = values.get(name, 0)
    if type(value) is not int or not 0 <= value <= most:
        raise SettingsError(f"{name} of an active time is not a whole number from 0 to {most}.")
    return value


def _moment(value: object) -> str:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise SettingsError(f"started_at of an active time is {str(value)[:40]!r}, not a time.") from error
    if moment.tzinfo is None:
        raise SettingsError("started_at of an active time has no time zone.")
    return stamp(moment)
