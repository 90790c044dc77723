"""Where a correction is: the windows of a tile around what was changed in its mask."""

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.geo.grid import Window

MARGIN = 0.25
"""Of the crop's side, around what changed: crops can be shifted by that much and still hold it."""

WHOLE = 0.75
"""Windows that together cover more of a tile than this become the whole tile."""


def correction_windows(changed: npt.NDArray[np.bool_], crop_px: int) -> list[Window]:
    """Cut the windows of a tile that hold all that was changed, each at least one crop large.

    Args:
        changed: (H, W), True where the analyst's mask differs from the prediction.
        crop_px: side of the crops that will be cut from the windows.

    Returns:
        Windows from top to bottom that may overlap; none where nothing changed; the whole tile where they
        would cover most of it.
    """
    height, width = changed.shape
    margin = round(MARGIN * crop_px)
    # Patches nearer to each other than a margin share a window: each on its own would be seen twice.
    reach = cv2.getStructuringElement(cv2.MORPH_RECT, (margin + 1, margin + 1))
    joined = cv2.dilate(changed.astype(np.uint8), reach)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for x, y, across, down, _ in boxes[1:].tolist():
        left, window_width = _span(x, across, margin // 2, crop_px, width)
        top, window_height = _span(y, down, margin // 2, crop_px, height)
        found.append(Window(left, top, window_width, window_height))
    if sum(one.width * one.height for one in found) > WHOLE * height * width:
        return [Window(0, 0, width, height)]
    return found


def _span(start: int, length: int, margin: int, least: int, end: int) -> tuple[int, int]:
    """Widen a stretch by a margin, and to `least`, as far as 0 to `end` allows; returns start and length."""
    wanted = min(end, max(least, length + 2 * margin))
    first = min(max(0, start + length // 2 - wanted // 2), end - wanted)
    return first, wanted
