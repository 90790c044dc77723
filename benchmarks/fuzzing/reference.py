"""Independent readers of masks: pycocotools, GeoPandas, rasterio, Pillow, OpenCV, pandas and Shapely instead of Seep's.

A reader returns the mask as it understands the file, or raises. None of them uses code of Seep.
"""

import base64
import contextlib
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import cv2
import geopandas
import numpy as np
import pandas
import pyogrio
import rasterio
import shapely
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from rasterio.io import MemoryFile
from rasterio.warp import transform_geom
from shapely.affinity import rotate, scale, translate
from shapely.geometry.base import BaseGeometry

Array = np.ndarray[Any, Any]
CRS = "EPSG:32633"
LEFT, TOP, PIXEL_M = 500_000, 4_500_000, 10
_CSV_IMAGES = ("imageid", "imageid_classid", "id")
_LABELS = ("class_name", "class", "label", "name", "category", "class_id")


def read_reference(kind: str, path: str, member: str, side: int, unsure: bool = False) -> tuple[Array, bool]:
    """Read the mask of a square image with an independent reader.

    Args:
        kind: of the case; see `benchmarks.fuzzing.cases`.
        member: stem of the image's name; for archives the path of the mask inside.
        side: of the image, pixels.
        unsure: whether 255 is unsure in a mask of 0 and 255 only, because other masks of the set have class ids.

    Returns:
        (side, side) uint8 of class ids, and whether the file draws outlines: then pixels on them may differ.

    Raises:
        Exception: whatever the reader raises, if the file means nothing to it.
    """
    canvas = _Canvas(side)
    if kind in _PICTURES:
        mask = _PICTURES[kind](path, member)
        two = not unsure and set(np.unique(mask)) in ({0, 255}, {255})
        return ((mask == 255).astype(np.uint8) if two else mask), False
    _FILES[kind](canvas, Path(path), member)
    return canvas.mask, canvas.outlined


def contradicts(mask: Array, reference: Array, outlined: bool) -> bool:
    """Return whether two masks differ: anywhere, or with outlines away from the edges of both."""
    if mask.shape != reference.shape:
        return True
    differs = mask != reference
    if outlined:
        differs &= _is_inside(mask) & _is_inside(reference)
    return bool(differs.any())


def _is_inside(mask: Array) -> Array:
    """Return the pixels whose eight neighbors have the same class."""
    padded = np.pad(mask, 1, mode="edge")
    height, width = mask.shape
    parts = [padded[y : y + height, x : x + width] == mask for y in range(3) for x in range(3)]
    inside: Array = np.all(parts, axis=0)
    return inside


class _Canvas:
    """A mask on which shapes are drawn in order."""

    def __init__(self, side: int) -> None:
        self.mask = np.zeros((side, side), np.uint8)
        self.outlined = False

    def stamp(self, pixels: Array, label: Any, left: int = 0, top: int = 0) -> None:
        """Give the pixels that are set the class of a label."""
        height, width = pixels.shape
        self.mask[top : top + height, left : left + width][np.asarray(pixels) > 0] = class_of(label)

    def fill(self, shape: BaseGeometry, label: Any) -> None:
        """Give the pixels whose center is in a shape the class of a label."""
        self.outlined = True
        side = len(self.mask)
        x, y = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
        self.stamp(shapely.contains_xy(shapely.make_valid(shape), x, y), label)

    def draw(self, points: Any, label: Any) -> None:
        """Fill a ring of points."""
        self.fill(shapely.Polygon(np.asarray(points, float).reshape(-1, 2)), label)

    def ellipse(self, box: tuple[float, float, float, float], label: Any, turned: float = 0) -> None:
        """Fill the ellipse in a box of left, top, right and bottom."""
        left, top, right, bottom = box
        circle = shapely.Point(0, 0).buffer(1, quad_segs=32)
        width, height = abs(right - left) / 2, abs(bottom - top) / 2
        shape = rotate(scale(circle, width, height), turned, origin=(0, 0))
        self.fill(translate(shape, (left + right) / 2, (top + bottom) / 2), label)

    def box(self, box: tuple[float, float, float, float], label: Any, turned: float = 0) -> None:
        """Fill a box of left, top, right and bottom, turned about its center."""
        self.fill(rotate(shapely.box(*box), turned), label)


def class_of(label: Any) -> int:
    """Return the class id of the name of a class, or of a number."""
    text = str(label).strip().casefold()
    if text in {"unsure", "255"}:
        return 255
    if text == "background":
        return 0
    match = re.fullmatch(r"(?:seep class )?([0-7])", text)
    if match is None:
        raise ValueError(f"no class {text!r}")
    return int(match[1])


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8-sig"))


