"""Mutated annotation files: values of JSON, XML, CSV and YOLO changed, and bytes of any, vector layers included."""

import base64
import copy
import functools
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import geopandas
import numpy as np
from shapely.geometry import box

from benchmarks.fuzzing.bytes_of import anyhow
from benchmarks.fuzzing.reference import to_degrees
from seep.io.exporting.label_studio import encode_brush

IMAGE = "frame_000000.tif"
"""Name of the image of all annotation files; CVAT for video names frames so."""
SIDE = 48
_RING = [[4, 4], [30, 4], [30, 20], [4, 20]]
_NUMBERS = (-1, 0, 1, 47, 48, 2**31, 2**63, 10**30, 0.5, -1e308, float("nan"), float("inf"))
_TEXTS = ("", "x", "1", "\0", f"../{IMAGE}")
_LISTS: tuple[Any, ...] = ([], [[]], [[1, 2]], [1, 2, 3])
_RUNS: tuple[Any, ...] = ({"size": [48, 48], "counts": "~~"}, {"size": [2**20, 2**20], "counts": [2**40]})
_VALUES: tuple[Any, ...] = (None, True, {}, *_NUMBERS, *_TEXTS, *_LISTS, *_RUNS)


def _coco() -> Any:
    return {
        "images": [{"id": 1, "file_name": IMAGE, "width": SIDE, "height": SIDE}],
        "categories": [{"id": 1, "name": "Seep class 1"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [np.ravel(_RING).tolist()]},
            {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]},
            {
                "id": 3,
                "image_id": 1,
                "category_id": 1,
                "segmentation": {"size": [48, 48], "counts": [9, 2295]},
            },
        ],
    }


def _labelme() -> Any:
    picture = base64.b64encode(cv2.imencode(".png", np.full((9, 9), 255, np.uint8))[1].tobytes()).decode()
    return {
        "imagePath": IMAGE,
        "imageHeight": SIDE,
        "imageWidth": SIDE,
        "shapes": [
            {"label": "Seep class 1", "points": _RING, "shape_type": "polygon"},
            {"label": "Seep class 1", "points": [[1, 1], [9, 9]], "shape_type": "mask", "mask": picture},
            {"label": "Seep class 1", "points": [[1, 1], [9, 9]], "shape_type": "circle"},
        ],
    }


def _datumaro() -> Any:
    shapes = [
        {"type": "polygon", "label_id": 0, "points": np.ravel(_RING).tolist(), "z_order": 0},
        {"type": "mask", "label_id": 0, "rle": {"counts": [9, 2295], "size": [48, 48]}, "z_order": 1},
        {"type": "ellipse", "label_id": 0, "points": [1, 1, 9, 9], "z_order": 2},
    ]
    image = {"path": IMAGE, "size": [SIDE, SIDE]}
    labels = {"label": {"labels": [{"name": "Seep class 1"}]}}
    return {"categories": labels, "items": [{"id": "frame_000000", "annotations": shapes, "image": image}]}


def _label_studio() -> Any:
    size = {"original_width": SIDE, "original_height": SIDE}
    region = {"points": _RING, "polygonlabels": ["Seep class 1"], "rotation": 0}
    square = {"x": 1, "y": 1, "width": 9, "height": 9, "rotation": 30, "rectanglelabels": ["Seep class 1"]}
    painted = np.zeros((SIDE, SIDE), bool)
    painted[30:40, 5:45] = True
    brush = {"format": "rle", "rle": list(encode_brush(painted)), "brushlabels": ["Seep class 1"]}
    kinds = ("polygonlabels", "rectanglelabels", "brushlabels")
    results = [
        {"type": kind, "value": one} | size for kind, one in zip(kinds, (region, square, brush), strict=True)
    ]
    return [{"data": {"image": IMAGE}, "annotations": [{"result": results}]}]


def _label_studio_min() -> Any:
    region = {
        "points": _RING,
        "polygonlabels": ["Seep class 1"],
        "original_width": SIDE,
        "original_height": SIDE,
    }
    return [{"image": IMAGE, "seep": [region], "annotator": 1, "annotation_id": 1}]


def _geojson() -> Any:
    ring = to_degrees(
        [(500_100, 4_499_700), (500_300, 4_499_700), (500_300, 4_499_900), (500_100, 4_499_700)]
    )
    geometry = {"type": "Polygon", "coordinates": [[list(point) for point in ring]]}
    feature = {"type": "Feature", "properties": {"class": "Seep class 1"}, "geometry": geometry}
    crs = {"type": "name", "properties": {"name": "EPSG:4326"}}
    return {"type": "FeatureCollection", "crs": crs, "features": [feature]}


