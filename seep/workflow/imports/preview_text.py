"""Preview of an import in words: reader, classes and where their names come from, what is left out, accuracy."""

from collections import Counter
from collections.abc import Mapping

from seep.core.text import counted, number
from seep.io.annotations.families import AnnotationFamily
from seep.workflow.imports.preview import ImportPreview

_MAX_CLASSES = 8


def mask_lines(preview: ImportPreview) -> dict[str, str]:
    """Return a sentence for each kind of masks: mask images, and each format of annotations."""
    lines = {}
    if preview.mask_images:
        where = "" if preview.every_mask_read else " in the sample"
        found = ", ".join(map(str, preview.class_ids[:12]))
        ids = f"; class ids{where}: {found}" if found else ""
        lines["Mask images"] = f"{counted(preview.mask_images, 'image')}{ids}"
    return lines | {_title(one.format): _family_text(one) for one in preview.families}


def georeference_line(preview: ImportPreview) -> str:
    """Return how many images of the sample are located, how, and how accurately."""
    found = preview.accuracies
    if not found:
        return "none"
    placed = f"{len(found)} of {len(preview.headers)} files"
    kinds = " and ".join(kind for kind, _ in Counter(one.kind for one in found).most_common())
    means = [one.mean_m for one in found if one.mean_m is not None]
    largest = [one.max_m for one in found if one.max_m is not None]
    error = (
        f"; error at points left out {max(means):.1f} m on average, {max(largest):.1f} m at most"
        if means
        else ""
    )
    return f"{placed}, by {kinds}{error}"


def _title(name: str) -> str:
    return name[:1].upper() + name[1:]


def _family_text(family: AnnotationFamily) -> str:
    where = (
        f"{counted(family.images, 'image')} of this import"
        if family.images
        else "for all images with a georeference"
    )
    parts = [f"{counted(family.files, 'file')}, {where}"]
    if family.without_mask:
        total = number(sum(family.without_mask.values()))
        parts.append(f"{total} without a mask: {_counts(family.without_mask)}")
    shapes = sum(family.shapes.values())
    if shapes:
        parts.append(
            f"{counted(shapes, 'shape')} of {_counts(family.shapes)}; class names from {family.classes_from}"
        )
    if family.omitted:
        parts.append(f"omitted: {_counts(family.omitted)}")
    return "; ".join(parts)


def _counts(counts: Mapping[str, int]) -> str:
    """Return names with their numbers, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    more = f" and {len(ordered) - _MAX_CLASSES} more" if len(ordered) > _MAX_CLASSES else ""
    return ", ".join(f"{name} ({number(count)})" for name, count in ordered[:_MAX_CLASSES]) + more
