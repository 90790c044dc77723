"""STAC items of a place: one with its sites, and one per pass with its slicks, in a collection."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from seep.errors import ImageError
from seep.io.exporting.stac import VERSION, Ring, bounding_box, continuous, footprint, geometry, write_json
from seep.io.exporting.staging import place_for
from seep.workflow.exports.place_tables import Row
from seep.workflow.places.evidence import PlaceSites
from seep.workflow.places.place_data import Pass

FOLDER = "stac"
_VIEW = "https://stac-extensions.github.io/view/v1.0.0/schema.json"
_ASSETS = {
    "geopackage": ("../sites.gpkg", "application/geopackage+sqlite3", "Sites, slicks and passes"),
    "table": ("../sites.csv", "text/csv", "Sites"),
    "slicks": ("../slicks.csv", "text/csv", "Slicks of all passes"),
    "report": ("../sites.html", "text/html", "Report"),
}


def write_place_stac(
    stage: Path, found: PlaceSites, slicks: Sequence[tuple[Pass, Row, BaseGeometry]]
) -> bool:
    """Write `stac/collection.json`, `stac/sites.json`, and an item and a GeoJSON of slicks per pass.

    Args:
        slicks: pass, values and outline in longitude and latitude of each slick.

    Returns:
        False, and nothing is written, without a pass that has a georeference and an acquisition time.
    """
    placed = [pair for one in found.data.passes if (pair := _pass_ring(found, one)) is not None]
    if not placed:
        return False
    rings = [ring for _, ring in placed]
    pairs = [(one, _pass_item(found, one, ring)) for one, ring in placed]
    for one, item in pairs:
        mine = [(row, shape) for owner, row, shape in slicks if owner is one]
        write_json(place_for(stage, FOLDER, "slicks", f"{one.scene.name}.geojson"), _features(mine))
        write_json(place_for(stage, FOLDER, "items", f"{one.scene.name}.json"), item)
    contents = [item for _, item in pairs]
    write_json(place_for(stage, FOLDER, "sites.json"), _sites_item(found, contents, rings))
    write_json(place_for(stage, FOLDER, "collection.json"), _collection(found, contents, rings))
    return True


def _pass_ring(found: PlaceSites, one: Pass) -> tuple[Pass, Ring] | None:
    """Return a pass with its footprint; None without a georeference or an acquisition time."""
    surveyed = one.survey
    if one.scene.acquired_at is None or surveyed.georeference is None or found.data.georeference is None:
        return None
    try:
        return one, footprint(surveyed.georeference, surveyed.height, surveyed.width)
    except ImageError:
        return None


def _pass_item(found: PlaceSites, one: Pass, ring: Ring) -> dict[str, Any]:
    scene = one.scene
    left, top, right, bottom = found.data.bounds
    incidence = one.incidence_deg((left + right) / 2, (top + bottom) / 2)
    properties: dict[str, Any] = {
        "datetime": scene.acquired_at,
        "title": f"Slicks of {scene.name}",
        "seep:place": found.data.place.name,
        "seep:scene": scene.name,
        "seep:slicks": len(one.slicks),
        "seep:sites": sorted(
            {site.number for site in found.sites if scene.id in {s.scene_id for s in site.slicks}}
        ),
    }
    if scene.wind_ms is not None and scene.wind_from_deg is not None:
        properties |= {"seep:wind_ms": scene.wind_ms, "seep:wind_from_deg": scene.wind_from_deg}
    if incidence is not None:
        properties["view:incidence_angle"] = incidence
    asset = {
        "href": f"../slicks/{scene.name}.geojson",
        "type": "application/geo+json",
        "title": "Slicks",
        "roles": ["data"],
    }
    item = _item(f"slicks-{scene.name}", ring, properties, {"slicks": asset}, "../collection.json")
    item["stac_extensions"] = [_VIEW] if incidence is not None else []
    return item


def _sites_item(found: PlaceSites, passes: Sequence[dict[str, Any]], rings: Sequence[Ring]) -> dict[str, Any]:
    times = sorted(item["properties"]["datetime"] for item in passes)
    hull = shapely.convex_hull(shapely.MultiPoint(np.concatenate(continuous(rings))))
    ring = [[round(float(x), 7), round(float(y), 7)] for x, y in shapely.get_coordinates(hull)]
    if not shapely.is_ccw(shapely.LinearRing(ring)):
        ring.reverse()
    properties = {
        "datetime": None,
        "start_datetime": times[0],
        "end_datetime": times[-1],
        "title": f"Seep sites of {found.data.place.name}",
        "seep:place": found.data.place.name,
        "seep:sites": len(found.sites),
        "seep:passes": len(found.data.passes),
    }
    assets = {
        name: {"href": href, "type": kind, "title": title, "roles": ["data"]}
        for name, (href, kind, title) in _ASSETS.items()
    }
    return _item("sites", ring, properties, assets, "./collection.json")


def _item(
    name: str,
    ring: Ring,
    properties: dict[str, Any],
    assets: dict[str, Any],
    collection: str,
) -> dict[str, Any]:
    return {
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": [],
        "id": name,
        "collection": "seep-sites",
        "geometry": geometry(ring),
        "bbox": bounding_box([ring]),
        "properties": properties,
        "assets": assets,
        "links": [
            {"rel": rel, "href": collection, "type": "application/json"}
            for rel in ("root", "parent", "collection")
        ],
    }


def _collection(found: PlaceSites, passes: Sequence[dict[str, Any]], rings: Sequence[Ring]) -> dict[str, Any]:
    times = sorted(item["properties"]["datetime"] for item in passes)
    names = [item["properties"]["seep:scene"] for item in passes]
    links = [{"rel": "root", "href": "./collection.json", "type": "application/json"}]
    links += [
        {"rel": "item", "href": href, "type": "application/geo+json"}
        for href in ("./sites.json", *(f"./items/{name}.json" for name in names))
    ]
    return {
        "type": "Collection",
        "stac_version": VERSION,
        "id": "seep-sites",
        "title": f"Seep sites of {found.data.place.name}",
        "description": "Places where slicks begin again and again, and the slicks of all passes.",
        "license": "other",
        "extent": {
            "spatial": {"bbox": [bounding_box(rings)]},
            "temporal": {"interval": [[times[0], times[-1]]]},
        },
        "links": links,
    }


def _features(slicks: Sequence[tuple[Row, BaseGeometry]]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": row, "geometry": json.loads(shapely.to_geojson(shape))}
            for row, shape in slicks
        ],
    }
