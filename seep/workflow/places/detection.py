"""Sites of a place with their evidence: detected from the slicks of all passes, and changed by analysts."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from statistics import median

import numpy as np

from seep.core.memory_cache import MemoryCache
from seep.core.records import SiteRecord
from seep.core.sites.detect import Anchor, Site, SiteSettings, detect_sites
from seep.errors import MissingError, StorageError
from seep.store import key_value
from seep.store.places import places, sites
from seep.workflow.places.evidence import PlaceSites, SiteEvidence, SiteSlick
from seep.workflow.places.place_data import PlaceData, load_place, place_version
from seep.workflow.places.tile_values import tile_values
from seep.workflow.workspace import Workspace

_results: MemoryCache[tuple[Path, int], PlaceSites] = MemoryCache(32)
_detections: MemoryCache[tuple[Path, int], "_Detection"] = MemoryCache(32)


@dataclass(frozen=True, eq=False)
class _Detection:
    """Sites detected in the masks of a place, around those that analysts changed.

    Attributes:
        version: name for the state of masks, passes, settings and changes.
        changed: sites that analysts changed; a site has the number of its one as `anchor`.
    """

    version: str
    data: PlaceData
    sites: Sequence[Site]
    changed: Sequence[SiteRecord]


def place_sites(workspace: Workspace, place_id: int) -> PlaceSites:
    """Return the sites of a place; detect them again if masks, passes or changes of analysts differ.

    Sites that analysts changed are kept and take their slicks first. Other detected sites keep their numbers by
    position. Nothing is stored: `refresh_sites` stores new sites with the numbers that they have here.

    Raises:
        MissingError: there is no such place.
        StorageError: a mask is gone or damaged.
    """
    masks, records = _state(workspace, place_id)
    key, version = (workspace.store.root, place_id), _version(masks, records)
    result = _results.get(key)
    if result is not None and result.version == version:
        return result
    detection = _detect(workspace, place_id, masks, records)
    return _results.put(key, _place_sites(detection, records, version))


def refresh_sites(workspace: Workspace, place_id: int) -> PlaceSites:
    """Store the sites of a place with their numbers and positions, and what they say about tiles for the queue.

    Called after an analyst changed sites, and by the worker after masks or passes changed.

    Returns:
        As `place_sites`; each site has an id.

    Raises:
        MissingError: there is no such place.
        StorageError: a mask is gone or damaged.
    """
    masks, records = _state(workspace, place_id)
    if _is_stored(workspace, place_id, _version(masks, records)):
        return place_sites(workspace, place_id)
    detection = _detect(workspace, place_id, masks, records)
    # Others may store the same sites at the same time, so the records are read in the transaction that adds to them.
    with workspace.store.transaction() as session:
        matched, undetected = _match(detection, sites.list_sites(session, place_id))
        sites.set_positions(
            session,
            {
                record.id: (site.x, site.y)
                for site, record in matched
                if record and not record.moved and (site.x, site.y) != (record.x, record.y)
            },
        )
        for site, record in matched:
            if record is None:
                sites.add_site(session, place_id, site.x, site.y)
        sites.drop_undetected(session, [record.id for record in undetected])
        stored = sites.list_sites(session, place_id)
    # Of the masks and changes that were read, not the newest: those of the meantime have to be detected again.
    heads = {one.id: one.revision_id for one in detection.changed}
    version = _version(masks, [replace(one, revision_id=heads.get(one.id)) for one in stored])
    result = _place_sites(detection, stored, version)
    values = tile_values(workspace, result)
    with workspace.store.transaction() as session:
        places.set_site_values(session, values)
        key_value.set_value(session, _stored_key(place_id), version)
    return _results.put((workspace.store.root, place_id), result)


def refresh_all_sites(workspace: Workspace, should_stop: Callable[[], bool]) -> None:
    """Store the sites of all places whose masks, passes or changes differ from those of the last time.

    A place with a mask that is gone or damaged is left out; its page says so.

    Args:
        should_stop: called between two places; True leaves the rest for the next call.
    """
    with workspace.store.reading() as session:
        listed = places.list_places(session)
    for place in listed:
        if should_stop():
            return
        with suppress(MissingError, StorageError):
            if not _is_stored(workspace, place.id, _version(*_state(workspace, place.id))):
                refresh_sites(workspace, place.id)


def _state(workspace: Workspace, place_id: int) -> tuple[str, list[SiteRecord]]:
    """Return the version of a place's masks, and its stored sites."""
    masks = place_version(workspace, place_id)
    with workspace.store.reading() as session:
        return masks, sites.list_sites(session, place_id)


