"""Adds styles to a GeoPackage: QGIS opens its layers with the class colors.

Source: the table `layer_styles` of QGIS, https://docs.qgis.org/latest/en/docs/user_manual/introduction/qgis_configuration.html.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from seep.core.masks.classes import SeepClass
from seep.errors import StorageError

_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME
        DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
"""
_LISTED = """
INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes', 'layer_styles')
"""
_ADDED = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML,
    styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, ?, 'classes', ?, '', 1, 'Class colors', '')
"""
_FILL_ALPHA = 110
_LINE_MM = 0.4


def add_styles(path: Path, classes: Sequence[SeepClass]) -> None:
    """Add a default style to each layer of a GeoPackage: one color per `class_id`.

    Args:
        path: GeoPackage whose layers have the field `class_id`.

    Raises:
        StorageError: it could not be written.
    """
    try:
        connection = sqlite3.connect(path)
        try:
            with connection:
                layers = connection.execute(
                    "SELECT table_name, column_name, geometry_type_name FROM gpkg_geometry_columns"
                ).fetchall()
                connection.execute(_TABLE)
                connection.execute(_LISTED)
                for name, column, kind in layers:
                    style = qml(classes, filled=kind.upper().endswith("POLYGON"))
                    connection.execute(_ADDED, (name, column, style))
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StorageError(
            f"{path.name} could not be written ({error}). Free space or choose another folder."
        ) from error


def qml(classes: Sequence[SeepClass], *, filled: bool) -> str:
    """Return a QGIS style that colors features by `class_id`.

    Args:
        classes: with their colors; the background is left out.
        filled: True for polygons, False for lines.
    """
    root = Element("qgis", {"version": "3.34", "styleCategories": "Symbology"})
    renderer = SubElement(root, "renderer-v2", {"type": "categorizedSymbol", "attr": "class_id"})
    categories, symbols = SubElement(renderer, "categories"), SubElement(renderer, "symbols")
    for number, one in enumerate(each for each in classes if each.id):
        about = {"value": str(one.id), "symbol": str(number), "label": one.name, "render": "true"}
        SubElement(categories, "category", {**about, "type": "integer"})
        symbol = SubElement(
            symbols, "symbol", {"name": str(number), "type": "fill" if filled else "line", "alpha": "1"}
        )
        kind = "SimpleFill" if filled else "SimpleLine"
        layer = SubElement(symbol, "layer", {"class": kind, "enabled": "1", "pass": "0", "locked": "0"})
        red, green, blue = (int(one.color[at : at + 2], 16) for at in (1, 3, 5))
        line = f"{red},{green},{blue},255"
        options = (
            {
                "color": f"{red},{green},{blue},{_FILL_ALPHA}",
                "outline_color": line,
                "outline_width": str(_LINE_MM),
            }
            if filled
            else {"line_color": line, "line_width": str(_LINE_MM)}
        )
        found = SubElement(layer, "Option", {"type": "Map"})
        for name, value in options.items():
            SubElement(found, "Option", {"type": "QString", "name": name, "value": value})
    return tostring(root, encoding="unicode")
