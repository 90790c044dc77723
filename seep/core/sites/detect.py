"""Site detection: clusters of slick ends that several passes share.

A vent stays where it is; wind and current turn the slick from pass to pass. So the end of a slick that lies at
its source meets the ends of other passes, and the other end does not. Suresh (2015) keeps both ends, clusters
them, and takes the end nearer to the cluster's center; "darkest end" and "widest end" failed there. Two things
are added here: a slick supports one site only, and slicks of one pass drift alike.

Detection repeats: take the spot that the most passes support, give it from each of these passes the nearest
slick, take those slicks out, until no spot is left with enough passes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from seep.core.metrics.intervals import wilson
from seep.core.sites.slick_ends import Points, SlickEnds

MIN_DRIFT_SLICKS = 3
"""Slicks with a known source that a pass needs before its drift direction counts."""

MIN_CONCENTRATION = 0.4
"""Mean resultant length from which the slicks of a pass are said to drift alike, 0 to 1. It is low because some of the
ends that it is computed from are wrong until the drift is known."""

SHIFT_STEPS = 10
"""Steps of mean shift; centers stand still after three or four."""

MAX_SHIFTED = 2000
"""Slick ends that are shifted together, which bounds the memory."""


@dataclass(frozen=True)
class SiteSettings:
    """How sites are detected; lengths are in the units of the positions, pixels or meters.

    Attributes:
        radius: slick ends of one site lie within this distance of its center. Seep formations are about
            2.5 km across (passes at 1,000 m water depth); without georeference 24 pixels (docs/sites.md, Results).
        min_passes: passes that have to support a site.
    """

    radius: float = 24.0
    min_passes: int = 3


@dataclass(frozen=True)
class Detection:
    """A slick that belongs to a site.

    Attributes:
        pass_index: number of the pass, from 0.
        slick_index: number of the slick in its pass, from 0.
        origin_end: which of the slick's two ends lies at the site, 0 or 1.
    """

    pass_index: int
    slick_index: int
    origin_end: int


@dataclass(frozen=True)
class Anchor:
    """A site that an analyst confirmed or changed: it takes the slicks that begin near its spots first.

    Attributes:
        spots: positions around which slicks begin; more than one after a merge.
        position: set by an analyst; None to follow the slicks.
    """

    spots: tuple[tuple[float, float], ...]
    position: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Site:
    """A place where slicks begin again and again.

    Attributes:
        x: center, in the units of the positions.
        y: center.
        detections: at most one per pass, in the order of passes.
        covering: numbers of the passes with a detection, or that cover the center, ascending.
        rate: detections per covering pass, 0 to 1.
        rate_interval: 95 % Wilson interval of the rate.
        drift_deg: mean direction from the site along its slicks, degrees counter-clockwise from the x axis
            with y upward; None where directions cancel out.
        drift_spread_deg: circular standard deviation of the directions, degrees.
        anchor: number of the anchor that the site belongs to, from 0; None for a detected site.
    """

    x: float
    y: float
    detections: tuple[Detection, ...]
    covering: tuple[int, ...]
    rate: float
    rate_interval: tuple[float, float]
    drift_deg: float | None = None
    drift_spread_deg: float | None = None
    anchor: int | None = None


@dataclass(eq=False)
class _Ends:
    """All slick ends of all passes as flat arrays; `free` is False once a slick belongs to a site."""

    points: Points
    pass_index: npt.NDArray[np.int64]
    slick_index: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    direction: Points
    allowed: npt.NDArray[np.bool_]
    free: npt.NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.free = self.allowed.copy()


class _Cluster(NamedTuple):
    """Slick ends that meet, one per pass, and their mean distance from their center."""

    members: npt.NDArray[np.int64]
    spread: float

    def holds(self, settings: SiteSettings) -> bool:
        """Whether it is a site: of the fewest passes only if its slicks begin within half of the radius on average.

        Ends of three passes meet by chance too, and then they lie anywhere within the radius.
        """
        count, least = len(self.members), max(1, settings.min_passes)
        return count > least or (count == least and self.spread <= settings.radius / 2)

    def rank(self, row: int) -> tuple[int, float, int]:
        """Sort key: many passes first, then close ends."""
        return -len(self.members), self.spread, row


def detect_sites(
    passes: Sequence[Sequence[SlickEnds]],
    settings: SiteSettings = SiteSettings(),
    covers: Callable[[int, Points], npt.NDArray[np.bool_]] = lambda _pass, points: np.ones(len(points), bool),
    anchors: Sequence[Anchor] = (),
) -> list[Site]:
    """Find the sites of a place.

    Args:
        passes: slicks of each pass, all in the coordinates of the place.
        settings: see `SiteSettings`.
        covers: says whether a pass (by number) shows positions, (N, 2); by default all do.
        anchors: sites that are given; each is in the result, also without a slick.

    Returns:
        Sites, most detections first, then from top to bottom and left to right. Fewer passes than
        `settings.min_passes` detect none besides the anchors.
    """
    ends = _flat(passes)
    found = [*_anchored(ends, anchors, settings.radius), *_cover(ends, settings)]
    drifts = _pass_drifts(ends, found, len(passes))
    ends = _flat(passes, drifts)
    given = _anchored(ends, anchors, settings.radius)
    anchored: list[tuple[npt.NDArray[np.int64], int | None]] = [(rows, at) for at, rows in enumerate(given)]
    clusters = [*anchored, *((rows, None) for rows in _cover(ends, settings))]
    centers = np.array([_center(ends, rows, None if at is None else anchors[at]) for rows, at in clusters])
    centers = centers.reshape(-1, 2)
    covered = np.array([covers(number, centers) for number in range(len(passes))], bool)
    covered = covered.reshape(len(passes), len(centers))
    sites = [
        _site(ends, rows, center, np.flatnonzero(covered[:, number]), at)
        for number, ((rows, at), center) in enumerate(zip(clusters, centers.tolist(), strict=True))
    ]
    return sorted(sites, key=lambda one: (-len(one.detections), one.y, one.x))


def _anchored(ends: _Ends, anchors: Sequence[Anchor], radius: float) -> list[npt.NDArray[np.int64]]:
    """Give each anchor the nearest slick of each pass; return the rows of the slick ends, which are taken then.

    A merged site counts one slick per pass too. The others that begin at its spots in the same passes support no
    other site, or a new site would appear where a merged one was.
    """
    pairs = []
    for number, anchor in enumerate(anchors):
        spots = np.array(anchor.spots or [anchor.position], np.float64)
        distances = np.hypot(*(ends.points[:, None] - spots[None]).transpose(2, 0, 1)).min(axis=1)
        pairs += [
            (float(distances[row]), number, int(row))
            for row in np.flatnonzero((distances <= radius) & ends.free)
        ]
    rows: list[list[int]] = [[] for _ in anchors]
    for _, number, row in sorted(pairs):
        has_pass = any(ends.pass_index[other] == ends.pass_index[row] for other in rows[number])
        if ends.free[row] and not has_pass:
            rows[number].append(row)
            ends.free[_same_slick(ends, np.array([row]))] = False
    for _, number, row in pairs:
        if len(anchors[number].spots) > 1:
            ends.free[row] = False
    return [np.array(sorted(some, key=lambda row: ends.pass_index[row]), np.int64) for some in rows]


def _flat(passes: Sequence[Sequence[SlickEnds]], drifts: Sequence[Points | None] = ()) -> _Ends:
    rows = [
        (number, at, end, slick.ends[end], slick.ends[1 - end] - slick.ends[end])
        for number, some in enumerate(passes)
        for at, slick in enumerate(some)
        for end in (0, 1)
    ]
    points = np.array([row[3] for row in rows], np.float64).reshape(-1, 2)
    direction = np.array([row[4] for row in rows], np.float64).reshape(-1, 2)
    lengths = np.hypot(*direction.T)
    direction /= np.maximum(lengths, 1e-9)[:, None]
    pass_index, slick_index, end = np.array([row[:3] for row in rows], np.int64).reshape(-1, 3).T
    allowed = np.ones(len(rows), bool)
    for number, drift in enumerate(drifts):
        if drift is not None:
            own = pass_index == number
            allowed[own] = direction[own] @ drift >= 0
    return _Ends(points, pass_index, slick_index, end, direction, allowed)


def _cover(ends: _Ends, settings: SiteSettings) -> list[npt.NDArray[np.int64]]:
    """Take the best supported spot again and again; return the rows of its slick ends, one per pass."""
    found: list[npt.NDArray[np.int64]] = []
    if not len(ends.points):
        return found
    tree = cKDTree(ends.points)
    clusters = _clusters(ends, tree, np.flatnonzero(ends.free), settings)
    clusters = {row: cluster for row, cluster in clusters.items() if cluster.holds(settings)}
    first_holders = _holders(clusters)
    holders: dict[int, set[int]] = {}  # by row of an end, the clusters that got it later
    waiting = [cluster.rank(row) for row, cluster in clusters.items()]
    heapify(waiting)
    while waiting:
        row = waiting[0][-1]
        if row not in clusters or waiting[0] != clusters[row].rank(row):
            heappop(waiting)  # the cluster is gone or has changed since
            continue
        best = clusters[row].members
        found.append(best)
        taken = np.flatnonzero(_same_slick(ends, best))  # a slick has one source
        ends.free[taken] = False
        # A cluster changes only where one of its members was taken.
        touched = first_holders(taken).union(*(holders.get(member, ()) for member in taken.tolist()))
        changed = sorted(touched & clusters.keys())
        again = _clusters(
            ends, tree, np.array([row for row in changed if ends.free[row]], np.int64), settings
        )
        for row in changed:
            if row in again and again[row].holds(settings):
                clusters[row] = again[row]
                heappush(waiting, clusters[row].rank(row))
                for member in again[row].members.tolist():
                    holders.setdefault(member, set()).add(row)
            else:
                del clusters[row]
    return found


def _holders(clusters: dict[int, _Cluster]) -> Callable[[npt.NDArray[np.int64]], set[int]]:
    """Return a function that tells which clusters have any of some slick ends as members."""
    if not clusters:
        return lambda _ends: set()
    rows = np.repeat(np.array(list(clusters)), [len(cluster.members) for cluster in clusters.values()])
    members = np.concatenate([cluster.members for cluster in clusters.values()])
    order = np.argsort(members, kind="stable")
    rows, members = rows[order], members[order]

    def of(ends: npt.NDArray[np.int64]) -> set[int]:
        first, last = (np.searchsorted(members, ends, side) for side in ("left", "right"))
        return {row for one, other in zip(first, last, strict=True) for row in rows[one:other].tolist()}

    return of


def _same_slick(ends: _Ends, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Both ends of the slicks whose ends are given."""
    names = ends.pass_index * (int(ends.slick_index.max()) + 1) + ends.slick_index
    return np.isin(names, names[rows])


