"""Matches mask images with images by name: the same name, or the name of the image with a suffix or a prefix."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from seep.core.import_options import compile_mask_pattern
from seep.errors import ImportRefusedError
from seep.io.annotations.model import fold

_IMAGE_WORDS = re.compile(
    r"^(?:image|img|sat)[_-](?=.)|_(?:leftImg8bit|sat|image|img|S1Hand|0000)$", re.IGNORECASE
)
_MASK_PREFIX = re.compile(r"^(?:mask|label|gt)s?[_-](?=.)", re.IGNORECASE)
_BRUSH = re.compile(r"task-\d+-annotation-\d+-by-.*")


def match_masks(masks: Collection[Path], stems: Collection[str], pattern: str) -> dict[str, Path]:
    """Return the mask of each image.

    A mask has the stem of its image. Or its stem without `mask_`, `label_` or `gt_`, or the group `image` of the
    pattern, is that of its image, perhaps without `_leftImg8bit`, `_sat`, `_image`, `_img`, `_S1Hand`, `_0000`, or
    `image_`, `img_`, `sat_` at the start. Names that differ in Unicode form or case only, belong together if there is
    one such image. Of `a_labelIds` and `a_labelTrainIds` (Cityscapes) the latter is the mask.

    Args:
        pattern: see `ImportOptions.mask_pattern`.

    Returns:
        Mask by the stem of the image.

    Raises:
        ImportRefusedError: two masks match one image.
    """
    expression = compile_mask_pattern(pattern)
    tables = [(key, _unique(stems, key)) for key in (str, _normal, fold, _base)]
    given = {fold(path.stem) for path in masks}
    found: dict[str, Path] = {}
    for path in masks:
        if fold(path.stem).replace("_labelids", "_labeltrainids") in given - {fold(path.stem)}:
            continue
        match = expression.fullmatch(path.stem)
        names = [path.stem, match["image"] if match else "", _MASK_PREFIX.sub("", path.stem)]
        image = next(
            (table[key(name)] for key, table in tables for name in names if name and key(name) in table), None
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


def masks_among(pictures: Collection[Path], pattern: str) -> dict[str, Path]:
    """Return the masks that lie in the folder of their images, by the stem of the image; see `match_masks`."""
    expression = compile_mask_pattern(pattern)
    masks = [path for path in pictures if expression.fullmatch(path.stem) or _MASK_PREFIX.match(path.stem)]
    return match_masks(masks, {path.stem for path in pictures} - {path.stem for path in masks}, pattern)


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


def _unique(stems: Collection[str], key: Callable[[str], str]) -> dict[str, str]:
    """Return the stem of each name that only one stem has."""
    counts = Counter(map(key, stems))
    return {key(stem): stem for stem in stems if counts[key(stem)] == 1}


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _base(name: str) -> str:
    return fold(_IMAGE_WORDS.sub("", name))
