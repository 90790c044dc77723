"""Units of radar images: digital numbers, linear backscatter, or decibels."""

from typing import Any

import numpy as np
import numpy.typing as npt

from seep.errors import SettingsError

UNITS = ("dn", "linear", "db")

_DARKEST = 1e-10  # -100 dB, far below every noise floor; replaces zero and negative values
_DB_RANGE = (-80.0, 40.0)
_LINEAR_TOP = 100.0


def check_unit(unit: str) -> str:
    """Check and return the name of a unit.

    Raises:
        SettingsError: it is not one of `UNITS`.
    """
    if unit not in UNITS:
        raise SettingsError(f"There is no unit {unit!r}; use {', '.join(UNITS)}.")
    return unit


def guess_unit(values: npt.NDArray[Any]) -> str:
    """Guess the unit of an image; users see the guess and can change it.

    Integers are digital numbers. Floats are decibels if most are negative and nearly all are between -80 and 40,
    linear if nearly none is negative and nearly all are below 100, else digital numbers.

    Args:
        values: valid pixels, any shape and dtype; a sample is enough.

    Returns:
        One of `UNITS`.
    """
    if not np.issubdtype(values.dtype, np.floating):
        return "dn"
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return "dn"
    low, middle, high = np.percentile(finite, (0.5, 50, 99.5))
    if middle < 0 and low >= _DB_RANGE[0] and high <= _DB_RANGE[1]:
        return "db"
    return "linear" if low >= 0 and high < _LINEAR_TOP else "dn"


def to_db(values: npt.NDArray[Any], unit: str) -> npt.NDArray[np.float32]:
    """Convert values to decibels.

    Digital numbers are treated as amplitudes (as in Sentinel-1 GRD: sigma0 = DN^2 / A^2). Their decibels are correct
    up to a constant, so differences, such as the contrast of a slick, are correct.

    Args:
        values: any shape.
        unit: one of `UNITS`.

    Returns:
        float32 of the same shape; values of 0 and below become -100 (linear) or -200 (amplitudes), NaN stays NaN.

    Raises:
        SettingsError: the unit is unknown.
    """
    numbers = np.asarray(values, np.float32)
    if check_unit(unit) == "db":
        return numbers
    factor = np.float32(10 if unit == "linear" else 20)
    floored: npt.NDArray[np.float32] = np.maximum(numbers, np.float32(_DARKEST))
    return np.asarray(factor * np.log10(floored), np.float32)
