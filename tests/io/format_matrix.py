"""Every mask format and layout: how a file of another program is read, and what comes back from Seep's own export.

python -m tests.io.format_matrix     # rewrites the table in docs/formats.md
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import geopandas
import numpy as np
import tifffile
from pycocotools import mask as coco_mask
from shapely import get_parts
from shapely.geometry import MultiPolygon, box

from seep.core.geo.georeference import Georeference
from seep.core.geo.polygons import outline, to_lonlat
from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import Mask
from seep.io.exporting.coco import coco
from seep.io.exporting.cvat import cvat
from seep.io.exporting.geojson import write_geojson
from seep.io.exporting.label_studio import label_studio
from seep.io.exporting.labelme import labelme
from seep.io.exporting.rasters import png, write_geotiff
from seep.io.exporting.rle_csv import rle_csv
from seep.io.exporting.shapes import NamedMask
from seep.io.exporting.slick_record import SlickRecord
from seep.io.exporting.vectors import write_geopackage, write_shapefile
from seep.io.exporting.yolo import data_yaml, yolo_lines
from seep.io.masks import write_mask
from seep_testing.image_files import write_geotiff as write_image
from tests.io.exporting.slicks import slick

DOCS = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
START, END = "<!-- matrix: python -m tests.io.format_matrix -->\n\n", "\n<!-- end of matrix -->\n"
SHAPE = (40, 60)
NAMES = ("No seep", "Oil", "Ship")
CLASSES = tuple(SeepClass(n, name, f"#{n}00000", str(n)) for n, name in enumerate(NAMES))
BOXES = {1: (5, 3, 30, 12), 2: (40, 20, 60, 35)}
"""Left, top, right and bottom of the slicks of the truth, pixels, by class."""

Write = Callable[[Path, Mask], object]


@dataclass(frozen=True)
class Row:
    """A format in one layout.

    Attributes:
        format: name.
        layout: files below the folder of the data set.
        image: the image, relative to that folder.
        foreign: writes the truth as another program does; None if Seep's own files are the only ones.
        imported: "exact", `NO_MASK`, or the sentence of the refusal.
        own: writes a mask as Seep exports it; None if Seep does not.
        returned: "exact", "exact without holes" or "exact without unsure pixels"; "" if Seep does not export it.
    """

    format: str
    layout: str
    image: str
    foreign: Write | None
    imported: str
    own: Write | None = None
    returned: str = ""


def truth() -> Mask:
    """Two slicks, which every format can store."""
    mask = np.zeros(SHAPE, np.uint8)
    for number, (left, top, right, bottom) in BOXES.items():
        mask[top:bottom, left:right] = number
    return mask


def demanding() -> Mask:
    """The same with a hole, pixels that touch at corners, and unsure pixels."""
    mask = truth()
    mask[6:8, 10:20] = 0
    mask[12:16, 30:34] = np.eye(4, dtype=np.uint8)
    mask[37:39, 3:9] = 255
    return mask


def _put(folder: Path, name: str, content: str | bytes | object) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))


def put_image(folder: Path, name: str) -> None:
    """Write the image of a row: a georeferenced TIFF, or a PNG."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full(SHAPE, 9, np.uint8)
    if path.suffix == ".png":
        cv2.imwrite(str(path), pixels)
    else:
        write_image(path, pixels)


def _corners(bounds: tuple[int, int, int, int]) -> list[list[int]]:
    left, top, right, bottom = bounds
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def _yolo(labels: str, names: str, text: str) -> Write:
    def write(folder: Path, _mask: Mask) -> None:
        share = {n: np.array(_corners(one)) / (SHAPE[1], SHAPE[0]) for n, one in BOXES.items()}
        lines = [f"{n - 1} {' '.join(map(str, one.ravel()))}" for n, one in share.items()]
        _put(folder, labels, "\n".join(lines))
        if names:
            _put(folder, names, text)

    return write


def _own_yolo(folder: Path, mask: Mask) -> None:
    _put(folder, "labels/train/a.1.txt", yolo_lines(mask)[0])
    _put(folder, "data.yaml", data_yaml(CLASSES, {"train": "images/train", "val": "images/train"}))