def _clusters(
    ends: _Ends, tree: cKDTree, rows: npt.NDArray[np.int64], settings: SiteSettings
) -> dict[int, _Cluster]:
    """Mean shift from each of some slick ends to where the free ends of the most passes meet."""
    found: dict[int, _Cluster] = {}
    for first in range(0, len(rows), MAX_SHIFTED):
        some = rows[first : first + MAX_SHIFTED]
        centers, members = ends.points[some].copy(), [np.zeros(0, np.int64)] * len(some)
        moving = np.arange(len(some))
        for _ in range(SHIFT_STEPS):
            nearest, owner = _nearest_by_pass(ends, tree, centers[moving], settings.radius)
            counts = np.bincount(owner, minlength=len(moving))
            for at, own in zip(moving, np.split(nearest, np.cumsum(counts)[:-1]), strict=True):
                members[at] = own
            before = centers[moving]
            here = np.maximum(counts, 1)[:, None]
            means = np.stack(
                [np.bincount(owner, ends.points[nearest, axis], len(moving)) for axis in (0, 1)], axis=1
            )
            centers[moving] = np.where(counts[:, None] > 0, means / here, before)
            moving = moving[(centers[moving] != before).any(axis=1)]
            if not len(moving):
                break
        spread = _spread(ends, members, centers)
        found |= {
            row: _Cluster(own, far)
            for row, own, far in zip(some.tolist(), members, spread.tolist(), strict=True)
        }
    return found


