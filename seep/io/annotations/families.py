"""Summary of annotations by format: what was understood, and what was left out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from seep.io.annotations.model import ImageShapes


@dataclass(frozen=True)
class AnnotationFamily:
    """Annotation files of one format.

    Attributes:
        format: name of the format.
        files: number of files.
        images: number of images of the import that they list; 0 for shapes of all images with a georeference.
        without_mask: number of these images without a mask, by status: "not annotated", "skipped", "unreadable".
        shapes: number of shapes by class name.
        classes_from: where the class names come from.
        omitted: number of annotations that are not read as masks, by kind.
    """

    format: str
    files: int
    images: int
    without_mask: dict[str, int]
    shapes: dict[str, int] = field(default_factory=dict)
    classes_from: str = ""
    omitted: dict[str, int] = field(default_factory=dict)


def families_of(entries: Iterable[ImageShapes]) -> list[AnnotationFamily]:
    """Summarize annotations by format, in the order of their first file."""
    by_format: dict[str, list[ImageShapes]] = {}
    for entry in entries:
        by_format.setdefault(entry.format, []).append(entry)
    return [
        AnnotationFamily(
            format=name,
            files=len({one.source for one in found}),
            images=sum(1 for one in found if one.key),
            without_mask=dict(Counter(one.status.value for one in found if not one.annotated)),
            shapes=dict(Counter(str(shape.label) for one in found for shape in one.shapes)),
            classes_from=found[0].labels_from,
            omitted=dict(sum((Counter(one.omitted) for one in found), Counter[str]())),
        )
        for name, found in by_format.items()
    ]
