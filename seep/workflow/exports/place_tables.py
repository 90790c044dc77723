"""Rows of the tables of a place: sites, slicks and passes."""

import re
from collections.abc import Mapping, Sequence

from seep.core.sites.causes import CAUSES, CauseDecision, count_causes
from seep.core.sites.score import SiteScore
from seep.core.sites.wind_window import is_usable
from seep.core.text import decimal
from seep.workflow.places.environment.slick_paths import SlickPaths
from seep.workflow.places.evidence import PlaceSites, SiteEvidence
from seep.workflow.places.place_data import Pass
from seep.workflow.places.site_scores import score_text
from seep.workflow.reference_layers import NearestFeature, References

Row = dict[str, int | float | str | None]

WIDEST_SPREAD_DEG = 60
"""Directions that spread more have no meaningful mean; `site_map/frontend/text.js` has the same limit."""


def site_row(
    site: SiteEvidence,
    score: SiteScore,
    *,
    references: References,
    paths: SlickPaths,
    causes: Mapping[tuple[int, int], CauseDecision],
    names: bool = False,
) -> Row:
    """Return a site as it is exported; `names` tells who changed it."""
    decided = [causes.get((one.scene_id, one.slick)) for one in site.slicks]
    water, agreement = references.water(site.x, site.y), paths.of(site)
    return {
        "site": site.number,
        "rank": site.rank,
        "score": _rounded(score.value, 3),
        "score_class": score.letter,
        "score_terms": score_text(score),
        "n": site.n,
        "m": site.m,
        "rate": round(site.rate, 4) if site.m else None,
        "rate_low": round(site.rate_low, 4) if site.m else None,
        "rate_high": round(site.rate_high, 4) if site.m else None,
        "longitude": site.longitude,
        "latitude": site.latitude,
        "x_px": round(site.x, 1),
        "y_px": round(site.y, 1),
        "first_seen": site.first_seen,
        "last_seen": site.last_seen,
        "drift_deg": _rounded(site.drift_deg, 1),
        "drift_spread_deg": _rounded(site.drift_spread_deg, 1),
        "paths_agree": agreement["agree"] if agreement else None,
        "paths_known": agreement["known"] if agreement else None,
        "causes": count_causes(one.cause for one in decided if one),
        "area_km2": _rounded(site.area_km2, 5),
        "length_km": _rounded(site.length_km, 3),
        "area_px": site.area_px,
        "length_px": _rounded(site.length_px, 1),
        "depth_m": water["depth_m"] if water else None,
        "search_radius_m": water["search_radius_m"] if water else None,
        "note": site.note,
        **({"changed_by": site.changed_by} if names else {}),
        "changed_at": site.changed_at,
        **distances(references, references.nearest(site.x, site.y)),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def slick_row(
    found: PlaceSites,
    one: Pass,
    at: int,
    *,
    names: Mapping[int, str],
    references: References,
    paths: SlickPaths,
    cause: CauseDecision | None,
) -> Row:
    """Return slick number `at` of a pass as it is exported; `names` are those of classes."""
    slick = one.slicks[at]
    site = found.site_of(one.scene.id, at)
    end = (
        next((s.origin_end for s in site.slicks if (s.scene_id, s.slick) == (one.scene.id, at)), 0)
        if site
        else None
    )
    x, y = one.ends()[at].ends[end or 0].tolist()
    place = found.data.lonlat(x, y) if site else None
    pixel_km = one.pixel_km
    (image_ms,) = one.image_winds_ms(one.ends()[at].ends.mean(axis=0, keepdims=True))
    return {
        "scene": one.scene.name,
        "acquired_at": one.scene.acquired_at,
        "slick": at + 1,
        "site": site.number if site else None,
        "n": site.n if site else None,
        "m": site.m if site else None,
        "rate": round(site.rate, 4) if site else None,
        "rank": site.rank if site else "",
        "origin_end": end,
        "origin_lon": place[0] if place else None,
        "origin_lat": place[1] if place else None,
        "origin_x_px": round(x, 1) if site else None,
        "origin_y_px": round(y, 1) if site else None,
        "wind_ms": one.scene.wind_ms,
        "wind_from_deg": one.scene.wind_from_deg,
        "wind_image_ms": _rounded(image_ms, 2),
        "wind_usable": _usable(one.scene.wind_ms if image_ms is None else image_ms),
        **_closest(paths, one, at),
        "incidence_deg": one.incidence_deg(*one.ends()[at].ends.mean(axis=0).tolist()),
        "class_id": slick.class_id,
        "class_name": names.get(slick.class_id, ""),
        "cause": CAUSES[cause.cause] if cause else "",
        "reviewed": int(slick.reviewed),
        "area_px": slick.area_px,
        "length_px": slick.length_px,
        "area_km2": None if pixel_km is None else round(slick.area_px * pixel_km**2, 5),
        "length_km": None if pixel_km is None else round(slick.length_px * pixel_km, 3),
        **distances(references, references.nearest_to(one.outlines(slick))),
    }


def _closest(paths: SlickPaths, one: Pass, at: int) -> Row:
    """Where the path of a slick's far end is closest to the site in terms of its spread."""
    found = paths.slicks.get((one.scene.id, at))
    closest = found.closest if found else None
    return {
        "path_agrees": None if closest is None or closest.agrees is None else int(closest.agrees),
        "path_hours": closest.hours if closest else None,
        "path_site_km": round(closest.distance_m / 1000, 3) if closest else None,
        "path_spread_km": round(closest.spread_m / 1000, 3) if closest else None,
    }


def pass_row(one: Pass) -> Row:
    """Return a pass as it is exported."""
    scene = one.scene
    return {
        "scene": scene.name,
        "acquired_at": scene.acquired_at,
        "slicks": len(one.slicks),
        "wind_ms": scene.wind_ms,
        "wind_from_deg": scene.wind_from_deg,
        "wind_image_ms": None if one.image_wind is None else round(one.image_wind.median_ms, 2),
        "wind_usable": _usable(scene.wind_ms if one.image_wind is None else one.image_wind.median_ms),
        "wind_source": scene.wind_source or "",
    }


def _usable(wind_ms: float | None) -> int | None:
    return None if wind_ms is None else int(is_usable(wind_ms))


def distances(references: References, nearest: Sequence[NearestFeature]) -> Row:
    """Return two columns per reference layer: the nearest feature and its distance in km."""
    row: Row = {}
    for stem, one in zip(_stems(references.names), nearest, strict=True):
        row[f"{stem}_nearest"] = one["feature"]
        row[f"{stem}_km"] = one["distance_km"]
    return row


def _stems(names: Sequence[str]) -> list[str]:
    """Names of layers as names of columns, each one once."""
    found: list[str] = []
    for name in names:
        stem = re.sub(r"[^0-9a-z]+", "_", name.lower()).strip("_") or "layer"
        taken = [one for one in found if one == stem or one.startswith(f"{stem}_")]
        found.append(f"{stem}_{len(taken) + 1}" if taken else stem)
    return found


def rate_texts(site: SiteEvidence) -> tuple[str, str]:
    """Return the rate of a site and its 95 % interval, "0.63" and "0.31–0.86"; dashes if no pass covers the site."""
    if not site.m:
        return "–", "–"
    return decimal(site.rate, 2), f"{decimal(site.rate_low, 2)}–{decimal(site.rate_high, 2)}"


def position_text(site: SiteEvidence) -> str:
    """Return latitude and longitude in degrees, else "x 1434, y 870 px"; rounded once, as on the Sites page."""
    if site.latitude is None or site.longitude is None:
        return f"x {decimal(site.x, 0)}, y {decimal(site.y, 0)} px"
    return f"{site.latitude:.4f}, {site.longitude:.4f}"


def drift_text(site: SiteEvidence) -> str:
    """Return the drift of a site with its spread, "120° ± 20°"; a dash where the mean direction has no meaning.

    That is a site with fewer than two slicks, or with a spread above `WIDEST_SPREAD_DEG`.
    """
    spread = site.drift_spread_deg
    if site.drift_deg is None or site.n < 2 or (spread or 0) > WIDEST_SPREAD_DEG:
        return "–"
    mean = decimal(site.drift_deg, 0)
    return f"{'0' if mean == '360' else mean}°" + ("" if spread is None else f" ± {decimal(spread, 0)}°")


def nearest_text(one: NearestFeature) -> str:
    """Return "Platforms: Alpha, 3.2 km"."""
    km = one["distance_km"]
    distance = f"{km * 1000:.0f} m" if km < 1 else f"{km:.1f} km"
    return f"{one['layer']}: {one['feature'] + ', ' if one['feature'] else ''}{distance}"
