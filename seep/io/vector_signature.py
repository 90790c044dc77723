"""Checks that a vector file is what its suffix says: GDAL alone would open a virtual file that leads to other files."""

from pathlib import Path
from typing import Any

import pyogrio

from seep.errors import MaskError

_SIGNATURES = {".gpkg": b"SQLite format 3\0", ".shp": b"\x00\x00\x27\x0a"}
_KINDS = {".gpkg": "GeoPackage", ".shp": "Shapefile"}


def check_signature(path: Path) -> None:
    """Check the first bytes of a GeoPackage, Shapefile or GeoJSON file.

    Raises:
        MaskError: they belong to another format, or the file cannot be read.
    """
    suffix = path.suffix.lower()
    try:
        with path.open("rb") as file:
            start = file.read(1024)
    except OSError as error:
        raise MaskError(f"{path.name} cannot be read: {error.strerror or error}. Choose it again.") from error
    expected = _SIGNATURES.get(suffix)
    fits = (
        start.startswith(expected) if expected else start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    )
    if not fits:
        raise MaskError(
            f"{path.name} is damaged or incomplete (no {_KINDS.get(suffix, 'GeoJSON')} file). Export it again."
        )


def read_layer(path: Path, layer: str) -> Any:
    """Read a layer as `pyogrio.raw.read` does, without heights.

    Raises:
        MaskError: its CRS is damaged.
    """
    try:
        return pyogrio.raw.read(path, layer=layer, force_2d=True)
    except UnboundLocalError as error:  # of pyogrio, if GDAL cannot write the CRS
        raise MaskError(f"{path.name} has a CRS that cannot be read. Export it in WGS 84.") from error
