"""Files of layers: GeoPackages with QGIS styles inside so that they open colored, GeoParquet and KML."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from seep.core.geo.georeference import WGS84
from seep.errors import SettingsError, StorageError

STYLE_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
  f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
  description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME DEFAULT CURRENT_TIMESTAMP
)
"""


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer of a file.

    Attributes:
        name: of the table.
        kind: "Point", "MultiLineString" or "MultiPolygon".
        shapes: one geometry per row.
        columns: values by field name, one per row; None for unknown values. A column holds int, float or str.
        style: QML of QGIS; "" for none.
    """

    name: str
    kind: str
    shapes: Sequence[BaseGeometry]
    columns: Mapping[str, Sequence[int | float | str | None]]
    style: str = ""


def write_layers(path: Path, layers: Sequence[Layer], crs: str | None) -> None:
    """Write a GeoPackage with its styles.

    Args:
        path: of a new file.
        layers: at least one.
        crs: of all shapes; None for pixels.

    Raises:
        StorageError: GDAL could not write it.
    """
    _write(path, layers, crs, "GPKG")
    try:
        _write_styles(path, layers)
    except sqlite3.Error as error:
        raise _unwritten(path, error) from error


def write_kml(path: Path, layers: Sequence[Layer]) -> None:
    """Write a KML file with a folder for each layer; shapes are in longitude and latitude.

    Raises:
        StorageError: GDAL could not write it.
    """
    _write(path, layers, WGS84, "LIBKML")


def write_geoparquet(path: Path, layer: Layer) -> None:
    """Write a layer as GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0); shapes are in longitude and latitude.

    Raises:
        StorageError: the file cannot be written.
    """
    import pyarrow
    from pyarrow import parquet

    columns = {name: pyarrow.array(list(values)) for name, values in layer.columns.items()}
    columns["geometry"] = pyarrow.array([shapely.to_wkb(shape) for shape in layer.shapes], pyarrow.binary())
    about = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {
            "geometry": {
                "encoding": "WKB",
                "geometry_types": sorted({shape.geom_type for shape in layer.shapes}),
                "bbox": shapely.total_bounds(np.array(layer.shapes, dtype=object)).tolist(),
            }
        },
    }
    try:
        parquet.write_table(pyarrow.table(columns).replace_schema_metadata({"geo": json.dumps(about)}), path)
    except OSError as error:
        raise _unwritten(path, error) from error


def _write(path: Path, layers: Sequence[Layer], crs: str | None, driver: str) -> None:
    import warnings

    import pyogrio  # the import takes 0.1 s
    from pyogrio.errors import DataSourceError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about the missing CRS of pixel coordinates
            for layer in layers:
                pyogrio.raw.write(
                    path,
                    geometry=np.array([shapely.to_wkb(shape) for shape in layer.shapes], dtype=object),
                    field_data=[_column(values) for values in layer.columns.values()],
                    fields=list(layer.columns),
                    layer=layer.name,
                    driver=driver,
                    geometry_type=layer.kind,
                    crs=crs,
                    encoding="UTF-8",
                    append=path.exists(),
                    promote_to_multi=layer.kind.startswith("Multi"),
                )
    except (DataSourceError, RuntimeError) as error:
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: Exception) -> StorageError:
    return StorageError(f"{path.name} could not be written ({error}). Free space or choose another folder.")


def read_rows(path: Path, layer: str) -> list[dict[str, int | float | str | None]]:
    """Read the columns of a layer, without its shapes.

    Returns:
        One mapping from field name to value per row; None for unknown values.

    Raises:
        SettingsError: the file cannot be read, or has no such layer.
    """
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        meta, _, _, columns = pyogrio.raw.read(path, layer=layer, read_geometry=False)
    except (DataSourceError, DataLayerError) as error:
        raise SettingsError(
            f"{path} cannot be read: {error}. Use a GeoPackage with a layer {layer!r}."
        ) from error
    names = list(meta["fields"])
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _column(values: Sequence[int | float | str | None]) -> "np.ndarray[Any, np.dtype[Any]]":
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, int | float) for value in known):
        whole = all(isinstance(value, int) for value in known) and len(known) == len(values)
        return np.array(
            [np.nan if value is None else value for value in values], np.int64 if whole else np.float64
        )
    return np.array(list(values), dtype=object)


def _write_styles(path: Path, layers: Sequence[Layer]) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(STYLE_TABLE)
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes', "
            "'layer_styles')"
        )
        for layer in layers:
            if layer.style:
                database.execute(
                    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                    "styleName, styleQML, styleSLD, useAsDefault, description, owner) "
                    "VALUES ('', '', ?, 'geom', ?, ?, '', 1, '', '')",
                    (layer.name, layer.name, layer.style),
                )


def categorized_style(
    field: str, colors: Mapping[str, str], *, marker: bool = False, line: bool = False, label: str = ""
) -> str:
    """Return the QML of a layer with one color per value of a field.

    Args:
        colors: "#rrggbb" by value.
        marker: True for points.
        line: True for lines; polygons without either.
        label: name of a field that labels the shapes; "" for none.
    """
    symbols, categories = [], []
    for number, (value, color) in enumerate(colors.items()):
        red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
        kind, layer = (
            ("marker", "SimpleMarker")
            if marker
            else ("line", "SimpleLine")
            if line
            else ("fill", "SimpleFill")
        )
        options = (
            f'<Option name="color" value="{red},{green},{blue},{200 if marker else 90}" type="QString"/>'
            f'<Option name="outline_color" value="{"255,255,255" if marker else f"{red},{green},{blue}"},255" '
            'type="QString"/><Option name="outline_width" value="0.3" type="QString"/>'
        )
        if line:
            options = f'<Option name="line_color" value="{red},{green},{blue},255" type="QString"/>'
        if marker:
            options += '<Option name="name" value="circle" type="QString"/>'
            options += '<Option name="size" value="4" type="QString"/>'
        symbols.append(
            f'<symbol name="{number}" type="{kind}" alpha="1"><layer class="{layer}" enabled="1">'
            f'<Option type="Map">{options}</Option></layer></symbol>'
        )
        text = quoteattr(value)
        categories.append(f'<category symbol="{number}" value={text} label={text} render="true"/>')
    text_style = f'<text-style fieldName={quoteattr(label)} fontSize="9"/>'
    labeling = f'<labeling type="simple"><settings>{text_style}</settings></labeling>' if label else ""
    return (
        '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM"><qgis styleCategories="Symbology|Labeling" '
        f'labelsEnabled="{int(bool(label))}"><renderer-v2 type="categorizedSymbol" attr={quoteattr(field)}>'
        f"<categories>{''.join(categories)}</categories><symbols>{''.join(symbols)}</symbols></renderer-v2>{labeling}</qgis>"
    )
