"""Coordinates of passes and of their place."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from seep.core.geo.georeference import Georeference

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PassGeometry:
    """Converts between the pixels of a pass and those of its place.

    With georeferences the conversion goes through longitude and latitude, so grids may differ. Without, the pass is
    shifted by an offset.

    Attributes:
        own: georeference of the pass; None without one.
        place: georeference of the place; None without one.
        offset: upper left corner of the pass in pixels of the place, if a georeference is missing.
    """

    own: Georeference | None
    place: Georeference | None
    offset: tuple[int, int] = (0, 0)

    @property
    def is_shift(self) -> bool:
        """Whether both grids differ by a shift only."""
        return self._shift is not None

    def to_place(self, points: Points) -> Points:
        """Convert (N, 2) x and y from pixels of the pass to pixels of the place."""
        shift = self._shift
        if shift is not None:
            return points + shift
        assert self.own is not None  # otherwise there is a shift
        assert self.place is not None
        return _through(points, self.own, self.place)

    def to_pass(self, points: Points) -> Points:
        """Convert (N, 2) x and y from pixels of the place to pixels of the pass."""
        shift = self._shift
        if shift is not None:
            return points - shift
        assert self.own is not None  # otherwise there is a shift
        assert self.place is not None
        return _through(points, self.place, self.own)

    @cached_property
    def _shift(self) -> Points | None:
        if self.own is None or self.place is None:
            return np.array(self.offset, np.float64)
        one, other = self.own.transform, self.place.transform
        if self.own == self.place:
            return np.zeros(2)
        if one is None or other is None or self.own.crs != self.place.crs:
            return None
        (a, b, c, d, e, f), (p, q, r, s, t, u) = one, other
        if not np.allclose((a, b, d, e), (p, q, s, t), rtol=1e-9, atol=0):
            return None
        determinant = p * t - q * s
        x, y = c - r, f - u
        return np.array([(t * x - q * y) / determinant, (p * y - s * x) / determinant])


def _through(points: Points, source: Georeference, target: Georeference) -> Points:
    if not len(points):
        return points
    lon, lat = source.lonlat(points[:, 0], points[:, 1])
    return np.column_stack(target.from_lonlat(lon, lat))
