"""Water depth on a grid of longitudes and latitudes."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.errors import StorageError

_MISSING = np.iinfo(np.int16).min


@dataclass(frozen=True, eq=False)
class DepthGrid:
    """Water depth on a regular grid.

    Attributes:
        west: longitude of the first column, degrees.
        south: latitude of the first row, degrees.
        step_lon: between columns, degrees, above 0.
        step_lat: between rows, degrees, above 0.
        depth_m: (rows, columns) float32, from south to north; negative on land, NaN where it is unknown.
    """

    west: float
    south: float
    step_lon: float
    step_lat: float
    depth_m: npt.NDArray[np.float32]

    def at(self, lon: float, lat: float) -> float | None:
        """Return the depth at a position, bilinear between grid points, m; None outside or where it is unknown."""
        column, row = (lon - self.west) / self.step_lon, (lat - self.south) / self.step_lat
        rows, columns = self.depth_m.shape
        if not (0 <= column <= columns - 1 and 0 <= row <= rows - 1):
            return None
        left, low = min(int(column), columns - 2), min(int(row), rows - 2)
        x, y = column - left, row - low
        corner = self.depth_m[low : low + 2, left : left + 2].astype(np.float64)
        depth = float(np.array([1 - y, y]) @ corner @ np.array([1 - x, x]))
        return depth if np.isfinite(depth) else None

    def to_dict(self) -> dict[str, Any]:
        """Return the grid as JSON; depths are rounded to meters."""
        known = np.isfinite(self.depth_m)
        meters = np.where(known, np.round(np.nan_to_num(self.depth_m)), _MISSING).astype("<i2")
        return {
            "west": self.west,
            "south": self.south,
            "step_lon": self.step_lon,
            "step_lat": self.step_lat,
            "shape": list(meters.shape),
            "depth_m": base64.b64encode(zlib.compress(meters.tobytes())).decode(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "DepthGrid":
        """Return the grid that `to_dict` packed.

        Raises:
            StorageError: the values are damaged.
        """
        try:
            rows, columns = values["shape"]
            packed = base64.b64decode(values["depth_m"], validate=True)
            meters = np.frombuffer(zlib.decompress(packed), "<i2").reshape(rows, columns)
            return cls(
                float(values["west"]),
                float(values["south"]),
                float(values["step_lon"]),
                float(values["step_lat"]),
                np.where(meters == _MISSING, np.nan, meters).astype(np.float32),
            )
        except (KeyError, TypeError, ValueError, zlib.error) as error:
            raise StorageError("The bathymetry of the workspace is damaged. Add its file again.") from error
