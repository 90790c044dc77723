"""Files of other programs, written by their own libraries and never reworded: see samples/README.md."""

from pathlib import Path

import numpy as np
import pytest

from seep.io.annotations.model import ImageShapes
from seep.io.annotations.reading import read_annotations
from seep.io.annotations.shapes import rasterize_shapes
from seep.io.exporting.label_studio import label_studio
from seep.io.exporting.shapes import NamedMask
from seep_testing.image_files import annotation_of

SAMPLES = Path(__file__).parent / "samples"
NAMES = ("No seep", "Oil", "Ship")
SHAPE = (40, 60)


def sample(name: str, image: str = "a.png") -> ImageShapes:
    found = annotation_of(read_annotations([SAMPLES / name]), Path("/data") / image)
    assert found is not None
    return found


def truth(*class_ids: int) -> np.ndarray:
    mask = np.zeros(SHAPE, np.uint8)
    mask[3:12, 5:30] = 1
    mask[20:35, 40:60] = 2
    return np.where(np.isin(mask, class_ids), mask, 0)


def drawn(found: ImageShapes) -> np.ndarray:
    return rasterize_shapes(found, SHAPE, NAMES, None)


@pytest.mark.parametrize(
    "name", ["coco.json", "cvat.xml", "datumaro.json", "label_studio.json", "labelme.json"]
)
def test_files_of_the_libraries_of_the_formats_are_read_exactly(name: str) -> None:
    found = sample(name)
    assert found.annotated
    assert not found.omitted
    np.testing.assert_array_equal(drawn(found), truth(1, 2))


@pytest.mark.parametrize("name", ["coco.json", "cvat.xml", "datumaro.json"])
def test_images_that_nobody_annotated_have_no_mask(name: str) -> None:
    assert not sample(name, "b.png").annotated


def test_labelme_xml_keeps_polygons_and_counts_masks_in_other_files() -> None:
    found = sample("labelme.xml", "train/a.png")
    assert found.omitted == {"object without an outline": 1}
    np.testing.assert_array_equal(drawn(found), truth(1))


def test_label_studio_bitmasks_are_read() -> None:
    found = sample("label_studio.json", "bitmask.png")
    assert not found.omitted
    np.testing.assert_array_equal(drawn(found), truth(1, 2))


def test_label_studio_skipped_annotations_give_no_background() -> None:
    assert not sample("label_studio.json", "skipped.png").annotated
    np.testing.assert_array_equal(drawn(sample("label_studio.json", "resumed.png")), truth(1))
    empty = sample("label_studio.json", "empty.png")
    assert empty.annotated
    assert not drawn(empty).any()


@pytest.mark.parametrize(("image", "kind"), [("classified.png", "choices"), ("vector.png", "vectorlabels")])
def test_label_studio_results_that_are_no_masks_are_counted(image: str, kind: str) -> None:
    found = sample("label_studio.json", image)
    assert not found.annotated
    assert found.omitted == {kind: 1}
    assert kind in found.notes[0]


def test_label_studio_exports_have_the_key_of_skipped_annotations() -> None:
    key = b"was_cancelled"
    assert key in (SAMPLES / "label_studio.json").read_bytes()
    assert key in label_studio([NamedMask("a.png", truth())], ())
