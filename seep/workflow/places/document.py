"""A place with its passes, slicks and sites as JSON for the Sites page."""

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, TypedDict

import numpy as np

from seep.core.sites.causes import CAUSES
from seep.core.text import wind_text
from seep.errors import ImageError
from seep.workflow.actor import Actor, requirement, requires
from seep.workflow.classes import get_classes
from seep.workflow.places import sites
from seep.workflow.places.detection import place_sites
from seep.workflow.places.environment.slick_paths import SlickPaths, slick_paths
from seep.workflow.places.evidence import SiteEvidence
from seep.workflow.places.place_data import Pass, PlaceData
from seep.workflow.places.site_scores import score_row, site_scores
from seep.workflow.places.slicks.causes import pass_causes
from seep.workflow.reference_layers import ReferenceRow, References, references_around
from seep.workflow.workspace import Workspace


class SlickRow(TypedDict):
    """A slick: rings as flat x, y in pixels of the place, both ends, area, class, and the number of its site or 0.

    `cause` is a key of `CAUSES`, "" if nobody decided it. `path` is where its far end was before, as flat x, y by hour
    until it is closest to the site; empty if unknown.
    """

    rings: list[list[float]]
    ends: list[float]
    area_px: int
    class_id: int
    reviewed: bool
    site: int
    origin_end: int
    cause: str
    path: list[float]


class PassRow(TypedDict):
    """A pass by acquisition time.

    `label` is its date, else its name; `wind` is "" if unknown; `box` is x, y, width, height in the place.
    """

    scene_id: int
    name: str
    acquired_at: str | None
    label: str
    wind: str
    box: list[float]
    slicks: list[SlickRow]


class HistoryRow(TypedDict):
    """A change by an analyst."""

    created_at: str
    author: str
    action: str
    number: int
    reason: str
    undone_by: str | None


class PlaceDocument(TypedDict):
    """All that the Sites page shows of a place.

    `corners` are those of the bounds as [longitude, latitude], clockwise from the upper left; None without a
    georeference. `sites` are those of `site_json`, with their `score`, and with `paths`, None where no slick has one.
    `causes` are labels by key. `denied` says why the person may not change sites; None if allowed.
    """

    id: int
    name: str
    version: str
    bounds: list[float]
    corners: list[list[float]] | None
    radius_px: float
    pixel_m: float | None
    georeferenced: bool
    times_known: bool
    classes: list[dict[str, Any]]
    passes: list[PassRow]
    sites: list[dict[str, Any]]
    references: list[ReferenceRow]
    causes: Mapping[str, str]
    history: list[HistoryRow]
    denied: str | None


@requires("viewer", "see sites")
def place_document(workspace: Workspace, place_id: int, actor: Actor) -> PlaceDocument:
    """Return a place for the Sites page.

    Raises:
        MissingError: there is no such place.
        StorageError: a mask is gone or damaged.
    """
    found = place_sites(workspace, place_id)
    data = found.data
    references = references_around(workspace, data.georeference, data.bounds)
    scores = site_scores(workspace, found, references)
    paths = slick_paths(workspace, found)
    causes = {key: one.cause for key, one in pass_causes(workspace, found.data.passes).items()}
    by_slick = {
        (one.scene_id, one.slick): (site.number, one.origin_end)
        for site in found.sites
        for one in site.slicks
    }
    return PlaceDocument(
        id=place_id,
        name=data.place.name,
        version=found.version,
        bounds=[round(value, 1) for value in data.bounds],
        corners=_corners(data),
        radius_px=data.radius_px,
        pixel_m=data.pixel_m,
        georeferenced=data.georeference is not None,
        times_known=all(one.scene.acquired_at for one in data.passes),
        classes=[
            {"id": seep_class.id, "name": seep_class.name, "color": seep_class.color}
            for seep_class in get_classes(workspace)
        ],
        passes=[_pass_row(one, by_slick, causes, data, paths) for one in data.passes],
        sites=[
            site_json(one, references, data.passes)
            | {"score": score_row(scores[one.number]), "paths": paths.of(one)}
            for one in found.sites
        ],
        references=list(references.rows),
        causes=CAUSES,
        history=_history(workspace, place_id),
        denied=requirement(sites.rank_site).denial(actor),
    )


