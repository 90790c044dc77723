"""Annotation files: detects the format, and finds the shapes of an image.

`read_shapes` is the entry to the readers. Imports call it in a sandbox process, because a small file can
unpack to gigabytes; see `seep.io.sandbox`.
"""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from seep.core.import_options import AnnotationOptions
from seep.errors import ImageError, MaskError
from seep.io.annotations import (
    coco,
    cvat,
    darwin,
    datumaro,
    geojson,
    label_studio,
    labelme,
    rle_csv,
    superannotate,
    supervisely,
    vector_layers,
    via,
    voc,
    yolo,
)
from seep.io.annotations.matching import Annotations
from seep.io.annotations.model import AnnotationFile, fold, without_areas
from seep.io.xml import parse_xml

SUFFIXES = (".json", ".geojson", ".xml", ".csv", ".txt", ".yaml", ".yml", ".ndjson", *vector_layers.SUFFIXES)
DEFAULTS = AnnotationOptions()
MAX_BYTES = 512 * 2**20
_MAX_CHECKED_BYTES = 64 * 2**10


@dataclass(frozen=True)
class _Format:
    """A format of parsed JSON or XML: its name, how to recognize it, its reader, and whether that needs options."""

    name: str
    recognizes: Callable[[Any], bool]
    read: Callable[..., AnnotationFile]
    needs_options: bool = False


def _has(*keys: str) -> Callable[[Any], bool]:
    """Return a function that tells whether parsed JSON is an object with these keys."""
    return lambda content: isinstance(content, dict) and {*keys} <= content.keys()


_JSON = (
    _Format("GeoJSON", geojson.looks_like_geojson, geojson.read_geojson, True),
    _Format("COCO", _has("images", "annotations"), coco.read_coco),
    _Format("LabelMe", _has("shapes", "imagePath"), labelme.read_labelme),
    _Format("Datumaro", _has("categories", "items"), datumaro.read_datumaro),
    _Format("SuperAnnotate", _has("metadata", "instances"), superannotate.read_superannotate),
    _Format("Supervisely", _has("size", "objects"), supervisely.read_supervisely),
    _Format("V7 Darwin", darwin.looks_like_darwin, darwin.read_darwin),
    _Format("VGG Image Annotator", via.looks_like_via, via.read_via, True),
    _Format("Label Studio JSON", label_studio.looks_like_label_studio, label_studio.read_label_studio),
    _Format(
        "Label Studio JSON_MIN", label_studio.looks_like_label_studio_min, label_studio.read_label_studio_min
    ),
)
_XML = (
    _Format("CVAT for images", cvat.looks_like_cvat, cvat.read_cvat),
    _Format("CVAT for video", cvat.looks_like_cvat_video, cvat.read_cvat),
    _Format("Pascal VOC", voc.looks_like_voc, voc.read_voc),
)
_KNOWN_JSON = {
    "a project of VIA 3": {"project", "config", "metadata"},
    "TopoJSON": {"arcs", "objects"},
    "a Labelbox export": {"data_row"},
    "a data set of FiftyOne": {"samples"},
}
"""Formats that are recognized and not read, with keys that tell them."""
_BACKUP = {"shapes", "tracks", "version"}
"""Keys of each job in the annotations of a CVAT task backup."""


def is_annotation(path: Path) -> bool:
    """Return whether the name of a file has the suffix of an annotation file."""
    return path.suffix.lower() in SUFFIXES


def is_annotation_part(path: PurePath) -> bool:
    """Return whether the name of a file is that of an annotation file, or of a part of a Shapefile."""
    return path.suffix.lower() in {*SUFFIXES, *vector_layers.SIDECARS, ".prj"}


def check_text_file(path: Path) -> None:
    """Check that a text file has YOLO labels or class names, and a CSV file run lengths; other files pass.

    Raises:
        MaskError: it has none of these, so it would stop an import.
    """
    if path.suffix.lower() == ".txt" and not yolo.is_names_file(path.name):
        if not yolo.looks_like_labels(_first_lines(path)):
            raise MaskError(f"{path.name} contains no YOLO labels, so it was not added.")
    elif path.suffix.lower() == ".csv" and not rle_csv.looks_like_rle_csv(_first_lines(path)):
        raise MaskError(f"{path.name} contains no run lengths of masks, so it was not added.")


