"""Where the vent below a site may be: oil drifts while it rises through the water."""

import numpy as np

OFFSETS_M = ((0.0, 0.0), (500.0, 1400.0), (2000.0, 3270.0))
"""Water depth, and the largest horizontal distance of a slick's origin from its vent that was observed there, m
(Garcia-Pineda et al. 2010, doi:10.1016/j.dsr2.2010.05.005)."""


def search_radius_m(depth_m: float) -> float:
    """Return the radius around a site within which its vent is to be searched, m.

    It is linear between the observations of `OFFSETS_M`; below the deepest one the last slope goes on.

    Args:
        depth_m: water depth, m; land has the radius 0.
    """
    depths, offsets = zip(*OFFSETS_M, strict=True)
    deepest, largest = OFFSETS_M[-1]
    if depth_m <= deepest:
        return float(np.interp(depth_m, depths, offsets))
    slope = (largest - offsets[-2]) / (deepest - depths[-2])
    return largest + slope * (depth_m - deepest)
