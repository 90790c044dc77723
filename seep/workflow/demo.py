"""A demo workspace with passes of two synthetic places, and the wind, currents, depth and platforms around them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.io import netcdf_file

from seep.core.geo.georeference import Georeference
from seep.core.import_options import ImportOptions
from seep.core.sites.score import WEIGHTS, Weights
from seep.core.synthesis.lookalikes import calm_streak
from seep.core.synthesis.place import SyntheticPlace, synthesize_place
from seep.core.synthesis.scene import SyntheticScene
from seep.errors import StorageError
from seep.io.exporting.rasters import ImageLayout, write_pixels
from seep.io.masks import write_mask
from seep.store import scenes
from seep.workflow.actor import Actor, requires
from seep.workflow.imports.importer import ImportReport, OnProgress, import_folder
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.models.registry import active_model, list_models
from seep.workflow.places.bathymetry import add_bathymetry
from seep.workflow.places.environment.velocities import add_currents
from seep.workflow.places.places import create_place
from seep.workflow.places.site_scores import set_weights
from seep.workflow.places.times import set_times
from seep.workflow.places.wind import wind_from_era5
from seep.workflow.reference_layers import add_layer
from seep.workflow.review.quality_sample import set_quality_sample_share
from seep.workflow.review.queue import count
from seep.workflow.workspace import PRODUCT, Workspace

Floats = npt.NDArray[np.float64]

PLACES = 2
SCENES = 16
PASSES = SCENES // PLACES
VENTS = 5
FIRST_PASS = datetime(2026, 3, 2, 5, 41, tzinfo=UTC)
REPEAT = timedelta(days=12)
"""Time between two passes of Sentinel-1 over the same ground."""

CALM_SCENE, CALM_TILE = 8, 1
"""A training tile with a band of low wind, which the shipped model predicts as a wide dark area. It is among the first
of the quality sample, so it is near the start of the queue."""
_CALM_HALF_AXES_PX = (120.0, 23.0)
_CALM_AMPLITUDE = 0.2
_CALM_HEADING = 0.6

SAMPLE_SHARE = 0.25
"""Of 64 tiles, so that the quality sample has more than the 10 tiles that an estimate needs."""

ROWS = COLUMNS = 2
TILE_PX = 256

PIXEL_M = 40.0
"""As of Sentinel-1 extra-wide swaths, multilooked; slicks of the synthesis are then 100 to 400 m wide."""
CRS = "EPSG:32625"
CORNERS_M = ((430_000.0, 3_210_000.0), (550_000.0, 3_210_000.0))
"""Upper left corner of each place in `CRS`: open water of the Atlantic, far from any real survey."""
PLATFORMS_PX = ((96.0, 410.0), (455.0, 60.0))
"""Positions of the made-up platforms of each place."""
WIND_STEP_DEG = 0.25
CURRENT_MS = 0.25
DEPTH_STEP_DEG = 1 / 60


def make_demo(workspace: Workspace, seed: int = 0, on_progress: OnProgress | None = None) -> ImportReport:
    """Fill an empty workspace with eight passes of each of two synthetic places, four tiles of 256 px per pass.

    Each place has five vents. Their slicks drift in another direction in each pass, so that sites can be detected.
    One tile holds a band of low wind that is predicted as seep, and Review asks whether it is an oil sheet. Sixteen
    scenes give the three test scenes that a verdict needs. The share of the quality sample is raised so that an
    estimate can be reached. Images are in `demo/images` of the workspace. Their exact masks are in `demo/masks` and
    are not imported. The wind and the currents of each pass, along which its slicks drift, the water depth and the
    platforms are read from the files in `demo/layers`.

    Args:
        workspace: a workspace; one with tiles is not changed.
        seed: the same seed gives the same scenes.
        on_progress: called with (done, total, what).

    Returns:
        The report of the import; all counts are 0 if the workspace was not empty.

    Raises:
        StorageError: the files cannot be written.
    """
    if count(workspace):
        return ImportReport()
    images, masks, layers = (workspace.store.root / "demo" / name for name in ("images", "masks", "layers"))
    places: list[SyntheticPlace] = []
    try:
        images.mkdir(parents=True, exist_ok=True)
        layers.mkdir(exist_ok=True)
        for place in range(PLACES):
            made = synthesize_place(
                seed * PLACES + place, side_px=ROWS * TILE_PX, passes=PASSES, vents=VENTS, rates=(0.5, 0.95)
            )
            places.append(made)
            for number, scene in enumerate(made.passes, place * PASSES):
                shown = _with_low_wind(scene, seed) if number == CALM_SCENE else scene
                _write_scene(images, masks, _name(number), shown, _georeference(place))
                if on_progress:
                    on_progress(number + 1, SCENES, f"scene {_name(number)}")
        winds = np.random.default_rng((seed, 13)).uniform(3, 9, (PLACES, PASSES))
        _write_velocities(layers / "wind.nc", places, winds, [0], ("u10", "v10"))
        currents = np.full((PLACES, PASSES), CURRENT_MS)
        _write_velocities(layers / "currents.nc", places, currents, range(24, -2, -1), ("uo", "vo"))
        _write_depth(layers / "depth.nc")
        _write_platforms(layers / "platforms.geojson")
    except OSError as error:
        raise StorageError(
            f"Cannot write the demo: {error.strerror or error}. Free disk space and try again."
        ) from error
    set_quality_sample_share(workspace, SAMPLE_SHARE, PRODUCT)
    report = import_folder(
        workspace, images, None, ImportOptions(columns=COLUMNS), PRODUCT, on_progress=on_progress
    )
    for place in range(PLACES):
        names = [_name(place * PASSES + number) for number in range(PASSES)]
        times = {name: (FIRST_PASS + number * REPEAT).isoformat() for number, name in enumerate(names)}
        set_times(workspace, times, PRODUCT)
        create_place(workspace, f"Demo place {place + 1}", names, PRODUCT)
    wind_from_era5(workspace, layers / "wind.nc", PRODUCT)
    add_currents(workspace, layers / "currents.nc", PRODUCT)
    add_bathymetry(workspace, layers / "depth.nc", PRODUCT)
    add_layer(workspace, layers / "platforms.geojson", PRODUCT, "Platforms")
    set_weights(workspace, Weights(WEIGHTS, {"Platforms": -1.0}), PRODUCT)
    return report


@requires("lead", "load the demo")
def load_demo(workspace: Workspace, actor: Actor) -> ImportReport:
    """Make the demo, and queue the prediction of its tiles where a version is active.

    Args:
        workspace: a workspace; one with tiles is not changed.
    """
    report = make_demo(workspace)
    if report.imported and active_model(list_models(workspace)):
        enqueue_predict(workspace, actor)
    return report


def has_demo(workspace: Workspace) -> bool:
    """Return whether the workspace holds scenes of the demo, which are synthetic."""
    if not (workspace.store.root / "demo" / "images").is_dir():
        return False
    names = {_name(number) for number in range(SCENES)}
    with workspace.store.reading() as session:
        return any(scene.name in names for scene in scenes.list_scenes(session))


def _name(number: int) -> str:
    return f"demo-{number + 1:02d}"


def _with_low_wind(scene: SyntheticScene, seed: int) -> SyntheticScene:
    """Darken a band in one tile of a scene; it is no oil, so the mask stays."""
    row, column = divmod(CALM_TILE, COLUMNS)
    center = ((column + 0.5) * TILE_PX, (row + 0.5) * TILE_PX)
    rng = np.random.default_rng((seed, 11))
    cover = calm_streak(rng, scene.image.shape, center, _CALM_HALF_AXES_PX, _CALM_HEADING)
    darkened = scene.image * (1 - (1 - _CALM_AMPLITUDE) * cover)
    nodata = scene.image == 0
    return replace(scene, image=np.where(nodata, 0, np.maximum(darkened, 1)).astype(np.uint16))


def _georeference(place: int) -> Georeference:
    left, top = CORNERS_M[place]
    return Georeference(CRS, (PIXEL_M, 0.0, left, 0.0, -PIXEL_M, top))


def _write_scene(images: Path, masks: Path, name: str, scene: SyntheticScene, whole: Georeference) -> None:
    for number in range(ROWS * COLUMNS):
        row, column = divmod(number, COLUMNS)
        part = np.s_[row * TILE_PX : (row + 1) * TILE_PX, column * TILE_PX : (column + 1) * TILE_PX]
        file = f"{name}.{number:06d}.tif"
        _write_image(images / file, scene.image[part], whole.shifted(column * TILE_PX, row * TILE_PX))
        write_mask(masks / file, scene.mask[part])


def _write_image(path: Path, pixels: npt.NDArray[np.uint16], georeference: Georeference) -> None:
    layout = ImageLayout(TILE_PX, TILE_PX, "uint16", None, ("",))
    write_pixels(
        path, layout, lambda at: pixels[at.y : at.y + at.height, at.x : at.x + at.width], georeference
    )


def _box() -> tuple[float, float, float, float]:
    """West, south, east and north edge around both places, with room, degrees."""
    side = ROWS * TILE_PX
    corners = [_georeference(place).lonlat([0, side], [side, 0]) for place in range(PLACES)]
    lon, lat = (np.concatenate(values) for values in zip(*corners, strict=True))
    return float(lon.min()) - 0.5, float(lat.min()) - 0.5, float(lon.max()) + 0.5, float(lat.max()) + 0.5


def _write_velocities(
    path: Path, places: Sequence[SyntheticPlace], speeds: Floats, hours: Sequence[int], names: tuple[str, str]
) -> None:
    """Write wind in the layout of ERA5 or currents in that of CMEMS: they go along the drift of each pass.

    Args:
        speeds: (places, passes), m/s.
        hours: before each pass.
        names: of the eastward and the northward component.
    """
    west, south, east, north = _box()
    lon, lat = np.arange(west, east + WIND_STEP_DEG, WIND_STEP_DEG), np.arange(north, south, -WIND_STEP_DEG)
    centers = [_georeference(place).lonlat([ROWS * TILE_PX / 2], [0])[0][0] for place in range(PLACES)]
    nearest = np.abs(lon[:, None] - centers).argmin(axis=1)  # the place that gives the values of a column
    headings = np.array([place.drifts for place in places])[nearest].T[:, None] + np.zeros((1, len(lat), 1))
    by_pass = speeds[nearest].T[:, None]
    starts = [(FIRST_PASS + number * REPEAT).replace(minute=0).timestamp() / 3600 for number in range(PASSES)]
    axes = {
        "time": np.array([start - hour for start in starts for hour in hours]),
        "latitude": lat,
        "longitude": lon,
    }
    # Image rows grow to the south: what heads down there has a negative northward component.
    components = by_pass * np.cos(headings), -by_pass * np.sin(headings)
    values = {name: np.repeat(one, len(hours), axis=0) for name, one in zip(names, components, strict=True)}
    units = dict.fromkeys(names, "m s-1")
    _write_netcdf(path, axes, values, {"time": "hours since 1970-01-01 00:00:00", **units})


def _write_depth(path: Path) -> None:
    """Write a slope from 700 m in the west to 1,900 m in the east, in the layout of GEBCO."""
    west, south, east, north = _box()
    lon, lat = np.arange(west, east, DEPTH_STEP_DEG), np.arange(south, north, DEPTH_STEP_DEG)
    across = (lon - west) / (east - west)
    elevation = -(700 + 1200 * across)[None] + 60 * np.sin(8 * (lat - south))[:, None]
    _write_netcdf(path, {"lat": lat, "lon": lon}, {"elevation": elevation}, {"elevation": "m"})


def _write_platforms(path: Path) -> None:
    features = []
    for place in range(PLACES):
        lon, lat = _georeference(place).lonlat(*zip(*PLATFORMS_PX, strict=True))
        for number, (x, y) in enumerate(zip(lon, lat, strict=True), 1):
            name = f"Demo platform {place * len(PLATFORMS_PX) + number}"
            point = {"type": "Point", "coordinates": [round(float(x), 6), round(float(y), 6)]}
            features.append({"type": "Feature", "properties": {"name": name}, "geometry": point})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def _write_netcdf(
    path: Path, axes: Mapping[str, Floats], values: Mapping[str, Floats], units: Mapping[str, str]
) -> None:
    with netcdf_file(path, "w") as file:
        for name, axis in axes.items():
            file.createDimension(name, len(axis))
            file.createVariable(name, "f8", (name,))[:] = axis
        for name, value in values.items():
            file.createVariable(name, "f4", tuple(axes))[:] = value
        for name, unit in units.items():
            file.variables[name].units = unit
