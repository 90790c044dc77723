"""Data sets of nnU-Net: files that hold one channel of an image, and the names in `dataset.json`.

Source: Isensee et al. (2021), "nnU-Net", and its documentation of `dataset.json`, versions 1 and 2.
"""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from seep.errors import SettingsError

DATASET = "dataset.json"
IGNORED = "ignore"
"""Name of the label whose pixels nobody labeled; it has the highest id."""
LARGEST_BYTES = 4 << 20
_FOLDERS = ("imagestr", "imagests", "imagesval")
_CHANNEL = re.compile(r"(?P<case>.+)_(?P<number>\d{4})")
_MAX_CHANNELS = 256


def channels_of(path: Path) -> list[Path]:
    """Return the files with the channels of an image in `imagesTr` or `imagesTs`, in order; some may be missing.

    Args:
        path: any of them, such as `x_0001.tif`.

    Returns:
        `x_0000.tif`, `x_0001.tif` and so on; empty for other files and for images with one channel.
    """
    match = _CHANNEL.fullmatch(path.stem)
    if match is None or path.parent.name.lower() not in _FOLDERS or int(match["number"]) >= _MAX_CHANNELS:
        return []
    known = max(len(channel_names(path.parent.parent)), int(match["number"]) + 1)
    found: list[Path] = []
    while len(found) < _MAX_CHANNELS:
        one = path.with_name(f"{match['case']}_{len(found):04d}{path.suffix}")
        if len(found) >= known and not one.is_file():
            break
        found.append(one)
    return found if len(found) > 1 else []


def is_further_channel(path: Path) -> bool:
    """Return whether a file is a channel of the image that its first channel stands for."""
    match = _CHANNEL.fullmatch(path.stem)
    if match is None or match["number"] == "0000":
        return False
    first = path.with_name(f"{match['case']}_0000{path.suffix}")
    return first.is_file() and path in channels_of(first)


def channel_names(folder: Path) -> list[str]:
    """Return the names of the channels of a data set, in order; empty if `dataset.json` has none or is missing."""
    content = _read(folder)
    names = content.get("channel_names", content.get("modality"))
    if not isinstance(names, dict) or {*names} != {str(number) for number in range(len(names))}:
        return []
    return [str(names[str(number)]) for number in range(len(names))][:_MAX_CHANNELS]


def ignored_id(folder: Path) -> int | None:
    """Return the id of the label `ignore` of a data set, or None."""
    try:
        return label_ids(_read(folder)).get(IGNORED)
    except SettingsError:
        return None


def label_ids(content: dict[str, Any]) -> dict[str, int]:
    """Return the id of each label of a `dataset.json`.

    Raises:
        SettingsError: it has none, or labels of several ids (regions).
    """
    labels = content.get("labels")
    if not isinstance(labels, dict) or not labels:
        raise SettingsError(f"{DATASET} has no labels. Add them, as nnU-Net describes.")
    ids = {}
    for key, value in labels.items():
        name, number = (value, key) if str(key).isdecimal() else (key, value)  # version 1 has the ids first
        if isinstance(number, bool) or not str(number).isdecimal() or not isinstance(name, str):
            raise SettingsError(
                f"{DATASET}: label {str(key)[:40]!r} is a region of several ids. Provide one id for each label."
            )
        ids[name] = int(number)
    return ids


def _read(folder: Path) -> dict[str, Any]:
    path = folder / DATASET
    try:
        status = path.stat()
    except OSError:
        return {}
    return _parsed(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)  # asked for each file of a folder
def _parsed(path: Path, _modified_ns: int, size: int) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8-sig")) if size <= LARGEST_BYTES else None
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
