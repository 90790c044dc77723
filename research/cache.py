"""Results that a cache keeps: they are of the options with which they were made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def check_options(file: Path, kept: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Refuse results of other options.

    Args:
        kept: its options by name; those that it has no record of are not compared.
        asked: options of this run by name, which JSON can hold.

    Raises:
        SystemExit: an option differs.
    """
    asked = json.loads(json.dumps(asked))  # tuples become lists
    differing = [
        f"{name} {json.dumps(kept[name])} instead of {json.dumps(asked[name])}"
        for name in asked
        if name in kept and kept[name] != asked[name]
    ]
    if differing:
        raise SystemExit(f"{file} was made with {', '.join(differing)}. Use another --cache.")
