"""A folder as one zip, for the browser to take."""

import zipfile
from pathlib import Path

_STORED = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".zip"}  # deflated already


def write_zip(path: Path, folder: Path) -> None:
    """Put all files of a folder into a zip, under their names within it.

    Args:
        path: of the zip; an older file there is replaced.
        folder: whose files, those of its folders included.

    Raises:
        OSError: the disk is full.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for one in sorted(folder.rglob("*")):
            if one.is_file() and one != path:
                way = zipfile.ZIP_STORED if one.suffix.lower() in _STORED else zipfile.ZIP_DEFLATED
                archive.write(one, one.relative_to(folder), compress_type=way)
