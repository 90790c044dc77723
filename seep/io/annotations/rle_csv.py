"""Run lengths in CSV, as in competitions on Kaggle (Severstal, Airbus, TGS): one row per image, or per image and class.

A row has pairs of start and length. Pixels are counted from 1, down the columns. The size of the image is not
in the file. Source: https://www.kaggle.com/c/severstal-steel-defect-detection/overview/evaluation.
"""

import csv
import re
from collections.abc import Iterator

from seep.errors import MaskError
from seep.io.annotations.runs import PixelMask, pair_mask
from seep.io.annotations.shapes import ImageShapes

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


def read_rle_csv(text: str, source: str) -> list[ImageShapes]:
    """Read the runs of each image; an image whose rows are all empty is background.

    The class is in a column of its own, in the name of the image (`a.jpg_3`), or 1.

    Raises:
        MaskError: damaged file.
    """
    csv.field_size_limit(_MAX_FIELD)
    shapes: dict[str, list[PixelMask]] = {}
    try:
        for number, image, label, runs in _rows(text, source):
            found = shapes.setdefault(image, [])
            if runs.lower() not in _EMPTY:
                numbers = [int(part) for part in runs.split()]
                found.append(pair_mask(label, numbers, f"{source}, line {number}"))
    except (csv.Error, KeyError, TypeError, ValueError, OverflowError) as error:
        raise MaskError(f"{source} is damaged run lengths in CSV ({error}). Export it again.") from error
    return [
        ImageShapes(source, found, image=image, labels_from="class numbers in the file")
        for image, found in shapes.items()
    ]


def _header(text: str) -> list[str]:
    return [name.strip().strip('"').lower() for name in text.split("\n", 1)[0].strip().split(",")]


def _first(header: list[str], names: tuple[str, ...]) -> str:
    return next((name for name in names if name in header), "")


def _rows(text: str, source: str) -> Iterator[tuple[int, str, str | int, str]]:
    """Yield line number, image, label and runs of each row."""
    header = _header(text)
    image_at, runs_at, class_at = (_first(header, names) for names in (_IMAGE, _RUNS, _CLASS))
    joined = image_at == "imageid_classid"
    rows = csv.reader(text.splitlines()[1:], strict=True)
    for number, cells in enumerate(rows, 2):
        if not any(cell.strip() for cell in cells):
            continue
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        image, label = row[image_at], row[class_at] if class_at else 1
        if joined:
            match = _WITH_CLASS.match(image)
            if match is None:
                raise ValueError(f"line {number}: {image[:40]!r} has no class after the name of the image")
            image, label = match["image"], match["label"]
        elif _CLASS_AFTER_SUFFIX.search(image):
            raise MaskError(
                f"{source}, line {number}: the image {image[:40]!r} ends in a class. Name its column ImageId_ClassId."
            )
        yield number, image, label, row[runs_at]