def _coco(name: str, runs: bool) -> Write:
    def write(folder: Path, mask: Mask) -> None:
        annotations = []
        for number, bounds in BOXES.items():
            encoded = coco_mask.encode(np.asfortranarray(mask == number).astype(np.uint8))
            text = {"size": list(SHAPE), "counts": encoded["counts"].decode()}
            rings = [np.ravel(_corners(bounds)).tolist()]
            annotations.append(
                {
                    "id": number,
                    "image_id": 7,
                    "category_id": 10 * number,
                    "segmentation": text if runs else rings,
                }
            )
        images = [{"id": 7, "file_name": "a.1.png", "width": SHAPE[1], "height": SHAPE[0]}]
        categories = [{"id": 10 * number, "name": NAMES[number]} for number in BOXES]
        _put(folder, name, {"images": images, "categories": categories, "annotations": annotations})

    return write


def _panoptic(folder: Path, _mask: Mask) -> None:
    images = [{"id": 7, "file_name": "a.1.png", "width": SHAPE[1], "height": SHAPE[0]}]
    annotation = {"image_id": 7, "file_name": "a.png", "segments_info": []}
    _put(
        folder,
        "annotations/panoptic.json",
        {"images": images, "categories": [], "annotations": [annotation]},
    )


def _labelme(folder: Path, _mask: Mask) -> None:
    shapes = [
        {"label": NAMES[number], "points": _corners(one), "shape_type": "polygon"}
        for number, one in BOXES.items()
    ]
    content = {"imagePath": "a.1.png", "imageHeight": SHAPE[0], "imageWidth": SHAPE[1], "shapes": shapes}
    _put(folder, "annotations/a.1.json", content)


def _cvat(folder: Path, _mask: Mask) -> None:
    parts = [
        f'<polygon label="{NAMES[number]}" points="{";".join(f"{x},{y}" for x, y in _corners(one))}"/>'
        for number, one in BOXES.items()
    ]
    image = f'<image name="a.1.png" width="{SHAPE[1]}" height="{SHAPE[0]}">{"".join(parts)}</image>'
    _put(folder, "annotations/annotations.xml", f"<annotations>{image}</annotations>")


def _cvat_project(folder: Path, _mask: Mask) -> None:
    parts = [
        f'<polygon label="{NAMES[number]}" points="{";".join(f"{x},{y}" for x, y in _corners(one))}"/>'
        for number, one in BOXES.items()
    ]
    size = f'width="{SHAPE[1]}" height="{SHAPE[0]}"'
    images = f'<image name="a.1.png" subset="Train" {size}>{"".join(parts)}</image>'
    images += f'<image name="a.1.png" subset="Test" {size}/>'
    _put(folder, "annotations/annotations.xml", f"<annotations>{images}</annotations>")


def _via(folder: Path, _mask: Mask) -> None:
    regions = []
    for number, bounds in BOXES.items():
        x, y = zip(*_corners(bounds), strict=True)
        shape = {"name": "polygon", "all_points_x": x, "all_points_y": y}
        regions.append({"shape_attributes": shape, "region_attributes": {"class": NAMES[number]}})
    image = {"filename": "a.1.png", "size": 9, "regions": regions, "file_attributes": {}}
    _put(folder, "annotations/via.json", {"_via_settings": {}, "_via_img_metadata": {"a.1.png9": image}})


def _supervisely(folder: Path, _mask: Mask) -> None:
    objects = [
        {
            "classTitle": NAMES[number],
            "geometryType": "polygon",
            "points": {"exterior": _corners(one), "interior": []},
        }
        for number, one in BOXES.items()
    ]
    size = {"height": SHAPE[0], "width": SHAPE[1]}
    _put(folder, "annotations/a.1.png.json", {"size": size, "tags": [], "objects": objects})


def _darwin(folder: Path, _mask: Mask) -> None:
    annotations = [
        {"name": NAMES[number], "polygon": {"paths": [[{"x": x, "y": y} for x, y in _corners(one)]]}}
        for number, one in BOXES.items()
    ]
    slot = {"slot_name": "0", "width": SHAPE[1], "height": SHAPE[0]}
    item = {"name": "a.1.png", "path": "/", "slots": [slot]}
    _put(folder, "annotations/a.1.json", {"version": "2.0", "item": item, "annotations": annotations})


