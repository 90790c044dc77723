"""What the numbers of a radar image are: digital numbers, linear backscatter, or decibels."""

from typing import Any

import numpy as np
import numpy.typing as npt

from seep.errors import SettingsError

UNITS = ("dn", "linear", "db")

_DARKEST = 1e-10  # -100 dB, far below every noise floor: what zero and below become
_DB_RANGE = (-80.0, 40.0)
_LINEAR_TOP = 100.0


def check_unit(unit: str) -> str:
    """Return a unit that is known.

    Raises:
        SettingsError: it is none of `UNITS`.
    """
    if unit not in UNITS:
        raise SettingsError(f"There is no unit {unit!r}; use {', '.join(UNITS)}.")
    return unit


def guess_unit(values: npt.NDArray[Any]) -> str:
    """Guess what the numbers of an image are.

    Whole numbers are digital numbers. Floats are decibels when most are negative and nearly all lie between
    -80 and 40, linear when none of note is negative and nearly all lie below 100, else digital numbers. A
    guess: people see it and can change it.

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
    """Turn numbers into decibels.

    Digital numbers count as amplitudes, so that their decibels are right up to one constant: differences,
    such as the contrast of a slick, are right (the style of Sentinel-1 GRD: sigma0 = DN^2 / A^2).

    Args:
        values: any shape.
        unit: one of `UNITS`.

    Returns:
        float32 of the same shape; zero and below become -100 (linear) or -200 (amplitudes), NaN stays.

    Raises:
        SettingsError: an unknown unit.
    """
    numbers = np.asarray(values, np.float32)
    if check_unit(unit) == "db":
        return numbers
    factor = np.float32(10 if unit == "linear" else 20)
    floored: npt.NDArray[np.float32] = np.maximum(numbers, np.float32(_DARKEST))
    return np.asarray(factor * np.log10(floored), np.float32)
