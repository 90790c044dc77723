"""What annotation files hold, the same for all formats: a status and shapes per image, and what was left out and why.

Readers validate each element of a file with a declared schema (`Schema`). An element that is not read leaves out itself
and nothing else: `Outcomes` keeps its kind and the first reason. So the elements of a file are those taken (images and
shapes), those that belong to others (`AnnotationFile.details`) and those left out.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, BeforeValidator, ConfigDict, FiniteFloat, ValidationError

from seep.errors import MaskError
from seep.io.annotations.runs import PixelMask

Ring = npt.NDArray[np.float64]
AREAS = {"box", "ellipse"}
"""Kinds of shapes that bound an object without following its outline."""


class Status(StrEnum):
    """What a file says about an image. Only annotated and empty images have a mask."""

    ANNOTATED = "annotated"
    EMPTY = "empty"
    """Somebody looked and found nothing."""
    NOT_ANNOTATED = "not annotated"
    SKIPPED = "skipped"
    UNREADABLE = "unreadable"
    """Annotated, but nothing of it is read as a mask."""


@dataclass(frozen=True, eq=False)
class Polygon:
    """A polygon: class name or number, and the outer ring and holes as arrays (N, 2) of x and y.

    `drawn_as` is "box" or "ellipse" for a shape that bounds an object without following its outline.
    """

    label: str | int
    rings: tuple[Ring, ...]
    drawn_as: str = ""


Shape = Polygon | PixelMask


@dataclass(frozen=True)
class LeftOut:
    """Elements of one kind that were left out: their number, and why the first one was; "" if the kind says it."""

    kind: str
    count: int
    reason: str = ""


@dataclass(frozen=True)
class ImageShapes:
    """Shapes of one image, in drawing order.

    Attributes:
        source: name of the annotation file, for messages.
        shapes: later ones cover earlier ones.
        frame: unit of the coordinates: "pixels", "share" (0 to 1 of width and height), or "lonlat" (degrees).
        size: (height, width) of the image according to the file; None if unknown.
        image: path of the image as written in the file; "" if the file does not name one.
        stem: stem of the image's file name, if it does not follow from `image`.
        status: what the file says about the image.
        left_out: elements of the image that are not read as masks.
        format: name of the format of the file.
        labels_from: where the class names come from, such as "categories" or "data.yaml".
    """

    source: str
    shapes: Sequence[Shape]
    frame: str = "pixels"
    size: tuple[int, int] | None = None
    image: str = ""
    stem: str | None = None
    status: Status = Status.ANNOTATED
    left_out: Sequence[LeftOut] = ()
    format: str = ""
    labels_from: str = ""

    @property
    def key(self) -> str:
        """Stem of the image's file name; "" for shapes of all images."""
        return self.stem if self.stem is not None else stem_of(self.image)

    @property
    def annotated(self) -> bool:
        """Whether the image has a mask, perhaps an empty one."""
        return self.status in {Status.ANNOTATED, Status.EMPTY}

    @property
    def omitted(self) -> dict[str, int]:
        """Number of elements left out, by kind."""
        return {one.kind: one.count for one in self.left_out}

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what was left out, with the remedy."""
        return notes_of(self.left_out, self.source, self.image)

    @property
    def described(self) -> str:
        """Name of the file, and of the image in it."""
        return f"{self.image} in {self.source}" if self.image else self.source


@dataclass(frozen=True)
class AnnotationFile:
    """What an annotation file holds.

    Attributes:
        source: name of the file.
        images: one entry per image; or one without the name of an image, for all images with a georeference.
        left_out: elements that belong to no image, and images that cannot be read.
        details: number of elements that describe others and are read with them, such as labels of regions.
        format: name of the format.
    """

    source: str
    images: Sequence[ImageShapes]
    left_out: Sequence[LeftOut] = ()
    details: int = 0
    format: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what was left out."""
        return notes_of(self.left_out, self.source)

    @property
    def reason(self) -> str:
        """Why nothing in the file can be read; "" if something can be, or if nothing is damaged."""
        if any(image.shapes or image.status is not Status.UNREADABLE for image in self.images):
            return ""
        left_out = [*self.left_out, *(left for image in self.images for left in image.left_out)]
        return next((one.reason for one in left_out if one.reason), "")


