"""Proposals of places: scenes that look like passes over the same ground, for a person to confirm."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import shapely

from seep.core.records import SceneRecord
from seep.core.sites.proposals import propose_places as agreeing_scenes
from seep.core.text import decimal, percent
from seep.errors import ImageError
from seep.store import audit_log, key_value, scenes
from seep.store.places import places
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.places.survey import Survey, survey
from seep.workflow.workspace import Workspace

MIN_OVERLAP = 0.5
"""Shared ground of two scenes from which they are passes of one place, as a share of the smaller one.

Ascending and descending Sentinel-1 scenes of one place share 0.6 to 0.75, as their footprints are turned by 24 degrees.
"""

_DISMISSED = "dismissed places"


@dataclass(frozen=True)
class Proposal:
    """Scenes that look like passes of one place.

    Attributes:
        name: proposed name of the place, or the name of the place that they belong to.
        scenes: names of scenes without a place, sorted.
        place_id: existing place that they extend; None for a new place.
        evidence: "georeference" or "nodata".
        agreement: lowest overlap of two of the scenes, or lowest IoU of nodata between a scene and the one it was
            matched with, 0 to 1.
        shared_tiles: fewest tiles that such a pair has in common; 0 with georeferences.
    """

    name: str
    scenes: tuple[str, ...]
    place_id: int | None
    evidence: str
    agreement: float
    shared_tiles: int

    @property
    def sentence(self) -> str:
        """What was found, for a person who decides."""
        many = f"{self.scenes[0]} to {self.scenes[-1]}" if len(self.scenes) > 2 else " and ".join(self.scenes)
        if self.place_id is not None:
            what = f"{many} {'looks like another pass' if len(self.scenes) == 1 else 'look like passes'} of {self.name}"
        else:
            what = f"{many} look like {len(self.scenes)} passes of one place"
        if self.evidence == "georeference":
            return f"{what}: their footprints overlap by {percent(self.agreement)} or more."
        return (
            f"{what}: the areas without data of their images are the same on at least {self.shared_tiles} tiles, for "
            f"{decimal(100 * self.agreement, 1)}\u202f% of their pixels or more."
        )


@cached_until_commit
def propose_places(workspace: Workspace) -> list[Proposal]:
    """Find scenes without a place that look like passes of one place, or of an existing one.

    Scenes with georeferences are compared by their footprints, others by their nodata at equal tile numbers.
    Dismissed proposals are left out. Nothing changes.

    Raises:
        StorageError: the disk fails.
    """
    with workspace.store.reading() as session:
        records = scenes.list_scenes(session)
        names = {place.id: place.name for place in places.list_places(session)}
        dismissed = {tuple(one) for one in key_value.get_value(session, _DISMISSED, [])}
    if all(record.place_id is not None for record in records):
        return []
    surveys = {record.name: survey(workspace, record.id) for record in records}
    groups = [*_by_footprint(records, surveys), *_by_nodata(records, surveys)]
    by_name = {record.name: record for record in records}
    found = []
    for members, evidence, agreement, shared in groups:
        new = tuple(name for name in members if by_name[name].place_id is None)
        there = {place_id for name in members if (place_id := by_name[name].place_id) is not None}
        if not new or new in dismissed or len(there) > 1 or (not there and len(new) < 2):
            continue
        place_id = next(iter(there), None)
        name = names[place_id] if place_id is not None else _name(new, set(names.values()))
        found.append(Proposal(name, new, place_id, evidence, agreement, shared))
    return found


@requires("lead", "change places")
def dismiss(workspace: Workspace, scene_names: Sequence[str], actor: Actor) -> None:
    """Do not propose these scenes as one place again; another scene that joins them is a new proposal.

    Args:
        scene_names: as in `Proposal.scenes`.
    """
    with workspace.store.transaction() as session:
        kept = [list(one) for one in key_value.get_value(session, _DISMISSED, [])]
        wanted = sorted(scene_names)
        if wanted not in kept:
            key_value.set_value(session, _DISMISSED, [*kept, wanted])
            audit_log.add(
                session, actor.name, "dismiss place", f"scenes {', '.join(wanted)}", {"scenes": wanted}
            )


def _name(members: Sequence[str], taken: set[str]) -> str:
    wanted = f"{members[0]} to {members[-1]}"[:200]
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} ({number})", number + 1
    return name


def _by_nodata(
    records: Sequence[SceneRecord], surveys: dict[str, Survey]
) -> list[tuple[tuple[str, ...], str, float, int]]:
    shapes = {
        record.name: surveys[record.name].shapes
        for record in records
        if surveys[record.name].georeference is None
    }
    proposals = agreeing_scenes({name: found for name, found in shapes.items() if found})
    return [(one.scenes, "nodata", one.agreement, one.shared_tiles) for one in proposals]


def _by_footprint(
    records: Sequence[SceneRecord], surveys: dict[str, Survey]
) -> list[tuple[tuple[str, ...], str, float, int]]:
    """Group scenes of which every two share enough ground, the most similar footprints first.

    A large scene does not chain small ones that share no ground: it joins one of them. The scenes of an existing place
    stay together, and a new scene joins them only if it shares enough ground with each.
    """
    shapes = {
        record.name: shape for record in records if (shape := footprint(surveys[record.name])) is not None
    }
    names = sorted(shapes)
    place_ids = {record.name: record.place_id for record in records}
    shares = np.eye(len(names))
    likeness: dict[tuple[int, int], float] = {}
    for one, other in combinations(range(len(names)), 2):
        first, second = shapes[names[one]], shapes[names[other]]
        shares[one, other] = shares[other, one] = overlap(first, second)
        if shares[one, other] >= MIN_OVERLAP:
            likeness[one, other] = first.intersection(second).area / first.union(second).area
    keys = [
        place_ids[name] or -1 - at for at, name in enumerate(names)
    ]  # an existing place, or a number below 0
    groups = {key: [at for at, own in enumerate(keys) if own == key] for key in keys}
    for one, other in sorted(likeness, key=lambda pair: (-likeness[pair], pair)):
        into, key = max(keys[one], keys[other]), min(keys[one], keys[other])
        if into == key or key > 0 or shares[np.ix_(groups[into], groups[key])].min() < MIN_OVERLAP:
            continue
        for at in groups[key]:
            keys[at] = into
        groups[into] = sorted(groups[into] + groups.pop(key))
    found = []
    for members in sorted(groups.values()):
        new = [at for at in members if place_ids[names[at]] is None]
        if new and len(members) > 1:
            lowest = float(shares[np.ix_(new, members)].min())
            found.append((tuple(names[at] for at in members), "georeference", lowest, 0))
    return found


def footprint(surveyed: Survey) -> shapely.Polygon | None:
    """Return the outline of a scene in longitude and latitude; None without a georeference."""
    if surveyed.georeference is None:
        return None
    width, height = surveyed.width, surveyed.height
    try:
        lon, lat = surveyed.georeference.lonlat([0, width, width, 0], [0, 0, height, height])
    except ImageError:
        return None
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return None
    if np.ptp(lon) > 180:  # across the antimeridian
        lon = np.where(lon < 0, lon + 360, lon)
    return shapely.Polygon(np.column_stack([lon, lat]))


def overlap(one: shapely.Polygon, other: shapely.Polygon) -> float:
    """Return the shared area of two footprints as a share of the smaller one, 0 to 1."""
    smaller = min(one.area, other.area)
    return float(one.intersection(other).area / smaller) if smaller else 0.0
