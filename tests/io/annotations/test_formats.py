"""Formats of annotation tools, each written as its own tool writes it, against one truth."""

import base64
import json
import warnings
from collections.abc import Mapping
from pathlib import Path

import cv2
import geopandas
import numpy as np
import pytest
from pycocotools import mask as coco_mask
from shapely.geometry import Point, Polygon, box

from seep.core.geo.georeference import Georeference
from seep.core.import_options import AnnotationOptions
from seep.errors import MaskError
from seep.io.annotations import model
from seep.io.annotations.matching import Annotations
from seep.io.annotations.model import ImageShapes
from seep.io.annotations.reading import read_annotations, read_shapes
from seep.io.annotations.shapes import are_runs_of_other_order, rasterize_shapes
from seep.io.sandbox import SANDBOX
from seep.io.vector_features import read_features
from seep_testing.image_files import annotation_of

AREAS = AnnotationOptions(boxes_as_areas=True)
NAMES = ("No seep", "Oil", "Ship", "Land")
SHAPE = (40, 60)
UTM = Georeference("EPSG:32633", (10.0, 0.0, 500_000.0, 0.0, -10.0, 4_500_000.0))


def truth() -> np.ndarray:
    mask = np.zeros(SHAPE, np.uint8)
    mask[3:12, 5:30] = 1
    mask[20:35, 40:60] = 2
    return mask


def corners(x: float, y: float, right: float, below: float) -> list[list[float]]:
    return [[x, y], [right, y], [right, below], [x, below]]


OIL, SHIP = corners(5, 3, 30, 12), corners(40, 20, 60, 35)


def only(path: Path, content: object, *, boxes: bool = False) -> ImageShapes:
    """Write a file and return its only entry."""
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    (found,) = read_shapes(path, options=AnnotationOptions(boxes_as_areas=boxes)).images
    return found


def drawn(found: ImageShapes | None, georeference: Georeference | None = None) -> np.ndarray:
    assert found is not None
    return rasterize_shapes(found, SHAPE, NAMES, georeference)


def png(bits: np.ndarray) -> str:
    return base64.b64encode(cv2.imencode(".png", bits.astype(np.uint8) * 255)[1].tobytes()).decode()


def labelme(*shapes: Mapping[str, object], image: str = "..\\images\\a.png") -> dict[str, object]:
    return {
        "version": "5.4.1",
        "flags": {},
        "shapes": list(shapes),
        "imagePath": image,
        "imageData": None,
        "imageHeight": 40,
        "imageWidth": 60,
    }


def test_labelme_polygons_and_masks(tmp_path: Path) -> None:
    bits = truth()[20:35, 40:60] == 2
    found = only(
        tmp_path / "a.json",
        labelme(
            {"label": "oil", "points": OIL, "shape_type": "polygon"},
            {"label": "Ship", "points": [[40, 20], [59, 34]], "shape_type": "mask", "mask": png(bits)},
            {"label": "Oil", "points": [[1, 1], [2, 2]], "shape_type": "linestrip"},
        ),
    )
    assert (found.format, found.size, found.omitted) == ("LabelMe", SHAPE, {"linestrip": 1})
    np.testing.assert_array_equal(drawn(found), truth())


def test_labelme_files_name_their_image_with_its_folder(tmp_path: Path) -> None:
    shape = {"label": "Oil", "points": OIL, "shape_type": "polygon"}
    (tmp_path / "x.json").write_text(json.dumps(labelme(shape)))
    found = read_annotations([tmp_path / "x.json"])
    assert annotation_of(found, Path("/data/images/a.png")) is not None
    assert annotation_of(found, Path("/data/images/x.png")) is None


def test_a_labelme_mask_is_checked_before_it_is_decoded(tmp_path: Path) -> None:
    bomb = bytearray(base64.b64decode(png(np.ones((3, 3)))))
    bomb[16:24] = (2**31 - 1).to_bytes(4) * 2
    shape = {"label": "Oil", "points": [[0, 0], [2, 2]], "shape_type": "mask"}
    for text, message in (
        (base64.b64encode(bomb).decode(), "exceeds the limits"),
        ("no base64!", "not base64"),
    ):
        with pytest.raises(MaskError, match=message):
            only(tmp_path / "a.json", labelme(shape | {"mask": text}))


def test_boxes_and_ellipses_are_left_out_unless_they_are_asked_for(tmp_path: Path) -> None:
    content = labelme(
        {"label": "Oil", "points": [[5, 3], [30, 12]], "shape_type": "rectangle"},
        {"label": "Ship", "points": [[45, 25], [45, 30]], "shape_type": "circle"},
    )
    found = only(tmp_path / "a.json", content)
    assert not found.annotated
    assert found.omitted == {"box": 1, "ellipse": 1}
    assert "boxes as areas" in found.notes[0]
    mask = drawn(only(tmp_path / "a.json", content, boxes=True))
    np.testing.assert_array_equal(mask == 1, truth() == 1)
    assert (mask == 2).sum() == pytest.approx(np.pi * 25, rel=0.05)