def _same_image(name: str, stem: str) -> bool:
    return PurePosixPath(str(name).replace("\\", "/")).stem == stem


def _read_json(canvas: _Canvas, path: Path, stem: str) -> None:
    content = _json(path)
    if isinstance(content, list):
        _read_label_studio(canvas, content, stem)
    elif "type" in content and content["type"] not in {"instances"}:
        _read_vectors(canvas, path, stem)
    elif "annotations" in content:
        _read_coco(canvas, path, stem)
    elif "shapes" in content:
        _read_labelme(canvas, content)
    else:
        _read_datumaro(canvas, content, stem)


def _read_coco(canvas: _Canvas, path: Path, stem: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(path))
    (image,) = (one for one in coco.imgs.values() if _same_image(one["file_name"], stem))
    for one in coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]])):
        category = coco.cats.get(one["category_id"], {"name": one["category_id"]})["name"]
        if one.get("segmentation"):
            canvas.outlined |= isinstance(one["segmentation"], list)
            canvas.stamp(coco.annToMask(one), category)
        elif one.get("bbox"):
            x, y, width, height = one["bbox"]
            canvas.box((x, y, x + width, y + height), category)


def _read_labelme(canvas: _Canvas, content: Any) -> None:
    for one in content["shapes"]:
        kind, points = one.get("shape_type") or "polygon", one["points"]
        if kind == "polygon":
            canvas.draw(points, one["label"])
        elif kind == "mask":
            picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(one["mask"]))))
            canvas.stamp(picture, one["label"], int(points[0][0]), int(points[0][1]))
        elif kind == "rectangle":
            (left, top), (right, bottom) = points
            canvas.box((left, top, right, bottom), one["label"])
        elif kind == "circle":
            (x, y), (to_x, to_y) = points
            radius = np.hypot(to_x - x, to_y - y)
            canvas.ellipse((x - radius, y - radius, x + radius, y + radius), one["label"])


def _read_datumaro(canvas: _Canvas, content: Any, stem: str) -> None:
    names = [one["name"] for one in content["categories"]["label"]["labels"]]
    (item,) = (
        one
        for one in content["items"]
        if _same_image((one.get("image") or {}).get("path") or one["id"], stem)
    )
    for one in sorted(item["annotations"], key=lambda shape: shape.get("z_order", 0)):
        label = names[one["label_id"]]
        if one["type"] == "polygon":
            canvas.draw(one["points"], label)
        elif one["type"] == "ellipse":
            canvas.ellipse(tuple(one["points"]), label)
        elif one["type"] == "bbox":
            x, y, width, height = one["bbox"]
            canvas.box((x, y, x + width, y + height), label)
        elif one["type"] == "mask":
            runs = one["rle"]
            height, width = runs["size"]
            packed = runs if isinstance(runs["counts"], str) else coco_mask.frPyObjects(runs, height, width)
            canvas.stamp(coco_mask.decode(packed), label)


def _read_label_studio(canvas: _Canvas, content: Any, stem: str) -> None:
    (regions,) = (_regions(task) for task in content if _same_image(_image_of(task), stem))
    for kind, value, height, width in regions:
        label = value[kind][0] if kind in value else None
        if kind == "polygonlabels":
            canvas.draw(np.asarray(value["points"], float) * (width / 100, height / 100), label)
        elif kind == "rectanglelabels":
            left, top = value["x"] * width / 100, value["y"] * height / 100
            right, bottom = left + value["width"] * width / 100, top + value["height"] * height / 100
            shape = rotate(
                shapely.box(left, top, right, bottom), value.get("rotation") or 0, origin=(left, top)
            )
            canvas.fill(shape, label)
        elif kind == "ellipselabels":
            x, y = value["x"] * width / 100, value["y"] * height / 100
            across, down = value["radiusX"] * width / 100, value["radiusY"] * height / 100
            canvas.ellipse((x - across, y - down, x + across, y + down), label, value.get("rotation") or 0)
        elif kind == "brushlabels":
            canvas.stamp(brush_pixels(bytes(value["rle"]), (height, width)), label)


def _image_of(task: Any) -> str:
    data = task.get("data", task)
    url = urlsplit(str(data["image"]).replace("\\", "/"))
    return parse_qs(url.query).get("d", [unquote(url.path)])[0]


