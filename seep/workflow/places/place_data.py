"""A place with its passes as site detection and maps need them: geometry, coverage and slicks in one grid."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from pyproj import Geod

from seep.core.geo.georeference import Georeference
from seep.core.records import PlaceRecord, SceneRecord
from seep.core.sites.detect import SiteSettings
from seep.core.sites.image_wind import WindField
from seep.core.sites.slick_ends import SlickEnds
from seep.core.sites.wind_window import is_usable
from seep.store.places import places
from seep.store.scenes import mask_states
from seep.workflow.places.environment.image_wind import image_wind, image_wind_keys
from seep.workflow.places.geometry import PassGeometry, Points
from seep.workflow.places.incidence import IncidenceAt, incidence_angles
from seep.workflow.places.pass_slicks import PassSlick, masks_versions, slicks_of_pass
from seep.workflow.places.survey import Survey, survey_of
from seep.workflow.scenes.layout import Layout, layouts
from seep.workflow.workspace import Workspace

_GEOD = Geod(ellps="WGS84")

RADIUS_M = 2500.0
"""Default radius of a site with a georeference: seep formations are about 2.5 km across."""

RADIUS_PX = SiteSettings().radius
"""Default radius without one."""


@dataclass(frozen=True, eq=False)
class Pass:
    """A scene as a pass of its place.

    Attributes:
        scene: the scene.
        geometry: converts between its pixels and those of the place.
        survey: its size and valid pixels.
        slicks: its slicks, in pixels of the scene.
        masked: left, top, right and bottom edge of each tile with a mask, (N, 4), in pixels of the scene.
        image_wind: wind estimated from the scene; None without an estimate.
    """

    scene: SceneRecord
    geometry: PassGeometry
    survey: Survey
    slicks: tuple[PassSlick, ...]
    masked: Points
    image_wind: WindField | None = None

    def covers(self, points: Points) -> npt.NDArray[np.bool_]:
        """Return whether the pass has valid pixels at points of the place, (N, 2) x and y."""
        return self.survey.covers(self.geometry.to_pass(points))

    def examined(self, points: Points) -> npt.NDArray[np.bool_]:
        """Return whether the pass has valid pixels, a mask and a usable wind at points of the place.

        Otherwise it is unknown whether there is a slick.
        """
        there = self.geometry.to_pass(points)
        left, top, right, bottom = self.masked.T
        known = [((left <= x) & (x < right) & (top <= y) & (y < bottom)).any() for x, y in there.tolist()]
        return np.asarray(
            self.survey.covers(there) & np.array(known, bool) & self.wind_usable(points), dtype=np.bool_
        )

    def wind_usable(self, points: Points) -> npt.NDArray[np.bool_]:
        """Return whether slicks can be seen at the wind at points of the place; True where it is unknown.

        It is the wind estimated from the image, else that of the scene.
        """
        winds = self.image_winds_ms(points)
        return np.array([is_usable(self.scene.wind_ms if one is None else one) for one in winds], np.bool_)

    def image_winds_ms(self, points: Points) -> list[float | None]:
        """Return the wind speed that was estimated at points of the place, m/s; None where there is none."""
        if self.image_wind is None:
            return [None] * len(points)
        found = self.image_wind.at(self.geometry.to_pass(points)).tolist()
        return [value if np.isfinite(value) else None for value in found]

    @cached_property
    def pixel_km(self) -> float | None:
        """Mean side of a pixel of the pass, kilometers; None without a georeference."""
        size = self.survey.pixel_size_m()
        return None if size is None else float(np.sqrt(size[0] * size[1])) / 1000

    def ends(self) -> list[SlickEnds]:
        """Return the slicks with their ends in pixels of the place, numbered as in `slicks`."""
        return self._ends

    @cached_property
    def _ends(self) -> list[SlickEnds]:
        if not self.slicks:
            return []
        points = np.array([end for slick in self.slicks for end in slick.ends], np.float64)
        placed = self.geometry.to_place(points).reshape(-1, 2, 2)
        return [
            SlickEnds(ends, slick.area_px, slick.class_id, (slick.index,))
            for ends, slick in zip(placed, self.slicks, strict=True)
        ]

    @cached_property
    def _incidence(self) -> IncidenceAt | None:
        return incidence_angles(self.scene)

    def incidence_deg(self, x: float, y: float) -> float | None:
        """Return the incidence angle at a point of the place, degrees; None if it is unknown or outside."""
        if self._incidence is None:
            return None
        ((column, row),) = self.geometry.to_pass(np.array([[x, y]], np.float64)).tolist()
        inside = 0 <= column < self.survey.width and 0 <= row < self.survey.height
        return self._incidence(column, row) if inside else None

    def outlines(self, slick: PassSlick) -> list[Points]:
        """Return the outer rings of a slick, (N, 2) each, in pixels of the place."""
        return self._outlines[slick.index]

    @cached_property
    def _outlines(self) -> list[list[Points]]:
        """Outer rings by slick; all points are converted at once, which takes long one by one."""
        counts = [len(ring) for slick in self.slicks for ring in slick.rings]
        points = [point for slick in self.slicks for ring in slick.rings for point in ring]
        placed = self.geometry.to_place(np.array(points, np.float64).reshape(-1, 2))
        rings = iter(np.split(placed, np.cumsum(counts)[:-1]) if counts else ())
        return [[next(rings) for _ in slick.rings] for slick in self.slicks]

    def corners(self) -> Points:
        """Return the corners of the scene, (4, 2), in pixels of the place."""
        width, height = self.survey.width, self.survey.height
        return self.geometry.to_place(
            np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
        )


@dataclass(frozen=True, eq=False)
class PlaceData:
    """A place and its passes, by acquisition time.

    Attributes:
        place: the place.
        georeference: of the place; None without one.
        passes: see `Pass`.
        bounds: left, top, right and bottom edge of all passes in pixels of the place.
        pixel_m: mean side of a pixel, meters; None without a georeference.
        version: name for the state of masks, passes and settings; another state has another one.
    """

    place: PlaceRecord
    georeference: Georeference | None
    passes: tuple[Pass, ...]
    bounds: tuple[float, float, float, float]
    pixel_m: float | None
    version: str

    @property
    def radius_px(self) -> float:
        """Radius of a site in pixels of the place."""
        if self.pixel_m is None:
            return self.place.radius or RADIUS_PX
        return (self.place.radius or RADIUS_M) / self.pixel_m

    def lonlat(self, x: float, y: float) -> tuple[float, float] | None:
        """Return longitude and latitude of a point, degrees; None without a georeference."""
        if self.georeference is None:
            return None
        lon, lat = self.georeference.lonlat([x], [y])
        return float(lon[0]), float(lat[0])

    def bearing_deg(self, start: Sequence[float], end: Sequence[float]) -> float | None:
        """Return the direction from a point (x, y) to another, degrees clockwise from north; None as `lonlat`."""
        here, there = self.lonlat(*start), self.lonlat(*end)
        return None if here is None or there is None else float(_GEOD.inv(*here, *there)[0] % 360)


def load_place(workspace: Workspace, place_id: int) -> PlaceData:
    """Load a place and its passes; what was measured before is read from the workspace.

    Raises:
        MissingError: there is no such place.
        StorageError: a mask is gone or damaged.
    """
    with workspace.store.reading() as session:
        place = places.get_place(session, place_id)
        scenes = places.passes_of(session, place_id)
        masks = masks_versions(session, scenes)
        masked = mask_states(session, [one.id for one in scenes])
        wind_keys = image_wind_keys(session, scenes)
        winds = {scene: image_wind(workspace, session, key) for scene, key in wind_keys.items()}
    georeference = Georeference.from_dict(place.georeference)
    passes = []
    known = layouts(workspace, [one.id for one in scenes])
    for scene in scenes:
        surveyed = survey_of(workspace, known[scene.id])
        geometry = PassGeometry(surveyed.georeference, georeference, (scene.pass_x, scene.pass_y))
        slicks = slicks_of_pass(workspace, scene.id, masks[scene.id])
        boxes = _boxes(known[scene.id], [tile_id for tile_id, _, _ in masked[scene.id]])
        passes.append(Pass(scene, geometry, surveyed, slicks, boxes, winds.get(scene.id)))
    corners = np.concatenate([one.corners() for one in passes]) if passes else np.zeros((1, 2))
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    pixel_m = None
    if georeference is not None:
        size = georeference.pixel_size_m((left + right) / 2, (top + bottom) / 2)
        pixel_m = sum(size) / 2 if size else None
    return PlaceData(
        place,
        georeference,
        tuple(passes),
        (left, top, right, bottom),
        pixel_m,
        _version(place, scenes, masks, wind_keys),
    )


def _boxes(scene: Layout, tile_ids: Sequence[int]) -> Points:
    """Left, top, right and bottom edge of tiles, (N, 4), in pixels of the scene."""
    wanted = set(tile_ids)
    rows = [
        (x, y, x + tile.width, y + tile.height)
        for tile in scene.tiles
        if tile.id in wanted
        for x, y in (scene.places[tile.id],)
    ]
    return np.array(rows, np.float64).reshape(-1, 4)


def place_version(workspace: Workspace, place_id: int) -> str:
    """Return a name for the state of a place's masks, passes and settings, without reading masks.

    Raises:
        MissingError: there is no such place.
    """
    with workspace.store.reading() as session:
        place = places.get_place(session, place_id)
        scenes = places.passes_of(session, place_id)
        return _version(place, scenes, masks_versions(session, scenes), image_wind_keys(session, scenes))


def _version(
    place: PlaceRecord, scenes: Sequence[SceneRecord], masks: Mapping[int, str], wind_keys: Mapping[int, str]
) -> str:
    state: list[object] = [place.id, place.name, place.created_at, place.georeference]
    state += [place.radius, place.min_passes]
    state += [(scene.id, scene.acquired_at, scene.pass_x, scene.pass_y, masks[scene.id]) for scene in scenes]
    state += [(scene.id, scene.wind_ms, scene.wind_from_deg) for scene in scenes if scene.wind_ms is not None]
    state += sorted(wind_keys.values())
    return hashlib.sha256(json.dumps(state).encode()).hexdigest()[:16]