def cvat_image(*elements: str) -> str:
    return (
        f'<annotations><image name="a.png" width="60" height="40">{"".join(elements)}</image></annotations>'
    )


def test_boxes_of_cvat_are_turned_clockwise(tmp_path: Path) -> None:
    upright = '<box label="Oil" xtl="20" ytl="10" xbr="40" ybr="14" rotation="90.0"/>'
    mask = drawn(only(tmp_path / "a.xml", cvat_image(upright), boxes=True))
    expected = np.zeros(SHAPE, np.uint8)
    expected[2:22, 28:32] = 1
    np.testing.assert_array_equal(mask, expected)
    tilted = '<ellipse label="Oil" cx="30" cy="20" rx="15" ry="3" rotation="45"/>'
    mask = drawn(only(tmp_path / "a.xml", cvat_image(tilted), boxes=True))
    reference = cv2.ellipse(np.zeros(SHAPE, np.uint8), (30, 20), (15, 3), 45, 0, 360, 1, -1)
    both = np.logical_and(mask, reference).sum() / np.logical_or(mask, reference).sum()
    assert both > 0.75  # the reference has whole pixels only
    assert mask[27, 37] == 1  # down to the right


def test_cvat_video_has_a_mask_per_frame(tmp_path: Path) -> None:
    points = ";".join(f"{x},{y}" for x, y in OIL)
    xml = f"""<annotations><meta><job><original_size><width>60</width><height>40</height></original_size></job>
    </meta><track id="0" label="Oil">
    <polygon frame="0" outside="0" keyframe="1" points="{points}" z_order="0"/>
    <polygon frame="2" outside="0" keyframe="0" points="{points}" z_order="0"/>
    <polygon frame="3" outside="1" keyframe="1" points="{points}" z_order="0"/></track>
    <track id="1" label="Ship"><box frame="2" outside="0" xtl="40" ytl="20" xbr="60" ybr="35"/></track>
    </annotations>"""
    path = tmp_path / "annotations.xml"
    path.write_text(xml)
    found = read_annotations([path], options=AREAS)
    assert set(found.by_stem) == {f"frame_00000{frame}" for frame in range(3)}
    np.testing.assert_array_equal(drawn(annotation_of(found, Path("frame_000002.PNG"))), truth())
    assert (drawn(annotation_of(found, Path("frame_000000.png"))) == np.where(truth() == 1, 1, 0)).all()


def track_of(path: Path, *shapes: str, label: str = "Oil", others: str = "") -> Path:
    path.write_text(f'<annotations><track label="{label}">{"".join(shapes)}</track>{others}</annotations>')
    return path


def ring_in(found: Annotations, frame: int) -> np.ndarray:
    (shape,) = annotation_of(found, f"frame_{frame:06d}.png").shapes
    assert isinstance(shape, model.Polygon)
    return shape.rings[0]


def test_boxes_and_ellipses_between_key_frames_move_and_turn_evenly(tmp_path: Path) -> None:
    box = '<box frame="{}" outside="{}" xtl="{}" ytl="10" xbr="{}" ybr="20" rotation="{}"/>'
    shapes = (box.format(0, 0, 0, 20, 350), box.format(4, 0, 8, 28, 10), box.format(6, 1, 12, 32, 10))
    found = read_annotations([track_of(tmp_path / "a.xml", *shapes)], options=AREAS)
    assert set(found.by_stem) == {f"frame_{frame:06d}" for frame in range(6)}
    np.testing.assert_allclose(
        ring_in(found, 2), [[4, 10], [24, 10], [24, 20], [4, 20]]
    )  # turned by 0 degrees
    np.testing.assert_allclose(ring_in(found, 5).mean(axis=0), [20, 15])  # on to where it leaves
    ellipse = '<ellipse frame="{}" outside="0" cx="{}" cy="20" rx="{}" ry="4"/>'
    path = track_of(tmp_path / "b.xml", ellipse.format(0, 10, 4), ellipse.format(2, 20, 8))
    ring = ring_in(read_annotations([path], options=AREAS), 1)
    np.testing.assert_allclose([ring.min(axis=0), ring.max(axis=0)], [[9, 16], [21, 24]])


