"""Files of further annotation tools, as their documentation describes them, against one truth."""

import base64
import json
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from seep.core.import_options import AnnotationOptions
from seep.errors import MaskError
from seep.io.annotations.model import ImageShapes, Status
from seep.io.annotations.reading import read_annotations, read_shapes
from seep.io.annotations.shapes import rasterize_shapes
from seep_testing.image_files import annotation_of

AREAS = AnnotationOptions(boxes_as_areas=True)
NAMES = ("No seep", "Oil", "Ship")
SHAPE = (40, 60)
OIL = [[5, 3], [30, 3], [30, 12], [5, 12]]
HOLE = [[10, 6], [20, 6], [20, 9], [10, 9]]
SHIP = [[40, 20], [60, 20], [60, 35], [40, 35]]


def truth() -> np.ndarray:
    mask = np.zeros(SHAPE, np.uint8)
    mask[3:12, 5:30] = 1
    mask[20:35, 40:60] = 2
    return mask


def with_hole() -> np.ndarray:
    mask = truth()
    mask[6:9, 10:20] = 0
    return mask


def found_in(path: Path, content: Any, image: str = "a.png") -> ImageShapes:
    path.write_text(json.dumps(content))
    found = annotation_of(read_annotations([path], options=AREAS), path.parent / image)
    assert found is not None
    return found


def drawn(found: ImageShapes) -> np.ndarray:
    return rasterize_shapes(found, SHAPE, NAMES, None)


def via_region(points: list[list[int]], **attributes: object) -> dict[str, Any]:
    x, y = zip(*points, strict=True)
    shape = {"name": "polygon", "all_points_x": list(x), "all_points_y": list(y)}
    return {"shape_attributes": shape, "region_attributes": attributes}


def via(*regions: Any) -> dict[str, Any]:
    image = {"filename": "a.png", "size": 1234, "regions": list(regions), "file_attributes": {}}
    nothing = {"filename": "b.png", "size": 1234, "regions": [], "file_attributes": {}}
    return {"a.png1234": image, "b.png1234": nothing}


@pytest.mark.parametrize("project", [True, False])
@pytest.mark.parametrize("version", [1, 2])
def test_via_projects_and_exports(tmp_path: Path, project: bool, version: int) -> None:
    content = via(via_region(OIL, kind={"Oil": True, "Ship": False}), via_region(SHIP, kind="Ship"))
    if version == 1:
        regions = content["a.png1234"]["regions"]
        content["a.png1234"]["regions"] = {str(n): one for n, one in enumerate(regions)}
    if project:
        content = {"_via_settings": {}, "_via_img_metadata": content, "_via_attributes": {"region": {}}}
    found = found_in(tmp_path / "via.json", content)
    assert (found.format, found.omitted) == ("VGG Image Annotator", {})
    np.testing.assert_array_equal(drawn(found), truth())
    assert found_in(tmp_path / "via.json", content, "b.png").status is Status.NOT_ANNOTATED


def test_via_boxes_ellipses_and_regions_without_a_class(tmp_path: Path) -> None:
    box = {"name": "rect", "x": 40, "y": 20, "width": 20, "height": 15}
    circle = {"name": "circle", "cx": 12, "cy": 20, "r": 4}
    point = {"name": "point", "cx": 1, "cy": 1}
    shapes = [
        {"shape_attributes": one, "region_attributes": {"class": "Ship"}} for one in (box, circle, point)
    ]
    found = found_in(tmp_path / "via.json", via(*shapes, via_region(OIL), via_region(OIL, a="x", b="y")))
    assert found.omitted == {"point": 1, "damaged polygon": 2}
    assert "a.png, region 4 has no attribute that says its class" in found.notes[0]
    mask = drawn(found)
    np.testing.assert_array_equal(mask[20:35, 40:60], truth()[20:35, 40:60])
    assert (mask[:, :40] == 2).sum() == pytest.approx(np.pi * 16, rel=0.1)


