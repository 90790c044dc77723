"""Wind speed from calibrated C-band VV backscatter by the geophysical model function CMOD5.N."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from seep.errors import StorageError

Values = npt.NDArray[np.float64]

SPEEDS_MS = np.arange(0.2, 30.05, 0.1)
"""Speeds that an inversion tries. Up to 30 m/s the model grows with the speed at incidence angles of Sentinel-1."""

REACH_CELLS = 2.5
"""A cell without wind takes that of the nearest one within this distance."""

# Coefficients c1 to c28; c0 makes their numbers those of the publication.
_C = (
    0.0, -0.6878, -0.7957, 0.3380, -0.1728, 0.0000, 0.0040, 0.1103, 0.0159, 6.7329, 2.7713, -2.2885, 0.4971, -0.7250,
    0.0450, 0.0066, 0.3222, 0.0120, 22.7000, 2.0813, 3.0000, 8.3659, -3.3428, 1.3236, 6.2437, 2.3893, 0.3249, 4.1590,
    1.6930,
)  # fmt: skip


def cmod5n(speed_ms: npt.ArrayLike, angle_deg: npt.ArrayLike, incidence_deg: npt.ArrayLike) -> Values:
    """Return the backscatter of the sea, sigma0 in VV, linear, by CMOD5.N.

    Formulas and coefficients: Hersbach (2008), CMOD5.N: A C-band geophysical model function for equivalent neutral
    wind, ECMWF Technical Memorandum 554,
    https://www.ecmwf.int/en/elibrary/9873-cmod5n-c-band-geophysical-model-function-equivalent-neutral-wind; KNMI
    publishes the same.

    Args:
        speed_ms: equivalent neutral wind 10 m above the sea, m/s, above 0.
        angle_deg: between where the wind comes from and where the radar looks, degrees; 0 is upwind.
        incidence_deg: incidence angle, 18 to 58 degrees.

    Returns:
        As the arguments broadcast.
    """
    speed, angle, incidence = (np.asarray(one, np.float64) for one in (speed_ms, angle_deg, incidence_deg))
    c, cosine, x = _C, np.cos(np.radians(angle)), (incidence - 40) / 25
    a0, a1 = c[1] + c[2] * x + c[3] * x**2 + c[4] * x**3, c[5] + c[6] * x
    gamma, s0 = c[9] + c[10] * x + c[11] * x**2, c[12] + c[13] * x
    s = (c[7] + c[8] * x) * speed
    sigmoid = 1 / (1 + np.exp(-np.maximum(s, s0)))
    weak = sigmoid * (s / s0) ** (s0 * (1 - sigmoid))
    b0 = np.where(s < s0, weak, sigmoid) ** gamma * 10 ** (a0 + a1 * speed)
    b1 = c[14] * (1 + x) - c[15] * speed * (0.5 + x - np.tanh(4 * (x + c[16] + c[17] * speed)))
    b1 /= np.exp(0.34 * (speed - c[18])) + 1
    v0 = c[21] + c[22] * x + c[23] * x**2
    d1, d2 = c[24] + c[25] * x + c[26] * x**2, c[27] + c[28] * x
    y0, n = c[19], c[20]
    y = speed / v0 + 1
    y = np.where(y < y0, y0 - (y0 - 1) / n + (y - 1) ** n / (n * (y0 - 1) ** (n - 1)), y)
    b2 = (-d1 + d2 * y) * np.exp(-y)
    return np.asarray(b0 * (1 + b1 * cosine + b2 * (2 * cosine**2 - 1)) ** 1.6, np.float64)


def wind_speed(sigma0: Values, angle_deg: float, incidence_deg: Values) -> Values:
    """Return the wind speeds at which `cmod5n` gives a backscatter, m/s.

    Args:
        sigma0: (N,) linear; NaN where it is unknown.
        angle_deg: see `cmod5n`.
        incidence_deg: (N,) degrees.

    Returns:
        (N,); NaN where the backscatter is unknown or outside of that of `SPEEDS_MS`.
    """
    found = np.full(len(sigma0), np.nan)
    for at in np.flatnonzero(np.isfinite(sigma0)):
        model = cmod5n(SPEEDS_MS, angle_deg, incidence_deg[at])
        found[at] = np.interp(sigma0[at], model, SPEEDS_MS, np.nan, np.nan)
    return found


def cell_means(power: npt.NDArray[Any], usable: npt.NDArray[np.bool_], cell_px: int) -> Values:
    """Return the mean of each square of an image; NaN where less than half of its pixels can be used.

    Args:
        power: (H, W) linear.
        usable: (H, W), False on slicks and nodata.
        cell_px: width of a square; its height is H.

    Returns:
        (ceil(W / cell_px),)
    """
    starts = np.arange(0, power.shape[1], cell_px)
    total = np.add.reduceat(np.where(usable, power, 0).sum(axis=0, dtype=np.float64), starts)
    count = np.add.reduceat(usable.sum(axis=0), starts)
    sizes = np.diff([*starts, power.shape[1]]) * len(power)
    return np.where(2 * count >= sizes, total / np.maximum(count, 1), np.nan)


@dataclass(frozen=True, eq=False)
class WindField:
    """Wind speed by square cell of a scene.

    Attributes:
        cell_px: side of a cell, pixels of the scene.
        speed_ms: (rows, columns) float32, m/s; NaN where it is unknown.
    """

    cell_px: int
    speed_ms: npt.NDArray[np.float32]

    @property
    def median_ms(self) -> float:
        """Median of the cells, m/s."""
        return float(np.nanmedian(self.speed_ms))

    def at(self, points: Values) -> Values:
        """Return the wind speed at points, (N, 2) x and y in pixels of the scene, m/s; NaN where it is unknown."""
        columns, rows = np.floor(points / self.cell_px).astype(np.int64).T
        height, width = self._filled.shape
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        found = self._filled[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
        return np.where(inside, found, np.nan).astype(np.float64)

    @cached_property
    def _filled(self) -> npt.NDArray[np.float32]:
        away, nearest = ndimage.distance_transform_edt(np.isnan(self.speed_ms), return_indices=True)
        return np.where(away <= REACH_CELLS, self.speed_ms[tuple(nearest)], np.nan).astype(np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Return the field as JSON."""
        packed = base64.b64encode(zlib.compress(self.speed_ms.astype("<f4").tobytes())).decode()
        return {"cell_px": self.cell_px, "shape": list(self.speed_ms.shape), "speed_ms": packed}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "WindField":
        """Return the field that `to_dict` packed.

        Raises:
            StorageError: the values are damaged.
        """
        try:
            raw = zlib.decompress(base64.b64decode(values["speed_ms"], validate=True))
            return cls(int(values["cell_px"]), np.frombuffer(raw, "<f4").reshape(values["shape"]))
        except (KeyError, TypeError, ValueError, zlib.error) as error:
            raise StorageError("The wind of an image is damaged. Estimate it again.") from error
