"""Where the slicks of the demo lie, from its exact masks, so that the gestures of the pictures meet them."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from seep.io.masks import read_mask
from seep.workflow.demo import SCENES
from seep.workflow.workspace import Workspace

Point = tuple[float, float]

MIN_AREA_PX = 150
MIN_ELONGATION = 4.0
INSET_PX = 4
"""Gestures stay this far from the edge of the tile."""


@dataclass(frozen=True)
class DemoSlick:
    """A thin slick of a demo tile.

    Attributes:
        line: (N, 2) float64, x and y of its center line from end to end, pixels.
        side_px: length of the tile's side.
    """

    line: npt.NDArray[np.float64]
    side_px: int

    @property
    def length_px(self) -> float:
        """Length of the center line."""
        return float(np.hypot(*np.diff(self.line, axis=0).T).sum())

    def at(self, share: float, aside_px: float = 0.0) -> Point:
        """Return a point on the center line, or beside it.

        Args:
            share: 0 at one end, 1 at the other; above 1 beyond that end.
            aside_px: distance from the center line, to its right.
        """
        place = share * (len(self.line) - 1)
        first = int(np.clip(place, 0, len(self.line) - 2))
        step = self.line[first + 1] - self.line[first]
        normal = np.array([-step[1], step[0]]) / np.hypot(*step)
        x, y = self.line[first] + (place - first) * step + aside_px * normal
        return self._inside(x), self._inside(y)

    def path(self, count: int = 6, aside_px: float = 0.0) -> list[Point]:
        """Return points from end to end, in equal steps."""
        return [self.at(share, aside_px) for share in np.linspace(0, 1, count)]

    def outline(self, margin_px: float, count: int = 6) -> list[Point]:
        """Return the corners of a polygon around the slick, not closed."""
        return self.path(count, -margin_px) + self.path(count, margin_px)[::-1]

    def _inside(self, value: float) -> float:
        return float(np.clip(value, INSET_PX, self.side_px - INSET_PX))


def demo_slicks(workspace: Workspace, name: str) -> list[DemoSlick]:
    """Return the thin slicks of a demo tile, the longest first."""
    mask = read_mask(workspace.store.root / "demo" / "masks" / f"{name}.tif")
    count, labels = cv2.connectedComponents((mask > 0).astype(np.uint8), connectivity=8)
    found = [_thin_slick(labels == label) for label in range(1, count)]
    return sorted((one for one in found if one is not None), key=lambda one: -one.length_px)


def tile_of_two_slicks(workspace: Workspace) -> str:
    """Return the name of the unreviewed demo tile whose second slick is longest."""
    names = [f"demo-{number:02d}.000003" for number in range(1, SCENES + 1)]
    second = {name: [one.length_px for one in demo_slicks(workspace, name)[1:2]] for name in names}
    return max(names, key=second.__getitem__)


def _thin_slick(pixels: npt.NDArray[np.bool_]) -> DemoSlick | None:
    """Return a component with its center line: the mean of its pixels per step along its longest axis.

    The line ends where the slick is farther from the edge of the tile.
    """
    points = np.argwhere(pixels)[:, ::-1].astype(np.float64) + 0.5
    if len(points) < MIN_AREA_PX:
        return None
    offsets = points - points.mean(axis=0)
    along = offsets @ np.linalg.eigh(offsets.T @ offsets)[1][:, -1]
    length = along.max() - along.min()
    if length * length < MIN_ELONGATION * len(points):
        return None
    step = np.floor((along - along.min()) / length * 12).clip(0, 11)
    line = np.array([points[step == one].mean(axis=0) for one in np.unique(step)])
    side = max(pixels.shape)
    inset = np.minimum(line, side - line).min(axis=1)
    return DemoSlick(line if inset[-1] >= inset[0] else line[::-1], side)