@pytest.mark.parametrize(
    ("last", "found"),
    [
        ("20,10;40,10;40,20;20,20", [[15, 10], [35, 10], [35, 20], [15, 20]]),
        ("20,14;30,12;40,14;40,24;20,24", [[15, 12], [30, 11], [35, 12], [35, 22], [15, 22]]),
    ],
    ids=["as-many-points", "one-point-more"],
)
def test_polygons_between_key_frames_are_matched_along_their_outlines(
    tmp_path: Path, last: str, found: list[list[int]]
) -> None:
    """Expected values: computed with CVAT's own rule, `TrackManager.get_interpolated_shapes`."""
    polygon = '<polygon frame="{}" outside="0" keyframe="1" points="{}"/>'
    path = track_of(tmp_path / "a.xml", polygon.format(0, "10,10;30,10;30,20;10,20"), polygon.format(2, last))
    np.testing.assert_allclose(ring_in(read_annotations([path]), 1), found)


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (
            '<polygon frame="1000000000" outside="0" points="{}"/>',
            "999\u202f999\u202f999 frames between the key frames 0",
        ),
        ('<box frame="10" outside="0" xtl="1" ytl="1" xbr="9" ybr="9"/>', "a polygon and a box"),
        ('<polygon frame="10" outside="0" points="1,2;3"/>', "not a list of points"),
    ],
    ids=["too-many-frames", "another-type", "damaged"],
)
def test_frames_between_key_frames_that_cannot_be_interpolated_have_no_mask(
    tmp_path: Path, last: str, reason: str
) -> None:
    points = ";".join(f"{x},{y}" for x, y in OIL)
    shape = f'<polygon frame="{{}}" outside="0" keyframe="1" points="{points}"/>'
    other = f'<track label="Ship">{shape.format(5)}</track>'
    path = track_of(tmp_path / "annotations.xml", shape.format(0), last.format(points), others=other)
    found = read_annotations([path])
    assert annotation_of(found, "frame_000000.png").annotated
    incomplete = annotation_of(found, "frame_000005.png")
    assert not incomplete.annotated
    assert reason in incomplete.notes[0]


def test_one_file_of_cvat_has_images_and_tracks(tmp_path: Path) -> None:
    points = ";".join(f"{x},{y}" for x, y in OIL)
    image = f'<image name="a.png" width="60" height="40"><polygon label="Oil" points="{points}"/></image>'
    track = f'<track label="Oil"><polygon frame="3" outside="0" points="{points}"/></track>'
    path = tmp_path / "annotations.xml"
    path.write_text(f"<annotations>{image}{track}</annotations>")
    found = read_annotations([path])
    for name in ("a.png", "frame_000003.png"):
        assert (drawn(annotation_of(found, name)) > 0).sum() == 225


