"""What a workspace is about, by the names of its classes: seeps, or other objects."""

import re
from collections.abc import Sequence

from seep.core.masks.classes import SeepClass

_SEEPS = re.compile(
    r"\b(seep|slick|oil|petrol|spill|sheen|look-?alike|hydrocarb|hidrocarb|emulsion|crude|sea\b|sea surface|ocean|öl|"
    r"olje|óleo|huile|nappe|petróle|derrame|нефт)",
    re.IGNORECASE,
)
_WORDS = (
    (re.compile(r"\bseep class\b"), "class"),
    (re.compile(r"\bseep probability"), "probability"),
    (re.compile(r"\bSeep probability"), "Probability"),
    (re.compile(r"\b(of|with|contains?|all) seep\b"), r"\1 objects"),
    (re.compile(r"(?<![-\w])(?:slick|seep)(s?)\b(?!-)"), r"object\1"),
    (re.compile(r"\b(?:Slick(s?)\b|Seep(?= (?:present|likely|area)))"), r"Object\1"),
    (re.compile(r"\bClean sea likely\b"), "No object likely"),
)


def is_about_seeps(classes: Sequence[SeepClass]) -> bool:
    """Return whether the name of a class, background included, is about oil or the sea, or there are no classes."""
    return not classes or any(_SEEPS.search(one.name) for one in classes)


def worded(text: str, classes: Sequence[SeepClass]) -> str:
    """Return a text of the app in the words of a workspace: "objects" in place of "slicks" where it has none.

    Args:
        text: without names that somebody gave, which stay as they are.
        classes: of the workspace.
    """
    if is_about_seeps(classes):
        return text
    for pattern, replacement in _WORDS:
        text = pattern.sub(replacement, text)
    return text
