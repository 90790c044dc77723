import numpy as np
import pytest

from seep.core.image.units import guess_unit, to_db
from seep.errors import SettingsError

RANDOM = np.random.default_rng(0)
LINEAR = RANDOM.gamma(4, 0.01, 5000).astype(np.float32)


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        (LINEAR, "linear"),
        (10 * np.log10(LINEAR), "db"),
        (LINEAR * 1e5, "dn"),
        ((LINEAR * 1e4).astype(np.uint16), "dn"),
        ((-LINEAR * 1e4).astype(np.int16), "dn"),
        (np.full(5, np.nan, np.float32), "dn"),
        (np.append(LINEAR, [np.inf, np.nan]).astype(np.float32), "linear"),
    ],
)
def test_what_the_numbers_are_is_guessed(values, unit):
    assert guess_unit(values) == unit


def test_decibels_stay_as_they_are():
    np.testing.assert_array_equal(to_db(10 * np.log10(LINEAR), "db"), 10 * np.log10(LINEAR))


def test_decibels_are_those_of_power_and_of_amplitude():
    assert to_db(np.array([1.0, 10.0, 0.1]), "linear").tolist() == pytest.approx([0, 10, -10])
    assert to_db(np.array([1, 10, 100]), "dn").tolist() == pytest.approx([0, 20, 40])
    assert to_db(np.array([0.0, -1.0]), "linear").tolist() == pytest.approx([-100, -100])


def test_an_unknown_unit_is_refused():
    with pytest.raises(SettingsError, match="no unit 'sigma'"):
        to_db(LINEAR, "sigma")
