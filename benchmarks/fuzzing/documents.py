"""Random annotation files of every format, with unknown keys, types and nestings, and the number of their elements.

Each format has an undamaged document, and a function that counts its elements without the reader. Documents are damaged
at random places, so that a test can compare what a reader took and left out with what the file has.
"""

import copy
import csv
import io
import random
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

Json = Any
RING = [[5, 3], [30, 3], [30, 12], [5, 12]]
FLAT = [5, 3, 30, 3, 30, 12, 5, 12]
SIZE = {"width": 60, "height": 40}
RUNS = {"size": [40, 60], "counts": [100, 20, 2280]}
_STRANGE: tuple[Json, ...] = (
    None,
    True,
    -1,
    0,
    7,
    1.5,
    1e400,
    10**30,
    "",
    "x",
    "a/",
    [],
    [[]],
    [1, 2],
    [[1, 2], [3]],
    {},
    {"x": {"y": [{}]}},
)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _coco() -> Json:
    return {
        "images": [{"id": n, "file_name": f"{n}.png", **SIZE} for n in range(3)],
        "categories": [{"id": 1, "name": "Oil"}, {"id": 2, "name": "Ship"}],
        "annotations": [
            {"id": 1, "image_id": 0, "category_id": 1, "segmentation": [FLAT, FLAT]},
            {"id": 2, "image_id": 0, "category_id": 2, "segmentation": RUNS, "iscrowd": 1},
            {"id": 3, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]},
        ],
    }


def _count_coco(content: Json) -> int:
    def parts(one: Json) -> int:
        segmentation = _list(one.get("segmentation")) if isinstance(one, dict) else []
        flat = all(isinstance(value, int | float) for value in segmentation)
        return 1 if flat else len(segmentation)

    return len(content["images"]) + sum(map(parts, content["annotations"]))


def _labelme() -> Json:
    shapes = [
        {"label": "Oil", "points": RING, "shape_type": "polygon", "flags": {}, "group_id": None},
        {"label": "Ship", "points": [[1, 1], [9, 9]], "shape_type": "rectangle"},
        {"label": "Ship", "points": [[1, 1]], "shape_type": "point"},
    ]
    return {"version": "5.5.0", "imagePath": "a.png", "imageHeight": 40, "imageWidth": 60, "shapes": shapes}


def _datumaro() -> Json:
    found = [
        {"type": "polygon", "label_id": 0, "points": FLAT, "z_order": 1},
        {"type": "mask", "label_id": 1, "rle": RUNS},
        {"type": "bbox", "label_id": 0, "bbox": [1, 2, 3, 4]},
        {"type": "caption", "caption": "calm"},
    ]
    items = [
        {"id": "a", "annotations": found, "image": {"path": None, "size": [40, 60]}},
        {"id": "b", "annotations": []},
    ]
    return {"categories": {"label": {"labels": [{"name": "Oil"}, {"name": "Ship"}]}}, "items": items}


def _count_datumaro(content: Json) -> int:
    return sum(
        1 + len(_list(one.get("annotations"))) if isinstance(one, dict) else 1 for one in content["items"]
    )


def _label_studio() -> Json:
    size = {"original_width": 60, "original_height": 40}
    points = {"points": [[10, 10], [50, 10], [50, 40]]}
    results = [
        {"id": "a", "type": "polygonlabels", "value": points | {"polygonlabels": ["Oil"]}, **size},
        {"id": "b", "type": "polygon", "value": points, **size},
        {"id": "b", "type": "labels", "value": points | {"labels": ["Ship"]}, **size},
        {"id": "c", "type": "choices", "value": {"choices": ["calm"]}},
    ]
    return [
        {
            "data": {"image": "a.png"},
            "annotations": [{"result": results}, {"result": [], "was_cancelled": True}],
        },
        {"data": {"image": "b.png"}, "annotations": [{"result": results[:1]}, {"result": results[1:]}]},
        {"data": {"image": "c.png"}, "annotations": []},
    ]


