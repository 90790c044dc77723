"""What is exported is read again by the importers, to the pixel."""

import contextlib
import csv
import io
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
import supervision
from PIL import Image, ImageDraw
from pycocotools.coco import COCO
from scipy.ndimage import binary_fill_holes, find_objects
from skimage.measure import label

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.masks.classes import default_classes
from seep.core.masks.mask import UNSURE
from seep.errors import StorageError
from seep.io.annotations.reading import read_annotations
from seep.io.annotations.shapes import rasterize_shapes
from seep.io.exporting.coco import coco
from seep.io.exporting.cvat import cvat
from seep.io.exporting.label_studio import label_studio
from seep.io.exporting.labelme import labelme
from seep.io.exporting.rasters import png, write_geotiff
from seep.io.exporting.rle_csv import rle_csv
from seep.io.exporting.shapes import NamedMask
from seep.io.exporting.yolo import data_yaml, yolo_lines
from seep.io.images import read_header
from seep.io.masks import MaskEncoding, read_mask_as, write_mask
from seep_testing.image_files import annotation_of

CLASSES = default_classes(8)
NAMES = [one.name for one in CLASSES]
PLACE = Georeference("EPSG:32631", (10.0, 0.0, 5e5, 0.0, -10.0, 4.6e6))


def blotches(seed: int, *, unsure: bool, holes: bool = True) -> np.ndarray:
    """Slicks of seven classes with ragged edges, corners that touch, and holes."""
    random = np.random.default_rng(seed)
    mask = np.kron(random.integers(0, 8, (13, 15)), np.ones((4, 5), int)).astype(np.uint8)
    mask[random.random(mask.shape) < 0.1] = 0
    if unsure:
        mask[random.random(mask.shape) < 0.05] = UNSURE
    if not holes:
        mask[:] = 0
        mask[2:9, 3:30] = 2
        mask[9:12, 30:33] = 2
        mask[20:40, 8:10] = 5
    return mask


def part(mask: np.ndarray):
    return lambda window: mask[window.y : window.y + window.height, window.x : window.x + window.width]


def again(path: Path, mask: np.ndarray) -> None:
    found = read_mask_as(path, mask.shape, MaskEncoding())
    np.testing.assert_array_equal(found.mask, mask)


@pytest.mark.parametrize("seed", range(3))
def test_mask_files_come_back_the_same(tmp_path: Path, seed: int) -> None:
    mask = blotches(seed, unsure=True)
    write_mask(tmp_path / "a.tif", mask)
    write_geotiff(tmp_path / "b.tif", mask.shape, part(mask), CLASSES, PLACE)
    (tmp_path / "c.png").write_bytes(png(mask, CLASSES))
    for name in ("a.tif", "b.tif", "c.png"):
        again(tmp_path / name, mask)


def test_masks_of_unsure_pixels_alone_are_not_taken_for_seep(tmp_path: Path) -> None:
    mask = np.zeros((20, 30), np.uint8)
    mask[5:9] = UNSURE
    write_mask(tmp_path / "a.tif", mask)
    write_geotiff(tmp_path / "b.tif", mask.shape, part(mask), CLASSES, None)
    (tmp_path / "c.png").write_bytes(png(mask, CLASSES))
    for name in ("a.tif", "b.tif", "c.png"):
        again(tmp_path / name, mask)


@pytest.mark.parametrize("seed", range(3))
def test_coco_comes_back_the_same(tmp_path: Path, seed: int) -> None:
    mask = blotches(seed, unsure=True)
    path = tmp_path / "annotations.json"
    path.write_bytes(coco([NamedMask("s.001.tif", mask)], CLASSES))
    found = annotation_of(read_annotations([path]), Path("s.001.tif"))
    assert found is not None
    np.testing.assert_array_equal(rasterize_shapes(found, mask.shape, NAMES, None), mask)


