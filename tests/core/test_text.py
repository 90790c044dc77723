import pytest

from seep.core.text import counted, with_minus_signs


def test_one_is_singular_and_all_others_are_plural() -> None:
    assert [counted(number, "locked scene") for number in (0, 1, 2)] == [
        "0 locked scenes",
        "1 locked scene",
        "2 locked scenes",
    ]


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
    assert with_minus_signs(text) == read