def _via() -> Json:
    shape = {"name": "polygon", "all_points_x": [5, 30, 30], "all_points_y": [3, 3, 12]}
    regions = [
        {"shape_attributes": shape, "region_attributes": {"class": "Oil"}},
        {
            "shape_attributes": {"name": "rect", "x": 1, "y": 2, "width": 5, "height": 6},
            "region_attributes": {"a": "Ship"},
        },
        {"shape_attributes": {"name": "point", "cx": 1, "cy": 2}, "region_attributes": {}},
    ]
    images = {f"{name}.png9": {"filename": f"{name}.png", "size": 9, "regions": regions} for name in "ab"}
    return {"_via_settings": {}, "_via_img_metadata": images}


def _count_via(content: Json) -> int:
    images = content["_via_img_metadata"].values()
    found = [one.get("regions") if isinstance(one, dict) else None for one in images]
    return len(images) + sum(len(one) for one in found if isinstance(one, list | dict))


def _supervisely() -> Json:
    points = {"exterior": RING, "interior": [RING]}
    objects = [
        {"classTitle": "Oil", "geometryType": "polygon", "points": points},
        {
            "classTitle": "Oil",
            "geometryType": "rectangle",
            "points": {"exterior": [[1, 2], [3, 4]], "interior": []},
        },
        {"classTitle": "Oil", "geometryType": "bitmap", "bitmap": {"data": "eNo=", "origin": [1, 2]}},
        {"classTitle": "Oil", "geometryType": "point", "points": points},
    ]
    return {"size": SIZE, "tags": [], "objects": objects}


def _darwin() -> Json:
    path = [{"x": x, "y": y} for x, y in RING]
    annotations = [
        {
            "id": "1",
            "name": "Oil",
            "polygon": {"paths": [path]},
            "bounding_box": {"x": 1, "y": 2, "w": 3, "h": 4},
        },
        {"id": "2", "name": "Ship", "bounding_box": {"x": 1, "y": 2, "w": 3, "h": 4}},
        {"id": "3", "name": "Oil", "mask": {}},
        {"id": "4", "raster_layer": {"dense_rle": [0, 9, 1, 2391], "mask_annotation_ids_mapping": {"3": 1}}},
        {"id": "5", "name": "Oil", "tag": {}},
    ]
    return {"item": {"name": "a.png", "path": "/", "slots": [SIZE]}, "annotations": annotations}


def _superannotate() -> Json:
    instances = [
        {"type": "polygon", "className": "Oil", "points": FLAT, "exclude": [FLAT]},
        {"type": "bbox", "className": "Ship", "points": {"x1": 1, "y1": 2, "x2": 3, "y2": 4}},
        {"type": "ellipse", "className": "Ship", "cx": 9, "cy": 9, "rx": 2, "ry": 3, "angle": 10},
        {"type": "point", "className": "Ship", "x": 1, "y": 2},
    ]
    return {"metadata": {"name": "a.png", **SIZE, "status": "Completed"}, "instances": instances}


def _count_label_studio(content: Json) -> int:
    annotations = [
        annotation
        for task in content
        if isinstance(task, dict)
        for annotation in _list(task.get("annotations"))
    ]
    results = [len(_list(one.get("result"))) for one in annotations if isinstance(one, dict)]
    return len(content) + len(annotations) + sum(results)


def _label_studio_min() -> Json:
    region = {"points": [[10, 10], [50, 10], [50, 40]], "polygonlabels": ["Oil"]}
    size = {"original_width": 60, "original_height": 40}
    row = {
        "image": "a.png",
        "id": 1,
        "tag": [region | size, region | size],
        "annotator": 1,
        "annotation_id": 2,
    }
    return [row, {"image": "b.png", "id": 2, "annotator": 1, "annotation_id": 3}]


def _count_label_studio_min(content: Json) -> int:
    """A row with regions is a task and an annotation."""
    rows = [one for one in content if isinstance(one, dict)]
    regions = [sum(len(value) for value in one.values() if isinstance(value, list)) for one in rows]
    return len(content) + sum(count + 1 for count in regions if count)


