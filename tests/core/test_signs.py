import pytest

from seep.core.text import minus


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("-0.012", "−0.012"),
        ("difference -0.012 to +0.300", "difference −0.012 to +0.300"),
        ("(-.5)", "(−.5)"),
        ("seep-4 of 2026-11-21, 3e-05, tile a.-1", "seep-4 of 2026-11-21, 3e-05, tile a.-1"),
        ("0-50 %", "0-50 %"),
    ],
)
def test_only_negative_numbers_have_a_minus(text: str, read: str) -> None:
    assert minus(text) == read
