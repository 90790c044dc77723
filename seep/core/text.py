"""Text formatting that pages, reports and the command line share."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal

from seep.errors import SettingsError


def number(value: float) -> str:
    """Return a whole number with thin spaces between thousands: 12 345."""
    return f"{round(value):,}".replace(",", "\u202f")


def decimal(value: float, digits: int) -> str:
    """Return a finite value with digits after the point, halves rounded up as on the pages: 0.625 as "0.63"."""
    return with_minus_signs(str(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)))


def percent(share: float) -> str:
    """Return a share as whole percent with a thin space: 0.4 as "40 %"."""
    return f"{share:.0%}".replace("%", "\u202f%")


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun in singular or plural: 1 tile, 12 345 tiles, 3 passes with `plural="passes"`."""
    return f"{number(count)} {noun if count == 1 else plural or noun + 's'}"


_HYPHEN = re.compile(r"(?<![\w.)-])-(?=\.?\d)")


def with_minus_signs(text: str) -> str:
    """Replace the hyphen before a negative number by a minus sign: "-0.5 dB" becomes "−0.5 dB".

    Hyphens in names, dates, ranges and exponents are kept.
    """
    return _HYPHEN.sub("−", text)


_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories: control characters, undecodable bytes (surrogates), line and paragraph breaks."""


def is_printable(name: str) -> bool:
    """Return whether a name is a single line of text without control characters and undecodable bytes."""
    # The first test is a hundred times faster, and refuses a few more: private and unassigned characters.
    return name.isprintable() or not any(unicodedata.category(letter) in _UNPRINTABLE for letter in name)


def checked_text(what: str, text: str, max_characters: int, *, lines: bool = False) -> str:
    """Check a text that somebody typed, before it is stored.

    Args:
        what: the text belongs to this, to begin a message: "The note".
        lines: allow line breaks and tabs.

    Returns:
        The text without white space at its ends.

    Raises:
        SettingsError: too long, or it has control characters or half of an emoji (a lone surrogate).
    """
    text = text.strip()
    if len(text) > max_characters:
        raise SettingsError(f"{what} has {len(text):,} characters. Write {max_characters:,} or fewer.")
    allowed = "\n\t\r" if lines else ""
    if any(unicodedata.category(one) in _UNPRINTABLE and one not in allowed for one in text):
        raise SettingsError(f"{what} contains a control character or half of an emoji. Type it again.")
    return text


def duration(seconds: float) -> str:
    """Format a duration in its two largest units, at least 0 s: 45 s, 3 min, 3 min 20 s, 1 h 05 min."""
    if 0 < seconds < 10 and seconds != round(seconds):
        return f"{seconds:.1f} s"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60:02d} s" if whole % 60 else "")
    minutes = whole % 3600 // 60
    return f"{whole // 3600} h" + (f" {minutes:02d} min" if minutes else "")


def wind_text(speed_ms: float | None, from_deg: float | None) -> str:
    """Return "4.2 m/s from 310°"; "" if it is unknown."""
    if speed_ms is None or from_deg is None:
        return ""
    return f"{speed_ms:.1f} m/s from {round(from_deg) % 360}\N{DEGREE SIGN}"


def incidence_text(incidence_deg: float) -> str:
    """Return "incidence 38°"."""
    return f"incidence {incidence_deg:.0f}°"


def conditions_text(
    speed_ms: float | None, from_deg: float | None, incidence_deg: float | None, image_ms: float | None = None
) -> str:
    """Return "4.2 m/s from 310°, image 5.1 m/s, incidence 38°", without what is unknown."""
    incidence = "" if incidence_deg is None else incidence_text(incidence_deg)
    image = "" if image_ms is None else f"image {image_ms:.1f} m/s"
    return ", ".join(one for one in (wind_text(speed_ms, from_deg), image, incidence) if one)