def _geojson() -> Json:
    ring = [[10, 45], [11, 45], [11, 46], [10, 45]]
    shapes = [
        {"type": "Polygon", "coordinates": [ring]},
        {"type": "MultiPolygon", "coordinates": [[ring], [ring]]},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]},
        None,
    ]
    features = [{"type": "Feature", "properties": {"class": "Oil"}, "geometry": one} for one in shapes]
    return {"type": "FeatureCollection", "features": features}


def _count_geojson(content: Json) -> int:
    def parts(geometry: Json) -> int:
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        inside = geometry.get("coordinates") if isinstance(geometry, dict) else None
        if kind == "GeometryCollection":
            members = geometry.get("geometries")
            return sum(map(parts, members)) if isinstance(members, list) and members else 1
        return len(inside) or 1 if kind == "MultiPolygon" and isinstance(inside, list) else 1

    def of_feature(one: Json) -> int:
        is_feature = isinstance(one, dict) and one.get("type") == "Feature"
        return parts(one.get("geometry")) if is_feature else 1

    return sum(map(of_feature, content["features"]))


def cvat() -> str:
    """Return the text of a CVAT file with images and a track."""
    points = ";".join(f"{x},{y}" for x, y in RING)
    return f"""<annotations><version>1.1</version><meta><task><original_size><width>60</width><height>40</height>
    </original_size></task></meta>
    <image id="0" name="a.png" width="60" height="40"><polygon label="Oil" points="{points}" z_order="1"/>
    <mask label="Ship" rle="10,5,5" left="1" top="1" width="5" height="4"/><box label="Oil" xtl="1" ytl="1" xbr="5"
    ybr="5"/><ellipse label="Oil" cx="9" cy="9" rx="2" ry="3" rotation="10"/><polyline label="Oil" points="1,2;3,4"/>
    </image><image id="1" name="b.png" width="60" height="40"/>
    <track id="0" label="Oil"><polygon frame="2" outside="0" points="{points}"/><polygon frame="3" outside="1"
    points="{points}"/></track></annotations>"""


def voc() -> str:
    """Return the text of a Pascal VOC file."""
    points = "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in RING)
    bounds = "<bndbox><xmin>6</xmin><ymin>4</ymin><xmax>30</xmax><ymax>12</ymax></bndbox>"
    return f"""<annotation><filename>a.png</filename><size><width>60</width><height>40</height></size>
    <object><name>Oil</name><polygon>{points}</polygon></object><object><name>Oil</name>{bounds}</object>
    <object><name>Oil</name><deleted>1</deleted><polygon>{points}</polygon></object><object><name>Oil</name></object>
    </annotation>"""


YOLO = "0 0.1 0.1 0.5 0.1 0.5 0.5\n1 0.5 0.5 0.2 0.2\n\n0 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9\n"
CSV = "ImageId,ClassId,EncodedPixels\na.jpg,1,1 5 10 5\na.jpg,2,\nb.jpg,1,\nc.jpg,1,7 3\n"
JSON: dict[str, tuple[Callable[[], Json], Callable[[Json], int]]] = {
    "COCO": (_coco, _count_coco),
    "LabelMe": (_labelme, lambda content: 1 + len(content["shapes"])),
    "Datumaro": (_datumaro, _count_datumaro),
    "Label Studio JSON": (_label_studio, _count_label_studio),
    "Label Studio JSON_MIN": (_label_studio_min, _count_label_studio_min),
    "GeoJSON": (_geojson, _count_geojson),
    "VGG Image Annotator": (_via, _count_via),
    "Supervisely": (_supervisely, lambda content: 1 + len(content["objects"])),
    "V7 Darwin": (_darwin, lambda content: 1 + len(content["annotations"])),
    "SuperAnnotate": (_superannotate, lambda content: 1 + len(content["instances"])),
}
"""Undamaged documents, and functions that count the elements of damaged ones."""


