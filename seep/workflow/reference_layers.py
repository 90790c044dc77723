"""Reference data around an image or a place: layers such as platforms and ship lanes, and the water depth."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from sqlalchemy.orm import Session

from seep.core.geo.depth_grid import DepthGrid
from seep.core.geo.georeference import Georeference
from seep.core.memory_cache import MemoryCache
from seep.core.sites.vent import search_radius_m
from seep.errors import ImageError, MissingError, SettingsError
from seep.io.sandbox import SANDBOX
from seep.store import audit_log, key_value
from seep.store.schema import utc_now
from seep.workflow.actor import Actor, requires
from seep.workflow.water_depth import depth_grids, stored_bathymetry
from seep.workflow.workspace import Workspace

MAX_LAYERS = 8
MAX_NAME = 60
FAR_KM = 100.0
"""Features farther from an image or a place are left out."""

Points = npt.NDArray[np.float64]
Bounds = tuple[float, float, float, float]
Content = list[list[Any]]
"""Name and parts of each feature, as in `Feature`."""

_KEY = "reference layers"
_CONTENT = "reference layer"
"""Prefix of the keys of the contents, which are read only where they are drawn."""

_loaded = MemoryCache[tuple[Path, str, Bounds, tuple[tuple[str, str], ...]], "References"](16)


@dataclass(frozen=True)
class ReferenceLayer:
    """A reference layer; `features` counts them."""

    name: str
    source: str
    features: int
    author: str
    created_at: str


class ReferenceRow(TypedDict):
    """A layer as a map draws it.

    `number` is that of the layer among all layers of the workspace by name, from 0; it sets the color. `parts` are flat
    x, y in pixels of the image, of length 2 for a point.
    """

    name: str
    number: int
    parts: list[list[float]]


class NearestFeature(TypedDict):
    """The feature of a layer that is nearest to a site or slick."""

    layer: str
    feature: str
    distance_km: float


class WaterDepth(TypedDict):
    """The water depth at a site, and the radius within which its vent is to be searched, m."""

    depth_m: int
    search_radius_m: int


@dataclass(frozen=True, eq=False)
class _Layer:
    """Features of a layer: their names, and their geometries in meters around the image."""

    names: Sequence[str]
    shapes: Sequence[shapely.Geometry]

    @cached_property
    def tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.shapes)


@dataclass(frozen=True, eq=False)
class References:
    """The reference layers and the water depth around an image or a place; empty without a georeference.

    Attributes:
        rows: what is drawn, by layer.
    """

    rows: tuple[ReferenceRow, ...] = ()
    _layers: tuple[tuple[str, _Layer], ...] = ()
    _georeference: Georeference | None = None
    _to_meters: pyproj.Transformer | None = None
    _depths: tuple[DepthGrid, ...] = ()

    @property
    def names(self) -> list[str]:
        """Names of the layers with features around the image."""
        return [name for name, _ in self._layers]

    def nearest(self, x: float, y: float) -> list[NearestFeature]:
        """Return the nearest feature of each layer to a point in pixels."""
        return self._nearest(lambda: shapely.Point(self._placed(np.array([[x, y]], np.float64))[0]))

    def nearest_to(self, rings: Sequence[Points]) -> list[NearestFeature]:
        """Return the nearest feature of each layer to areas, given as rings in pixels, (N, 2) each."""
        return self._nearest(lambda: shapely.union_all([_area(self._placed(ring)) for ring in rings]))

    def water(self, x: float, y: float) -> WaterDepth | None:
        """Return the water depth at a point in pixels; None without bathymetry there, and on land."""
        if self._georeference is None or not self._depths:
            return None
        lon, lat = (float(one[0]) for one in self._georeference.lonlat([x], [y]))
        depth_m = next((depth for one in self._depths if (depth := one.at(lon, lat)) is not None), None)
        if depth_m is None or depth_m <= 0:
            return None
        return WaterDepth(depth_m=round(depth_m), search_radius_m=round(search_radius_m(depth_m)))

    def _nearest(self, shape_of: Callable[[], shapely.Geometry]) -> list[NearestFeature]:
        if not self._layers:
            return []
        shape = shape_of()
        found = []
        for name, layer in self._layers:
            (index, *_), (distance_m, *_) = layer.tree.query_nearest(
                shape, all_matches=False, return_distance=True
            )
            nearest = NearestFeature(
                layer=name, feature=layer.names[index], distance_km=round(float(distance_m) / 1000, 3)
            )
            found.append(nearest)
        return found

    def _placed(self, points: Points) -> Points:
        assert self._georeference is not None
        assert self._to_meters is not None
        lonlat = self._georeference.lonlat(points[:, 0], points[:, 1])
        return np.column_stack(self._to_meters.transform(*lonlat))


def _area(points: Points) -> shapely.Geometry:
    if len(points) < 3:
        return shapely.MultiPoint(points)
    area = shapely.polygons(points)
    return area if area.is_valid else shapely.make_valid(area)


@requires("lead", "change reference layers")
def add_layer(workspace: Workspace, path: Path, actor: Actor, name: str = "") -> ReferenceLayer:
    """Add a vector layer, or replace that of the same name.

    Args:
        path: GeoPackage, Shapefile or GeoJSON in any CRS; it is read once, in a sandbox process.
        name: of the layer; default: the name of the file.

    Raises:
        MaskError: the file cannot be read.
        SettingsError: the name is too long, or there are 8 layers.
    """
    name = name.strip() or path.stem
    if len(name) > MAX_NAME:
        raise SettingsError(f"The name {name[:40]!r} has {len(name)} characters; use {MAX_NAME} or fewer.")
    features = SANDBOX.read_features(path)
    layer = ReferenceLayer(name, path.name, len(features), actor.name, utc_now())
    with workspace.store.transaction() as session:
        kept = dict(key_value.get_value(session, _KEY, {}))
        if name not in kept and len(kept) >= MAX_LAYERS:
            raise SettingsError(f"There are {MAX_LAYERS} reference layers. Remove one first.")
        _drop_content(session, kept.get(name))
        key = f"{_CONTENT} {secrets.token_hex(8)}"
        kept[name] = {**asdict(layer), "key": key}
        key_value.set_value(session, key, [[feature.name, feature.parts] for feature in features])
        key_value.set_value(session, _KEY, kept)
        audit_log.add(session, actor.name, "add reference layer", "workspace", {"name": name})
    return layer


@requires("lead", "change reference layers")
def remove_layer(workspace: Workspace, name: str, actor: Actor) -> None:
    """Remove a reference layer.

    Raises:
        MissingError: there is no such layer.
    """
    with workspace.store.transaction() as session:
        kept = dict(key_value.get_value(session, _KEY, {}))
        if name not in kept:
            known = ", ".join(kept) or "none yet"
            raise MissingError(f"There is no reference layer {name[:60]!r}. Layers: {known}.")
        _drop_content(session, kept.pop(name))
        key_value.set_value(session, _KEY, kept)
        audit_log.add(session, actor.name, "remove reference layer", "workspace", {"name": name})


def list_layers(workspace: Workspace) -> list[ReferenceLayer]:
    """Return the reference layers by name."""
    return [
        ReferenceLayer(name, one["source"], one["features"], one["author"], one["created_at"])
        for name, one in sorted(_kept(workspace).items())
    ]


def references_around(workspace: Workspace, georeference: Georeference | None, bounds: Bounds) -> References:
    """Return the reference layers within 100 km of an image or a place, and the water depth.

    Args:
        georeference: of the pixels; None gives no layers.
        bounds: left, top, right and bottom edge in pixels.
    """
    if georeference is None:
        return References()
    with workspace.store.reading() as session:
        kept: dict[str, dict[str, Any]] = key_value.get_value(session, _KEY, {})
        bathymetry = stored_bathymetry(session)
        if not kept and bathymetry is None:
            return References()
        versions = tuple((name, str(one.get("key", one["created_at"]))) for name, one in sorted(kept.items()))
        versions += (("", bathymetry.key if bathymetry else ""),)
        key = (workspace.store.root, repr(georeference), bounds, versions)
        known = _loaded.get(key)
        if known is not None:
            return known
        contents = {name: _content(session, one) for name, one in sorted(kept.items())}
        depths = depth_grids(workspace, session)
    return _loaded.put(key, _load(georeference, bounds, contents, depths))


def _load(
    georeference: Georeference, bounds: Bounds, contents: dict[str, Content], depths: tuple[DepthGrid, ...]
) -> References:
    left, top, right, bottom = bounds
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
    try:
        lon, lat = georeference.lonlat(corners[:, 0], corners[:, 1])
        middle = georeference.lonlat([(left + right) / 2], [(top + bottom) / 2])
    except ImageError:
        return References()
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return References()
    # Distances from the center of this projection are exact, and others around it to a few per mille.
    local = f"+proj=aeqd +lon_0={float(middle[0][0])} +lat_0={float(middle[1][0])} +datum=WGS84 +units=m"
    to_meters = pyproj.Transformer.from_crs("OGC:CRS84", local, always_xy=True)
    ground = shapely.convex_hull(shapely.MultiPoint(np.column_stack(to_meters.transform(lon, lat))))
    rows, layers = [], []
    for number, (name, content) in enumerate(contents.items()):
        drawn: list[list[float]] = []
        names, shapes = [], []
        for label, parts in content:
            lonlat = [np.array(part, np.float64).reshape(-1, 2) for part in parts]
            shape = shapely.union_all([_line(np.column_stack(to_meters.transform(*one.T))) for one in lonlat])
            if shape.is_empty or shapely.distance(ground, shape) > FAR_KM * 1000:
                continue
            names.append(label)
            shapes.append(shape)
            drawn += [flat for one in lonlat if (flat := _pixels(georeference, one))]
        if names:
            layers.append((name, _Layer(names, shapes)))
            rows.append(ReferenceRow(name=name, number=number, parts=drawn))
    return References(tuple(rows), tuple(layers), georeference, to_meters, depths)


def _line(points: Points) -> shapely.Geometry:
    """A point or a line; empty beyond the projection."""
    if not np.isfinite(points).all():
        return shapely.Point()
    return shapely.Point(points[0]) if len(points) == 1 else shapely.LineString(points)


def _pixels(georeference: Georeference, lonlat: Points) -> list[float]:
    """A part as flat pixels; empty beyond the map projection of the image."""
    placed = np.column_stack(georeference.from_lonlat(lonlat[:, 0], lonlat[:, 1]))
    return np.round(placed, 1).ravel().tolist() if np.isfinite(placed).all() else []


def _content(session: Session, one: dict[str, Any]) -> Content:
    """The features of a layer; earlier versions kept them beside its name."""
    found: Content = one["content"] if "content" in one else key_value.get_value(session, one["key"], [])
    return found


def _drop_content(session: Session, one: dict[str, Any] | None) -> None:
    if one and "key" in one:
        key_value.drop_value(session, one["key"])


def _kept(workspace: Workspace) -> dict[str, dict[str, Any]]:
    with workspace.store.reading() as session:
        return dict(key_value.get_value(session, _KEY, {}))
