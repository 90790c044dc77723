"""Reference layers, such as platforms and ship lanes: shown on the Sites page, with their distance from each site."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import shapely

from seep.errors import MissingError, SettingsError
from seep.io.vector_features import Feature, read_features
from seep.store import audit_log, key_value
from seep.store.schema import utc_now
from seep.workflow.actor import Actor, requires
from seep.workflow.places.place_data import PlaceData
from seep.workflow.workspace import Workspace

MAX_LAYERS = 8
MAX_NAME = 60
FAR_KM = 100.0
"""Features farther from every point of a place are left out."""

_KEY = "reference layers"


@dataclass(frozen=True)
class ReferenceLayer:
    """A reference layer; `features` counts them."""

    name: str
    source: str
    features: int
    author: str
    created_at: str


class ReferenceRow(TypedDict):
    """A layer as the Sites page draws it; `parts` are flat x, y in pixels of the place, of length 2 for a point."""

    name: str
    parts: list[list[float]]


class NearestFeature(TypedDict):
    """The feature of a layer that is nearest to a site."""

    layer: str
    feature: str
    distance_km: float


@dataclass(frozen=True, eq=False)
class PlaceReferences:
    """The reference layers around a place; empty without a georeference.

    Attributes:
        rows: what is drawn, by layer.
        shapes: by layer, the name and the geometry of each feature in pixels of the place.
        pixel_km: side of a pixel.
    """

    rows: tuple[ReferenceRow, ...]
    shapes: dict[str, list[tuple[str, shapely.Geometry]]]
    pixel_km: float

    def nearest(self, x: float, y: float) -> list[NearestFeature]:
        """Return the nearest feature of each layer to a point in pixels of the place."""
        point = shapely.Point(x, y)
        found = []
        for layer, shapes in self.shapes.items():
            distances = shapely.distance(point, np.array([shape for _, shape in shapes], dtype=object))
            at = int(np.argmin(distances))
            found.append(
                NearestFeature(
                    layer=layer,
                    feature=shapes[at][0],
                    distance_km=round(float(distances[at]) * self.pixel_km, 3),
                )
            )
        return found


@requires("lead", "change reference layers")
def add_layer(workspace: Workspace, path: Path, actor: Actor, name: str = "") -> ReferenceLayer:
    """Add a vector layer, or replace that of the same name.

    Args:
        workspace: where to.
        path: GeoPackage, Shapefile or GeoJSON in any CRS; it is read once.
        actor: who adds it.
        name: of the layer; default: the name of the file.

    Raises:
        MaskError: the file cannot be read.
        SettingsError: the name is too long, or there are 8 layers.
    """
    name = name.strip() or path.stem
    if len(name) > MAX_NAME:
        raise SettingsError(f"The name {name[:40]!r} has {len(name)} characters; use {MAX_NAME} or fewer.")
    features = read_features(path)
    layer = ReferenceLayer(name, path.name, len(features), actor.name, utc_now())
    with workspace.store.transaction() as session:
        kept = dict(key_value.get_value(session, _KEY, {}))
        if name not in kept and len(kept) >= MAX_LAYERS:
            raise SettingsError(f"There are {MAX_LAYERS} reference layers. Remove one first.")
        kept[name] = {**asdict(layer), "content": [[one.name, one.parts] for one in features]}
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
        del kept[name]
        key_value.set_value(session, _KEY, kept)
        audit_log.add(session, actor.name, "remove reference layer", "workspace", {"name": name})


def list_layers(workspace: Workspace) -> list[ReferenceLayer]:
    """Return the reference layers by name."""
    return [
        ReferenceLayer(name, one["source"], one["features"], one["author"], one["created_at"])
        for name, one in sorted(_kept(workspace).items())
    ]


def place_references(workspace: Workspace, data: PlaceData) -> PlaceReferences:
    """Return the reference layers within 100 km of a place."""
    if data.georeference is None or data.pixel_m is None:
        return PlaceReferences((), {}, 0.0)
    reach = FAR_KM * 1000 / data.pixel_m
    left, top, right, bottom = data.bounds
    around = shapely.box(left - reach, top - reach, right + reach, bottom + reach)
    rows, shapes = [], {}
    for name, one in sorted(_kept(workspace).items()):
        near = []
        parts = []
        for feature in (Feature(label, tuple(map(tuple, content))) for label, content in one["content"]):
            placed = _placed(data, feature)
            shape = shapely.union_all(
                [shapely.Point(p[0]) if len(p) == 1 else shapely.LineString(p) for p in placed]
            )
            if not placed or not shapely.intersects(around, shape):
                continue
            near.append((feature.name, shape))
            parts += [np.round(part, 1).ravel().tolist() for part in placed]
        if near:
            shapes[name] = near
            rows.append(ReferenceRow(name=name, parts=parts))
    return PlaceReferences(tuple(rows), shapes, data.pixel_m / 1000)


def _placed(data: PlaceData, feature: Feature) -> list["np.ndarray[Any, np.dtype[np.float64]]"]:
    """The parts of a feature as (N, 2) pixels of the place; parts beyond the map projection are left out."""
    assert data.georeference is not None
    found = []
    for part in feature.parts:
        lonlat = np.array(part, np.float64).reshape(-1, 2)
        placed = np.column_stack(data.georeference.from_lonlat(lonlat[:, 0], lonlat[:, 1]))
        if np.isfinite(placed).all():
            found.append(placed)
    return found


def _kept(workspace: Workspace) -> dict[str, dict[str, Any]]:
    with workspace.store.reading() as session:
        return dict(key_value.get_value(session, _KEY, {}))
