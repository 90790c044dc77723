import re
from pathlib import Path

import pytest

import seep
from seep.core.text import checked_text, counted, number, with_minus_signs
from seep.errors import SettingsError


def test_thousands_have_thin_spaces() -> None:
    assert [number(value) for value in (0, 999, 12345, 1234567.4)] == [
        "0",
        "999",
        "12\u202f345",
        "1\u202f234\u202f567",
    ]
    assert counted(2000, "tile") == "2\u202f000 tiles"


def test_no_message_formats_thousands_by_itself() -> None:
    package = Path(seep.__file__).parent
    own = {package / "core" / "text.py", package / "settings.py"}  # settings imports nothing of seep.core
    found = [
        path.name
        for path in package.rglob("*.py")
        if path not in own and re.search(r":,(\.\d+f)?d?\}", path.read_text(encoding="utf-8"))
    ]
    assert found == []


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


def test_typed_text_is_checked() -> None:
    assert checked_text("The note", "  Öl – 油 🛢️ \n", 20) == "Öl – 油 🛢️"
    assert checked_text("The note", "a\n\tb", 20, lines=True) == "a\n\tb"
    for bad in ("a\ud83d", "a\0b", "a\x1bb", "a\nb"):
        with pytest.raises(SettingsError, match="The note contains a control character"):
            checked_text("The note", bad, 20)
    with pytest.raises(SettingsError, match=r"The note has 21 characters\. Write 20 or fewer\."):
        checked_text("The note", "x" * 21, 20)
