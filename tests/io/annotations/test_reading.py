import json
import struct
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from seep.core.geo.georeference import Georeference
from seep.core.masks.mask import UNSURE
from seep.errors import MaskError
from seep.io.annotations.reading import read_annotations
from seep.io.annotations.runs import brush_bits, coco_counts, decode_counts
from seep.io.annotations.shapes import rasterize_shapes
from seep_testing.image_files import annotation_of

NAMES = ("No seep", "Oil", "Ship", "Land")
SHAPE = (40, 60)


def truth() -> np.ndarray:
    mask = np.zeros(SHAPE, np.uint8)
    mask[3:12, 5:30] = 1
    mask[6:9, 10:20] = 0
    mask[20:35, 40:60] = 2
    mask[25:28, 45:50] = 1
    return mask


def read(tmp_path, name, content, georeference=None, stem="a.1"):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    found = annotation_of(read_annotations([path]), Path(f"/data/set/{stem}.png"))
    return rasterize_shapes(found, SHAPE, NAMES, georeference)


def coco(annotations, categories=None):
    return {
        "images": [{"id": 7, "file_name": "set/a.1.png", "width": 60, "height": 40}],
        "categories": categories or [{"id": 10, "name": "oil"}, {"id": 20, "name": "Ship"}],
        "annotations": [{"id": n, "image_id": 7, **one} for n, one in enumerate(annotations)],
    }


@pytest.mark.parametrize("packed", [True, False])
def test_coco_run_lengths_are_those_of_pycocotools(tmp_path, packed):
    found = []
    for class_id, category in ((1, 10), (2, 20)):
        bits = np.asfortranarray(truth() == class_id).astype(np.uint8)
        runs = coco_mask.encode(np.asfortranarray(bits))
        counts = runs["counts"].decode()
        if not packed:
            changes = np.flatnonzero(np.diff(bits.ravel("F"), prepend=0, append=2))
            counts = np.diff(changes, prepend=0).tolist()
        found.append({"category_id": category, "segmentation": {"size": list(SHAPE), "counts": counts}})
    np.testing.assert_array_equal(read(tmp_path, "coco.json", coco(found)), truth())


def test_random_run_lengths_agree_with_pycocotools():
    random = np.random.default_rng(0)
    for _ in range(30):
        bits = (random.random((17, 23)) < random.random()).astype(np.uint8, order="F")
        counts = coco_counts(coco_mask.encode(bits)["counts"].decode(), "x")
        np.testing.assert_array_equal(decode_counts(counts, (17, 23), "F", "x"), bits > 0)


def test_coco_polygons_cover_the_pixels_within_them(tmp_path):
    outer = [40, 20, 60, 20, 60, 35, 40, 35]
    found = coco([{"category_id": 20, "segmentation": [outer, [0, 0, 3, 0, 3, 2, 0, 2]]}])
    mask = read(tmp_path, "coco.json", found)
    assert (mask[20:35, 40:60] == 2).all()
    assert (mask[:2, :3] == 2).all()
    assert (mask > 0).sum() == 15 * 20 + 6


def test_yolo_polygons_and_names_beside_them(tmp_path):
    (tmp_path / "data.yaml").write_text('names:\n  0: "Ship"\n  1: Oil\n')
    text = "0 0.5 0.5 1 0.5 1 1 0.5 1\n\n1 0 0 0.1 0 0.1 0.1 0 0.1\n"
    mask = read(tmp_path, "a.1.txt", text)
    assert (mask[20:, 30:] == 2).all()
    assert (mask[:4, :6] == 1).all()
    assert (mask > 0).sum() == 600 + 24


def test_yolo_classes_without_names_are_refused(tmp_path):
    with pytest.raises(MaskError, match="class 2 has no name"):
        read(tmp_path, "a.1.txt", "2 0 0 1 0 1 1 0 1")


NAME_FILES = {
    "list": "names: [Ship, Oil]\n",
    "lines": "train: images\nnames:\n- Ship\n- Oil\nnc: 2\n",
    "numbers": "names:\n  0: Ship\n  1: 'Oil'\n",
}


@pytest.mark.parametrize("labels", ["labels", "labels/train", "train/labels"])
@pytest.mark.parametrize("names", NAME_FILES)
def test_yolo_names_are_found_in_the_layouts_of_ultralytics_and_roboflow(tmp_path, labels, names):
    folder = tmp_path / labels
    folder.mkdir(parents=True)
    (tmp_path / "data.yaml").write_text(NAME_FILES[names])
    assert read(folder, "a.1.txt", "1 0 0 1 0 1 1 0 1").min() == 1
    assert read(folder, "a.1.txt", "0 0 0 1 0 1 1 0 1").min() == 2


