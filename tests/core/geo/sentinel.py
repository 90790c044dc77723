"""The ground under the pixels of a Sentinel-1 product, from its orbit: any point of an image has a known place."""

from dataclasses import dataclass

import numpy as np
from pyproj import Geod, Transformer

from seep.core.geo.georeference import Georeference

GEOD = Geod(ellps="WGS84")
_TO_DEGREES = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
# Sentinel-1 User Handbook: mean orbit radius, inclination, 175 orbits in 12 days; speed over ground.
RADIUS_M = 7_071_000
INCLINATION = np.radians(98.18)
PERIOD_S = 12 * 86_400 / 175
EARTH_RADIANS_PER_S = 7.292_115e-5
GROUND_M_PER_S = 6_800


@dataclass(frozen=True)
class Product:
    """A ground range product: its first pixel's distance from the track, pixel spacing and size."""

    near_m: float
    spacing_m: float
    height: int
    width: int


IW = Product(300_000, 10, 17_000, 25_000)
EW = Product(200_000, 40, 10_000, 10_250)


def under_satellite(seconds: float, start: float) -> tuple[float, float]:
    """Return longitude and latitude under the satellite; `start` is its angle from the equator, degrees."""
    angle, turned = np.radians(start) + 2 * np.pi * seconds / PERIOD_S, EARTH_RADIANS_PER_S * seconds
    x, y = RADIUS_M * np.cos(angle), RADIUS_M * np.sin(angle) * np.cos(INCLINATION)
    z = RADIUS_M * np.sin(angle) * np.sin(INCLINATION)
    lon, lat, _ = _TO_DEGREES.transform(
        x * np.cos(turned) + y * np.sin(turned), y * np.cos(turned) - x * np.sin(turned), z
    )
    return lon, lat


def ground(product: Product, start: float, row: float, column: float) -> tuple[float, float]:
    """Return longitude and latitude of a pixel: to the right of the track at its time, at its ground range."""
    seconds = row * product.spacing_m / GROUND_M_PER_S
    lon, lat = under_satellite(seconds, start)
    heading, _, _ = GEOD.inv(lon, lat, *under_satellite(seconds + 0.1, start))
    there = GEOD.fwd(lon, lat, heading + 90, product.near_m + column * product.spacing_m)
    return there[0], there[1]


def grid(product: Product, start: float, rows: int, columns: int) -> np.ndarray:
    """Return float64 (rows, columns, 4): row, column, longitude, latitude of points evenly over the image."""
    return np.array(
        [
            [
                (row, column, *ground(product, start, row, column))
                for column in np.linspace(0, product.width - 1, columns)
            ]
            for row in np.linspace(0, product.height - 1, rows)
        ]
    )


def placed(points: np.ndarray) -> Georeference:
    """Return the georeference whose control points are those of a grid."""
    return Georeference(None, None, tuple(map(tuple, points.reshape(-1, 4).tolist())), "EPSG:4326")


def errors_m(place: Georeference, points: np.ndarray) -> np.ndarray:
    """Return the distances between where a georeference puts points and where they are, meters."""
    row, column, true_lon, true_lat = points.reshape(-1, 4).T
    lon, lat = place.lonlat(column, row)
    return np.asarray(GEOD.inv(lon, lat, true_lon, true_lat)[2])
