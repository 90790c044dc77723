"""Wind or currents on a grid of times, latitudes and longitudes."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.interpolate import RegularGridInterpolator

from seep.errors import StorageError

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class VelocityGrid:
    """Horizontal velocity over time and place.

    Attributes:
        times_s: (T,) increasing, seconds since 1970 in UTC, at least two.
        lat: (Y,) increasing, degrees, at least two.
        lon: (X,) increasing, degrees, at least two.
        velocity_ms: (T, Y, X, 2) float32, eastward and northward, m/s; NaN where it is unknown, such as on land.
    """

    times_s: Values
    lat: Values
    lon: Values
    velocity_ms: npt.NDArray[np.float32]

    def at(self, lon: Values, lat: Values, time_s: float) -> Values:
        """Return the velocity at places, linear in time and space.

        Args:
            lon: (N,) degrees.
            lat: (N,) degrees.

        Returns:
            (N, 2) eastward and northward, m/s; NaN outside of the grid or where it is unknown.
        """
        turns = np.round((self.lon.mean() - lon) / 360) * 360
        points = np.stack([np.full_like(lat, time_s), lat, lon + turns], axis=1)
        return np.asarray(self._interpolator(points), np.float64)

    @cached_property
    def _interpolator(self) -> RegularGridInterpolator:
        axes = (self.times_s, self.lat, self.lon)
        return RegularGridInterpolator(axes, self.velocity_ms, bounds_error=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the grid as JSON."""
        axes = {name: getattr(self, name).tolist() for name in ("times_s", "lat", "lon")}
        packed = zlib.compress(self.velocity_ms.astype("<f4").tobytes())
        return {**axes, "velocity_ms": base64.b64encode(packed).decode()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "VelocityGrid":
        """Return the grid that `to_dict` packed.

        Raises:
            StorageError: the values are damaged.
        """
        try:
            times, lat, lon = (np.array(values[name], np.float64) for name in ("times_s", "lat", "lon"))
            raw = zlib.decompress(base64.b64decode(values["velocity_ms"], validate=True))
            return cls(times, lat, lon, np.frombuffer(raw, "<f4").reshape(len(times), len(lat), len(lon), 2))
        except (KeyError, TypeError, ValueError, zlib.error) as error:
            raise StorageError(
                "Wind or currents of the workspace are damaged. Add their file again."
            ) from error
