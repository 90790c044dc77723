"""Run lengths in CSV, as in competitions on Kaggle (Severstal, Airbus, TGS): one row per image, or per image and class.

A row has pairs of start and length. Pixels are counted from 1, down the columns, or along the rows on request. The size
of the image is not in the file. Source: https://www.kaggle.com/c/severstal-steel-defect-detection/overview/evaluation.
"""

import csv
import re
from collections.abc import Iterator
from functools import partial

from seep.errors import MaskError
from seep.io.annotations.model import AnnotationFile, Outcomes, Status, stem_of
from seep.io.annotations.runs import PixelMask, pair_mask

_IMAGE = ("imageid", "image_id", "imageid_classid", "image", "filename", "file_name", "img", "id")
_RUNS = ("encodedpixels", "rle", "rle_mask", "mask_rle", "segmentation")
_CLASS = ("classid", "class_id", "class", "label")
_WITH_CLASS = re.compile(r"^(?P<image>.+)_(?P<label>\d{1,3})$")
_CLASS_AFTER_SUFFIX = re.compile(r"\.(?:jpe?g|png|tiff?|bmp)_\d{1,3}$", re.IGNORECASE)
_EMPTY = {"", "-1", "nan"}
_MAX_FIELD = 64 * 2**20


def looks_like_rle_csv(text: str) -> bool:
    """Return whether a text begins with the header of run lengths in CSV."""
    header = _header(text)
    return bool(_first(header, _IMAGE)) and bool(_first(header, _RUNS))


def read_rle_csv(text: str, source: str, order: str = "columns") -> AnnotationFile:
    """Read the runs of each image; an image whose rows are all empty is background.

    The class is in a column of its own, in the name of the image (`a.jpg_3`), or 1.
    """
    csv.field_size_limit(_MAX_FIELD)
    header = _header(text)
    left = Outcomes()
    images: dict[str, Outcomes] = {}
    for number, cells in _lines(text, left, source):
        where = f"{source}, line {number}"
        image, label, problem = _image_of(header, cells)
        if not image:
            left.leave("damaged row", f"{where} {problem}")
            continue
        found = images.setdefault(image, Outcomes())
        if problem:
            found.leave("damaged row", f"{where} {problem}")
            continue
        runs = cells[header.index(_first(header, _RUNS))].strip()
        if runs.lower() not in _EMPTY:
            found.take("row", where, partial(_shape, runs, label, order))
    return AnnotationFile(
        source,
        [
            found.image(
                source,
                image,
                "class numbers in the file",
                status=found.status if found.shapes or found.left_out else Status.EMPTY,
            )
            for image, found in images.items()
        ],
        left.left_out,
    )


def _shape(runs: str, label: str, order: str, where: str) -> PixelMask:
    try:
        numbers = [int(part) for part in runs.split()]
    except ValueError as error:
        raise MaskError(f"{where} has damaged run lengths. Export it again.") from error
    return pair_mask(label, numbers, order, where)


def _header(text: str) -> list[str]:
    return [name.strip().strip('"').lower() for name in text.split("\n", 1)[0].strip().split(",")]


def _first(header: list[str], names: tuple[str, ...]) -> str:
    return next((name for name in names if name in header), "")


def _lines(text: str, left: Outcomes, source: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each line that is not empty."""
    for number, line in enumerate(text.splitlines()[1:], 2):
        if not line.strip(" ,\t"):
            continue
        try:
            yield number, next(csv.reader([line], strict=True))
        except (csv.Error, StopIteration) as error:
            left.leave("damaged row", f"{source}, line {number}: {error}. Export it again.")


def _image_of(header: list[str], cells: list[str]) -> tuple[str, str, str]:
    """Return image and label of a row, and what is wrong with it; "" for an image that it does not name."""
    image_at, class_at = _first(header, _IMAGE), _first(header, _CLASS)
    at = header.index(image_at)
    image = cells[at].strip() if at < len(cells) else ""
    problem = ""
    if len(cells) != len(header):
        problem = f"has damaged run lengths: {len(cells)} cells instead of {len(header)}. Export it again."
    label = cells[header.index(class_at)].strip() if class_at and not problem else "1"
    if image_at == "imageid_classid":
        match = _WITH_CLASS.match(image)
        if match is None:
            return "", "", f"names {image[:40]!r}, which has no class after the name of the image."
        image, label = match["image"], match["label"]
    elif _CLASS_AFTER_SUFFIX.search(image):
        return (
            "",
            "",
            f"names the image {image[:40]!r}, which ends in a class. Name its column ImageId_ClassId.",
        )
    if not stem_of(image):
        image = ""
    return image, label, problem or ("" if image else "is without the file name of its image. Add the name.")
