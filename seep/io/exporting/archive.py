"""Writes a folder as a zip for download."""

import zipfile
from pathlib import Path

_STORED = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".zip"}  # already compressed


def write_zip(path: Path, folder: Path) -> None:
    """Write all files of a folder to a zip, with paths relative to the folder.

    Args:
        path: of the zip; an existing file is replaced.
        folder: to write, with its subfolders.

    Raises:
        OSError: the disk is full.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for one in sorted(folder.rglob("*")):
            if one.is_file() and one != path:
                way = zipfile.ZIP_STORED if one.suffix.lower() in _STORED else zipfile.ZIP_DEFLATED
                archive.write(one, one.relative_to(folder), compress_type=way)
