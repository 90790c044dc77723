from math import log, sqrt

import pytest

from seep.engine.training.losses.unified import unified_focal
from tests.engine.training.losses.making import asked


def test_unified_focal_by_hand():
    # Seep at 0.8 (true) and background at 0.9 (true): TP 0.8, FN 0.2, FP 0.1.
    pixels = asked([[0.2, 0.9], [0.8, 0.1]], [1, 0])
    pixelwise = (-0.6 * log(0.8) - 0.4 * sqrt(0.1) * log(0.9)) / 2
    index = 1.8 / (1.8 + 0.6 * 0.2 + 0.4 * 0.1)
    assert float(unified_focal(pixels)) == pytest.approx(0.5 * pixelwise + 0.5 * sqrt(1 - index))
