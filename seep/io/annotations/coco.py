"""COCO JSON: polygons and run lengths (https://cocodataset.org/#format-data), also as LVIS writes it."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from seep.errors import MaskError
from seep.io.annotations.model import (
    AnnotationFile,
    Ident,
    Number,
    Outcomes,
    Schema,
    Shape,
    Sized,
    Status,
    Whole,
    check_image_name,
    read_as,
)
from seep.io.annotations.outlines import box, polygon
from seep.io.annotations.runs import coco_counts, run_mask

SEEP_DESCRIPTION = "Slicks exported by Seep"
"""`info.description` of Seep's own exports, in which an image without annotations is background."""


class _File(Schema):
    images: list[Any]
    annotations: list[Any]
    categories: Sequence[Any] = ()
    info: Any = None


class _Image(Sized):
    id: Ident
    file_name: str = ""
    coco_url: str = ""

    @property
    def path(self) -> str:
        return self.file_name or urlsplit(self.coco_url).path  # LVIS names the address only


class _Category(Schema):
    id: Ident
    name: str


class _Annotation(Schema):
    image_id: Ident
    category_id: Ident
    segmentation: Any = None
    bbox: Any = None


class _Runs(Schema):
    size: tuple[Whole, Whole]
    counts: str | list[Whole]


class _Box(Schema):
    bbox: tuple[Number, Number, Number, Number]


def read_coco(content: Any, source: str) -> AnnotationFile:
    """Read the shapes of each image; each part of a segmentation is an element.

    An annotation without a segmentation is a box. An image without annotations has no mask. In Seep's own
    exports an image without annotations is background.

    Raises:
        MaskError: the lists of the file are missing, or it is of another kind of COCO.
    """
    file = read_as(_File, content, source)
    _check_kind(file.annotations, source)
    names = _categories(file, source)
    left = Outcomes()
    images = _images(file, left, source)
    found = {number: Outcomes() for number in images}
    sizes = {number: image.size for number, image in images.items()}
    for number, value in enumerate(file.annotations):
        where = f"{source}, annotation {number + 1}"
        parts = _parts(value)
        try:
            one = read_as(_Annotation, value, where)
            of_image = found.get(one.image_id)
            if of_image is None:
                raise MaskError(f"{where} is of the image {one.image_id[:40]!r}, which is not listed.")
            if one.category_id not in names and file.categories:
                raise MaskError(f"{where} has the category {one.category_id[:40]!r}, which is not listed.")
        except MaskError as error:
            left.leave("annotation of no image or class", str(error), len(parts))
            continue
        label = names.get(one.category_id, one.category_id)
        for kind, part in parts:
            if kind == "box" and not one.bbox:
                of_image.leave("annotation without an outline")
                continue
            size = sizes[one.image_id] = sizes[one.image_id] or _size_of(part)
            of_image.take(kind, where, partial(_shape, kind, part, label, size))
    complete = isinstance(file.info, dict) and file.info.get("description") == SEEP_DESCRIPTION
    return AnnotationFile(
        source,
        [
            of_image.image(
                source,
                images[number].path,
                "categories",
                size=sizes[number],
                status=Status.EMPTY
                if complete and not of_image.shapes and not of_image.left_out
                else of_image.status,
            )
            for number, of_image in found.items()
        ],
        left.left_out,
    )


def _check_kind(annotations: list[Any], source: str) -> None:
    for key, kind in (("segments_info", "panoptic segmentation"), ("caption", "captions")):
        if annotations and all(
            isinstance(annotation, dict) and key in annotation for annotation in annotations
        ):
            raise MaskError(
                f"{source} is COCO {kind}, which Seep does not read. Export instance segmentation instead."
            )


def _categories(file: _File, source: str) -> dict[str, str]:
    """Return names by id; a category that cannot be read leaves out its annotations."""
    names = {}
    for one in file.categories:
        try:
            category = read_as(_Category, one, source)
        except MaskError:
            continue
        names[category.id] = category.name
    return names


def _images(file: _File, left: Outcomes, source: str) -> dict[str, _Image]:
    """Return the images by id; images with one id are left out, because their annotations are not certain."""
    found = []
    for number, value in enumerate(file.images):
        where = f"{source}, image {number + 1}"
        try:
            one = read_as(_Image, value, where)
            check_image_name(one.path, where)
        except MaskError as error:
            left.leave("damaged image", str(error))
            continue
        found.append(one)
    count = Counter(one.id for one in found)
    for one in found:
        if count[one.id] > 1:
            left.leave(
                "image without an id of its own", f"{source} has several images with the id {one.id[:40]}."
            )
    return {one.id: one for one in found if count[one.id] == 1}


def _parts(annotation: Any) -> list[tuple[str, Any]]:
    """Return the elements of an annotation by kind: the parts of its segmentation, or its box."""
    segmentation = annotation.get("segmentation") if isinstance(annotation, dict) else None
    if isinstance(segmentation, list) and segmentation:
        flat = all(isinstance(one, int | float) for one in segmentation)
        return [("polygon", one) for one in ([segmentation] if flat else segmentation)]
    return [("run lengths", segmentation) if segmentation else ("box", annotation)]


def _size_of(part: Any) -> tuple[int, int] | None:
    """Return the size of run lengths, for images of which the file gives none."""
    try:
        return read_as(_Runs, part, "").size
    except MaskError:
        return None


def _shape(kind: str, part: Any, label: str, size: tuple[int, int] | None, where: str) -> Shape:
    if kind == "polygon":
        return polygon(label, part, where)
    if kind == "box":
        left, top, width, height = read_as(_Box, part, where).bbox
        return box(label, (left, top, left + width, top + height), where)
    runs = read_as(_Runs, part, where)
    counts = coco_counts(runs.counts, where) if isinstance(runs.counts, str) else runs.counts
    if runs.size != size:
        raise MaskError(f"{where} has a mask of {runs.size} for an image of {size}. Export it again.")
    return run_mask(label, "columns", counts, runs.size, where)