def _superannotate(folder: Path, _mask: Mask) -> None:
    instances = [
        {"type": "polygon", "className": NAMES[number], "points": np.ravel(_corners(one)).tolist()}
        for number, one in BOXES.items()
    ]
    metadata = {"name": "a.1.png", "width": SHAPE[1], "height": SHAPE[0], "status": "Completed"}
    _put(folder, "annotations/a.1.png.json", {"metadata": metadata, "instances": instances})


def _qupath(folder: Path, _mask: Mask) -> None:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [_corners(one)]},
            "properties": {"objectType": "annotation", "classification": {"name": NAMES[number]}},
        }
        for number, one in BOXES.items()
    ]
    _put(folder, "annotations/a.1.geojson", {"type": "FeatureCollection", "features": features})


def _label_studio(folder: Path, _mask: Mask) -> None:
    results = [
        {
            "type": "polygonlabels",
            "original_width": SHAPE[1],
            "original_height": SHAPE[0],
            "value": {
                "points": [[100 * x / SHAPE[1], 100 * y / SHAPE[0]] for x, y in _corners(one)],
                "polygonlabels": [NAMES[number]],
            },
        }
        for number, one in BOXES.items()
    ]
    task = {
        "data": {"image": "/data/local-files/?d=sar/images/a.1.png"},
        "annotations": [{"result": results}],
    }
    _put(folder, "annotations/tasks.json", [task])


def _runs(folder: Path, mask: Mask) -> None:
    rows = ["ImageId,ClassId,EncodedPixels"]
    for number in BOXES:
        edges = np.flatnonzero(np.diff(np.r_[0, (mask == number).T.ravel(), 0])) + 1
        pairs = edges.reshape(-1, 2)
        pairs[:, 1] -= pairs[:, 0]
        rows.append(f"a.1.png,{number},{' '.join(map(str, pairs.ravel()))}")
    _put(folder, "annotations/train.csv", "\n".join(rows))


def _label_studio_min(folder: Path, _mask: Mask) -> None:
    size = {"original_width": SHAPE[1], "original_height": SHAPE[0]}
    regions = [
        {
            "points": [[100 * x / SHAPE[1], 100 * y / SHAPE[0]] for x, y in _corners(one)],
            "polygonlabels": [NAMES[number]],
        }
        | size
        for number, one in BOXES.items()
    ]
    row = {"image": "/data/upload/1/0123abcd-a.1.png", "id": 1, "seep": regions, "annotator": 1}
    _put(folder, "annotations/min.json", [row | {"annotation_id": 4}])


def _datumaro(folder: Path, _mask: Mask) -> None:
    shapes = [
        {"type": "polygon", "label_id": n - 1, "points": np.ravel(_corners(one)).tolist(), "z_order": n}
        for n, one in BOXES.items()
    ]
    labels = {"label": {"labels": [{"name": name} for name in NAMES[1:]]}}
    item = {"id": "a.1", "annotations": shapes, "image": {"path": "a.1.png", "size": list(SHAPE)}}
    _put(folder, "annotations/default.json", {"info": {}, "categories": labels, "items": [item]})


def _voc(polygons: bool) -> Write:
    def write(folder: Path, _mask: Mask) -> None:
        objects = ""
        for number, (left, top, right, bottom) in BOXES.items():
            points = "".join(
                f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in _corners((left, top, right, bottom))
            )
            bounds = f"<xmin>{left + 1}</xmin><ymin>{top + 1}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax>"
            shape = f"<polygon>{points}</polygon>" if polygons else f"<bndbox>{bounds}</bndbox>"
            objects += f"<object><name>{NAMES[number]}</name>{shape}</object>"
        size = f"<size><width>{SHAPE[1]}</width><height>{SHAPE[0]}</height></size>"
        text = f"<annotation><filename>a.1.png</filename>{size}{objects}</annotation>"
        _put(folder, "annotations/a.1.xml", text)

    return write


def _video(folder: Path, _mask: Mask) -> None:
    tracks = "".join(
        f'<track id="{n}" label="{NAMES[n]}"><polygon frame="12" outside="0" keyframe="1" z_order="0" '
        f'points="{";".join(f"{x},{y}" for x, y in _corners(one))}"/></track>'
        for n, one in BOXES.items()
    )
    size = f"<original_size><width>{SHAPE[1]}</width><height>{SHAPE[0]}</height></original_size>"
    text = f"<annotations><meta><job>{size}</job></meta>{tracks}</annotations>"
    _put(folder, "annotations/annotations.xml", text)