@pytest.mark.parametrize("far", [2.03, 30.416667, 1e6, 1e300])
def test_an_outline_that_ends_far_outside_keeps_its_edges_in_the_image(tmp_path, far):
    (tmp_path / "classes.txt").write_text("Oil\n")
    mask = read(tmp_path, "a.1.txt", f"0 0.1 0.1 0.6 0.1 0.6 0.4 0.3 {far}")
    height, width = mask.shape
    y, x = (np.mgrid[:height, :width] + 0.5) / np.array([height, width])[:, np.newaxis, np.newaxis]
    corners = np.array([(0.1, 0.1), (0.6, 0.1), (0.6, 0.4), (0.3, far)])
    inside = np.zeros(mask.shape, bool)
    for (ax, ay), (bx, by) in zip(np.roll(corners, 1, axis=0), corners, strict=True):
        with np.errstate(divide="ignore"):
            inside ^= ((ay > y) != (by > y)) & (x < ax + (bx - ax) * ((y - ay) / (by - ay)))
    np.testing.assert_array_equal(mask > 0, inside)


def test_yolo_names_that_disagree_are_refused(tmp_path):
    (tmp_path / "data.yaml").write_text("names: [Ship, Oil]")
    (tmp_path / "classes.txt").write_text("Oil\nShip\n")
    with pytest.raises(MaskError, match=r"classes\.txt and data\.yaml .* different class names"):
        read(tmp_path, "a.1.txt", "0 0 0 1 0 1 1 0 1")


def test_geojson_in_degrees_is_laid_onto_the_image(tmp_path):
    place = Georeference("EPSG:32633", (10.0, 0.0, 500_000.0, 0.0, -10.0, 4_500_000.0))
    gcps = Georeference(
        None,
        None,
        tuple(
            (float(r), float(c), float(place.lonlat(c, r)[0]), float(place.lonlat(c, r)[1]))
            for r in (0, 20, 40)
            for c in (0, 30, 60)
        ),
        "EPSG:4326",
    )
    corners = np.array([(5, 3), (30, 3), (30, 12), (5, 12), (5, 3)])
    hole = np.array([(10, 6), (20, 6), (20, 9), (10, 9), (10, 6)])
    rings = [np.stack(place.lonlat(ring[:, 0], ring[:, 1]), axis=1).tolist() for ring in (corners, hole)]
    feature = {
        "type": "Feature",
        "properties": {"class": "Oil"},
        "geometry": {"type": "Polygon", "coordinates": rings},
    }
    content = {"type": "FeatureCollection", "features": [feature]}
    expected = np.where(truth() == 1, 1, 0)
    expected[20:] = 0
    for one in (place, gcps):
        np.testing.assert_array_equal(read(tmp_path, "all.geojson", content, one), expected)
    with pytest.raises(MaskError, match="no georeference"):
        read(tmp_path, "all.geojson", content)


def square(x: float, y: float, side: float) -> dict:
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_geojson_files_for_all_images_are_drawn_together(tmp_path):
    place = Georeference("EPSG:4326", (0.1, 0.0, 10.0, 0.0, -0.1, 50.0))
    for name, west in (("west.geojson", 10.5), ("east.geojson", 13.0)):
        (tmp_path / name).write_text(json.dumps(square(west, 48.0, 0.5)))
    mask = rasterize_shapes(
        annotation_of(read_annotations(sorted(tmp_path.iterdir())), Path("any.tif")), SHAPE, NAMES, place
    )
    assert mask.sum() == 2 * 25
    pixels = {"type": "FeatureCollection", "note": "Coordinates are pixels.", "features": [square(1, 1, 4)]}
    (tmp_path / "pixels.geojson").write_text(json.dumps(pixels))
    found = read_annotations(sorted(tmp_path.iterdir()))
    assert "pixels.geojson, feature 1 names no image" in found.problems[0]
    assert len(annotation_of(found, Path("any.tif")).shapes) == 2


def test_two_files_of_annotations_of_one_image_are_refused_by_name(tmp_path):
    (tmp_path / "classes.txt").write_text("Oil\n")
    (tmp_path / "a.1.txt").write_text("0 0.1 0.1 0.5 0.1 0.5 0.5\n")
    (tmp_path / "all.json").write_text(json.dumps(coco([])))
    found = read_annotations(sorted(tmp_path.iterdir()))
    assert len(annotation_of(found, Path("set/a.1.png")).shapes) == 1  # the other has none
    (tmp_path / "all.json").write_text(
        json.dumps(coco([{"category_id": 10, "segmentation": [[1, 1, 9, 1, 9, 9]]}]))
    )
    found = read_annotations(sorted(tmp_path.iterdir()))
    with pytest.raises(MaskError, match=r"a\.1\.txt and set/a\.1\.png in all\.json are both"):
        annotation_of(found, Path("set/a.1.png"))