def bitmap(bits: np.ndarray, mode: str) -> str:
    """Pack pixels as the package of Supervisely does: a PNG with two colors, one of them transparent."""
    file = BytesIO()
    if mode == "P":
        picture = Image.fromarray(bits.astype(np.uint8))
        picture.putpalette([0, 0, 0, 255, 255, 255])
        picture.save(file, "PNG", transparency=0)
    else:
        rgba = np.zeros((*bits.shape, 4), np.uint8)
        rgba[bits] = (255, 0, 0, 255)
        Image.fromarray(rgba).save(file, "PNG")
    return base64.b64encode(zlib.compress(file.getvalue())).decode()


def supervisely(*objects: dict[str, Any]) -> dict[str, Any]:
    return {"description": "", "tags": [], "size": {"height": 40, "width": 60}, "objects": list(objects)}


@pytest.mark.parametrize("mode", ["P", "RGBA"])
def test_supervisely_polygons_with_holes_and_bitmaps(tmp_path: Path, mode: str) -> None:
    polygon = {
        "classTitle": "Oil",
        "geometryType": "polygon",
        "points": {"exterior": OIL, "interior": [HOLE]},
    }
    pixels = {"data": bitmap(np.ones((15, 20), bool), mode), "origin": [40, 20]}
    content = supervisely(
        polygon,
        {"classTitle": "Ship", "geometryType": "bitmap", "bitmap": pixels},
        {"classTitle": "Oil", "geometryType": "line", "points": {"exterior": OIL, "interior": []}},
    )
    found = found_in(tmp_path / "a.png.json", content)
    assert (found.format, found.omitted) == ("Supervisely", {"line": 1})
    np.testing.assert_array_equal(drawn(found), with_hole())


def test_supervisely_rectangles_include_both_corners(tmp_path: Path) -> None:
    points = {"exterior": [[40, 20], [59, 34]], "interior": []}
    content = supervisely({"classTitle": "Ship", "geometryType": "rectangle", "points": points})
    np.testing.assert_array_equal(
        drawn(found_in(tmp_path / "a.png.json", content)), np.where(truth() == 2, 2, 0)
    )


def test_a_supervisely_bitmap_that_unpacks_to_gigabytes_is_left_out(tmp_path: Path) -> None:
    bomb = base64.b64encode(zlib.compress(bytes(300 * 2**20))).decode()
    bitmap_object = {
        "classTitle": "Oil",
        "geometryType": "bitmap",
        "bitmap": {"data": bomb, "origin": [0, 0]},
    }
    path = tmp_path / "a.png.json"
    path.write_text(json.dumps(supervisely(bitmap_object)))
    with pytest.raises(MaskError, match="no picture or too large"):
        read_shapes(path)


def xy(points: list[list[int]]) -> list[dict[str, int]]:
    return [{"x": x, "y": y} for x, y in points]


def runs_of(values: np.ndarray) -> list[int]:
    flat = values.ravel()
    starts = np.r_[0, np.flatnonzero(np.diff(flat)) + 1]
    lengths = np.diff(np.r_[starts, flat.size])
    return [int(one) for pair in zip(flat[starts], lengths, strict=True) for one in pair]


def darwin(*annotations: dict[str, Any]) -> dict[str, Any]:
    slot = {"type": "image", "slot_name": "0", "width": 60, "height": 40}
    return {
        "version": "2.0",
        "item": {"name": "a.png", "path": "/", "slots": [slot]},
        "annotations": list(annotations),
    }


def test_darwin_polygons_and_masks_of_the_raster_layer(tmp_path: Path) -> None:
    outline = {"id": "1", "name": "Oil", "polygon": {"paths": [xy(OIL), xy(HOLE)]}, "bounding_box": {}}
    mask = {"id": "2", "name": "Ship", "mask": {}, "slot_names": ["0"]}
    layer = {
        "id": "3",
        "name": "__raster_layer__",
        "raster_layer": {
            "dense_rle": runs_of(np.where(truth() == 2, 5, 0)),
            "mask_annotation_ids_mapping": {"2": 5},
            "total_pixels": 2400,
        },
    }
    tag = {"id": "4", "name": "calm", "tag": {}}
    found = found_in(tmp_path / "a.json", darwin(outline, mask, layer, tag))
    assert (found.format, found.omitted) == ("V7 Darwin", {"tag": 1})
    np.testing.assert_array_equal(drawn(found), with_hole())