class Outcomes:
    """Shapes that were taken from the elements of an image or a file, and what was left out."""

    def __init__(self) -> None:
        self.shapes: list[Shape] = []
        self._left_out: dict[str, LeftOut] = {}

    def take(self, kind: str, where: str, read: Callable[[str], Shape]) -> None:
        """Take the shape of an element, or leave it out.

        Args:
            kind: of the element, such as "polygon".
            where: file and element, such as "coco.json, annotation 3".
            read: makes the shape, given `where`; a `MaskError` leaves it out.
        """
        try:
            self.shapes.append(read(where))
        except MaskError as error:
            self.leave(f"damaged {kind}", str(error))

    def leave(self, kind: str, reason: str = "", count: int = 1) -> None:
        """Count an element that is left out; the first reason of a kind is kept."""
        if count:
            before = self._left_out.get(kind, LeftOut(kind, 0, reason))
            self._left_out[kind] = replace(before, count=before.count + count)

    def leave_inside(self, kind: str, value: Any, key: str) -> None:
        """Count the elements in a list of an element that is left out."""
        inside = value.get(key) if isinstance(value, dict) else None
        self.leave(f"annotation of a {kind}", count=len(inside) if isinstance(inside, list) else 0)

    def image(self, source: str, path: str, labels_from: str, **known: Any) -> ImageShapes:
        """Return the image with these outcomes; see `ImageShapes`, whose other attributes are `known`."""
        known = {"status": self.status, "left_out": self.left_out, **known}
        return ImageShapes(source, self.shapes, image=path, labels_from=labels_from, **known)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What was left out, by kind."""
        return tuple(self._left_out.values())

    @property
    def status(self) -> Status:
        """Status of an image with these elements, in a format in which no elements mean nothing."""
        if self.shapes:
            return Status.ANNOTATED
        return Status.UNREADABLE if self._left_out else Status.NOT_ANNOTATED


def without_areas(entry: ImageShapes) -> ImageShapes:
    """Leave out boxes and ellipses; an image that has nothing else has no mask."""
    found = Outcomes()
    for left in entry.left_out:
        found.leave(left.kind, left.reason, left.count)
    for shape in entry.shapes:
        if isinstance(shape, Polygon) and shape.drawn_as:
            found.leave(shape.drawn_as)
        else:
            found.shapes.append(shape)
    if len(found.shapes) == len(entry.shapes):
        return entry
    return replace(entry, shapes=found.shapes, status=found.status, left_out=found.left_out)


def notes_of(left_out: Sequence[LeftOut], source: str, image: str = "") -> tuple[str, ...]:
    """Return a sentence that counts what was left out, with the first reason of each kind."""
    if not left_out:
        return ()
    kinds = ", ".join(f"{one.count} {one.kind}" for one in sorted(left_out, key=lambda one: one.kind))
    about = f"{image}: " if image else ""
    remedy = " Import boxes as areas to use them." if any(one.kind in AREAS for one in left_out) else ""
    reasons = "".join(f" {one.reason}" for one in left_out if one.reason)
    return (f"{about}omitted annotations of {source} that are not masks ({kinds}).{remedy}{reasons}",)


def stem_of(path: str) -> str:
    """Return the file name of a path (separators are / or backslash) without its last suffix."""
    last = path.replace("\\", "/").rsplit("/", 1)[-1]
    return last.rsplit(".", 1)[0] if "." in last else last


def check_image_name(path: str, where: str) -> None:
    """Check that a path names an image.

    Raises:
        MaskError: it does not.
    """
    if not stem_of(path):
        raise MaskError(f"{where} has an annotation without the file name of its image. Add the name.")


def fold(name: str) -> str:
    """Return a name for comparisons: Unicode-normalized, because macOS stores names otherwise, and without case."""
    return unicodedata.normalize("NFC", name).casefold()


class Schema(BaseModel):
    """Keys of an element that Seep reads; others are allowed and ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _known(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a truth value is not allowed")
    return value


Number = Annotated[FiniteFloat, BeforeValidator(_known)]
Whole = Annotated[int, BeforeValidator(_known)]
Ident = Annotated[str, BeforeValidator(lambda one: str(_known(one)) if isinstance(one, int) else one)]
"""A number or a text that names something: 7 and "7" are the same."""
Record = TypeVar("Record", bound=Schema)


class Sized(Schema):
    """An element with the size of an image; some tools write 0 for an unknown one."""

    width: Whole | None = None
    height: Whole | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width; None if unknown."""
        return (self.height, self.width) if self.height and self.width else None


_PROBLEMS = {
    "missing": "is missing",
    "int": "is not a whole number",
    "float": "is not a number",
    "finite": "is not a number",
    "string": "is not a text",
    "list": "is not a list",
    "tuple": "is not a list",
    "too": "has another number of values",
    "dict": "is not an object",
    "model": "is not an object",
}
"""What is wrong with a value, by the beginning of pydantic's type of the error."""


def read_as(schema: type[Record], value: Any, where: str) -> Record:
    """Validate an element.

    Args:
        schema: its keys.
        value: parsed JSON, or the attributes of an XML element.
        where: file and element, for messages.

    Raises:
        MaskError: a key is missing, or a value has another type.
    """
    try:
        return schema.model_validate(dict(value) if isinstance(value, Mapping) else value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        at = ".".join(map(str, first["loc"]))
        problem = next(
            (text for kind, text in _PROBLEMS.items() if first["type"].startswith(kind)), "is not valid"
        )
        raise MaskError(f"{where}{f': {at}' if at else ''} {problem}. Correct or export it again.") from error
