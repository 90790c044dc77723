"""Pairs of truth and prediction for tests of figures."""

from typing import Any

import numpy as np


def pairs() -> list[tuple[str, str, Any, Any, None, None]]:
    """One perfect tile in each of three scenes, with classes 0 to 2."""
    mask = np.zeros((16, 16), np.uint8)
    mask[4:8, 4:12] = 1
    mask[10:12, 4:12] = 2
    return [(f"{scene}.1", scene, mask, mask.copy(), None, None) for scene in "abc"]
