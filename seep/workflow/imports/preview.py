"""Preview of an import: what a folder contains, how it will be read, and some tiles with their masks."""

import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from seep.core.files import write_atomic
from seep.core.geo.accuracy import GeoreferenceAccuracy, accuracy_of
from seep.core.image.arrays import display_limits, valid_pixels
from seep.core.image.gray import GREEN
from seep.core.import_options import ImportOptions, RefusedFile
from seep.core.masks.thumbnail import thumbnail
from seep.errors import ImageError, MaskError
from seep.io.annotations.families import AnnotationFamily
from seep.io.folder_reader import DecodedTile, ImportCandidate, has_masks, read_candidate, scan_folder
from seep.io.gray_sets import gray_note
from seep.io.header import ImageHeader
from seep.io.images import kind_of
from seep.io.masks import decide_masks
from seep.io.nodata import ImageNodata, settle_nodata
from seep.io.sandbox import SANDBOX
from seep.store import scenes
from seep.workflow.classes import get_classes
from seep.workflow.conversion import converted
from seep.workflow.imports.archives import unpack_source
from seep.workflow.imports.classes import classes_for
from seep.workflow.imports.importer import band_notes, check_land, with_gray
from seep.workflow.imports.splits import new_splits, trained_splits
from seep.workflow.workspace import Workspace

SAMPLE_FILES = 12
"""Number of files that a preview reads, spread over the folder."""
DECIDING_MASKS = 1000
"""Number of masks at most that decide what 255 means."""
PICTURES = 4
"""Number of random tiles with masks that a preview shows."""
MAX_MASK_BYTES = 16 * 2**20
"""A preview does not read larger masks."""
_READERS = 4
_PICTURE_PX = 256


@dataclass(frozen=True)
class TilePicture:
    """A random tile with its mask.

    Attributes:
        name: of the image file.
        jpeg: picture with the mask drawn over it.
        class_ids: class ids in the mask, without background.
    """

    name: str
    jpeg: bytes
    class_ids: list[int]