def test_label_studio_polygons_and_brushes(tmp_path):
    bits = truth() == 2
    shape = {"original_width": 60, "original_height": 40}
    polygon = {
        "type": "polygonlabels",
        "value": {"points": [[0, 0], [50, 0], [50, 25], [0, 25]], "polygonlabels": ["oil"]},
        **shape,
    }
    brush = {
        "type": "brushlabels",
        "value": {"format": "rle", "rle": encode_brush(bits), "brushlabels": ["Ship"]},
        **shape,
    }
    task = {
        "data": {"image": "/data/upload/1/0123abcd-a.1.png"},
        "annotations": [{"result": [polygon, brush, {"type": "choices", "value": {}}]}],
    }
    mask = read(tmp_path, "export.json", [task])
    np.testing.assert_array_equal(mask == 2, bits)
    np.testing.assert_array_equal(mask == 1, np.pad(np.ones((10, 30), bool), ((0, 30), (0, 30))))


def encode_brush(bits: np.ndarray) -> list[int]:
    """Pack as Label Studio does: runs and literals of 8-bit words, run sizes of 4, 8, 12 and 16 bits."""
    values = np.repeat(bits.ravel(), 4).astype(int) * 255
    text = f"{values.size:032b}" + f"{7:05b}" + "".join(f"{size - 1:04b}" for size in (4, 8, 12, 16))
    starts = np.flatnonzero(np.diff(values, prepend=-1))
    for start, end in zip(starts, [*starts[1:], values.size], strict=True):
        text += "1" + "11" + f"{end - start - 1:016b}" + f"{values[start]:08b}"
    text += "0" * (-len(text) % 8)
    return [int(text[at : at + 8], 2) for at in range(0, len(text), 8)]


def test_cvat_polygons_and_masks(tmp_path):
    bits = truth()[20:35, 40:60] == 2
    changes = np.flatnonzero(np.diff(bits.ravel().astype(int), prepend=0, append=2))
    runs = ", ".join(map(str, np.diff(changes, prepend=0)))
    xml = f"""<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>
    <image id="0" name="set/a.1.png" width="60" height="40">
    <mask label="Ship" rle="{runs}" left="40" top="20" width="20" height="15" z_order="1"/>
    <polygon label="Oil" points="0.0,0.0;5.0,0.0;5.0,4.0;0.0,4.0" z_order="0"/></image></annotations>"""
    mask = read(tmp_path, "annotations.xml", xml)
    np.testing.assert_array_equal(mask[20:35, 40:60] == 2, bits)
    assert (mask == 1).sum() == 20


def test_unsure_and_numbers_are_labels_too(tmp_path):
    square = [0, 0, 2, 0, 2, 2, 0, 2]
    for label, value in (("Unsure", UNSURE), ("3", 3), ("LAND", 3)):
        found = coco([{"category_id": 1, "segmentation": [square]}], [{"id": 1, "name": label}])
        assert read(tmp_path, "coco.json", found)[0, 0] == value


def test_a_label_that_is_no_class_is_refused_by_name(tmp_path):
    found = coco([{"category_id": 1, "segmentation": [[0, 0, 2, 0, 2, 2]]}], [{"id": 1, "name": "<b>Kelp"}])
    with pytest.raises(MaskError, match=r"coco\.json has the label '<b>Kelp'.*Oil, Ship, Land"):
        read(tmp_path, "coco.json", found)


def test_annotations_of_another_size_are_refused(tmp_path):
    found = coco([])
    found["images"][0]["height"] = 41
    with pytest.raises(MaskError, match="41 x 60 pixels, but the image has 40 x 60"):
        read(tmp_path, "coco.json", found)