_JSON: tuple[Callable[[], Any], ...] = (
    _coco,
    _labelme,
    _datumaro,
    _label_studio,
    _label_studio_min,
    _geojson,
)
_POINTS = ";".join(f"{x},{y}" for x, y in _RING)
XML = (
    f'<annotations><image name="{IMAGE}" width="48" height="48"><polygon label="Seep class 1" points="{_POINTS}"/>'
    '<mask label="Seep class 1" rle="9, 72" left="1" top="1" width="9" height="9"/>'
    '<ellipse label="Seep class 1" cx="9" cy="9" rx="4" ry="4" rotation="5"/></image></annotations>',
    "<annotations><meta><original_size><width>48</width><height>48</height></original_size></meta>"
    f'<track label="Seep class 1"><polygon frame="0" outside="0" points="{_POINTS}" z_order="0"/></track>'
    "</annotations>",
    f"<annotation><filename>{IMAGE}</filename><size><width>48</width><height>48</height></size><object>"
    "<name>Seep class 1</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
    "<object><name>Seep class 2</name><polygon><x1>10</x1><y1>10</y1><x2>40</x2><y2>12</y2><x3>20</x3><y3>40</y3>"
    "</polygon></object></annotation>",
)
CSV = (
    f"ImageId,ClassId,EncodedPixels\n{IMAGE},1,1 10 40 8\n{IMAGE},2,100 5\n",
    f"ImageId_ClassId,EncodedPixels\n{IMAGE}_1,1 10 40 8\n{IMAGE}_2,\n",
)
_SHARES = " ".join(f"{value / SIDE:.6f}" for point in _RING for value in point)
YOLO = (f"0 {_SHARES}\n", f"0 {_SHARES}\n1 0.5 0.5 0.9 0.5 0.9 0.9\n", "0 0.5 0.5 0.25 0.25\n", "")
_TOKENS = ("-1", "0", "nan", "1e309", "99999999999999999999", "", "\0", "é", "1,1", "x", "<a>", '"', "1 2 3")


def mutated_json(random: np.random.Generator) -> bytes:
    """Make a JSON file of one of the formats and change one to three of its values, or its bytes."""
    content = copy.deepcopy(_JSON[int(random.integers(len(_JSON)))]())
    for _ in range(int(random.integers(0, 4))):
        _change(content, random)
    data = bytearray(json.dumps(content).encode())
    if random.random() < 0.3:
        anyhow(data, random)
    return bytes(data)


def intact_json() -> list[str]:
    """Return an intact JSON file of each format."""
    return [json.dumps(make()) for make in _JSON]


def mutated_xml(random: np.random.Generator) -> bytes:
    """Make an XML file of CVAT or VOC and damage it."""
    return _mutated_text(XML, random)


def mutated_csv(random: np.random.Generator) -> bytes:
    """Make run lengths in CSV and damage them."""
    return _mutated_text(CSV, random)


def mutated_txt(random: np.random.Generator) -> bytes:
    """Make YOLO labels and damage them."""
    return _mutated_text(YOLO, random)


def mutated_shp(random: np.random.Generator) -> bytes:
    """Make a zip of the parts of a Shapefile, and damage one part in up to three ways."""
    parts = dict(_shapefile())
    name = sorted(parts)[int(random.integers(len(parts)))]
    data = bytearray(parts[name])
    for _ in range(int(random.integers(0, 4))):
        anyhow(data, random)
    parts[name] = bytes(data)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for suffix in sorted(parts):
            archive.writestr(zipfile.ZipInfo(suffix), parts[suffix])
    return packed.getvalue()


def write_annotations(path: Path, data: bytes) -> None:
    """Write the file of a case, with what it needs beside it: class names for YOLO, the parts of a Shapefile."""
    if path.suffix == ".shp":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for suffix in archive.namelist():
                path.with_suffix(suffix).write_bytes(archive.read(suffix))
        return
    if path.suffix == ".txt":
        (path.parent / "data.yaml").write_text("names: [Seep class 1, Seep class 2]\n")
    path.write_bytes(data)


def mutated_gpkg(random: np.random.Generator) -> bytes:
    """Make a GeoPackage and damage it in one to three ways."""
    data = bytearray(geopackage())
    for _ in range(int(random.integers(0, 4))):
        anyhow(data, random)
    return bytes(data)


def _mutated_text(texts: tuple[str, ...], random: np.random.Generator) -> bytes:
    text = texts[int(random.integers(len(texts)))]
    for _ in range(int(random.integers(0, 4))):
        start, end = sorted(int(at) for at in random.integers(0, max(1, len(text)), 2))
        token = _TOKENS[int(random.integers(len(_TOKENS)))]
        text = text[:start] + token + text[min(end, start + 12) :]
    data = bytearray(text.encode())
    if random.random() < 0.3:
        anyhow(data, random)
    return bytes(data)


def _change(content: Any, random: np.random.Generator) -> None:
    """Replace a value somewhere in parsed JSON, or delete it."""
    while True:
        keys = list(content) if isinstance(content, dict) else list(range(len(content)))
        if not keys:
            return
        key = keys[int(random.integers(len(keys)))]
        inside = content[key]
        if isinstance(inside, dict | list) and inside and random.random() < 0.85:
            content = inside
            continue
        if random.random() < 0.15:
            del content[key]
        else:
            content[key] = copy.deepcopy(_VALUES[int(random.integers(len(_VALUES)))])
        return


@functools.cache
def geopackage() -> bytes:
    """Return an intact GeoPackage of one polygon."""
    return _layer("a.gpkg")[".gpkg"]


@functools.cache
def _shapefile() -> dict[str, bytes]:
    return _layer("a.shp")


def _layer(name: str) -> dict[str, bytes]:
    """Write a vector layer; return its files by suffix."""
    with tempfile.TemporaryDirectory() as folder:
        frame = geopandas.GeoDataFrame(
            {"class": ["Seep class 1"]},
            geometry=[box(500_100, 4_499_700, 500_300, 4_499_900)],
            crs="EPSG:32633",
        )
        frame.to_file(Path(folder) / name)
        return {path.suffix: path.read_bytes() for path in Path(folder).iterdir()}