def test_yolo_rows_with_key_points_or_confidences_are_boxes(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("names: [Oil]\nkpt_shape: [2, 3]\n")
    box = f"{17.5 / 60} {7.5 / 40} {25 / 60} {9 / 40}"
    expected = np.where(truth() == 1, 1, 0)
    for row in (f"0 {box} 0.1 0.2 2 0.3 0.4 2", f"0 {box} 0.91"):
        np.testing.assert_array_equal(drawn(only(tmp_path / "a.txt", row, boxes=True)), expected)
    for row in ("0 5 3 30 3 30 12 5 12", "0 17.5 7.5 25 9"):
        with pytest.raises(MaskError, match="coordinates in pixels"):
            only(tmp_path / "a.txt", row, boxes=True)


OIL_BOX = (17.5 / 60, 7.5 / 40, 25 / 60, 9 / 40)
SHIP_BOX = (50 / 60, 27.5 / 40, 20 / 60, 15 / 40)


@pytest.mark.parametrize("end", ["", " 0.9"])
@pytest.mark.parametrize("points", [2, 17])
@pytest.mark.parametrize("known", [True, False])
def test_key_points_of_several_objects_are_no_outlines(
    tmp_path: Path, known: bool, points: int, end: str
) -> None:
    """As `yolo pose` writes them: a box, and x, y and visibility (0, 1 or 2) of each key point."""
    shape = f"kpt_shape: [{points}, 3]\n" if known else ""
    (tmp_path / "data.yaml").write_text(f"names: [Oil, Ship]\n{shape}")
    rows = [
        f"{number} {' '.join(map(str, one))} {' '.join([f'{one[0]} {one[1]} 2'] * (points - 1))} 0 0 0{end}"
        for number, one in enumerate((OIL_BOX, SHIP_BOX))
    ]
    np.testing.assert_array_equal(drawn(only(tmp_path / "a.txt", "\n".join(rows), boxes=True)), truth())


def test_a_row_without_the_key_points_of_its_set_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("names: [Oil]\nkpt_shape: [4, 3]\n")
    box = " ".join(map(str, OIL_BOX))
    with pytest.raises(MaskError, match=r"line 1 has 7 values.*4 and 12 of key points"):
        only(tmp_path / "a.txt", f"0 {box} 0.1 0.2 2", boxes=True)


def test_labelme_background_ignored_pixels_and_turned_rectangles(tmp_path: Path) -> None:
    content = labelme(
        {"label": "Oil", "points": OIL, "shape_type": "polygon"},
        {"label": "_background_", "points": corners(10, 6, 20, 9), "shape_type": "polygon"},
        {"label": "__ignore__", "points": corners(22, 6, 24, 9), "shape_type": "polygon"},
        {"label": "Ship", "points": SHIP, "shape_type": "rectangle"},
    )
    mask = drawn(only(tmp_path / "a.json", content, boxes=True))
    expected = truth()
    expected[6:9, 10:20] = 0
    expected[6:9, 22:24] = 255
    np.testing.assert_array_equal(mask, expected)


def test_deleted_objects_of_labelme_xml_stay_out(tmp_path: Path) -> None:
    listed = "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in OIL)
    content = voc(f"<object><name>Oil</name><deleted>1</deleted><polygon>{listed}</polygon></object>")
    found = only(tmp_path / "a.xml", content)
    assert (found.annotated, found.omitted) == (False, {"deleted object": 1})


def test_label_studio_regions_take_their_label_from_another_result(tmp_path: Path) -> None:
    size = {"original_width": 60, "original_height": 40}
    value = {"points": [[100 * x / 60, 100 * y / 40] for x, y in OIL]}
    drawn_region = {"id": "r1", "type": "polygon", "value": value, **size}
    label = {"id": "r1", "type": "labels", "value": value | {"labels": ["Oil"]}, **size}
    unlabeled = {"id": "r2", "type": "polygon", "value": value, **size}
    tasks = [{"data": {"image": "a.png"}, "annotations": [{"result": [drawn_region, label, unlabeled]}]}]
    found = only(tmp_path / "a.json", tasks)
    assert found.omitted == {"damaged polygon": 1}
    assert "a region without a label" in found.notes[0]
    np.testing.assert_array_equal(drawn(found), np.where(truth() == 1, 1, 0))


def test_label_studio_takes_the_ground_truth_of_several_annotators(tmp_path: Path) -> None:
    size = {"original_width": 60, "original_height": 40}
    value = {"points": [[100 * x / 60, 100 * y / 40] for x, y in OIL]}
    oil, ship = (
        {"type": "polygonlabels", "value": value | {"polygonlabels": [name]}, **size}
        for name in ("Oil", "Ship")
    )
    annotations = [{"result": [oil], "ground_truth": True}, {"result": [ship]}, {"result": [ship]}]
    found = only(tmp_path / "a.json", [{"data": {"image": "a.png"}, "annotations": annotations}])
    assert [one.label for one in found.shapes] == ["Oil"]
    assert found.omitted["other annotation"] == 2
    assert "has 3 annotations; the ground truth is taken" in found.notes[0]


def test_one_damaged_annotation_leaves_out_itself_only(tmp_path: Path) -> None:
    flat = [number for point in OIL for number in point]
    content = {
        "images": [{"id": "i1", "file_name": "a.png"}, {"id": "i2", "file_name": ""}],
        "categories": [{"id": 1, "name": "Oil"}],
        "annotations": [
            {"image_id": "i1", "category_id": 1, "segmentation": [flat, [1, 2, 3, 4]]},
            {"image_id": "i1", "category_id": 1, "segmentation": [[]]},
            {"image_id": "unlisted", "category_id": 1, "segmentation": [flat]},
            {"image_id": "i1"},
        ],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    file = read_shapes(path)
    (found,) = file.images
    assert found.omitted == {"damaged polygon": 2}
    assert {one.kind: one.count for one in file.left_out} == {
        "damaged image": 1,
        "annotation of no image or class": 2,
    }
    assert "annotation 1 has an invalid polygon of 2 points" in found.notes[0]
    assert "annotation 3 is of the image 'unlisted', which is not listed" in file.notes[0]
    np.testing.assert_array_equal(drawn(found), np.where(truth() == 1, 1, 0))


def test_lvis_names_images_by_their_address(tmp_path: Path) -> None:
    content = {
        "images": [
            {"id": 1, "coco_url": "http://images.cocodataset.org/val2017/a.png", "width": 60, "height": 40}
        ],
        "categories": [{"id": 1, "name": "Oil"}],
        "annotations": [{"image_id": 1, "category_id": 1, "segmentation": [[5, 3, 30, 3, 30, 12, 5, 12]]}],
    }
    found = only(tmp_path / "lvis.json", content)
    assert found.image == "/val2017/a.png"
    np.testing.assert_array_equal(drawn(found), np.where(truth() == 1, 1, 0))


def voc(*objects: str) -> str:
    return (
        "<annotation><folder>x</folder><filename>a.jpg</filename><size><width>60</width><height>40</height>"
        f"<depth>3</depth></size>{''.join(objects)}</annotation>"
    )


def test_voc_boxes_count_pixels_from_one(tmp_path: Path) -> None:
    bounds = "<bndbox><xmin>6</xmin><ymin>4</ymin><xmax>30</xmax><ymax>12</ymax></bndbox>"
    content = voc(f"<object><name>Oil</name>{bounds}</object>")
    np.testing.assert_array_equal(
        drawn(only(tmp_path / "a.xml", content, boxes=True)), np.where(truth() == 1, 1, 0)
    )
    found = only(tmp_path / "a.xml", content)
    assert (found.annotated, found.omitted, found.format) == (False, {"box": 1}, "Pascal VOC")


def test_voc_polygons_of_other_tools(tmp_path: Path) -> None:
    numbered = "".join(f"<x{n}>{x}</x{n}><y{n}>{y}</y{n}>" for n, (x, y) in enumerate(OIL, 1))
    listed = "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in SHIP)
    content = voc(
        f"<object><name>Oil</name><polygon>{numbered}</polygon></object>",
        f"<object><name>Ship</name><polygon>{listed}</polygon></object>",
    )
    np.testing.assert_array_equal(drawn(only(tmp_path / "a.xml", content)), truth())


def test_datumaro_items(tmp_path: Path) -> None:
    bits = np.asfortranarray(truth() == 2).astype(np.uint8)
    runs = coco_mask.encode(bits)["counts"].decode()
    content = {
        "info": {},
        "categories": {"label": {"labels": [{"name": "Oil"}, {"name": "Ship"}]}},
        "items": [
            {
                "id": "sub/a",
                "annotations": [
                    {"type": "mask", "label_id": 1, "rle": {"counts": runs, "size": [40, 60]}, "z_order": 1},
                    {"type": "bbox", "label_id": 1, "bbox": [0, 0, 60, 40], "z_order": 0},
                    {"type": "polygon", "label_id": 0, "points": np.ravel(OIL).tolist(), "z_order": 2},
                    {"type": "caption", "caption": "calm sea"},
                ],
                "image": {"path": "sub/a.png", "size": [40, 60]},
            }
        ],
    }
    found = only(tmp_path / "default.json", content)
    assert found.omitted == {"box": 1, "caption": 1}
    np.testing.assert_array_equal(drawn(found), truth())
    mask = drawn(only(tmp_path / "default.json", content, boxes=True))
    np.testing.assert_array_equal(mask, np.where(truth() == 1, 1, 2))


def kaggle_runs(bits: np.ndarray) -> str:
    """Encode a mask as in the kernels of Kaggle: pairs of start and length, from 1, down the columns."""
    pixels = np.concatenate([[0], bits.T.flatten(), [0]])
    runs = np.where(pixels[1:] != pixels[:-1])[0] + 1
    runs[1::2] -= runs[::2]
    return " ".join(str(number) for number in runs)


@pytest.mark.parametrize("layout", ["columns", "joined", "one class"])
def test_run_lengths_in_csv(tmp_path: Path, layout: str) -> None:
    runs = {label: kaggle_runs(truth() == label) for label in (1, 2)}
    rows = {
        "columns": ["ImageId,ClassId,EncodedPixels", *(f"a.jpg,{n},{text}" for n, text in runs.items())],
        "joined": [
            "ImageId_ClassId,EncodedPixels",
            *(f"a.jpg_{n},{text}" for n, text in runs.items()),
            "a.jpg_3,",
        ],
        "one class": ["ImageId,EncodedPixels", f"a.jpg,{runs[1]}", "b.jpg,"],
    }[layout]
    path = tmp_path / "train.csv"
    path.write_text("\r\n".join(rows))
    found = read_annotations([path])
    expected = np.where(truth() == 1, 1, 0) if layout == "one class" else truth()
    np.testing.assert_array_equal(drawn(annotation_of(found, Path("a.jpg"))), expected)
    assert annotation_of(found, Path("c.jpg")) is None
    if layout == "one class":
        assert not drawn(annotation_of(found, Path("b.jpg"))).any()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ImageId,EncodedPixels\na.jpg,1 2 3", "pairs of start and length"),
        ("ImageId,EncodedPixels\na.jpg,10 5 3 4", "overlap or are out of order"),
        ("ImageId,EncodedPixels\na.jpg,0 5", "pairs of start and length"),
        ("ImageId,EncodedPixels\na.jpg,1 x", "damaged run lengths"),
        ("ImageId,EncodedPixels\na.jpg,1 2,3", "damaged run lengths"),
        ("name,area\na,3", "no run lengths"),
        ("ImageId_ClassId,EncodedPixels\na.jpg,1 2", "has no class"),
    ],
)
def test_damaged_run_lengths_in_csv_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(MaskError, match=message):
        only(tmp_path / "train.csv", text)