@pytest.mark.parametrize("seed", range(3))
def test_cvat_and_label_studio_come_back_the_same(tmp_path: Path, seed: int) -> None:
    mask = blotches(seed, unsure=True)
    (tmp_path / "a.xml").write_bytes(cvat([NamedMask("s.001.tif", mask)], CLASSES))
    (tmp_path / "b.json").write_bytes(label_studio([NamedMask("s.002.tif", mask)], CLASSES))
    found = read_annotations(sorted(tmp_path.iterdir()))
    for stem in ("s.001", "s.002"):
        shapes = annotation_of(found, Path(f"{stem}.tif"))
        assert shapes is not None
        np.testing.assert_array_equal(rasterize_shapes(shapes, mask.shape, NAMES, None), mask)


def test_label_studio_keeps_long_runs_and_background(tmp_path: Path) -> None:
    mask = np.zeros((300, 400), np.uint8)
    mask[150:] = 3
    masks = [NamedMask("a.tif", mask), NamedMask("b.tif", np.zeros_like(mask))]
    (tmp_path / "b.json").write_bytes(label_studio(masks, CLASSES))
    found = read_annotations([tmp_path / "b.json"])
    for one in masks:
        shapes = annotation_of(found, Path(one.file_name))
        assert shapes is not None
        np.testing.assert_array_equal(rasterize_shapes(shapes, mask.shape, NAMES, None), one.mask)


def test_run_lengths_are_decoded_as_the_competition_does() -> None:
    mask = blotches(0, unsure=True)
    rows = list(csv.DictReader(io.StringIO(rle_csv([NamedMask("a.tif", mask)]))))
    found = np.zeros(mask.size, np.uint8)
    for row in rows:
        numbers = np.array(row["EncodedPixels"].split(), int)
        for start, length in numbers.reshape(-1, 2):
            found[start - 1 : start - 1 + length] = int(row["ClassId"])
    assert {row["ImageId"] for row in rows} == {"a.tif"}
    np.testing.assert_array_equal(found.reshape(mask.shape, order="F"), np.where(mask == UNSURE, 0, mask))


@pytest.mark.parametrize("seed", range(3))
def test_labelme_has_the_polygons_of_each_class(seed: int) -> None:
    mask = thin_slicks(seed)
    content = json.loads(labelme(NamedMask("a.tif", mask), CLASSES))
    assert (content["imagePath"], content["imageHeight"], content["imageWidth"]) == ("a.tif", *mask.shape)
    image = Image.new("1", mask.shape[::-1])
    for shape in content["shapes"]:
        assert (shape["label"], shape["shape_type"]) == (NAMES[2], "polygon")
        points = [(int(x), int(y)) for x, y in shape["points"]]
        ImageDraw.Draw(image).polygon(points, outline=1, fill=1)
    assert iou(np.asarray(image), without_holes(mask)) >= 0.97


def test_polygons_of_coco_yolo_and_labelme_come_back_where_there_are_no_holes(tmp_path: Path) -> None:
    mask = blotches(0, unsure=False, holes=False)
    (tmp_path / "data.yaml").write_text(data_yaml(CLASSES))
    text, filled = yolo_lines(mask)
    (tmp_path / "s.001.txt").write_text(text)
    (tmp_path / "c.json").write_bytes(coco([NamedMask("s.002.tif", mask)], CLASSES, polygons=True))
    (tmp_path / "s.003.json").write_bytes(labelme(NamedMask("s.003.tif", mask), CLASSES))
    found = read_annotations(sorted(tmp_path.iterdir()))
    assert filled == 0
    for stem in ("s.001", "s.002", "s.003"):
        np.testing.assert_array_equal(
            rasterize_shapes(annotation_of(found, Path(f"{stem}.tif")), mask.shape, NAMES, None), mask
        )


def thin_slicks(seed: int) -> np.ndarray:
    """Lines of class 2, 1 to 3 px wide, and a slanting one whose pixels touch at corners only."""
    random = np.random.default_rng(seed)
    mask = np.zeros((160, 200), np.uint8)
    corners = random.integers(5, 150, (6, 2)).astype(np.int32)
    cv2.polylines(mask, [corners], isClosed=False, color=2, thickness=1 + seed % 3)
    mask[range(100, 140), range(150, 190)] = 2
    return mask


def iou(found: np.ndarray, mask: np.ndarray) -> float:
    return float((found & mask).sum() / (found | mask).sum())