def _spread(
    ends: _Ends, members: Sequence[npt.NDArray[np.int64]], centers: Points
) -> npt.NDArray[np.float64]:
    """Mean distance of the members of each cluster from its center, 0 without members."""
    counts = np.array([len(member) for member in members])
    owner, rows = np.repeat(np.arange(len(members)), counts), np.concatenate(members)
    distances = np.hypot(*(ends.points[rows] - centers[owner]).T)
    found: npt.NDArray[np.float64] = np.bincount(owner, distances, len(members)) / np.maximum(counts, 1)
    return found


def _nearest_by_pass(
    ends: _Ends, tree: cKDTree, centers: Points, radius: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Of each pass the free end nearest to each center within the radius, and the number of that center.

    Sorted by center, and by pass.
    """
    pairs = cKDTree(centers).sparse_distance_matrix(tree, radius, output_type="ndarray")
    pairs = pairs[ends.free[pairs["j"]]]
    passes = int(ends.pass_index.max()) + 1
    cell = pairs["i"] * passes + ends.pass_index[pairs["j"]]
    least = np.full(len(centers) * passes, np.inf)
    np.minimum.at(least, cell, pairs["v"])
    nearest = np.full(len(least), -1)
    best = pairs["v"] == least[cell]
    nearest[cell[best]] = pairs["j"][best]
    cells = np.flatnonzero(nearest >= 0)
    return nearest[cells], cells // passes


def _pass_drifts(ends: _Ends, found: Sequence[npt.NDArray[np.int64]], count: int) -> list[Points | None]:
    """Mean unit direction from source to far end of the slicks of each pass; None where they disagree."""
    rows = np.concatenate(found) if found else np.zeros(0, np.int64)
    drifts: list[Points | None] = []
    for number in range(count):
        own = ends.direction[rows[ends.pass_index[rows] == number]]
        own = own[np.hypot(*own.T) > 0.5]
        mean = own.mean(axis=0) if len(own) else np.zeros(2)
        strong = len(own) >= MIN_DRIFT_SLICKS and float(np.hypot(*mean)) >= MIN_CONCENTRATION
        drifts.append(mean / np.hypot(*mean) if strong else None)
    return drifts


def _center(ends: _Ends, members: npt.NDArray[np.int64], anchor: Anchor | None) -> Points:
    """The position of a site: as an analyst set it, else the median of its slick ends, else of its spots."""
    if anchor and anchor.position:
        return np.array(anchor.position, np.float64)
    spots = ends.points[members] if len(members) else np.array(anchor.spots if anchor else [(0, 0)])
    center: Points = np.median(spots, axis=0)
    return center


def _site(
    ends: _Ends,
    members: npt.NDArray[np.int64],
    center: Sequence[float],
    covering: npt.NDArray[np.int64],
    anchor: int | None,
) -> Site:
    detections = tuple(
        Detection(int(ends.pass_index[row]), int(ends.slick_index[row]), int(ends.end[row]))
        for row in members
    )
    covered = tuple(sorted({detection.pass_index for detection in detections} | set(covering.tolist())))
    interval = wilson(len(members), len(covered)) or (0.0, 1.0)  # no pass covers an anchor without slicks
    drift, spread = mean_direction(ends.direction[members] * (1, -1))
    rate = len(members) / max(1, len(covered))
    return Site(center[0], center[1], detections, covered, rate, interval, drift, spread, anchor)


def mean_direction(directions: Points) -> tuple[float | None, float | None]:
    """Mean and spread of directions.

    Args:
        directions: (N, 2) float64 unit vectors, y upward; vectors of length 0 are left out.

    Returns:
        Mean direction, degrees in (-180, 180], and circular standard deviation sqrt(-2 ln R), degrees (Mardia
        and Jupp, "Directional Statistics", 2000); both None without any direction or where they cancel out.
    """
    used = directions[np.hypot(*directions.T) > 0.5]
    if not len(used):
        return None, None
    x, y = used.mean(axis=0)
    resultant = min(1.0, float(np.hypot(x, y)))
    if resultant < 1e-6:
        return None, None
    return float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.sqrt(-2 * np.log(resultant))))