def test_run_lengths_along_the_rows_are_read_on_request_and_noticed(tmp_path: Path) -> None:
    pixels = np.concatenate([[0], (truth() == 1).ravel(), [0]])
    edges = (np.flatnonzero(np.diff(pixels)) + 1).reshape(-1, 2)
    runs = " ".join(f"{start} {end - start}" for start, end in edges)
    (tmp_path / "train.csv").write_text(f"ImageId,EncodedPixels\na.jpg,{runs}\n")
    wrong = annotation_of(read_annotations([tmp_path / "train.csv"]), "a.jpg")
    right = annotation_of(
        read_annotations([tmp_path / "train.csv"], options=AnnotationOptions(run_order="rows")), "a.jpg"
    )
    np.testing.assert_array_equal(drawn(right), np.where(truth() == 1, 1, 0))
    assert are_runs_of_other_order(wrong, SHAPE)
    assert not are_runs_of_other_order(right, SHAPE)


def test_runs_beyond_the_image_are_refused(tmp_path: Path) -> None:
    found = only(tmp_path / "train.csv", "ImageId,EncodedPixels\na.jpg,2400 2")
    with pytest.raises(MaskError, match="do not fit an image of 40 x 60"):
        drawn(found)


def test_label_studio_json_min(tmp_path: Path) -> None:
    size = {"original_width": 60, "original_height": 40}
    points = [[100 * x / 60, 100 * y / 40] for x, y in OIL]
    regions = [
        {"points": points, "closed": True, "polygonlabels": ["Oil"], **size},
        {
            "x": 100 * 40 / 60,
            "y": 50,
            "width": 100 / 3,
            "height": 37.5,
            "rotation": 0,
            "rectanglelabels": ["Ship"],
            **size,
        },
    ]
    row = {
        "image": "/data/upload/1/0123abcd-a.png",
        "id": 1,
        "seep": regions,
        "annotator": 1,
        "annotation_id": 4,
        "created_at": "2026-01-01T00:00:00Z",
    }
    found = only(tmp_path / "min.json", [row], boxes=True)
    assert (found.format, found.image) == ("Label Studio JSON_MIN", "a.png")
    np.testing.assert_array_equal(drawn(found), truth())
    assert not only(tmp_path / "min.json", [{k: v for k, v in row.items() if k != "seep"}]).annotated