def read_shapes(
    path: Path, stems: Collection[str] | None = None, options: AnnotationOptions = DEFAULTS
) -> AnnotationFile:
    """Read one annotation file of any format.

    Args:
        stems: of the images, folded (`seep.io.annotations.model.fold`); entries of other images are left out. None
            keeps all.
        options: how to read it; without `boxes_as_areas` boxes and ellipses are left out, with a note.

    Raises:
        MaskError: unknown format, damaged or too large file, or nothing in it can be read.
    """
    found = read_file(path, options)
    if found.reason:
        raise MaskError(found.reason)
    images = [
        replace(image, format=found.format)
        for image in found.images
        if stems is None or not image.key or fold(image.key) in stems
    ]
    return replace(
        found, images=images if options.boxes_as_areas else [without_areas(image) for image in images]
    )


ShapeReader = Callable[[Path, Collection[str] | None, AnnotationOptions], AnnotationFile]
"""Reads one annotation file as `read_shapes` does."""


def read_annotations(
    paths: Iterable[Path],
    stems: Collection[str] | None = None,
    options: AnnotationOptions = DEFAULTS,
    reader: ShapeReader = read_shapes,
) -> Annotations:
    """Read annotation files of any format; those that cannot be read are left out and named.

    Args:
        stems: of the images; entries of other images, text files with other names, and CSV files without run
            lengths are ignored. None reads all of them.
        options: how to read them.
        reader: reads one file: in this process by default, or in a sandbox (`seep.io.sandbox`).
    """
    found = Annotations()
    folded = None if stems is None else {fold(stem) for stem in stems}
    for path in paths:
        try:
            if yolo.is_names_file(path.name) or (folded is not None and _is_other_text(path, folded)):
                continue
            file = reader(path, folded, options)
        except MaskError as error:
            found.problems.append(str(error))
            continue
        found.notes.extend(file.notes)
        for image in file.images:
            if image.key:
                found.by_stem.setdefault(fold(image.key), []).append(image)
            else:
                found.everywhere.append(image)
    return found


def _is_other_text(path: Path, stems: Collection[str]) -> bool:
    """Return whether a text file is beside the annotations without being one, such as a list of classes."""
    suffix = path.suffix.lower()
    if suffix == ".txt":
        return fold(path.stem) not in stems
    return suffix == ".csv" and not rle_csv.looks_like_rle_csv(_first_lines(path))


def read_file(path: Path, options: AnnotationOptions = DEFAULTS) -> AnnotationFile:
    """Read one annotation file of any format, with boxes and ellipses as areas.

    Args:
        path: of the file.
        options: how to read it.

    Raises:
        MaskError: unknown format, damaged or too large file.
    """
    suffix = path.suffix.lower()
    if suffix in vector_layers.SUFFIXES:
        name = "GeoPackage" if suffix == ".gpkg" else "Shapefile"
        return replace(vector_layers.read_vector_layers(path, options), format=name)
    if suffix == ".txt":
        return replace(yolo.read_yolo(_text(path), yolo.read_data(path.parent), path.name), format="YOLO")
    if suffix == ".csv":
        text = _text(path)
        if rle_csv.looks_like_rle_csv(text):
            return replace(
                rle_csv.read_rle_csv(text, path.name, options.run_order), format="run lengths in CSV"
            )
        raise MaskError(
            f"{path.name} has no run lengths. Of CSV, Seep reads the columns ImageId, EncodedPixels and ClassId."
        )
    if suffix == ".ndjson":
        raise MaskError(
            f"{path.name} is a Labelbox export, which Seep does not read: its masks are on Labelbox's server. "
            "Convert it to COCO with Labelbox's Python package."
        )
    if suffix == ".xml":
        return _first_match(_XML, _xml(path), path.name, options)
    return _first_match(_JSON, _json(path), path.name, options)


def _first_match(
    formats: tuple[_Format, ...], content: Any, name: str, options: AnnotationOptions
) -> AnnotationFile:
    for one in formats:
        if one.recognizes(content):
            found = one.read(content, name, options) if one.needs_options else one.read(content, name)
            return replace(found, format=one.name)
    if (
        isinstance(content, list)
        and content
        and all(isinstance(one, dict) and one.keys() >= _BACKUP for one in content)
    ):
        raise MaskError(
            f"{name} is of a CVAT task backup, which Seep does not read. Export the task as CVAT for images 1.1."
        )
    for kind, keys in _KNOWN_JSON.items():
        if isinstance(content, dict) and keys <= content.keys():
            raise MaskError(f"{name} is {kind}, which Seep does not read. Export COCO JSON instead.")
    known = ", ".join(one.name for one in formats[:-1])
    raise MaskError(f"{name} is not {known} or {formats[-1].name}. Export it in one of these formats.")


def _xml(path: Path) -> Any:
    try:
        return parse_xml(path)
    except ImageError as error:
        raise MaskError(str(error)) from error


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