BAD_RUNS = {"size": [40, 60], "counts": [1, 2, 3]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", "{"),
        ("a.json", "[" * 100_000),
        ("a.json", {"type": "Topology"}),
        ("a.json", coco([{"category_id": 10, "segmentation": BAD_RUNS}])),
        ("a.json", coco([{"category_id": 10, "segmentation": {"size": [40, 60], "counts": "~~~~"}}])),
        ("a.json", coco([{"category_id": 10, "segmentation": {"size": [40, 60], "counts": [-1, 2401]}}])),
        ("a.json", coco([{"category_id": 10, "segmentation": {"size": [10**9, 10**9], "counts": [1]}}])),
        ("a.json", coco([{"category_id": 10, "segmentation": [[1, 2, 3]]}])),
        ("a.json", coco([{"category_id": 10, "segmentation": [[1, 2, float("nan"), 4, 5, 6]]}])),
        ("a.json", coco([{"category_id": 10, "segmentation": 5}])),
        ("a.json", {"images": 5, "annotations": []}),
        ("a.json", {"type": "FeatureCollection", "features": [{"geometry": {"type": "Polygon"}}]}),
        ("a.json", [{"data": {"image": "a.1.png"}, "annotations": [{"result": [{"type": "brushlabels"}]}]}]),
        ("a.xml", "<annotations><image name='a.1.png' width='x' height='40'/></annotations>"),
        ("a.xml", "<other/>"),
        ("a.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><annotations><image/></annotations>"),
        ("a.1.txt", "0 0.5 0.5 0.1"),
        ("a.1.txt", "one 0 0 1 0 1 1"),
        ("a.1.txt", "0 0 0 1 0 x 1"),
        ("a.1.txt", "\udcff".encode("utf-8", "surrogatepass").decode("latin-1") + " 1"),
    ],
)
def test_damaged_annotations_are_refused_with_a_sentence(tmp_path, name, content):
    with pytest.raises(MaskError, match=r"a\.(json|xml|1\.txt)"):
        read(tmp_path, name, content)


def test_a_brush_that_lies_about_its_length_is_refused():
    for size in (0, 4 * 40 * 60, 2**32 - 1):
        with pytest.raises(MaskError, match="brush"):
            brush_bits(list(struct.pack(">I", size) + b"\xff" * 3), SHAPE, "x")


def polygon(label="Oil", **shape):
    value = {"points": [[0, 0], [50, 0], [50, 25], [0, 25]], "polygonlabels": [label]}
    return {"type": "polygonlabels", "value": value, "original_width": 60, "original_height": 40} | shape


def rectangle(x, y, width, height, rotation=0):
    value = {
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "rotation": rotation,
        "rectanglelabels": ["Oil"],
    }
    return {"type": "rectanglelabels", "value": value, "original_width": 60, "original_height": 40}


def task(image, *results, **more):
    return {"data": {"image": image}, "annotations": [{"result": list(results), **more}]}


def found_in(tmp_path, content, image, name="export.json"):
    (tmp_path / name).write_text(json.dumps(content))
    return annotation_of(read_annotations([tmp_path / name]), Path(image))


@pytest.mark.parametrize(
    "address",
    [
        "/data/local-files/?d=sar/{}.tif",
        "/data/upload/3/0123abcd-{}.tif",
        "s3://bucket/sar/{}.tif",
        "https://host/files/sar/{}.tif?token=1",
        "{}.tif",
    ],
)
def test_label_studio_tasks_keep_their_own_images(tmp_path, address):
    bare = "sar/" not in address
    tasks = [task(address.format("x.1"), polygon("Oil")), task(address.format("x.2"), polygon("Ship"))]
    for stem, label in (("x.1", "Oil"), ("x.2", "Ship")):
        assert [one.label for one in found_in(tmp_path, tasks, f"/set/sar/{stem}.tif").shapes] == [label]
    assert found_in(tmp_path, tasks, "/set/sar/y.1.tif") is None
    elsewhere = found_in(tmp_path, tasks, "/set/other/x.1.tif")
    assert (elsewhere is None) == (not bare)


def test_a_label_studio_task_without_an_image_is_refused(tmp_path):
    with pytest.raises(MaskError, match="names no image"):
        found_in(tmp_path, [task("/data/local-files/?d=", polygon())], "x.1.tif")


def test_label_studio_tasks_without_a_mask_have_none(tmp_path):
    box = rectangle(0, 0, 10, 10)
    tasks = [
        task("skipped.tif", was_cancelled=True),
        {"data": {"image": "new.tif"}, "annotations": [], "predictions": [{"result": [polygon()]}]},
        task("box.tif", box),
        task("both.tif", polygon(), box),
        task("empty.tif"),
    ]
    masks = {name: found_in(tmp_path, tasks, f"{name}.tif") for name in ("skipped", "new", "box", "both")}
    assert [one.annotated for one in masks.values()] == [False, False, False, True]
    assert masks["box"].omitted == masks["both"].omitted == {"box": 1}
    assert found_in(tmp_path, tasks, "empty.tif").annotated  # submitted without a shape: background


