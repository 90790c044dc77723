"""Acquisition times of scenes: typed, or from file names, TIFF tags or a table."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from seep.core.name_patterns import compile_name_pattern
from seep.core.records import SceneRecord
from seep.errors import ImageError, SettingsError
from seep.io.images import read_acquired_at
from seep.store import scenes
from seep.store.places import places
from seep.store.schema import stamp
from seep.workflow.actor import Actor, requires
from seep.workflow.locators import local_path
from seep.workflow.workspace import Workspace

NAME_PATTERN = r"(?P<time>\d{8}(?:T?\d{4}(?:\d{2})?)?)"
"""Finds 20260521, 20260521T0612 and 20260521T061255 in a name."""

_FORMATS = {
    r"\d{8}": "%Y%m%d",
    r"\d{8}T\d{4}": "%Y%m%dT%H%M",
    r"\d{8}T\d{6}": "%Y%m%dT%H%M%S",
    r"\d{12}": "%Y%m%d%H%M",
    r"\d{14}": "%Y%m%d%H%M%S",
    r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d": "%Y:%m:%d %H:%M:%S",
    r"\d\d\.\d\d\.\d{4}": "%d.%m.%Y",
    r"\d\d\.\d\d\.\d{4} \d\d:\d\d": "%d.%m.%Y %H:%M",
}
"""By the look of a text, how to read it; `strptime` alone takes 20269921 for the 9th of September."""


@dataclass(frozen=True)
class TimesReport:
    """Acquisition times that were set, by scene name, and the scenes for which none was found."""

    times: Mapping[str, str]
    unknown: tuple[str, ...]


def parse_time(text: str) -> str:
    """Return a time as ISO 8601 in UTC; without a zone it is taken for UTC.

    Args:
        text: ISO 8601, `20260521T061255`, `2026:05:21 06:12:55` (TIFF), or `21.05.2026 06:12`.

    Raises:
        SettingsError: it is none of these.
    """
    cleaned = text.strip()
    form = next((one for look, one in _FORMATS.items() if re.fullmatch(look, cleaned, re.ASCII)), None)
    try:
        found = datetime.strptime(cleaned, form) if form else datetime.fromisoformat(cleaned)
    except ValueError as error:
        raise SettingsError(f"{text[:60]!r} is no time. Write it like 2026-05-21T06:12:55.") from error
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    if not 1970 <= aware.year <= 2200:
        raise SettingsError(f"{text[:60]!r} is not between 1970 and 2200. Correct the year.")
    return stamp(aware)


@requires("lead", "set acquisition times")
def set_time(workspace: Workspace, scene_name: str, text: str, actor: Actor) -> str | None:
    """Set the acquisition time of a scene; an empty text means unknown.

    Returns:
        The time as it was stored.

    Raises:
        MissingError: there is no such scene.
        SettingsError: the text is no time.
    """
    return set_times(workspace, {scene_name: text}, actor).get(scene_name)


@requires("lead", "set acquisition times")
def set_times(workspace: Workspace, texts: Mapping[str, str], actor: Actor) -> dict[str, str]:
    """Set the acquisition times of scenes by name: all, or none if one is wrong.

    Raises:
        SettingsError: there is no such scene, or a text is no time.
    """
    by_name = {scene.name: scene for scene in _scenes(workspace)}
    unknown = [name for name in texts if name not in by_name]
    if unknown:
        raise SettingsError(f"This workspace has no scene {unknown[0]!r}. Nothing changed.")
    times = {name: parse_time(text) if text.strip() else None for name, text in texts.items()}
    with workspace.store.transaction() as session:
        for name, time in times.items():
            if by_name[name].acquired_at != time:
                places.set_acquired(session, by_name[name].id, time, actor.name)
    return {name: time for name, time in times.items() if time is not None}


@requires("lead", "set acquisition times")
def times_from_names(workspace: Workspace, actor: Actor, pattern: str = NAME_PATTERN) -> TimesReport:
    """Read the times of scenes without one from their names and the names of their files.

    Args:
        pattern: regular expression with a group `time`, searched in the name; see `seep.core.name_patterns`.

    Raises:
        SettingsError: the pattern is not a regular expression, or has no such group.
    """
    compiled = compile_name_pattern(pattern, ("time",), "pattern", NAME_PATTERN)

    def read(scene: SceneRecord) -> str | None:
        for name in (scene.name, *(path.stem for path in _files(workspace, scene))):
            match = compiled.search(name)
            if match and match["time"]:
                try:
                    return parse_time(match["time"])
                except SettingsError:
                    continue
        return None

    return _set_missing(workspace, {one.name: read(one) for one in _without_time(workspace)}, actor)


@requires("lead", "set acquisition times")
def times_from_tags(workspace: Workspace, actor: Actor) -> TimesReport:
    """Read the times of scenes without one from the tags of their files: the acquisition time, else DateTime."""

    def read(scene: SceneRecord) -> str | None:
        for path in _files(workspace, scene):
            try:
                text = read_acquired_at(path)
                return parse_time(text) if text else None
            except (ImageError, SettingsError):
                continue
        return None

    return _set_missing(workspace, {one.name: read(one) for one in _without_time(workspace)}, actor)


@requires("lead", "set acquisition times")
def times_from_table(workspace: Workspace, path: Path, actor: Actor) -> TimesReport:
    """Read times from a CSV file with the columns `scene` and `acquired_at`; they replace known ones.

    Raises:
        SettingsError: the file cannot be read, a column is missing, a scene is unknown, or a text is no time;
            nothing changed.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"{path} cannot be read: {error}. Use a CSV file in UTF-8.") from error
    if not rows or not {"scene", "acquired_at"} <= rows[0].keys():
        raise SettingsError(
            f"{path.name} needs a row of headings with scene and acquired_at, and one row per scene."
        )
    texts = {str(row["scene"] or "").strip(): str(row["acquired_at"] or "") for row in rows}
    times = set_times(workspace, texts, actor)
    return TimesReport(times, tuple(sorted(texts.keys() - times.keys())))


def _scenes(workspace: Workspace) -> list[SceneRecord]:
    with workspace.store.reading() as session:
        return scenes.list_scenes(session)


def _without_time(workspace: Workspace) -> list[SceneRecord]:
    return [scene for scene in _scenes(workspace) if scene.acquired_at is None]


def _files(workspace: Workspace, scene: SceneRecord) -> list[Path]:
    """File of a large image, or the first tile file of a scene."""
    if scene.path is not None:
        return [local_path(workspace.store, scene.path)]
    with workspace.store.reading() as session:
        return [
            local_path(workspace.store, tile.path) for tile in scenes.tiles_of_scene(session, scene.id)[:1]
        ]


def _set_missing(workspace: Workspace, found: Mapping[str, str | None], actor: Actor) -> TimesReport:
    times = {name: time for name, time in found.items() if time is not None}
    set_times(workspace, times, actor)
    return TimesReport(times, tuple(sorted(found.keys() - times.keys())))
