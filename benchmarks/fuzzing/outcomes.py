"""Compares what a reader took and left out with the elements of a file."""

import json
import random
from collections.abc import Callable
from pathlib import Path

from benchmarks.fuzzing import documents
from seep.errors import MaskError
from seep.io.annotations.model import AnnotationFile, LeftOut, Status
from seep.io.annotations.reading import read_file
from seep.io.annotations.shapes import rasterize_shapes

Made = tuple[str, str, int]
"""Name and text of a file, and the number of its elements; -1 for a file whose structure is lost."""


def _json(form: str) -> Callable[[random.Random, int], Made]:
    intact, count = documents.JSON[form]

    def make(seed: random.Random, times: int) -> Made:
        content = documents.damage_json(intact(), seed, times)
        try:
            elements = count(content)
        except (KeyError, TypeError, AttributeError):
            elements = -1
        return "a.json", json.dumps(content), elements

    return make


def _xml(intact: Callable[[], str], count: Callable[[str], int]) -> Callable[[random.Random, int], Made]:
    def make(seed: random.Random, times: int) -> Made:
        text = documents.damage_xml(intact(), seed, times)
        return "a.xml", text, count(text)

    return make


def _text(name: str, intact: str, count: Callable[[str], int]) -> Callable[[random.Random, int], Made]:
    header, _, rest = intact.partition("\n") if name.endswith(".csv") else ("", "", intact)

    def make(seed: random.Random, times: int) -> Made:
        text = documents.damage_text(rest, seed, times)
        text = f"{header}\n{text}" if header else text
        return name, text, count(text)

    return make


FORMATS: dict[str, Callable[[random.Random, int], Made]] = {
    **{form: _json(form) for form in documents.JSON},
    "CVAT": _xml(documents.cvat, documents.count_cvat),
    "Pascal VOC": _xml(documents.voc, documents.count_voc),
    "YOLO": _text("a.txt", documents.YOLO, documents.count_yolo),
    "run lengths in CSV": _text("a.csv", documents.CSV, documents.count_csv),
}
_NOT_LISTING = {"GeoJSON", "Pascal VOC", "YOLO", "run lengths in CSV"}
"""Formats in which no image is an element of its own."""


def check(form: str, folder: Path, seed: random.Random, times: int) -> str:
    """Read a damaged file; return what is wrong, "" for nothing."""
    name, text, elements = FORMATS[form](seed, times)
    path = folder / name
    path.write_text(text)
    (folder / "classes.txt").write_text("Oil\nShip\n")
    try:
        found = read_file(path)
    except MaskError as error:
        return "" if str(error).startswith(name) else f"{error} does not name the file"
    return _compare(form, found, elements) or _contradiction(found)


def _compare(form: str, found: AnnotationFile, elements: int) -> str:
    shapes = sum(len(one.shapes) for one in found.images)
    images = [one for one in found.images if not (form == "CVAT" and one.image.startswith("frame_"))]
    left = sum(one.count for one in _left_out(found))
    taken = shapes + found.details + (0 if form in _NOT_LISTING else len(images))
    return "" if taken + left == elements else f"{elements} elements, {taken} taken and {left} left out"


def _contradiction(found: AnnotationFile) -> str:
    for one in found.images:
        if bool(one.shapes) != (one.status is Status.ANNOTATED):
            return f"{one.image} is {one.status} with {len(one.shapes)} shapes"
        if one.status is Status.EMPTY and any(left.kind.startswith("damaged") for left in one.left_out):
            return f"{one.image} is empty, but {one.left_out} was left out"
        try:
            rasterize_shapes(one, (40, 60), ("No seep", "Oil", "Ship"), None)
        except MaskError:
            continue
    unexplained = [
        one.kind
        for one in _left_out(found)
        if one.kind.startswith("damaged") and not one.reason and one.kind != "damaged geometry"
    ]
    return f"no reason for {unexplained}" if unexplained else ""


def _left_out(found: AnnotationFile) -> list[LeftOut]:
    return [*found.left_out, *(left for one in found.images for left in one.left_out)]
