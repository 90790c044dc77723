"""Matches mask images with images by name: the same name, or the name of the image and a suffix."""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from seep.core.import_options import compile_mask_pattern
from seep.errors import ImportRefusedError

_IMAGE_SUFFIX = re.compile(r"_(?:leftImg8bit|sat|image|img)$", re.IGNORECASE)
_BRUSH = re.compile(r"task-\d+-annotation-\d+-by-.*")


def match_masks(masks: Iterable[Path], stems: Collection[str], pattern: str) -> dict[str, Path]:
    """Return the mask of each image.

    A mask has the stem of its image, or matches the pattern, whose group `image` is the stem of the image
    without `_leftImg8bit`, `_sat`, `_image` or `_img`.

    Args:
        pattern: see `ImportOptions.mask_pattern`.

    Returns:
        Mask by the stem of the image.

    Raises:
        ImportRefusedError: two masks match one image.
    """
    expression = compile_mask_pattern(pattern)
    by_base = {_IMAGE_SUFFIX.sub("", stem): stem for stem in stems}
    found: dict[str, Path] = {}
    for path in masks:
        match = expression.fullmatch(path.stem)
        image = (
            path.stem if path.stem in stems else _image_of(match["image"] if match else "", stems, by_base)
        )
        if image is None:
            continue
        first = found.setdefault(image, path)
        if first is not path:
            raise ImportRefusedError(
                f"{first.name} and {path.name} in {path.parent} are masks of the same image. Remove one of them, "
                "or set a mask name pattern."
            )
    return found


def unmatched_reason(masks: Path, images: Path, names: Iterable[str]) -> str:
    """Return why no mask belongs to an image, naming formats that are recognized and not read."""
    if any(_BRUSH.match(name) for name in names):
        return (
            f"{masks} contains brush masks of Label Studio, which are named for tasks, not for images. Export "
            "JSON from Label Studio instead."
        )
    return (
        f"No mask in {masks} has the name of an image in {images}. Provide masks with the names of the images, "
        "set a mask name pattern, or import without masks."
    )


def _image_of(name: str, stems: Collection[str], by_base: Mapping[str, str]) -> str | None:
    return name if name in stems else by_base.get(name)
