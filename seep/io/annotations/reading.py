"""Annotation files: detects the format, and finds the shapes of an image.

`read_shapes` is the only entry to the readers. Imports call it in a sandbox process, because a small file can
unpack to gigabytes; see `seep.io.sandbox`.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from seep.errors import ImageError, MaskError
from seep.io.annotations import coco, cvat, geojson, label_studio, yolo
from seep.io.annotations.shapes import ImageShapes
from seep.io.xml import parse_xml

SUFFIXES = (".json", ".geojson", ".xml", ".txt", ".yaml", ".yml")
MAX_BYTES = 512 * 2**20
_MAX_CHECKED_BYTES = 64 * 2**10


@dataclass(frozen=True)
class Annotations:
    """Shapes of annotation files.

    Attributes:
        by_stem: entries by the stem of the image's file name.
        everywhere: shapes for all images with a georeference.
    """

    by_stem: dict[str, list[ImageShapes]] = field(default_factory=dict)
    everywhere: list[ImageShapes] = field(default_factory=list)

    def find(self, image: Path) -> ImageShapes | None:
        """Return the shapes of an image; None if there are none.

        Entries with the folder of the image win over entries with the file name only.

        Raises:
            MaskError: several entries match.
        """
        entries = self.by_stem.get(image.stem, [])
        if not entries:
            return self._of_all_images()
        if any(_is_in_folder(image, one) for same in self.by_stem.values() for one in same):
            entries = [one for one in entries if not _folders(one) or _is_in_folder(image, one)]
        entries = [one for one in entries if _name(one) in {image.name, ""}] or entries
        with_shapes = [one for one in entries if one.shapes]
        if len(with_shapes) > 1:
            first, second = with_shapes[:2]
            raise MaskError(
                f"{first.described} and {second.described} are both annotations of {image.name}. Remove one of "
                "them, or import each folder separately."
            )
        return next(iter(with_shapes or entries), None)

    def _of_all_images(self) -> ImageShapes | None:
        if not self.everywhere:
            return None
        shapes = [shape for one in self.everywhere for shape in one.shapes]
        return replace(self.everywhere[0], shapes=shapes)


def _folders(entry: ImageShapes) -> tuple[str, ...]:
    return PurePosixPath(entry.image.replace("\\", "/").lstrip("/")).parts[:-1]


def _is_in_folder(image: Path, entry: ImageShapes) -> bool:
    """Return whether an entry names the folder of an image."""
    folders = _folders(entry)
    return bool(folders) and image.resolve().parent.parts[-len(folders) :] == folders


def _name(entry: ImageShapes) -> str:
    return PurePosixPath(entry.image.replace("\\", "/")).name


def is_annotation(path: Path) -> bool:
    """Return whether the name of a file has the suffix of an annotation file."""
    return path.suffix.lower() in SUFFIXES


def check_text_file(path: Path) -> None:
    """Check that a text file can be YOLO labels or class names; other files pass.

    Raises:
        MaskError: it is neither, so it would stop an import.
    """
    if path.suffix.lower() != ".txt" or yolo.is_names_file(path.name):
        return
    if not yolo.looks_like_labels(_first_lines(path)):
        raise MaskError(f"{path.name} contains no YOLO labels, so it was not added.")


def read_shapes(path: Path, stems: Collection[str] | None = None) -> list[ImageShapes]:
    """Read one annotation file of any format.

    Args:
        path: of the file.
        stems: of the images; entries of other images are left out. None keeps all.

    Raises:
        MaskError: unknown format, damaged or too large file.
    """
    return [one for one in _read(path) if stems is None or not one.key or one.key in stems]


def read_annotations(
    paths: Iterable[Path],
    stems: Collection[str] | None = None,
    reader: Callable[[Path, Collection[str] | None], Sequence[ImageShapes]] = read_shapes,
) -> Annotations:
    """Read annotation files of any format.

    Args:
        paths: of the files.
        stems: of the images; entries of other images and text files with other names are ignored. None reads
            all of them.
        reader: reads one file: in this process by default, or in a sandbox (`seep.io.sandbox`).

    Raises:
        MaskError: unknown format, damaged or too large file; or files in pixels and in degrees are mixed.
    """
    found = Annotations()
    for path in paths:
        is_other_text = path.suffix.lower() == ".txt" and stems is not None and path.stem not in stems
        if yolo.is_names_file(path.name) or is_other_text:
            continue
        for one in reader(path, stems):
            if one.key:
                found.by_stem.setdefault(one.key, []).append(one)
            else:
                found.everywhere.append(one)
    if len({one.frame for one in found.everywhere}) > 1:
        names = " and ".join(sorted({one.source for one in found.everywhere})[:3])
        raise MaskError(f"{names} mix pixels and degrees for all images. Import them one after the other.")
    return found


def _read(path: Path) -> list[ImageShapes]:
    suffix = path.suffix.lower()
    if suffix == ".txt":
        return [yolo.read_yolo(_text(path), yolo.read_names(path.parent), path.name)]
    if suffix == ".xml":
        try:
            root = parse_xml(path)
        except ImageError as error:
            raise MaskError(str(error)) from error
        if cvat.looks_like_cvat(root):
            return cvat.read_cvat(root, path.name)
        raise MaskError(f"{path.name} is not a CVAT export. Of XML, Seep reads CVAT for images 1.1.")
    content = _json(path)
    if geojson.looks_like_geojson(content):
        return geojson.read_geojson(content, path.name) or [ImageShapes(path.name, [], "lonlat")]
    if coco.looks_like_coco(content):
        return coco.read_coco(content, path.name)
    if label_studio.looks_like_label_studio(content):
        return label_studio.read_label_studio(content, path.name)
    raise MaskError(f"{path.name} is not COCO, GeoJSON or a Label Studio export. Export it again.")


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise MaskError(f"{path.name} is not valid JSON ({str(error)[:80]}). Export it again.") from error


def _first_lines(path: Path) -> str:
    """Return the beginning of a text file."""
    try:
        with path.open("rb") as file:
            return file.read(_MAX_CHECKED_BYTES).decode("utf-8-sig", "ignore")
    except OSError as error:
        raise MaskError(f"{path.name} cannot be read: {error.strerror or error}.") from error


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MaskError(f"{path.name} has more than {MAX_BYTES >> 20} MB. Split it into parts.")
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MaskError(f"{path.name} is not UTF-8 text. Export it again.") from error
    except OSError as error:
        raise MaskError(f"{path.name} cannot be read: {error.strerror or error}.") from error