def test_boxes_of_label_studio_turn_about_their_upper_left_corner(tmp_path: Path) -> None:
    value = {"x": 50, "y": 25, "width": 20, "height": 10, "rotation": 90, "rectanglelabels": ["Oil"]}
    result = {"type": "rectanglelabels", "value": value, "original_width": 60, "original_height": 40}
    tasks = [{"data": {"image": "a.png"}, "annotations": [{"result": [result]}]}]
    expected = np.zeros(SHAPE, np.uint8)
    expected[10:22, 26:30] = 1
    np.testing.assert_array_equal(drawn(only(tmp_path / "a.json", tasks, boxes=True)), expected)


def test_boxes_of_coco_and_yolo(tmp_path: Path) -> None:
    coco = {
        "images": [{"id": 1, "file_name": "a.png", "width": 60, "height": 40}],
        "categories": [{"id": 1, "name": "Oil"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [5, 3, 25, 9]}],
    }
    expected = np.where(truth() == 1, 1, 0)
    np.testing.assert_array_equal(drawn(only(tmp_path / "a.json", coco, boxes=True)), expected)
    (tmp_path / "classes.txt").write_text("Oil\n")
    text = f"0 {17.5 / 60} {7.5 / 40} {25 / 60} {9 / 40}\n"
    np.testing.assert_array_equal(drawn(only(tmp_path / "a.txt", text, boxes=True)), expected)
    found = only(tmp_path / "a.txt", text)
    assert (found.annotated, found.omitted) == (False, {"box": 1})


def placed(*corners_px: list[list[float]]) -> list[Polygon]:
    return [Polygon([(500_000 + 10 * x, 4_500_000 - 10 * y) for x, y in ring]) for ring in corners_px]


