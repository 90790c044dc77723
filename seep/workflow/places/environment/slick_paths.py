"""Whether the slicks of sites may have come from there, by the wind and currents before each pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path as FilePath
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from seep.core.geo.velocity_grid import VelocityGrid
from seep.core.memory_cache import MemoryCache
from seep.core.sites.backtrack import Closest, Path, Velocity, closest, track_back
from seep.workflow.places.environment.velocities import HOURS, VelocityFile, grids_of, list_velocities
from seep.workflow.places.evidence import PlaceSites, SiteEvidence
from seep.workflow.places.place_data import Pass
from seep.workflow.places.wind import TYPED
from seep.workflow.workspace import Workspace

STEADY_WIND_HOURS = 6
"""A wind that is only known at the time of the pass is taken as steady for this long before it."""

Values = npt.NDArray[np.float64]
SlickKey = tuple[int, int]
"""Scene id and number of a slick in its pass."""


class PathAgreement(TypedDict):
    """Agreement of a site's slicks with their paths back: how many agree, of those with a clear drift."""

    agree: int
    known: int


@dataclass(frozen=True, eq=False)
class SlickPath:
    """The path of a slick's far end back in time, and what it says about its site; lon and lat are of each hour."""

    closest: Closest
    lon: Values
    lat: Values
    spread_m: Values


@dataclass(frozen=True, eq=False)
class SlickPaths:
    """What is known about the paths of slicks, by scene id and number of the slick."""

    slicks: Mapping[SlickKey, SlickPath] = field(default_factory=dict)

    def of(self, site: SiteEvidence) -> PathAgreement | None:
        """Return the agreement of a site; None where no slick has a path."""
        found = [self.slicks.get((one.scene_id, one.slick)) for one in site.slicks]
        answers = [one.closest.agrees for one in found if one is not None]
        known = [one for one in answers if one is not None]
        return PathAgreement(agree=sum(known), known=len(known)) if answers else None


_results: MemoryCache[tuple[FilePath, str, tuple[str | None, ...]], SlickPaths] = MemoryCache(32)


def slick_paths(workspace: Workspace, found: PlaceSites) -> SlickPaths:
    """Follow the slicks of sites back, from the end that is not at the site.

    Only passes with an acquisition time and with wind or currents have paths, in a place with a georeference. A typed
    wind, or one that a file gives for one time only, is steady for `STEADY_WIND_HOURS`.
    """
    if found.data.georeference is None:
        return SlickPaths()
    with workspace.store.reading() as session:
        files = {kind: list_velocities(session, kind) for kind in ("wind", "currents")}
        grids = {one.key: grids_of(workspace, session, one) for kind in files for one in files[kind]}
    sources = [one.scene.wind_source for one in found.data.passes]
    key = (workspace.store.root, found.version, (*grids, *sources))

    def follow() -> SlickPaths:
        slicks: dict[SlickKey, SlickPath] = {}
        for one in found.data.passes:
            wind_files = [
                file
                for file in files["wind"]
                if one.scene.wind_source not in (None, TYPED) and file.source == one.scene.wind_source
            ]
            slicks |= _of_pass(found, one, _grids(wind_files, grids), _grids(files["currents"], grids))
        return SlickPaths(slicks)

    return _results.get_or_compute(key, follow)


def _grids(
    files: Sequence[VelocityFile], grids: Mapping[str, tuple[VelocityGrid, ...]]
) -> list[VelocityGrid]:
    return [grid for file in files for grid in grids[file.key]]


def _of_pass(
    found: PlaceSites, one: Pass, winds: Sequence[VelocityGrid], currents: Sequence[VelocityGrid]
) -> dict[SlickKey, SlickPath]:
    members = [
        (site, slick) for site in found.sites for slick in site.slicks if slick.scene_id == one.scene.id
    ]
    georeference = found.data.georeference
    if not members or one.scene.acquired_at is None or georeference is None:
        return {}
    time_s = datetime.fromisoformat(one.scene.acquired_at).timestamp()
    far = np.array([one.ends()[slick.slick].ends[1 - slick.origin_end] for _, slick in members])
    lon, lat = (np.asarray(values, np.float64) for values in georeference.lonlat(*far.T))
    wind, current = (
        _wind(one, time_s, _covering(winds, lon, lat, time_s)),
        _covering(currents, lon, lat, time_s),
    )
    if wind is None and current is None:
        return {}
    path = track_back(lon, lat, time_s, HOURS, wind=wind, current=None if current is None else current.at)
    return {
        (one.scene.id, slick.slick): SlickPath(result, *_hourly(path, number))
        for number, (site, slick) in enumerate(members)
        if site.longitude is not None
        and site.latitude is not None
        and (result := closest(path, number, site.longitude, site.latitude)) is not None
    }


def _covering(grids: Sequence[VelocityGrid], lon: Values, lat: Values, time_s: float) -> VelocityGrid | None:
    """Return the first grid that knows a velocity at some of the points."""
    return next((one for one in grids if np.isfinite(one.at(lon, lat, time_s)).any()), None)


def _wind(one: Pass, time_s: float, grid: VelocityGrid | None) -> Velocity | None:
    speed, from_deg = one.scene.wind_ms, one.scene.wind_from_deg
    if speed is None or from_deg is None:
        return None
    steady = -speed * np.array([np.sin(np.radians(from_deg)), np.cos(np.radians(from_deg))])

    def at(lon: Values, lat: Values, when: float) -> Values:
        values = np.full((len(lon), 2), np.nan) if grid is None else grid.at(lon, lat, when)
        if time_s - when <= STEADY_WIND_HOURS * 3600:
            values = np.where(np.isfinite(values), values, steady)
        return values

    return at


def _hourly(path: Path, number: int) -> tuple[Values, Values, Values]:
    """The known part of a path, hour by hour."""
    whole = np.isclose(path.hours % 1, 0) & np.isfinite(path.lon[:, number])
    return path.lon[whole, number], path.lat[whole, number], path.spread_m[whole, number]
