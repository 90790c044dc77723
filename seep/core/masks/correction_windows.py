"""Windows of a tile around the corrected parts of its mask."""

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.geo.grid import Window

MARGIN = 0.25
"""Margin around changed pixels as a share of the crop's side: a crop shifted by this much still contains them."""

WHOLE = 0.75
"""If the windows cover more than this share of a tile, the whole tile is used."""


def correction_windows(changed: npt.NDArray[np.bool_], crop_px: int) -> list[Window]:
    """Return windows of a tile that together contain all changed pixels, each at least as large as a crop.

    Args:
        changed: (H, W), True where the analyst's mask differs from the prediction.
        crop_px: side of the crops that will be cut from the windows.

    Returns:
        Windows from top to bottom, which may overlap. Empty if nothing changed; one window of the whole tile if they
        would cover most of it.
    """
    height, width = changed.shape
    margin = round(MARGIN * crop_px)
    # Patches closer together than a margin share a window; otherwise crops would contain them twice.
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
    """Return start and length of an interval, widened by a margin and to `least`, within 0 to `end`."""
    wanted = min(end, max(least, length + 2 * margin))
    first = min(max(0, start + length // 2 - wanted // 2), end - wanted)
    return first, wanted
