"""Export of slicks for geographic information systems: GeoPackage and Shapefile, with GDAL."""

import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from seep.errors import StorageError
from seep.io.exporting.slick_record import Field, SlickRecord, by_coordinates, fields_of, values
from seep.io.exporting.staging import place_for

CRS = "EPSG:4326"
PIXELS_NOTE = "Coordinates are pixels, x to the right, y downward; the images have no georeference."
_SHAPEFILE_TEXT_BYTES = 254


def write_geopackage(stage: Path, slicks: Sequence[SlickRecord]) -> list[Path]:
    """Write `slicks.gpkg` with the layers `slicks` and `center_lines`, in WGS 84.

    Slicks of images without a georeference are in the layers `slicks_pixels` and `center_lines_pixels`, which
    have no CRS.

    Returns:
        The files written.

    Raises:
        StorageError: GDAL could not write it.
    """
    path = place_for(stage, "slicks.gpkg")
    for suffix, members in by_coordinates(slicks):
        for name, chosen in _layers(members):
            _write(path, chosen, name, f"{name}{suffix}", "GPKG")
    return [path]


def write_shapefile(stage: Path, slicks: Sequence[SlickRecord]) -> list[Path]:
    """Write `slicks.shp` and `center_lines.shp` with their companions, in WGS 84, UTF-8.

    The format limits field names to ten characters and texts to 254 bytes; longer texts are cut. Slicks of images
    without a georeference go to `slicks_pixels.shp` and `center_lines_pixels.shp`.

    Returns:
        The files written.

    Raises:
        StorageError: GDAL could not write it.
    """
    for suffix, members in by_coordinates(slicks):
        for name, chosen in _layers(members):
            layer = f"{name}{suffix}"
            _write(place_for(stage, f"{layer}.shp"), chosen, name, layer, "ESRI Shapefile")
    return sorted(stage.iterdir())


def _layers(slicks: Sequence[SlickRecord]) -> list[tuple[str, list[SlickRecord]]]:
    return [("slicks", list(slicks)), ("center_lines", [slick for slick in slicks if slick.line is not None])]


def _write(path: Path, slicks: list[SlickRecord], name: str, layer: str, driver: str) -> None:
    import pyogrio  # the import takes 0.1 s, and seconds if it imports pandas
    from pyogrio.errors import DataSourceError

    short = driver == "ESRI Shapefile"
    shapes = [shapely.to_wkb(slick.outline if name == "slicks" else slick.line) for slick in slicks]
    rows = [values(slick) for slick in slicks]
    written = fields_of(slicks)
    columns = [_column(rows, field, short) for field in written]
    pixels = layer.endswith("_pixels")
    options: dict[str, Any] = {"layer_metadata": {"DESCRIPTION": PIXELS_NOTE}} if pixels and not short else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about the missing CRS of pixel coordinates
            pyogrio.raw.write(
                path,
                geometry=np.array(shapes, dtype=object),
                field_data=columns,
                fields=[field.short if short else field.name for field in written],
                layer=layer,
                driver=driver,
                geometry_type="MultiPolygon" if name == "slicks" else "MultiLineString",
                crs=None if pixels else CRS,
                encoding="UTF-8",
                append=path.exists() and not short,
                promote_to_multi=True,
                **options,
            )
        _, _, found, kept = pyogrio.raw.read(path, layer=layer)
    except (DataSourceError, RuntimeError) as error:
        raise StorageError(
            f"{path.name} could not be written ({error}). Free space or choose another folder."
        ) from error
    whole = len(found) == len(slicks) and len(kept) == len(columns) and all(map(_same, columns, kept))
    if not whole or (short and not _is_whole_table(path.with_suffix(".dbf"))):
        raise StorageError(
            f"{path.name} is not on the disk as it was written. Free space or choose another folder."
        )


def _same(column: npt.NDArray[Any], kept: npt.NDArray[Any]) -> bool:
    """Return whether a column equals the one that was read back: GDAL does not always report a full disk."""
    if column.dtype == object:
        return [text or "" for text in column] == [text or "" for text in kept]
    return bool(np.allclose(column, kept.astype(np.float64), equal_nan=True))


def _is_whole_table(path: Path) -> bool:
    """Return whether a dBASE file has the length that follows from its header."""
    data = path.read_bytes()
    records, head, each = struct.unpack("<IHH", data[4:12]) if len(data) >= 12 else (1, 0, 0)
    return bool(len(data) >= head + records * each > 0)


def _column(rows: list[dict[str, Any]], field: Field, short: bool) -> npt.NDArray[Any]:
    found = [row[field.name] for row in rows]
    if field.kind is float:
        return np.array([np.nan if value is None else value for value in found], dtype=np.float64)
    if field.kind is int:
        return np.array(found, dtype=np.int64)
    if short:
        found = [value and value.encode()[:_SHAPEFILE_TEXT_BYTES].decode(errors="ignore") for value in found]
    return np.array(found, dtype=object)
