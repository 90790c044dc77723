"""How sure a share is that was counted."""

from math import sqrt

NORMAL_95 = 1.959964
"""Two-sided 95 % point of the normal distribution."""


def wilson(hits: int, total: int) -> tuple[float, float] | None:
    """Give the 95 % interval of a share that was counted in independent draws.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference". Unlike the
    textbook interval it stays within 0 and 1 and is right for few draws.

    Args:
        hits: how many of them, 0 to `total`.
        total: how many draws.

    Returns:
        (low, high), 0 to 1; None without any draw.
    """
    if total <= 0:
        return None
    share, z2 = hits / total, NORMAL_95**2
    middle = share + z2 / (2 * total)
    half = NORMAL_95 * sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    return max(0.0, (middle - half) / (1 + z2 / total)), min(1.0, (middle + half) / (1 + z2 / total))
