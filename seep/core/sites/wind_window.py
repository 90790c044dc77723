"""Winds at which slicks can be seen in radar images."""

USABLE_MS = (2.0, 12.0)
"""Lowest and highest usable wind speed 10 m above the sea, m/s. Below, the sea is as dark as a slick; above, waves mix
the slick into the water (Brekke and Solberg 2005, doi:10.1016/j.rse.2004.11.015)."""


def is_usable(wind_ms: float | None) -> bool:
    """Return whether slicks can be seen at a wind speed in m/s; an unknown one counts as usable."""
    return wind_ms is None or USABLE_MS[0] <= wind_ms <= USABLE_MS[1]