def count_cvat(text: str) -> int:
    """Count the images, their shapes and the shapes of tracks."""
    root = fromstring(text)
    return sum(1 + len(one) for one in root.findall("image")) + sum(len(one) for one in root.findall("track"))


def count_voc(text: str) -> int:
    """Count the objects."""
    return len(fromstring(text).findall("object"))


def count_yolo(text: str) -> int:
    """Count the lines that are not empty."""
    return sum(1 for line in text.splitlines() if line.split())


def count_csv(text: str) -> int:
    """Count the rows but those that say that an image has none of a class."""
    header, *lines = text.splitlines()
    count = 0
    for line in lines:
        if not line.strip(" ,\t"):
            continue
        try:
            (cells,) = csv.reader(io.StringIO(line), strict=True)
        except (csv.Error, ValueError):
            cells = []
        row = [cell.strip() for cell in cells]
        says_none = len(row) == len(header.split(",")) and row[0] and row[2].lower() in {"", "-1", "nan"}
        count += not says_none
    return count


def places(content: Json) -> Iterator[tuple[Any, Any]]:
    """Yield every container of a document with every key or index in it."""
    keys = (
        list(content)
        if isinstance(content, dict)
        else range(len(content))
        if isinstance(content, list)
        else ()
    )
    for key in keys:
        yield content, key
        yield from places(content[key])


def damage_json(content: Json, seed: random.Random, times: int) -> Json:
    """Return a document with values replaced, removed, wrapped, repeated or joined by unknown keys."""
    content = copy.deepcopy(content)
    for _ in range(times):
        found = list(places(content))
        if not found:
            return content
        inside, key = seed.choice(found)
        how = seed.randrange(5)
        if how == 0:
            inside[key] = copy.deepcopy(seed.choice(_STRANGE))
        elif how == 1:
            del inside[key]
        elif how == 2:
            inside[key] = [inside[key]]
        elif isinstance(inside, dict):
            inside[seed.choice(("extra", "type", "label", "id", "points"))] = copy.deepcopy(
                seed.choice(_STRANGE)
            )
        else:
            inside.insert(key, copy.deepcopy(seed.choice((inside[key], *_STRANGE))))
    return content


def damage_xml(text: str, seed: random.Random, times: int) -> str:
    """Return XML with attributes and texts replaced, and elements removed, repeated, renamed or added."""
    root = fromstring(text)
    for _ in range(times):
        parents = [one for one in root.iter() if len(one)]
        parent = seed.choice(parents) if parents else root
        child = seed.choice(list(parent)) if len(parent) else SubElement(parent, "other")
        how = seed.randrange(5)
        if how == 0 and child.attrib:
            child.set(
                seed.choice(list(child.attrib)), seed.choice(("", "x", "-1", "nan", "1e999", "1,2;3", "7"))
            )
        elif how == 1:
            parent.remove(child)
        elif how == 2:
            parent.append(copy.deepcopy(child))
        elif how == 3:
            child.text = seed.choice(("", "x", "-1", "nan", "9"))
        else:
            child.append(Element(seed.choice(("object", "polygon", "shape", "box", "image", "unknown"))))
    return tostring(root, encoding="unicode")


def damage_text(text: str, seed: random.Random, times: int) -> str:
    """Return lines with words replaced, removed or added, and lines repeated or removed."""
    lines = text.split("\n")
    for _ in range(times):
        at = seed.randrange(len(lines))
        words = lines[at].split(" ")
        how = seed.randrange(5)
        if how == 0:
            words[seed.randrange(len(words))] = seed.choice(
                ("x", "-1", "nan", "1e999", "", "0.5", ",", '"', "7 7")
            )
        elif how == 1:
            del words[seed.randrange(len(words))]
        elif how == 2:
            words.insert(seed.randrange(len(words) + 1), seed.choice(("0.5", "x", "9", ",")))
        lines[at] = " ".join(words)
        if how == 3:
            lines.insert(at, lines[at])
        elif how == 4 and len(lines) > 1:
            del lines[at]
    return "\n".join(lines)
