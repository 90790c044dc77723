"""The minus sign of figures that people read; files and the command line keep the hyphen of programs."""

import re

_HYPHEN = re.compile(r"(?<![\w.)-])-(?=\.?\d)")


def minus(text: str) -> str:
    """Return text whose negative numbers have a true minus sign: "-0.5 dB" becomes "−0.5 dB".

    Only a hyphen that begins a number is one: names, dates and exponents stay as they are.
    """
    return _HYPHEN.sub("−", text)