def _json(content: object) -> Write:
    return lambda folder, _mask: _put(folder, "annotations/a.json", content)


def _vector(name: str, *, crs: bool = True) -> Write:
    """Write the slicks as polygons on the map of `put_image`."""

    def write(folder: Path, _mask: Mask) -> None:
        assert PLACE.transform is not None
        a, _, c, _, e, f = PLACE.transform
        shapes = [
            box(c + a * left, f + e * bottom, c + a * right, f + e * top)
            for left, top, right, bottom in BOXES.values()
        ]
        frame = geopandas.GeoDataFrame({"class": [NAMES[n] for n in BOXES]}, geometry=shapes, crs=PLACE.crs)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_file(path)
        if not crs:
            path.with_suffix(".prj").unlink()

    return write


def _mask_files(name: str) -> Write:
    def write(folder: Path, mask: Mask) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".tif":
            tifffile.imwrite(path, mask.astype(np.int32))
        else:
            cv2.imwrite(str(path), mask)

    return write


def _colors(folder: Path, mask: Mask) -> None:
    """Write a mask in the colors of `CLASSES`."""
    table = np.array([[int(one.color[at : at + 2], 16) for at in (1, 3, 5)] for one in CLASSES], np.uint8)
    (folder / "masks").mkdir()
    cv2.imwrite(str(folder / "masks" / "a.1.png"), table[mask][:, :, ::-1])


def _palette(name: str) -> Write:
    return lambda folder, mask: _put(folder, name, png(mask, CLASSES))


def _own_slicks(write: Callable[[Path, Sequence[SlickRecord]], list[Path]]) -> Write:
    """Write the slicks of each class as Seep exports them; their coordinates are degrees."""

    def run(folder: Path, mask: Mask) -> None:
        found = []
        for number in BOXES:
            shape = MultiPolygon([*get_parts(to_lonlat(outline(mask == number), PLACE))])
            found.append(slick(class_id=number, class_name=NAMES[number], outline=shape, line=None))
        (folder / "annotations").mkdir()
        write(folder / "annotations", found)

    return run


def _own(name: str, write: Callable[[NamedMask], str | bytes]) -> Write:
    return lambda folder, mask: _put(folder, name, write(NamedMask("a.1.png", mask)))


def _own_tiff(folder: Path, mask: Mask) -> None:
    (folder / "masks").mkdir()
    write_mask(folder / "masks" / "a.1.tif", mask)


def _own_geotiff(folder: Path, mask: Mask) -> None:
    (folder / "masks").mkdir()
    write_geotiff(folder / "masks" / "a.1.tif", mask.shape, lambda _: mask, CLASSES, PLACE)


PLACE = Georeference("EPSG:32633", (10.0, 0.0, 500_000.0, 0.0, -10.0, 4_500_000.0))
"""Georeference of the images of `put_image`."""
_LISTED = "names: [Oil, Ship]\n"
_NO_NAMES = "class 0 has no name"
_BOTH = "exact without holes and unsure pixels"
_NO_CRS = "The .prj file with its CRS is missing"
_NO_UNSURE = "exact without unsure pixels"
_PANOPTIC = "panoptic segmentation, which Seep does not read"

_VIA_3 = "a project of VIA 3, which Seep does not read"
_TOPOJSON = "TopoJSON, which Seep does not read"
_FIFTYONE = "a data set of FiftyOne, which Seep does not read"
_VIA_3_KEYS = {"project": {}, "config": {}, "metadata": {}}
_LABELBOX = "a Labelbox export, which Seep does not read"
NO_MASK = "no mask; the boxes are counted in a note"

