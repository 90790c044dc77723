"""Finds the annotation of each image by the name that the annotation file gives.

A name with folders belongs to the images in these folders only. A name without folders belongs to the image with this
name, if there is one such image and one such annotation. Names are compared after Unicode normalization, and without
case where that is unique.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from seep.io.annotations.model import ImageShapes, Status, fold


@dataclass(frozen=True)
class Match:
    """The annotation of an image.

    Attributes:
        entry: None without one.
        problem: why the annotation cannot be used; "" for nothing.
        notes: warnings, one sentence each.
    """

    entry: ImageShapes | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()

    @property
    def shapes(self) -> ImageShapes | None:
        """The entry, if it gives a mask."""
        return self.entry if self.entry is not None and self.entry.annotated else None


@dataclass(frozen=True)
class Annotations:
    """Shapes of annotation files.

    Attributes:
        by_stem: entries by the stem of the image's file name, folded.
        everywhere: shapes for all images with a georeference.
        problems: why files cannot be read, one sentence each.
        notes: what was left out that belongs to no image, one sentence each.
    """

    by_stem: dict[str, list[ImageShapes]] = field(default_factory=dict)
    everywhere: list[ImageShapes] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def entries(self) -> list[ImageShapes]:
        """All entries."""
        return [*self.everywhere, *(one for same in self.by_stem.values() for one in same)]

    def match(self, images: Iterable[Path]) -> dict[Path, Match]:
        """Return the annotation of each image.

        Args:
            images: all images that the files may describe, because a name has to be unique among them.
        """
        by_stem: dict[str, list[Path]] = {}
        for image in images:
            by_stem.setdefault(fold(image.stem), []).append(image)
        everywhere = self._of_all_images()
        found: dict[Path, Match] = {}
        for stem, same in by_stem.items():
            entries = self.by_stem.get(stem, [])
            found |= _match_stem(same, entries) if entries else dict.fromkeys(same, everywhere)
        return found

    def _of_all_images(self) -> Match:
        if not self.everywhere:
            return Match()
        shapes = [shape for one in self.everywhere for shape in one.shapes]
        status = Status.ANNOTATED if shapes else self.everywhere[0].status
        return _used(replace(self.everywhere[0], shapes=shapes, status=status))


def _match_stem(images: list[Path], entries: list[ImageShapes]) -> dict[Path, Match]:
    """Return the annotation of each image with the same stem, or why it cannot be used."""
    candidates: dict[Path, list[ImageShapes]] = {image: [] for image in images}
    shared: dict[Path, ImageShapes] = {}
    for entry in entries:
        fitting = _closest(entry, [image for image in images if _is_in_folder(image, entry)])
        if len(fitting) > 1 and entry.annotated:
            shared |= dict.fromkeys(fitting, entry)
        for image in fitting:
            candidates[image].append(entry)
    return {image: _of_image(image, candidates[image], entries, shared.get(image)) for image in images}


def _closest(entry: ImageShapes, images: list[Path]) -> list[Path]:
    """Return the images with the name of an entry, else those with its stem, else all: they differ in case.

    Of several, those in a folder that the annotation file is named for, as `instances_val2017.json` for `val2017`.
    """
    same_name = [image for image in images if _normal(image.name) == _normal(_name(entry))]
    found = same_name or [image for image in images if _normal(image.stem) == _normal(entry.key)] or images
    if len(found) < 2:
        return found
    words = set(re.split(r"[^\w]|_", fold(entry.source)))
    return [one for one in found if words & set(map(fold, one.resolve().parent.parts[-2:]))] or found


def _of_image(
    image: Path, fitting: list[ImageShapes], entries: list[ImageShapes], shared: ImageShapes | None
) -> Match:
    if not fitting:
        where = f"{image.resolve().parent.name}/{image.name}"
        text = f"{where} has no mask: {entries[0].described} is of another folder. Correct the name or the folder."
        return Match(notes=(text,))
    if shared is not None:
        return Match(
            problem=f"{shared.described} does not say which folder it is of, but several images have the name "
            f"{image.name}. Add the folder to the name, or import each folder separately."
        )
    exact = [one for one in fitting if _normal(_name(one)) in {_normal(image.name), ""}] or fitting
    annotated = [one for one in exact if one.annotated] or exact[:1]
    if len(annotated) > 1:
        first, second = annotated[:2]
        return Match(
            problem=f"{first.described} and {second.described} are both annotations of {image.name}. Remove one of "
            "them, or import each folder separately."
        )
    return _used(annotated[0])


def _used(entry: ImageShapes) -> Match:
    return Match(entry, notes=entry.notes)


def _is_in_folder(image: Path, entry: ImageShapes) -> bool:
    """Return whether an image is in the folders that an entry names.

    Of an absolute path or an address, only the last folder has to agree: it may come from another computer.
    """
    path = PurePosixPath(entry.image.replace("\\", "/"))
    folders = tuple(part for part in path.parts[:-1] if part not in {".", "..", "/"})
    if path.is_absolute() or (folders and folders[0].endswith(":")):
        folders = folders[-1:]
    parents = image.resolve().parent.parts[-len(folders) :]
    return not folders or [fold(part) for part in parents] == [fold(part) for part in folders]


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _name(entry: ImageShapes) -> str:
    return PurePosixPath(entry.image.replace("\\", "/")).name