def site_json(site: SiteEvidence, references: References, passes: Sequence[Pass]) -> dict[str, Any]:
    """Return a site as JSON: its attributes, with the scene ids of its slicks as `seen` instead of `slicks`.

    `nearest` lists the nearest feature of each reference layer; `water` is the depth, None without bathymetry.
    `incidence_deg` and `image_wind_ms` have the incidence angle and the wind estimated from the image at the site for
    each of the `covering` passes, None where it is unknown; `wind_usable` says whether slicks can be seen at the wind.
    """
    by_scene = {one.scene.id: one for one in passes}
    row = {field.name: getattr(site, field.name) for field in fields(site) if field.name != "slicks"}
    row["seen"] = [slick.scene_id for slick in site.slicks]
    row["nearest"] = references.nearest(site.x, site.y)
    row["water"] = references.water(site.x, site.y)
    point = np.array([[site.x, site.y]], np.float64)
    row["image_wind_ms"] = [by_scene[scene].image_winds_ms(point)[0] for scene in site.covering]
    row["wind_usable"] = [bool(by_scene[scene].wind_usable(point)[0]) for scene in site.covering]
    row["incidence_deg"] = [by_scene[scene].incidence_deg(site.x, site.y) for scene in site.covering]
    return row


def _corners(data: PlaceData) -> list[list[float]] | None:
    if data.georeference is None:
        return None
    left, top, right, bottom = data.bounds
    with contextlib.suppress(ImageError):
        found = data.georeference.lonlat([left, right, right, left], [top, top, bottom, bottom])
        corners = np.stack(found, axis=1)
        if np.isfinite(corners).all():
            return [[round(value, 6) for value in corner] for corner in corners.tolist()]
    return None


def _pass_row(
    one: Pass,
    by_slick: dict[tuple[int, int], tuple[int, int]],
    causes: Mapping[tuple[int, int], str],
    data: PlaceData,
    paths: SlickPaths,
) -> PassRow:
    corners = one.corners()
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    time = one.scene.acquired_at
    ends = one.ends()
    rows = []
    for slick, placed in zip(one.slicks, ends, strict=True):
        site, origin_end = by_slick.get((one.scene.id, slick.index), (0, 0))
        rows.append(
            SlickRow(
                rings=[np.round(ring, 1).ravel().tolist() for ring in one.outlines(slick)],
                ends=np.round(placed.ends, 1).ravel().tolist(),
                area_px=slick.area_px,
                class_id=slick.class_id,
                reviewed=slick.reviewed,
                site=site,
                origin_end=origin_end,
                cause=causes.get((one.scene.id, slick.index), ""),
                path=_path(data, paths, one.scene.id, slick.index),
            )
        )
    return PassRow(
        scene_id=one.scene.id,
        name=one.scene.name,
        acquired_at=time,
        label=time[:10] if time else one.scene.name,
        wind=wind_text(one.scene.wind_ms, one.scene.wind_from_deg),
        box=[round(left, 1), round(top, 1), round(right - left, 1), round(bottom - top, 1)],
        slicks=rows,
    )


def _path(data: PlaceData, paths: SlickPaths, scene_id: int, slick: int) -> list[float]:
    found = paths.slicks.get((scene_id, slick))
    if found is None or data.georeference is None:
        return []
    points = data.georeference.from_lonlat(found.lon, found.lat)
    shown = np.stack(points, axis=1)[: math.ceil(found.closest.hours) + 1]
    return np.round(shown, 1).ravel().tolist() if np.isfinite(shown).all() else []


def _history(workspace: Workspace, place_id: int) -> list[HistoryRow]:
    return [
        HistoryRow(
            created_at=one.created_at,
            author=one.author,
            action=one.action,
            number=one.number,
            reason=one.reason,
            undone_by=one.undone_by,
        )
        for one in sites.history(workspace, place_id)[:100]
    ]