@pytest.mark.parametrize("suffix", [".gpkg", ".shp"])
@pytest.mark.parametrize("crs", ["EPSG:32633", "EPSG:3857", "EPSG:4326"])
def test_vector_layers_in_any_crs(tmp_path: Path, suffix: str, crs: str) -> None:
    path = tmp_path / f"slicks{suffix}"
    frame = geopandas.GeoDataFrame({"Class": ["Oil", "Ship"]}, geometry=placed(OIL, SHIP), crs="EPSG:32633")
    frame.to_crs(crs).to_file(path)
    (found,) = read_shapes(path).images
    assert found.frame == "lonlat"
    mask = drawn(found, UTM)
    assert (mask != truth()).sum() <= (0 if crs == "EPSG:32633" else 4)


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson"])
def test_the_class_attribute_can_be_chosen(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"slicks{suffix}"
    columns = {"name": ["a", "b"], "what": ["Oil", "Ship"]}
    frame = geopandas.GeoDataFrame(columns, geometry=placed(OIL, SHIP), crs="EPSG:32633")
    (frame.to_crs("EPSG:4326") if suffix == ".geojson" else frame).to_file(path)
    (found,) = read_shapes(path, options=AnnotationOptions(class_attribute="what")).images
    assert found.labels_from == "the attribute what"
    assert (drawn(found, UTM) != truth()).sum() <= 4
    with pytest.raises(MaskError, match=r"has no attribute 'kind' \(attributes: name, what\)"):
        read_shapes(path, options=AnnotationOptions(class_attribute="kind"))


def test_the_layer_of_a_geopackage_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "slicks.gpkg"
    for name, ring in (("Oil", OIL), ("Ship", SHIP)):
        frame = geopandas.GeoDataFrame({"label": [name]}, geometry=placed(ring), crs="EPSG:32633")
        frame.to_file(path, layer=name.lower())
    (found,) = read_shapes(path, options=AnnotationOptions(layer="ship")).images
    np.testing.assert_array_equal(drawn(found, UTM), np.where(truth() == 2, 2, 0))
    with pytest.raises(MaskError, match=r"has no layer 'x' \(layers: oil, ship\)"):
        read_shapes(path, options=AnnotationOptions(layer="x"))


def test_all_layers_of_a_geopackage_count(tmp_path: Path) -> None:
    path = tmp_path / "slicks.gpkg"
    for name, ring in (("Oil", OIL), ("Ship", SHIP)):
        frame = geopandas.GeoDataFrame({"label": [name]}, geometry=placed(ring), crs="EPSG:32633")
        frame.to_file(path, layer=name)
    points = geopandas.GeoDataFrame(geometry=[Point(500_100, 4_499_900)], crs="EPSG:32633")
    points.to_file(path, layer="rigs")
    (found,) = read_shapes(path).images
    assert (found.omitted, len(found.shapes)) == ({"point": 1}, 2)
    np.testing.assert_array_equal(drawn(found, UTM), truth())


def test_names_that_end_in_a_class_need_the_column_of_both(tmp_path: Path) -> None:
    """Their class would be 1, whatever the name says."""
    message = r"line 2 names the image 'a\.jpg_3', which ends in a class\. Name its column ImageId_ClassId\.$"
    with pytest.raises(MaskError, match=message):
        only(tmp_path / "train.csv", "Id,EncodedPixels\na.jpg_3,1 2\n")


def test_vector_layers_without_a_crs_in_meters_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "slicks.shp"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        geopandas.GeoDataFrame({"n": [1]}, geometry=[box(5e5, 4e6, 6e5, 5e6)]).to_file(path)
    message = r"not longitude and latitude in degrees\. The \.prj file with its CRS is missing"
    with pytest.raises(MaskError, match=message):
        read_shapes(path)


@pytest.mark.parametrize(
    ("crs", "wrong", "told"),
    [
        ("EPSG:32633", (500_100, -7e237), r"\(500100, −7e\+237\)"),
        ("EPSG:32633", (500_100, -4.5e7), r"\(500100, −4\.5e\+07\)"),
        ("EPSG:4267", (1e30, 40.6), r"\(1e\+30, 40\.6\)"),
    ],
)
@pytest.mark.parametrize("suffix", [".shp", ".gpkg", ".geojson"])
def test_coordinates_that_are_not_on_the_earth_are_refused(
    tmp_path: Path, suffix: str, crs: str, wrong: tuple[float, float], told: str
) -> None:
    """Transformations give such coordinates some longitude and latitude."""
    path = tmp_path / f"slicks{suffix}"
    ring = (
        [(500_100, 4_499_700), (500_300, 4_499_700), wrong, (500_300, 4_499_900)]
        if crs == "EPSG:32633"
        else [(15.001, 40.64), (15.003, 40.64), wrong, (15.003, 40.65)]
    )
    if suffix == ".geojson":
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        member = {"type": "name", "properties": {"name": crs}}
        path.write_text(
            json.dumps(
                {
                    "type": "FeatureCollection",
                    "crs": member,
                    "features": [{"type": "Feature", "geometry": geometry}],
                }
            )
        )
    else:
        geopandas.GeoDataFrame({"n": [1]}, geometry=[Polygon(ring)], crs=crs).to_file(path)
    with pytest.raises(
        MaskError, match=rf"has the coordinate {told}, which is not on the Earth in its CRS\..*\.$"
    ):
        read_shapes(path)


def test_polygons_up_to_the_edges_of_the_world_are_read(tmp_path: Path) -> None:
    path, edge = tmp_path / "land.gpkg", 20_037_508.342789244
    frame = geopandas.GeoDataFrame({"n": [1]}, geometry=[box(-edge, -edge, edge, edge)], crs="EPSG:3857")
    frame.to_file(path)
    (found,) = read_shapes(path).images
    (shape,) = found.shapes
    assert isinstance(shape, model.Polygon)
    assert np.abs(shape.rings[0]).max() == pytest.approx(180)


def test_a_shapefile_with_a_damaged_crs_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "slicks.shp"
    geopandas.GeoDataFrame({"n": [1]}, geometry=placed(OIL), crs="EPSG:32633").to_file(path)
    text = path.with_suffix(".prj").read_text()
    path.with_suffix(".prj").write_text(text.replace("Zone_", "Zone\xc1"), "latin-1")
    message = r"slicks\.shp has a CRS that cannot be read\. Export it in WGS 84\."
    for read in (read_shapes, read_features):
        with pytest.raises(MaskError, match=message):
            read(path)


def test_a_polygon_without_rings_is_no_polygon(tmp_path: Path) -> None:
    """RFC 7946: a geometry with an empty array of coordinates is a null object."""
    found = only(
        tmp_path / "a.geojson",
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"class": "Oil"},
                    "geometry": {"type": kind, "coordinates": empty},
                }
                for kind, empty in (("Polygon", []), ("MultiPolygon", [[]]), ("MultiPolygon", []))
            ],
        },
    )
    assert found.shapes == []
    assert not drawn(found, UTM).any()