@dataclass(frozen=True)
class ImportPreview:
    """Content of a folder, from all file names and a sample of the files.

    Attributes:
        files: number of files to import.
        scenes: names of their scenes, in order.
        with_mask: number of files with a mask; an estimate from the sample for outlines in degrees.
        has_masks: whether masks or annotations were given or found.
        mask_images: number of files whose mask is an image.
        families: annotations by format.
        readers: formats of the images in the sample, most frequent first.
        headers: of the readable files in the sample.
        accuracies: of the georeferences in the sample.
        refused: unreadable files in the sample.
        nodata: nodata values in the sample, most frequent first; None stands for no such value.
        nodata_line: the same in words, with the reason.
        large: number of files in the sample that become windows.
        class_ids: class ids in the masks of the sample, in order.
        splits: split of the scenes that have one in the data set, by name.
        lists_classes: whether the workspace gets the classes that the data set lists.
        every_mask_read: whether the sample has all mask images.
        pictures: random tiles with their masks.
        notes: warnings, one sentence each.
    """

    files: int
    scenes: list[str] = field(default_factory=list)
    with_mask: int = 0
    has_masks: bool = False
    mask_images: int = 0
    families: list[AnnotationFamily] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)
    headers: list[ImageHeader] = field(default_factory=list)
    accuracies: list[GeoreferenceAccuracy] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    nodata: list[float | None] = field(default_factory=list)
    nodata_line: str = ""
    large: int = 0
    class_ids: list[int] = field(default_factory=list)
    every_mask_read: bool = False
    splits: dict[str, str] = field(default_factory=dict)
    lists_classes: bool = False
    pictures: list[TilePicture] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def preview_import(
    workspace: Workspace, images: Path, masks: Path | None, options: ImportOptions
) -> ImportPreview:
    """Read a sample of the files of an import, in sandbox processes; no tile is added.

    An archive is unpacked into the workspace, where the import finds it.

    Args:
        workspace: its classes give the names and colors of masks, where the options have none.
        images: folder of images, one image, a zip or a tar.
        masks: folder of masks or annotations; None for none.

    Raises:
        ImportRefusedError: a folder is missing or empty, an archive is unsafe or damaged, or no mask has the name
            of an image.
        MaskError: annotations cannot be read.
        SettingsError: invalid options.
    """
    check_land(options)
    images = unpack_source(workspace, images, lambda _done, _total, _name: None)
    scan = scan_folder(images, masks, options, SANDBOX.read_shapes)
    classes = classes_for(workspace, options, scan)
    options = classes.options
    candidates = scan.candidates
    masks_found = [one.mask_path for one in candidates if one.mask_path]
    small = [path for path in masks_found if path.stat().st_size <= MAX_MASK_BYTES]
    masks_of = decide_masks(small, options, SANDBOX.mask_values, DECIDING_MASKS)
    options = with_gray(workspace, candidates, masks_of.options)
    sample = candidates[:: -(-len(candidates) // SAMPLE_FILES)]
    with ThreadPoolExecutor(_READERS) as pool:
        results = list(pool.map(lambda one: _read(workspace, one, options), sample))
        drawn = list(pool.map(lambda one: _read(workspace, one, options), _random_labeled(candidates)))
    read = [result for result in results if isinstance(result, DecodedTile)]
    nodata, nodata_line = settle_nodata(
        [ImageNodata(one.nodata, one.searched, one.position.scene, one.statistics_sample) for one in read]
    )
    colors = {seep_class.id: seep_class.color for seep_class in get_classes(workspace)} | {
        class_id: color for color, class_id in options.colors.items()
    }
    return ImportPreview(
        files=len(candidates),
        scenes=sorted({one.position.scene for one in candidates}),
        with_mask=sum(1 for one in candidates if one.mask_path or one.shapes)
        - _without_shape(candidates, sample, results),
        has_masks=scan.has_masks,
        mask_images=scan.mask_images,
        families=scan.families,
        readers=[kind for kind, _ in Counter(kind_of(one.path) for one in read).most_common()],
        headers=[one.header for one in read],
        accuracies=[accuracy_of(one.header.georeference) for one in read if one.header.georeference],
        refused=[
            RefusedFile(candidate.path, str(result))
            for candidate, result in zip(sample, results, strict=True)
            if isinstance(result, Exception)
        ],
        nodata=[value for value, _ in Counter(nodata).most_common()],
        nodata_line=nodata_line,
        large=sum(1 for one in read if one.large),
        class_ids=sorted(
            {int(value) for one in read if one.mask is not None for value in np.unique(one.mask)}
        ),
        every_mask_read=scan.mask_images
        == sum(
            candidate.mask_path is not None and isinstance(result, DecodedTile) and result.mask is not None
            for candidate, result in zip(sample, results, strict=True)
        ),
        splits={one.position.scene: one.split for one in candidates if one.split},
        lists_classes=bool(classes.listed),
        pictures=[
            picture
            for one in drawn
            if isinstance(one, DecodedTile) and (picture := _picture(one, colors)) is not None
        ],
        notes=list(
            dict.fromkeys(
                [
                    *masks_of.notes,
                    *scan.notes,
                    *classes.notes,
                    *gray_note(sum(options.gray and one.bands == (GREEN,) for one in read), "sampled image"),
                    *band_notes(workspace, (one.header.bands for one in read)),
                    *(note for one in candidates for note in (one.problem, *one.notes) if note),
                    *(note for one in read for note in one.notes),
                ]
            )
        ),
    )


def splits_to_choose(workspace: Workspace, preview: ImportPreview) -> dict[str, str]:
    """Return the splits that the new scenes of an import get, by name.

    Scenes that the active version was trained on are left out: they keep their split.
    """
    with workspace.store.reading() as session:
        present = {scene.name: scene.split for scene in scenes.list_scenes(session)}
    trained = trained_splits(workspace)
    found = new_splits(present, preview.scenes, trained, preview.splits)
    return {name: split for name, split in found.items() if name not in trained}


def brings_masks(images: Path) -> bool:
    """Return whether a folder is a data set with masks or annotations inside."""
    return has_masks(images)


def write_pictures(preview: ImportPreview, folder: Path) -> int:
    """Write the pictures of a preview to a folder, named for their images; return their number.

    Raises:
        StorageError: disk full or no permission.
    """
    for picture in preview.pictures:
        write_atomic(folder / f"{Path(picture.name).stem}.jpg", picture.jpeg)
    return len(preview.pictures)


def _random_labeled(candidates: list[ImportCandidate]) -> list[ImportCandidate]:
    """Return random files with masks, the same for each preview of a folder."""
    labeled = [candidate for candidate in candidates if candidate.mask_path or candidate.shapes]
    return random.Random(0).sample(labeled, min(PICTURES, len(labeled)))


def _read(
    workspace: Workspace, candidate: ImportCandidate, options: ImportOptions
) -> DecodedTile | Exception:
    try:
        candidate = converted(workspace, candidate)
        mask = candidate.mask_path
        if mask is not None and mask.stat().st_size > MAX_MASK_BYTES:
            candidate = replace(candidate, mask_path=None)
        return read_candidate(candidate, options, SANDBOX.decode)
    except (ImageError, MaskError) as error:
        return error
    except OSError as error:
        return MaskError(f"{candidate.path.name} or its mask cannot be read: {error.strerror or error}.")


def _without_shape(
    candidates: list[ImportCandidate],
    sample: list[ImportCandidate],
    results: Sequence[DecodedTile | Exception],
) -> int:
    """Return the number of files that outlines in degrees leave without a mask, by their share in the sample.

    One file of outlines is for all images. It covers only images that have a georeference and lie under a shape.
    """
    in_degrees = sum(_is_in_degrees(one) for one in candidates)
    covered = [
        result.mask is not None
        for candidate, result in zip(sample, results, strict=True)
        if isinstance(result, DecodedTile) and _is_in_degrees(candidate)
    ]
    return round(in_degrees * covered.count(False) / len(covered)) if covered else 0


def _is_in_degrees(candidate: ImportCandidate) -> bool:
    return candidate.shapes is not None and candidate.shapes.frame == "lonlat"


def _picture(tile: DecodedTile, colors: dict[int, str]) -> TilePicture | None:
    """Draw the sample of a tile with its mask; None for a large image, which has no sample."""
    if tile.statistics_sample is None or tile.mask is None:
        return None
    height, width = tile.mask.shape
    image = _enlarged(tile.statistics_sample, (height, width))
    limits = display_limits(image, valid_pixels(image, tile.nodata))
    jpeg = thumbnail(image, tile.mask, tile.nodata, limits=limits, colors=colors, size_px=_PICTURE_PX)
    return TilePicture(tile.path.name, jpeg, [int(one) for one in np.unique(tile.mask) if one])


def _enlarged(sample: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Repeat the pixels of a regular grid to the size of its image."""
    factor = max(-(-shape[axis] // sample.shape[axis]) for axis in (0, 1))
    return sample.repeat(factor, axis=0).repeat(factor, axis=1)[: shape[0], : shape[1]]
