r"""Regular expressions that people write for file names, matched by RE2 in time linear in the length of a name.

Python's `re` may need years for a pattern such as `(a+)+b`, and holds the whole process meanwhile. RE2 has neither
lookaround nor backreferences, and its `\d` and `\w` match ASCII only; see
https://github.com/google/re2/wiki/Syntax.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import re2

from seep.errors import SettingsError

MAX_PATTERN_LENGTH = 200
_UNSUPPORTED = ("(?=", "(?!", "(?<=", "(?<!", "(?>", "(?(", "(?P=", *(f"\\{one}" for one in range(1, 10)))


class NamePattern:
    """A compiled pattern; see `compile_name_pattern`."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    def fullmatch(self, name: str) -> Mapping[str, str] | None:
        """Return the named groups of a pattern that matches the whole name, "" for unused ones; None if it does not."""
        return self._groups("fullmatch", name)

    def search(self, name: str) -> Mapping[str, str] | None:
        """Return the named groups of the first match within a name; None if there is none."""
        return self._groups("search", name)

    def _groups(self, how: str, name: str) -> Mapping[str, str] | None:
        try:
            found = getattr(self._compiled, how)(name)
        except UnicodeEncodeError:  # a file name that is not UTF-8
            return None
        return None if found is None else {group: text or "" for group, text in found.groupdict().items()}


@lru_cache(maxsize=64)
def compile_name_pattern(pattern: str, groups: tuple[str, ...], what: str, example: str) -> NamePattern:
    """Compile a pattern.

    Args:
        pattern: a regular expression in the syntax of RE2.
        groups: names of the groups that it must have.
        what: name of the setting, for messages: "name pattern".
        example: a valid pattern, for messages.

    Raises:
        SettingsError: it is not such a regular expression, it is too long, or a group is missing.
    """
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise SettingsError(f"The {what} has {len(pattern)} characters. Use {MAX_PATTERN_LENGTH} at most.")
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise SettingsError(f"The {what} {pattern!r} {_problem(pattern, error)}") from error
    missing = [f"`{group}`" for group in groups if group not in compiled.groupindex]
    if missing:
        raise SettingsError(
            f"The {what} {pattern!r} has no {'group' if len(missing) == 1 else 'groups'} named "
            f"{' and '.join(missing)}. Write it like {example}."
        )
    return NamePattern(compiled)


def _problem(pattern: str, error: Exception) -> str:
    unsupported = next((one for one in _UNSUPPORTED if one in pattern), None)
    if unsupported:
        return (
            f"has {unsupported}, but lookaround and backreferences are not supported. "
            "Write it without, in the syntax of RE2."
        )
    reason = error.args[0] if error.args else error
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    if "repetition size" in text:
        return f"repeats more than 1,000 times, the limit of RE2: {text}. Use + or *, or a smaller number."
    return f"is not a regular expression: {text}. Correct it."
