"""Which of the formats a file of annotations is, and what it holds by image."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from seep.errors import ImageError, MaskError
from seep.io.annotations import coco, cvat, geojson, label_studio, yolo
from seep.io.annotations.shapes import ImageShapes
from seep.io.xml import parse_xml

SUFFIXES = (".json", ".geojson", ".xml", ".txt", ".yaml")
LARGEST_BYTES = 512 * 2**20


@dataclass(frozen=True)
class Annotations:
    """What files of annotations hold.

    Attributes:
        by_stem: drawings by the stem of their image's file name.
        everywhere: drawings that any image with a georeference may lie under.
    """

    by_stem: dict[str, ImageShapes] = field(default_factory=dict)
    everywhere: list[ImageShapes] = field(default_factory=list)

    def of(self, stem: str) -> ImageShapes | None:
        """Return the drawing of an image; None where there is none."""
        if stem in self.by_stem or not self.everywhere:
            return self.by_stem.get(stem)
        shapes = [shape for one in self.everywhere for shape in one.shapes]
        return replace(self.everywhere[0], shapes=shapes)


def is_annotation(path: Path) -> bool:
    """Tell by its name whether a file can hold annotations."""
    return path.suffix.lower() in SUFFIXES


def read_annotations(paths: Iterable[Path]) -> Annotations:
    """Read files of annotations, each of any format.

    Raises:
        MaskError: a file is of none of the formats, damaged, or too large; or two are of one image.
    """
    found = Annotations()
    for path in paths:
        if yolo.is_side_file(path.name):
            continue
        for stem, drawing in _read(path).items():
            if stem:
                found.by_stem[stem] = _only(found.by_stem.get(stem), drawing, stem)
            else:
                found.everywhere.append(drawing)
    if len({one.frame for one in found.everywhere}) > 1:
        names = " and ".join(sorted({one.source for one in found.everywhere})[:3])
        raise MaskError(f"{names} give pixels and degrees, for all images each; import one after the other.")
    return found


def _only(first: ImageShapes | None, second: ImageShapes, stem: str) -> ImageShapes:
    """Take the one that has shapes: a file of center lines beside one of outlines has none."""
    if first is None or not first.shapes:
        return second
    if second.shapes:
        raise MaskError(
            f"{first.source} and {second.source} are both annotations of {stem}; remove one of them."
        )
    return first


def _read(path: Path) -> dict[str, ImageShapes]:
    suffix = path.suffix.lower()
    if suffix == ".txt":
        drawing = yolo.read_yolo(_text(path), yolo.read_names(path.parent), path.name)
        return {path.stem: drawing}
    if suffix == ".xml":
        try:
            root = parse_xml(path)
        except ImageError as error:
            raise MaskError(str(error)) from error
        if cvat.looks_like_cvat(root):
            return cvat.read_cvat(root, path.name)
        raise MaskError(f"{path.name} is no CVAT export; of XML, CVAT for images 1.1 is read.")
    content = _json(path)
    if geojson.looks_like_geojson(content):
        found = geojson.read_geojson(content, path.name)
        return found if found else {"": ImageShapes(path.name, [], "lonlat")}
    if coco.looks_like_coco(content):
        return coco.read_coco(content, path.name)
    if label_studio.looks_like_label_studio(content):
        return label_studio.read_label_studio(content, path.name)
    raise MaskError(f"{path.name} is neither COCO nor GeoJSON nor a Label Studio export; export it again.")


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise MaskError(f"{path.name} is no JSON ({str(error)[:80]}); export it again.") from error


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise MaskError(f"{path.name} has more than {LARGEST_BYTES >> 20} MB; cut it into parts.")
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MaskError(f"{path.name} is no text in UTF-8; export it again.") from error
    except OSError as error:
        raise MaskError(f"{path.name} cannot be read: {error.strerror or error}. Check it.") from error
