"""Numbers with their nouns, for sentences that pages, reports and the command line share."""

import re
import unicodedata


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: 1 tile, 2 tiles, 3 locked scenes."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


_HYPHEN = re.compile(r"(?<![\w.)-])-(?=\.?\d)")


def minus(text: str) -> str:
    """Return text whose negative numbers have a true minus sign: "-0.5 dB" becomes "−0.5 dB".

    Only a hyphen that begins a number is one: names, dates and exponents stay as they are.
    """
    return _HYPHEN.sub("−", text)


_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories: control characters, undecodable bytes (surrogates), line and paragraph breaks."""


def is_printable(name: str) -> bool:
    """Return whether a name is text on one line: no control characters, no undecodable bytes."""
    return not any(unicodedata.category(letter) in _UNPRINTABLE for letter in name)