def _regions(task: Any) -> Iterator[tuple[str, Any, int, int]]:
    if "annotations" in task:
        results = [one for one in task["annotations"] if not one.get("was_cancelled")][-1]["result"]
        for one in results:
            yield one["type"], one["value"], one["original_height"], one["original_width"]
        return
    for values in task.values():
        for one in values if isinstance(values, list) else ():
            kind = next(key for key in one if key.endswith("labels"))
            yield kind, one, one["original_height"], one["original_width"]


def brush_pixels(data: bytes, shape: tuple[int, int]) -> Array:
    """Decode a brush as `label_studio_converter.brush.decode_rle` does: the alpha of an RGBA image."""
    bits, at = np.unpackbits(np.frombuffer(data, np.uint8)), 0

    def take(count: int) -> int:
        nonlocal at
        if at + count > len(bits):
            raise ValueError("the brush ends early")
        at += count
        return int("".join(map(str, bits[at - count : at])), 2)

    total, word = take(32), take(5) + 1
    sizes = [take(4) + 1 for _ in range(4)]
    out, done = np.zeros(shape[0] * shape[1] * 4, np.uint8), 0
    if total != len(out):
        raise ValueError("a brush for another size")
    while done < total:
        repeated = take(1)
        end = done + 1 + take(sizes[take(2)])
        if repeated:
            out[done:end] = take(word)
        else:
            for index in range(done, end):
                out[index] = take(word)
        done = end
    return out.reshape(*shape, 4)[:, :, 3]


def _read_xml(canvas: _Canvas, path: Path, stem: str) -> None:
    root = ElementTree.parse(path).getroot()
    if root.tag == "annotation":
        return _read_voc(canvas, root)
    shapes = [
        (one, one.get("label"))
        for image in root.iter("image")
        if _same_image(image.get("name", ""), stem)
        for one in image
    ]
    shapes += [
        (one, track.get("label"))
        for track in root.iter("track")
        for one in track
        if int(one.get("frame", "")) == 0 and one.get("outside") != "1"
    ]
    for one, label in sorted(shapes, key=lambda pair: int(pair[0].get("z_order", "0"))):
        _draw_cvat(canvas, one, label)
    return None


def _draw_cvat(canvas: _Canvas, one: ElementTree.Element, label: Any) -> None:
    def number(name: str) -> float:
        return float(one.get(name, "0" if name == "rotation" else ""))

    if one.tag == "polygon":
        canvas.draw([pair.split(",") for pair in one.get("points", "").split(";")], label)
    elif one.tag == "box":
        box = (number("xtl"), number("ytl"), number("xbr"), number("ybr"))
        canvas.box(box, label, number("rotation"))
    elif one.tag == "ellipse":
        x, y, across, down = number("cx"), number("cy"), number("rx"), number("ry")
        canvas.ellipse((x - across, y - down, x + across, y + down), label, number("rotation"))
    elif one.tag == "mask":
        counts = [int(part) for part in one.get("rle", "").split(",")]
        values = np.repeat(np.arange(len(counts)) % 2, counts)
        shape = int(one.get("height", "")), int(one.get("width", ""))
        canvas.stamp(values.reshape(shape), label, int(one.get("left", "")), int(one.get("top", "")))


def _read_voc(canvas: _Canvas, root: ElementTree.Element) -> None:
    for one in root.findall("object"):
        label, polygon, bounds = one.findtext("name"), one.find("polygon"), one.find("bndbox")
        if polygon is not None:
            values = [float(part.text or "") for part in polygon]
            canvas.draw(values, label)
        elif bounds is not None:
            left, top, right, bottom = (
                float(bounds.findtext(name, "")) for name in ("xmin", "ymin", "xmax", "ymax")
            )
            canvas.box((left - 1, top - 1, right, bottom), label)


def _read_csv(canvas: _Canvas, path: Path, stem: str) -> None:
    """Read run lengths; competitions name the column of the image ImageId, ImageId_ClassId, or id.

    A row of another file with the same stem, such as `a.tif` beside `a.jpg`, is of another image if the file has rows
    of the image itself. Without any of the columns, no row is of the image: the file means nothing, not background.
    """
    table = pandas.read_csv(path, dtype=str, keep_default_na=False)
    table.columns = table.columns.str.strip()
    column = next((one for one in table.columns if one.lower() in _CSV_IMAGES), None)
    if column is None:
        raise ValueError("no column of images")
    rows = []
    for _, row in table.iterrows():
        name, label = str(row[column]).strip(), row.get("ClassId", "1")
        if column == "ImageId_ClassId":
            name, _, label = name.rpartition("_")
        rows.append((name, label, str(row["EncodedPixels"])))
    itself = any(name == f"{stem}.tif" for name, _, _ in rows)
    for name, label, runs in rows:
        numbers = [int(part) for part in runs.split()]
        of_image = name == f"{stem}.tif" if itself else _same_image(name, stem)
        if not of_image or numbers in ([], [-1]):
            continue
        flat = np.zeros(canvas.mask.size, np.uint8)
        for start, length in zip(numbers[::2], numbers[1::2], strict=True):
            flat[start - 1 : start - 1 + length] = 1
        canvas.stamp(flat.reshape(canvas.mask.shape, order="F"), str(label).strip())


