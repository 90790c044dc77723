"""Accuracy of georeferences that rest on ground control points, estimated from the points themselves."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from pyproj import Geod

from seep.core.geo.georeference import Georeference
from seep.errors import ImageError

_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True)
class GeoreferenceAccuracy:
    """How an image is located.

    Attributes:
        kind: "transform" or "control points".
        mean_m: mean error at points that were left out, meters; None for a transform or too few points.
        max_m: largest error at these points, meters.
    """

    kind: str
    mean_m: float | None = None
    max_m: float | None = None


def accuracy_of(georeference: Georeference) -> GeoreferenceAccuracy:
    """Estimate the accuracy of a georeference.

    The error of control points is that at every second point of a grid, or of the list, with the others left
    in. It overstates the error with all points. The outer points of a grid stay in, because few pixels
    of an image lie beyond them.
    """
    if georeference.transform is not None:
        return GeoreferenceAccuracy("transform")
    points = np.asarray(georeference.gcps, np.float64)
    rows, columns = np.unique(points[:, 0]), np.unique(points[:, 1])
    if len(rows) * len(columns) == len(points):
        kept = np.isin(points[:, 0], _every_second(rows)) & np.isin(points[:, 1], _every_second(columns))
    else:
        kept = np.arange(len(points)) % 2 == 0
    if kept.sum() < 3 or kept.all():
        return GeoreferenceAccuracy("control points")
    try:
        part = replace(georeference, gcps=tuple(map(tuple, points[kept].tolist())))
        left_out = points[~kept]
        lon, lat = part.lonlat(left_out[:, 1], left_out[:, 0])
        true_lon, true_lat = georeference.lonlat(left_out[:, 1], left_out[:, 0])
    except ImageError:
        return GeoreferenceAccuracy("control points")
    _, _, apart_m = _GEOD.inv(lon, lat, true_lon, true_lat)
    return GeoreferenceAccuracy("control points", float(np.mean(apart_m)), float(np.max(apart_m)))


def _every_second(positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return every second position, and the last one."""
    return np.union1d(positions[::2], positions[-1:])