def _stored_key(place_id: int) -> str:
    return f"sites of place {place_id}"


def _is_stored(workspace: Workspace, place_id: int, version: str) -> bool:
    with workspace.store.reading() as session:
        return bool(key_value.get_value(session, _stored_key(place_id)) == version)


def _version(masks: str, records: Sequence[SiteRecord]) -> str:
    """Name the state of masks, stored sites and changes of analysts.

    Detected sites count too: another process may have replaced them.
    """
    state = sorted((record.id, record.revision_id or 0) for record in records)
    return f"{masks}-{hashlib.sha256(str(state).encode()).hexdigest()[:16]}"


def _detect(workspace: Workspace, place_id: int, masks: str, records: Sequence[SiteRecord]) -> _Detection:
    changed = [record for record in records if record.revision_id is not None]
    key, version = (workspace.store.root, place_id), _version(masks, changed)
    detection = _detections.get(key)
    if detection is not None and detection.version == version:
        return detection
    data = load_place(workspace, place_id)
    found = detect_sites(
        [one.ends() for one in data.passes],
        SiteSettings(data.radius_px, data.place.min_passes),
        lambda number, points: data.passes[number].examined(points),
        [_anchor(one) for one in changed],
    )
    return _detections.put(key, _Detection(version, data, found, changed))


def _anchor(record: SiteRecord) -> Anchor:
    position = (record.x, record.y)
    return Anchor(record.spots or (position,), position if record.moved else None)


def _place_sites(detection: _Detection, records: Sequence[SiteRecord], version: str) -> PlaceSites:
    """Return detected sites with their numbers; those without a record get the next ones and no id."""
    matched, _ = _match(detection, records)
    numbers = count(1 + max((record.number for record in records), default=0))
    evidence = [
        _evidence(
            detection.data,
            site,
            record or SiteRecord(0, detection.data.place.id, next(numbers), site.x, site.y),
        )
        for site, record in matched
        if record is None or not record.removed
    ]
    return PlaceSites(detection.data, tuple(sorted(evidence, key=lambda site: site.number)), version)


def _match(
    detection: _Detection, records: Sequence[SiteRecord]
) -> tuple[list[tuple[Site, SiteRecord | None]], list[SiteRecord]]:
    """Give each site its record, by anchor or by position.

    Returns:
        Sites with their records, None for a new site; and the records of detected sites that are detected no more.
    """
    anchors = {one.id for one in detection.changed}
    matched: list[tuple[Site, SiteRecord | None]] = [
        (site, detection.changed[site.anchor]) for site in detection.sites if site.anchor is not None
    ]
    free = [site for site in detection.sites if site.anchor is None]
    detected = [record for record in records if record.id not in anchors]
    by_site = _by_position(free, detected, detection.data.radius_px)
    matched += [(site, detected[by_site[at]] if at in by_site else None) for at, site in enumerate(free)]
    found_again = set(by_site.values())
    return matched, [one for at, one in enumerate(detected) if at not in found_again]


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
        SiteSlick(data.passes[detection.pass_index].scene.id, detection.slick_index, detection.origin_end)
        for detection in site.detections
    )
    members = [
        data.passes[detection.pass_index].slicks[detection.slick_index] for detection in site.detections
    ]
    sides_km = [data.passes[detection.pass_index].pixel_km for detection in site.detections]
    known_km = [one for one in sides_km if one is not None]
    on_ground = list(zip(members, known_km, strict=True)) if len(known_km) == len(members) else []
    seen = [data.passes[detection.pass_index].scene for detection in site.detections]
    times = [one.acquired_at or one.name for one in seen]
    center = np.array([[site.x, site.y]], np.float64)
    examined = [data.passes[number].scene.id for number in site.covering]
    covering = [one.scene.id for one in data.passes if one.scene.id in examined or one.covers(center)[0]]
    place = data.lonlat(site.x, site.y)
    area_px = median(member.area_px for member in members) if members else None
    length_px = median(member.length_px for member in members) if members else None
    return SiteEvidence(
        id=record.id or None,
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
    found = data.bearing_deg((site.x, site.y), (site.x + np.cos(angle), site.y - np.sin(angle)))
    return float((90 - site.drift_deg) % 360) if found is None else found