def _read_yolo(canvas: _Canvas, path: Path, _stem: str) -> None:
    for line in path.read_text().splitlines():
        numbers = line.split()
        if not numbers:
            continue
        values = np.array(numbers[1:], float) * len(canvas.mask)
        label = int(numbers[0]) + 1
        if len(values) == 4:
            x, y, width, height = values
            canvas.box((x - width / 2, y - height / 2, x + width / 2, y + height / 2), label)
        else:
            canvas.draw(values, label)


def _read_vectors(canvas: _Canvas, path: Path, _stem: str) -> None:
    for layer in [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]:
        frame = geopandas.read_file(path, layer=layer)
        frame = (frame.set_crs("EPSG:4326") if frame.crs is None else frame).to_crs(CRS)
        names = {str(column).lower(): column for column in frame.columns}
        for _, row in frame.iterrows():
            values = (row[names[name]] for name in _LABELS if name in names)
            label = next((one for one in values if not pandas.isna(one) and one != ""), 1)
            # A ring that crosses itself may have an area of 0 in sum, and still cover pixels.
            if row.geometry is not None and shapely.make_valid(row.geometry).area:
                canvas.fill(shapely.transform(row.geometry, _to_pixels), label)


def _to_pixels(points: Array) -> Array:
    return np.stack([(points[:, 0] - LEFT) / PIXEL_M, (TOP - points[:, 1]) / PIXEL_M], axis=1)


def to_degrees(ring: list[tuple[float, float]]) -> list[Any]:
    """Convert a ring in the CRS of the images to longitude and latitude."""
    polygon = transform_geom(CRS, "OGC:CRS84", {"type": "Polygon", "coordinates": [ring]})
    return list(polygon["coordinates"][0])


def has_class_ids(kind: str, path: str, class_count: int) -> bool:
    """Return whether a mask image has ids of classes, apart from 0 and 255, the rule of `docs/formats.md` for sets.

    Raises:
        Exception: as `read_reference`.
    """
    mask = _PICTURES[kind](path, "")
    return 0 < int(mask[mask != 255].max(initial=0)) < class_count


def _ids(values: Array) -> Array:
    if not np.array_equal(values, np.round(values)) or values.min() < 0 or values.max() > 255:
        raise ValueError("no class ids")
    return values.astype(np.uint8)


def _raster(path: str, member: str = "") -> Array:
    with rasterio.open(path) as dataset:
        if dataset.count != 1:
            raise ValueError("several bands")
        return _ids(dataset.read(1))


def _packed_raster(path: str, member: str) -> Array:
    """Read a mask in an archive: the archive with Python's modules, which know more compressions than GDAL."""
    if path.endswith(".tar"):
        with tarfile.open(path) as archive:
            file = archive.extractfile(member)
            data = file.read() if file is not None else b""
    else:
        with zipfile.ZipFile(path) as packed:
            data = packed.read(member)
    with MemoryFile(data) as memory:
        return _raster(memory.name)


def _png(path: str, _member: str) -> Array:
    data = Path(path).read_bytes()
    depth = data[24]
    try:
        with Image.open(path) as picture:
            levels, mode = np.asarray(picture).astype(np.int64), picture.mode
    except (OSError, SyntaxError, ValueError):  # Pillow refuses more than libpng does, such as a damaged end
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if found is None or found.ndim != 2:
            raise
        levels, mode = found.astype(np.int64), "L"
        if depth == 1:
            levels //= 255
    if mode not in {"1", "L", "I", "I;16"}:
        raise ValueError(f"mode {mode}")
    if mode == "L" and depth in {2, 4}:  # both spread these over 0 to 255
        levels //= 255 // (2**depth - 1)
    return _ids(levels)


_PICTURES: dict[str, Callable[[str, str], Array]] = {
    "mask_tif": _raster,
    "mask_png": _png,
    "tar": _packed_raster,
    "set_zip": _packed_raster,
}
_FILES: dict[str, Callable[[_Canvas, Path, str], None]] = {
    "json": _read_json,
    "xml": _read_xml,
    "csv": _read_csv,
    "txt": _read_yolo,
    "gpkg": _read_vectors,
    "shp": _read_vectors,
}