def test_darwin_paths_beside_each_other_are_one_polygon(tmp_path: Path) -> None:
    both = {"id": "1", "name": "Oil", "polygon": {"paths": [xy(OIL), xy(SHIP)]}}
    np.testing.assert_array_equal(drawn(found_in(tmp_path / "a.json", darwin(both))) > 0, truth() > 0)


def test_darwin_1_names_the_image_otherwise(tmp_path: Path) -> None:
    image = {"filename": "a.png", "width": 60, "height": 40, "path": "/"}
    outline = {"name": "Oil", "polygon": {"path": xy(OIL)}}
    holed = {"name": "Ship", "complex_polygon": {"path": [xy(SHIP)]}}
    content = {"dataset": "sea", "image": image, "annotations": [outline, holed]}
    np.testing.assert_array_equal(drawn(found_in(tmp_path / "a.json", content)), truth())


def superannotate(*instances: dict[str, Any], status: str = "Completed") -> dict[str, Any]:
    metadata = {"name": "a.png", "width": 60, "height": 40, "status": status}
    return {"metadata": metadata, "instances": list(instances), "tags": [], "comments": []}


def test_superannotate_polygons_boxes_and_what_the_status_says(tmp_path: Path) -> None:
    flat = [float(number) for point in OIL for number in point]
    hole = [float(number) for point in HOLE for number in point]
    outline = {"type": "polygon", "className": "Oil", "points": flat, "exclude": [hole]}
    box = {"type": "bbox", "className": "Ship", "points": {"x1": 40, "y1": 20, "x2": 60, "y2": 35}}
    cuboid = {"type": "cuboid", "className": "Ship", "points": {}}
    found = found_in(tmp_path / "a.png.json", superannotate(outline, box, cuboid))
    assert (found.format, found.omitted) == ("SuperAnnotate", {"cuboid": 1})
    np.testing.assert_array_equal(drawn(found), with_hole())
    for status, expected in (
        ("Completed", Status.EMPTY),
        ("Skipped", Status.SKIPPED),
        ("NotStarted", Status.NOT_ANNOTATED),
    ):
        assert found_in(tmp_path / "a.png.json", superannotate(status=status)).status is expected


@pytest.mark.parametrize("old", [True, False])
def test_qupath_geojson_is_in_pixels_of_the_image_with_its_name(tmp_path: Path, old: bool) -> None:
    features = [
        {
            "type": "Feature",
            "id": "PathAnnotationObject" if old else "4f1c",
            "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]] for ring in rings]},
            "properties": {
                "objectType": "annotation",
                "classification": {"name": name, "color": [200, 0, 0]},
            },
        }
        for name, rings in (("Oil", [OIL, HOLE]), ("Ship", [SHIP]))
    ]
    found = found_in(tmp_path / "a.geojson", {"type": "FeatureCollection", "features": features})
    assert found.frame == "pixels"
    np.testing.assert_array_equal(drawn(found), with_hole())


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.json", {"samples": []}, "a data set of FiftyOne"),
        ("a.json", {"project": {}, "config": {}, "metadata": {}}, "a project of VIA 3"),
        ("a.ndjson", {"data_row": {}}, "a Labelbox export"),
    ],
)
def test_exports_that_need_their_own_program_are_named_with_the_way_out(
    tmp_path: Path, name: str, content: object, told: str
) -> None:
    (tmp_path / name).write_text(json.dumps(content))
    with pytest.raises(MaskError, match=f"{told}, which Seep does not read.*COCO"):
        read_shapes(tmp_path / name)