def test_a_shapefile_without_its_parts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "slicks.shp"
    geopandas.GeoDataFrame({"n": [1]}, geometry=placed(OIL), crs="EPSG:32633").to_file(path)
    path.with_suffix(".shx").unlink()
    with pytest.raises(MaskError, match=r"slicks\.shp is damaged or incomplete"):
        read_shapes(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"type": "Topology", "arcs": [], "objects": {}}, "TopoJSON, which Seep does not read"),
        ({"anything": 1}, "is not GeoJSON, COCO, .*VGG Image Annotator, Label Studio JSON or"),
    ],
)
def test_formats_that_are_not_read_are_named(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(MaskError, match=message):
        only(tmp_path / "a.json", content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", {"shapes": 3, "imagePath": "a.png"}),
        ("a.json", labelme({"label": "Oil", "points": [[1, 1]], "shape_type": "rectangle"})),
        ("a.json", labelme({"label": "Oil", "points": [[1, 1], [2, 2]], "shape_type": "mask"})),
        ("a.json", {"categories": {}, "items": [{"id": "a", "annotations": [{"type": "polygon"}]}]}),
        ("a.json", {"categories": [], "items": []}),
        ("a.json", {"type": [], "features": []}),
        ("a.json", [{"annotator": 1, "seep": [{"polygonlabels": ["Oil"]}], "image": "a.png"}]),
        ("a.xml", voc("<object><name>Oil</name><bndbox><xmin>x</xmin></bndbox></object>")),
        ("a.xml", "<annotations><track label='Oil'><polygon points='1,2;3'/></track></annotations>"),
        ("a.gpkg", "no database"),
        ("a.shp", ""),
    ],
)
def test_damaged_files_are_refused_with_a_sentence(tmp_path: Path, name: str, content: object) -> None:
    with pytest.raises(MaskError, match=r"a\.(json|xml|gpkg|shp)(, \w+ 1)?(: \w+)? (is|has) .*\.$"):
        only(tmp_path / name, content)


def test_a_csv_of_class_colors_beside_masks_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "class_dict.csv").write_text("name,r,g,b\nSky,1,2,3\n")
    (tmp_path / "train.csv").write_text("ImageId,EncodedPixels\na.jpg,1 2\n")
    assert set(read_annotations(sorted(tmp_path.iterdir()), {"a"}).by_stem) == {"a"}


def test_every_format_passes_the_pipe_of_the_sandbox(tmp_path: Path) -> None:
    bits = truth()[20:35, 40:60] == 2
    shapes = [
        {"label": "Oil", "points": [[5, 3], [30, 12]], "shape_type": "rectangle"},
        {"label": "Ship", "points": [[40, 20], [59, 34]], "shape_type": "mask", "mask": png(bits)},
        {"label": "Oil", "points": [[1, 1]], "shape_type": "point"},
    ]
    (tmp_path / "a.json").write_text(json.dumps(labelme(*shapes)))
    (tmp_path / "a.csv").write_text(f"ImageId,EncodedPixels\na.png,{kaggle_runs(truth() == 1)}\n")
    geopandas.GeoDataFrame({"class": ["Oil"]}, geometry=placed(OIL), crs="EPSG:32633").to_file(
        tmp_path / "a.gpkg"
    )
    for name in ("a.json", "a.csv", "a.gpkg"):
        (direct,) = read_shapes(tmp_path / name, options=AREAS).images
        (piped,) = SANDBOX.read_shapes(tmp_path / name, options=AREAS).images
        np.testing.assert_array_equal(drawn(piped, UTM), drawn(direct, UTM))
        assert (piped.format, piped.omitted, piped.labels_from) == (
            direct.format,
            direct.omitted,
            direct.labels_from,
        )
    (left_out,) = SANDBOX.read_shapes(tmp_path / "a.json").images
    assert left_out.omitted == {"box": 1, "point": 1}


_POLYGON = "<polygon><x1>0</x1><y1>0</y1><x2>4</x2><y2>0</y2><x3>4</x3><y3>4</y3></polygon>"
_VOC_OBJECT = f"<object><name>Oil</name>{_POLYGON}</object>"


@pytest.mark.parametrize("name", ["", ".tif", "images/"])
@pytest.mark.parametrize("form", ["cvat", "coco", "voc", "labelme"])
def test_annotations_without_the_name_of_an_image_are_refused(tmp_path: Path, form: str, name: str) -> None:
    """Without a name they are of no image, and were taken as those of all."""
    ring = [[0, 0], [4, 0], [4, 4]]
    shape = {"label": "Oil", "points": ring, "shape_type": "polygon"}
    one = {"image_id": 1, "category_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4]]}
    image = {"id": 1, "file_name": name, "width": 8, "height": 8}
    categories = [{"id": 1, "name": "Oil"}]
    content = {
        "cvat": f'<annotations><image name="{name}" width="8" height="8"><polygon label="Oil" points="0,0;4,0;4,4"/>'
        "</image></annotations>",
        "coco": json.dumps({"images": [image], "categories": categories, "annotations": [one]}),
        "voc": f"<annotation><filename>{name}</filename>{_VOC_OBJECT}</annotation>",
        "labelme": json.dumps({"imagePath": name, "imageHeight": 8, "imageWidth": 8, "shapes": [shape]}),
    }[form]
    path = tmp_path / ("a.xml" if form in {"cvat", "voc"} else "a.json")
    path.write_text(content)
    with pytest.raises(MaskError, match="without the file name of its image"):
        read_shapes(path, {"b"})
