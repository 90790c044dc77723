"""Sites of a place with their evidence: detected from the slicks of all passes, and changed by analysts."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from threading import Lock

import numpy as np
from cachetools import LRUCache
from pyproj import Geod

from seep.core.records import SiteRecord
from seep.core.sites.detect import Anchor, Site, SiteSettings, detect_sites
from seep.store.places import places, sites
from seep.workflow.places.evidence import PlaceSites, SiteEvidence, SiteSlick
from seep.workflow.places.place_data import PlaceData, load_place, place_version
from seep.workflow.places.tile_values import tile_values
from seep.workflow.workspace import Workspace

_GEOD = Geod(ellps="WGS84")

_results: LRUCache[tuple[Path, int], "PlaceSites"] = LRUCache(32)
_lock = Lock()


def place_sites(workspace: Workspace, place_id: int) -> PlaceSites:
    """Return the sites of a place; detect them again if masks, passes or changes of analysts differ.

    Sites that analysts changed are kept and take their slicks first. Other detected sites keep their numbers by
    position. What the sites say about tiles is stored for the queue.

    Raises:
        MissingError: there is no such place.
        StorageError: a mask is gone or damaged.
    """
    masks = place_version(workspace, place_id)
    with workspace.store.reading() as session:
        records = sites.list_sites(session, place_id)
    key = (workspace.store.root, place_id)
    with _lock:
        known = _results.get(key)
    if known is not None and known.version == _version(masks, records, records):
        return known
    data = load_place(workspace, place_id)
    changed = [one for one in records if one.revision_id is not None]
    settings = SiteSettings(data.radius_px, data.place.min_passes)
    ends = [one.ends() for one in data.passes]
    found = detect_sites(
        ends,
        settings,
        lambda number, points: data.passes[number].examined(points),
        [_anchor(one) for one in changed],
    )
    numbered, stored = _store(workspace, data, found, changed)
    shown = [_evidence(data, site, record) for site, record in numbered if not record.removed]
    # Of the masks and changes that were read, not the newest: those of the meantime have to be detected again.
    version = _version(masks, stored, changed)
    result = PlaceSites(data, tuple(sorted(shown, key=lambda one: one.number)), version)
    values = tile_values(workspace, result)
    with workspace.store.transaction() as session:
        places.set_site_values(session, values)
    with _lock:
        _results[key] = result
    return result


def _version(masks: str, stored: Sequence[SiteRecord], changed: Sequence[SiteRecord]) -> str:
    """Name the state of stored sites that were detected with some changes of analysts.

    Detected sites count too: another process may have replaced them.
    """
    heads = {one.id: one.revision_id for one in changed}
    state = sorted((one.id, heads.get(one.id) or 0) for one in stored)
    return f"{masks}-{hashlib.sha256(str(state).encode()).hexdigest()[:16]}"


def _anchor(record: SiteRecord) -> Anchor:
    position = (record.x, record.y)
    return Anchor(record.spots or (position,), position if record.moved else None)


def _store(
    workspace: Workspace,
    data: PlaceData,
    found: Sequence[Site],
    changed: Sequence[SiteRecord],
) -> tuple[list[tuple[Site, SiteRecord]], list[SiteRecord]]:
    """Give each site its record: by anchor, by position, or a new one. Store new positions.

    Others may detect the same sites at the same time, so the records are read in the transaction that adds to them.

    Returns:
        Sites with their records, and all records of the place.
    """
    pairs = [(site, changed[site.anchor]) for site in found if site.anchor is not None]
    free = [site for site in found if site.anchor is None]
    anchors = {one.id for one in changed}
    with workspace.store.transaction() as session:
        detected = [one for one in sites.list_sites(session, data.place.id) if one.id not in anchors]
        by_site = _by_position(free, detected, data.radius_px)
        found_again = set(by_site.values())
        sites.drop_undetected(session, [one.id for at, one in enumerate(detected) if at not in found_again])
        pairs += [(free[at], detected[other]) for at, other in by_site.items()]
        moved = {
            record.id: (site.x, site.y)
            for site, record in pairs
            if (site.x, site.y) != (record.x, record.y) and not record.moved
        }
        sites.set_positions(session, moved)
        pairs += [
            (site, sites.add_site(session, data.place.id, site.x, site.y))
            for at, site in enumerate(free)
            if at not in by_site
        ]
        return pairs, sites.list_sites(session, data.place.id)


def _by_position(free: Sequence[Site], detected: Sequence[SiteRecord], radius_px: float) -> dict[int, int]:
    """Pair sites with earlier records, nearest first; return the number of the record by that of the site."""
    close = sorted(
        (float(np.hypot(site.x - one.x, site.y - one.y)), at, other)
        for at, site in enumerate(free)
        for other, one in enumerate(detected)
    )
    by_site: dict[int, int] = {}
    for distance, at, other in close:
        if distance <= radius_px and at not in by_site and other not in by_site.values():
            by_site[at] = other
    return by_site


def _evidence(data: PlaceData, site: Site, record: SiteRecord) -> SiteEvidence:
    slicks = tuple(
        SiteSlick(data.passes[one.pass_index].scene.id, one.slick_index, one.origin_end)
        for one in site.detections
    )
    members = [data.passes[one.pass_index].slicks[one.slick_index] for one in site.detections]
    sides_km = [data.passes[one.pass_index].pixel_km for one in site.detections]
    known_km = [one for one in sides_km if one is not None]
    on_ground = list(zip(members, known_km, strict=True)) if len(known_km) == len(members) else []
    seen = [data.passes[one.pass_index].scene for one in site.detections]
    times = [one.acquired_at or one.name for one in seen]
    center = np.array([[site.x, site.y]], np.float64)
    examined = [data.passes[number].scene.id for number in site.covering]
    covering = [one.scene.id for one in data.passes if one.scene.id in examined or one.covers(center)[0]]
    place = data.lonlat(site.x, site.y)
    area_px = median(one.area_px for one in members) if members else None
    length_px = median(one.length_px for one in members) if members else None
    return SiteEvidence(
        id=record.id,
        number=record.number,
        x=site.x,
        y=site.y,
        longitude=place[0] if place else None,
        latitude=place[1] if place else None,
        n=len(members),
        m=len(site.covering),
        rate=site.rate,
        rate_low=site.rate_interval[0],
        rate_high=site.rate_interval[1],
        first_seen=times[0] if times else None,
        last_seen=times[-1] if times else None,
        drift_deg=_bearing(data, site),
        drift_spread_deg=site.drift_spread_deg,
        area_px=area_px,
        area_km2=median(one.area_px * side**2 for one, side in on_ground) if on_ground else None,
        length_px=length_px,
        length_km=median(one.length_px * side for one, side in on_ground) if on_ground else None,
        rank=record.rank,
        note=record.note,
        slicks=slicks,
        covering=tuple(covering),
        examined=tuple(examined),
        changed_by=record.author,
        changed_at=record.changed_at,
    )


def _bearing(data: PlaceData, site: Site) -> float | None:
    """Convert the direction of a site's slicks to degrees clockwise from north, or from the top of the image."""
    if site.drift_deg is None:
        return None
    angle = np.radians(site.drift_deg)
    here, there = data.lonlat(site.x, site.y), data.lonlat(site.x + np.cos(angle), site.y - np.sin(angle))
    if here is None or there is None:
        return float((90 - site.drift_deg) % 360)
    return float(_GEOD.inv(*here, *there)[0] % 360)