ROWS: tuple[Row, ...] = (
    Row(
        "TIFF of class ids",
        "`masks`",
        "images/a.1.png",
        _mask_files("masks/a.1.tif"),
        "exact",
        _own_tiff,
        "exact",
    ),
    Row("GeoTIFF of class ids", "`masks`", "images/a.1.tif", None, "", _own_geotiff, "exact"),
    Row(
        "PNG of class ids",
        "`masks`, suffix `_gt`",
        "images/a.1.png",
        _mask_files("masks/a.1_gt.png"),
        "exact",
        lambda folder, mask: _put(folder, "masks/a.1.png", png(mask, CLASSES)),
        "exact",
    ),
    Row(
        "COCO, run lengths",
        "`images/train`, `annotations/instances_train.json`",
        "images/train/a.1.png",
        _coco("annotations/instances_train.json", True),
        "exact",
        _own("annotations/instances_train.json", lambda one: coco([one], CLASSES)),
        "exact",
    ),
    Row(
        "COCO, polygons",
        "`train2017`, `annotations`",
        "train2017/a.1.png",
        _coco("annotations/instances_train2017.json", False),
        "exact",
        _own("annotations/a.json", lambda one: coco([one], CLASSES, polygons=True)),
        "exact without holes",
    ),
    Row("Color mask", "`masks`, in the colors of the classes", "images/a.1.png", _colors, "exact"),
    Row("CamVid", "`train`, `trainannot`", "train/a.1.png", _mask_files("trainannot/a.1.png"), "exact"),
    Row(
        "CamVid",
        "`train`, `train_labels`, suffix `_L`",
        "train/a.1.png",
        _mask_files("train_labels/a.1_L.png"),
        "exact",
    ),
    Row(
        "Pascal VOC, palettes",
        "`JPEGImages`, `SegmentationClass`",
        "JPEGImages/a.1.png",
        _palette("SegmentationClass/a.1.png"),
        "exact",
    ),
    Row("COCO panoptic", "`annotations`", "images/a.1.png", _panoptic, _PANOPTIC),
    Row(
        "YOLO",
        "`images/train`, `labels/train` (Ultralytics)",
        "images/train/a.1.png",
        _yolo("labels/train/a.1.txt", "data.yaml", _LISTED),
        "exact",
        _own_yolo,
        _BOTH,
    ),
    Row(
        "YOLO",
        "`train/images`, `train/labels` (Roboflow)",
        "train/images/a.1.png",
        _yolo("train/labels/a.1.txt", "data.yaml", "names:\n- Oil\n- Ship\n"),
        "exact",
    ),
    Row(
        "YOLO",
        "`labels` with `classes.txt`",
        "images/a.1.png",
        _yolo("labels/a.1.txt", "labels/classes.txt", "Oil\nShip\n"),
        "exact",
    ),
    Row("YOLO", "without class names", "images/a.1.png", _yolo("labels/a.1.txt", "", ""), _NO_NAMES),
    Row(
        "CVAT for images",
        "`annotations`",
        "images/a.1.png",
        _cvat,
        "exact",
        _own("annotations/annotations.xml", lambda one: cvat([one], CLASSES)),
        "exact",
    ),
    Row(
        "Label Studio JSON",
        "`annotations`, local storage",
        "images/a.1.png",
        _label_studio,
        "exact",
        _own("annotations/tasks.json", lambda one: label_studio([one], CLASSES)),
        "exact",
    ),
    Row(
        "LabelMe JSON",
        "`annotations`",
        "images/a.1.png",
        _labelme,
        "exact",
        _own("annotations/a.1.json", lambda one: labelme(one, CLASSES)),
        "exact without holes",
    ),
    Row(
        "Run lengths in CSV",
        "`annotations`",
        "images/a.1.png",
        _runs,
        "exact",
        _own("annotations/train.csv", lambda one: rle_csv([one])),
        "exact without unsure pixels",
    ),
    Row("Label Studio JSON_MIN", "`annotations`, uploads", "images/a.1.png", _label_studio_min, "exact"),
    Row("Datumaro JSON", "`annotations`", "images/a.1.png", _datumaro, "exact"),
    Row("CVAT for video", "`annotations`", "images/frame_000012.png", _video, "exact"),
    Row("Pascal VOC, polygons", "`annotations`", "images/a.1.png", _voc(True), "exact"),
    Row("Pascal VOC, boxes only", "`annotations`", "images/a.1.png", _voc(False), NO_MASK),
    Row(
        "CVAT for images",
        "`annotations`, project with subsets",
        "images/Train/a.1.png",
        _cvat_project,
        "exact",
    ),
    Row("VGG Image Annotator 2", "`annotations`", "images/a.1.png", _via, "exact"),
    Row("VGG Image Annotator 3", "`annotations`", "images/a.1.png", _json(_VIA_3_KEYS), _VIA_3),
    Row("Supervisely", "`annotations`, named `a.png.json`", "images/a.1.png", _supervisely, "exact"),
    Row("V7 Darwin 2.0", "`annotations`", "images/a.1.png", _darwin, "exact"),
    Row("SuperAnnotate", "`annotations`", "images/a.1.png", _superannotate, "exact"),
    Row("QuPath GeoJSON", "`annotations`", "images/a.1.png", _qupath, "exact"),
    Row("FiftyOne", "`annotations`", "images/a.1.png", _json({"samples": []}), _FIFTYONE),
    Row("TopoJSON", "`annotations`", "images/a.1.png", _json({"arcs": [], "objects": {}}), _TOPOJSON),
    Row("Labelbox", "`annotations`", "images/a.1.png", _json({"data_row": {}}), _LABELBOX),
    Row(
        "GeoJSON",
        "`annotations`",
        "images/a.1.tif",
        _vector("annotations/a.geojson"),
        "exact",
        _own_slicks(write_geojson),
        _NO_UNSURE,
    ),
    Row(
        "GeoPackage",
        "`annotations`",
        "images/a.1.tif",
        _vector("annotations/a.gpkg"),
        "exact",
        _own_slicks(write_geopackage),
        _NO_UNSURE,
    ),
    Row(
        "Shapefile",
        "`annotations`",
        "images/a.1.tif",
        _vector("annotations/a.shp"),
        "exact",
        _own_slicks(write_shapefile),
        _NO_UNSURE,
    ),
    Row("Shapefile", "without `.prj`", "images/a.1.tif", _vector("annotations/a.shp", crs=False), _NO_CRS),
)