def test_coco_images_without_outlines_have_no_mask(tmp_path):
    assert not found_in(tmp_path, coco([]), "set/a.1.png").annotated
    boxes = found_in(
        tmp_path, coco([{"category_id": 10, "segmentation": [], "bbox": [1, 2, 3, 4]}]), "set/a.1.png"
    )
    assert not boxes.annotated
    assert boxes.omitted == {"box": 1}
    own = coco([]) | {"info": {"description": "Slicks exported by Seep"}}
    assert found_in(tmp_path, own, "set/a.1.png").annotated


@pytest.mark.parametrize(
    ("annotation", "kind"), [({"segments_info": []}, "panoptic"), ({"caption": "sea"}, "captions")]
)
def test_other_kinds_of_coco_are_named(tmp_path, annotation, kind):
    with pytest.raises(MaskError, match=f"COCO {kind}.*does not read"):
        found_in(tmp_path, coco([annotation]), "a.1.png")


def test_cvat_images_without_outlines_have_no_mask(tmp_path):
    path = tmp_path / "annotations.xml"
    path.write_text(
        "<annotations><image name='new.png' width='60' height='40'/><image name='box.png' width='60' height='40'>"
        "<box label='Oil' xtl='1' ytl='1' xbr='5' ybr='5'/></image></annotations>"
    )
    found = read_annotations([path])
    assert not annotation_of(found, Path("new.png")).annotated
    assert not annotation_of(found, Path("box.png")).annotated
    assert annotation_of(found, Path("box.png")).omitted == {"box": 1}


def two_folders():
    square = [0, 0, 2, 0, 2, 2, 0, 2]
    images = [
        {"id": n, "file_name": f"{folder}/a.png", "width": 60, "height": 40}
        for n, folder in enumerate(("east", "west"))
    ]
    annotations = [{"id": n, "image_id": n, "category_id": n, "segmentation": [square]} for n in range(2)]
    names = [{"id": 0, "name": "Oil"}, {"id": 1, "name": "Ship"}]
    return {"images": images, "categories": names, "annotations": annotations}


def test_one_file_name_in_two_folders_is_told_apart_by_the_folder(tmp_path):
    for folder, label in (("east", "Oil"), ("west", "Ship")):
        found = found_in(tmp_path, two_folders(), f"/data/{folder}/a.png")
        assert [one.label for one in found.shapes] == [label]
    assert found_in(tmp_path, two_folders(), "/data/images/a.png") is None


def test_the_mask_of_another_folder_is_not_taken(tmp_path):
    content = two_folders()
    content["images"][0]["file_name"] = "east/b.png"
    assert found_in(tmp_path, content, "/data/east/a.png") is None


UTM = Georeference("EPSG:32633", (10.0, 0.0, 500_000.0, 0.0, -10.0, 4_500_000.0))


def utm_square(**more):
    ring = [[500_050, 4_499_970], [500_300, 4_499_970], [500_300, 4_499_880], [500_050, 4_499_880]]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]], **more}


@pytest.mark.parametrize("name", ["EPSG:32633", "urn:ogc:def:crs:EPSG::32633"])
def test_geojson_is_reprojected_from_its_crs(tmp_path, name):
    content = utm_square(crs={"type": "name", "properties": {"name": name}})
    expected = np.zeros(SHAPE, np.uint8)
    expected[3:12, 5:30] = 1
    np.testing.assert_array_equal(read(tmp_path, "all.geojson", content, UTM), expected)


def test_geojson_in_meters_without_a_crs_is_refused(tmp_path):
    with pytest.raises(MaskError, match=r"500050.*not longitude and latitude"):
        read(tmp_path, "all.geojson", utm_square(), UTM)
    with pytest.raises(MaskError, match="crs member that is not supported"):
        read(tmp_path, "all.geojson", utm_square(crs={"type": "link", "properties": {}}), UTM)


def test_geojson_geometries_are_read_without_features(tmp_path):
    crs = {"type": "name", "properties": {"name": "EPSG:32633"}}
    content = {"type": "GeometryCollection", "geometries": [utm_square()], "crs": crs}
    assert read(tmp_path, "all.geojson", content, UTM).sum() == 9 * 25


@pytest.mark.parametrize("kind", [[1, 2], None, "Polygon"])
def test_geojson_with_a_feature_of_another_type_is_refused(tmp_path, kind):
    feature = {"type": kind, "properties": {}, "geometry": utm_square()}
    crs = {"type": "name", "properties": {"name": "EPSG:32633"}}
    with pytest.raises(MaskError, match="feature 1 is not of the type Feature"):
        read(tmp_path, "all.geojson", {"type": "FeatureCollection", "features": [feature], "crs": crs}, UTM)
