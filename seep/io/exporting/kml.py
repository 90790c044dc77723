"""Export of slicks as KML 2.2, for Google Earth and other viewers, in the class colors.

Source: OGC 12-007r2, https://www.ogc.org/standard/kml/.
"""

from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement

import shapely
from shapely.geometry import Polygon

from seep.core.masks.classes import SeepClass
from seep.io.exporting.slick_record import SlickRecord, values
from seep.io.exporting.staging import place_for

NAMESPACE = "http://www.opengis.net/kml/2.2"
_FILL_ALPHA = "70"
_DEGREE_DIGITS = 7


def write_kml(stage: Path, slicks: Sequence[SlickRecord], classes: Sequence[SeepClass]) -> int:
    """Write `slicks.kml`: one placemark per slick, in one folder per scene.

    Args:
        slicks: those of images without a georeference are left out.

    Returns:
        The number of slicks written.
    """
    root = Element("kml", {"xmlns": NAMESPACE})
    document = SubElement(root, "Document")
    for seep_class in classes:
        if seep_class.id:
            _add_style(document, seep_class)
    folders: dict[str, Element] = {}
    placed = [one for one in slicks if one.on_ground]
    for slick in placed:
        if slick.scene not in folders:
            folders[slick.scene] = SubElement(document, "Folder")
            SubElement(folders[slick.scene], "name").text = slick.scene
        _add_slick(folders[slick.scene], slick)
    ElementTree(root).write(place_for(stage, "slicks.kml"), encoding="utf-8", xml_declaration=True)
    return len(placed)


def _add_style(document: Element, one: SeepClass) -> None:
    red, green, blue = one.color[1:3], one.color[3:5], one.color[5:7]
    style = SubElement(document, "Style", {"id": f"class{one.id}"})
    line = SubElement(style, "LineStyle")
    SubElement(line, "color").text = f"ff{blue}{green}{red}"
    SubElement(line, "width").text = "1.5"
    SubElement(SubElement(style, "PolyStyle"), "color").text = f"{_FILL_ALPHA}{blue}{green}{red}"


def _add_slick(folder: Element, slick: SlickRecord) -> None:
    mark = SubElement(folder, "Placemark")
    SubElement(mark, "name").text = f"{slick.class_name} {slick.number}"
    if slick.acquired_at:
        SubElement(SubElement(mark, "TimeStamp"), "when").text = slick.acquired_at
    SubElement(mark, "styleUrl").text = f"#class{slick.class_id}"
    data = SubElement(mark, "ExtendedData")
    for name, value in values(slick).items():
        if value is not None:
            SubElement(SubElement(data, "Data", {"name": name}), "value").text = str(value)
    shapes = SubElement(mark, "MultiGeometry")
    for part in shapely.get_parts(slick.outline):
        _add_polygon(shapes, part)


def _add_polygon(parent: Element, part: Polygon) -> None:
    polygon = SubElement(parent, "Polygon")
    rings = [("outerBoundaryIs", part.exterior), *(("innerBoundaryIs", ring) for ring in part.interiors)]
    for tag, ring in rings:
        points = (f"{x:.{_DEGREE_DIGITS}f},{y:.{_DEGREE_DIGITS}f}" for x, y in ring.coords)
        place = SubElement(SubElement(polygon, tag), "LinearRing")
        SubElement(place, "coordinates").text = " ".join(points)