SETTINGS = {
    "COCO, run lengths": "CVAT: **Export dataset**, COCO 1.0. Roboflow: COCO Segmentation",
    "COCO, polygons": "as above; FiftyOne: type `COCODetectionDataset`",
    "Pascal VOC, palettes": "CVAT: Segmentation mask 1.1",
    "YOLO": "Roboflow: YOLO of a segmentation project. Ultralytics: `yolo segment predict save_txt=True`",
    "CVAT for images": "**Export dataset**, CVAT for images 1.1; not **Backup task**",
    "CVAT for video": "**Export dataset**, CVAT for video 1.1",
    "Label Studio JSON": "**Export**, JSON; not brush labels to PNG, which are named for tasks",
    "Label Studio JSON_MIN": "**Export**, JSON-MIN",
    "Datumaro JSON": "`datum convert -f datumaro`; CVAT: Datumaro 1.0",
    "VGG Image Annotator 2": "**Annotation**, Export annotations (as json), or **Project**, Save",
    "V7 Darwin 2.0": "Darwin JSON, the default",
    "SuperAnnotate": "export of a vector project; pixel projects are masks",
    "QuPath GeoJSON": "**File**, Export as GeoJSON, a file with the name of the image",
    "GeoPackage": "QGIS: **Export**, Save Features As",
}
"""What to choose in the programs that write a format, as they name it."""


def table() -> str:
    """Return the table of docs/formats.md."""
    lines = ["| format | layout | choose in the program | import | export and import |", f"|{' --- |' * 5}"]
    assert SETTINGS.keys() <= {one.format for one in ROWS}
    settings = dict(SETTINGS)
    for one in ROWS:
        read = one.imported if one.imported in {"exact", NO_MASK, ""} else f"refused: {one.imported}"
        chosen = settings.pop(one.format, "")  # once for each format
        lines.append(f"| {one.format} | {one.layout} | {chosen} | {read} | {one.returned} |")
    return "\n".join(lines) + "\n"


def rewrite(start: str, end: str, text: str) -> None:
    """Replace what stands between two marks in docs/formats.md."""
    page = DOCS.read_text()
    DOCS.write_text(re.sub(f"(?s){re.escape(start)}.*{re.escape(end)}", lambda _: start + text + end, page))


if __name__ == "__main__":
    rewrite(START, END, table())