def without_holes(mask: np.ndarray) -> np.ndarray:
    """The pixels of the 4-connected parts with their holes filled: what polygons without holes can store."""
    labels = label(mask, connectivity=1)
    found = np.zeros(mask.shape, bool)
    for number, box in enumerate(find_objects(labels), 1):
        found[box] |= binary_fill_holes(labels[box] == number)
    return found


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools
@pytest.mark.parametrize("seed", range(6))
def test_polygons_of_thin_slicks_are_exact_for_readers_of_both_kinds(tmp_path: Path, seed: int) -> None:
    mask = thin_slicks(seed)
    height, width = mask.shape
    expected = without_holes(mask)
    text, _ = yolo_lines(mask)
    filled = np.zeros(mask.shape, np.uint8)
    for line in text.splitlines():
        points = np.array(line.split()[1:], float).reshape(-1, 2) * (width, height)
        cv2.fillPoly(filled, [points.astype(np.int32)], 1)
    np.testing.assert_array_equal(filled > 0, expected)
    path = tmp_path / "c.json"
    path.write_bytes(coco([NamedMask("s.tif", mask)], CLASSES, polygons=True))
    with contextlib.redirect_stdout(None):
        read = COCO(str(path))
    found = np.zeros(mask.shape, bool)
    for annotation in read.loadAnns(read.getAnnIds()):
        found |= read.annToMask(annotation) > 0
    assert iou(found, expected) >= 0.97


def test_supervision_reads_coco_and_the_classes_of_yolo(tmp_path: Path) -> None:
    mask = thin_slicks(1)
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    cv2.imwrite(str(tmp_path / "images" / "s.png"), np.zeros((*mask.shape, 3), np.uint8))
    (tmp_path / "c.json").write_bytes(coco([NamedMask("s.png", mask)], CLASSES))
    images = str(tmp_path / "images")
    found = supervision.DetectionDataset.from_coco(images, str(tmp_path / "c.json"), force_masks=True)
    ((_, _, detections),) = list(found)
    np.testing.assert_array_equal(np.asarray(detections.mask).any(axis=0), mask > 0)
    (tmp_path / "labels" / "s.txt").write_text(yolo_lines(mask)[0])
    (tmp_path / "data.yaml").write_text(data_yaml(CLASSES))
    found = supervision.DetectionDataset.from_yolo(
        images, str(tmp_path / "labels"), str(tmp_path / "data.yaml")
    )
    ((_, _, detections),) = list(found)
    assert found.classes == NAMES[1:]
    assert set(detections.class_id) == {1}


def test_yolo_tells_how_many_pixels_of_holes_it_filled() -> None:
    ring = np.ones((5, 5), np.uint8)
    ring[2, 1:4] = 0
    assert yolo_lines(ring)[1] == 3


def test_geotiffs_keep_the_place_and_large_ones_are_written_in_strips(tmp_path: Path) -> None:
    asked: list[Window] = []
    mask = np.zeros((1100, 700), np.uint8)
    mask[500:530, 100:600] = 3

    def read(window: Window) -> np.ndarray:
        asked.append(window)
        return part(mask)(window)

    points = tuple(
        (float(r), float(c), 3 + c * 1e-4, 41 - r * 1e-4) for r in (0, 500, 1100) for c in (0, 700)
    )
    by_points = Georeference(None, None, points, "EPSG:4326")
    for name, place in (("a.tif", PLACE), ("b.tif", by_points)):
        write_geotiff(tmp_path / name, mask.shape, read, CLASSES, place)
        again(tmp_path / name, mask)
    assert max(window.height for window in asked) == 512
    assert read_header(tmp_path / "a.tif").georeference == PLACE
    found = read_header(tmp_path / "b.tif").georeference
    assert found is not None
    np.testing.assert_allclose(found.gcps, points)
    with rasterio.open(tmp_path / "a.tif") as file:
        assert (file.crs.to_epsg(), file.compression.name) == (32631, "deflate")


def test_a_geotiff_that_is_not_on_the_disk_as_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mask = blotches(0, unsure=True)
    sums = iter([1, 2])
    monkeypatch.setattr("zlib.crc32", lambda _: next(sums))
    with pytest.raises(StorageError, match="not on the disk as it was written"):
        write_geotiff(tmp_path / "a.tif", mask.shape, part(mask), CLASSES, PLACE)
