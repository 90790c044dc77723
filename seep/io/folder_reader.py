"""Reads a folder of images, with or without masks, for an import or a prediction."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from seep.core.geo.grid import TilePosition, parse_name
from seep.core.image.arrays import Image
from seep.core.import_options import ImportOptions, check_options
from seep.core.masks.mask import Mask, check_mask
from seep.core.text import is_printable
from seep.errors import ImageError, ImportRefusedError, MaskError
from seep.io.annotations import vector_layers
from seep.io.annotations.families import AnnotationFamily, families_of
from seep.io.annotations.matching import Match
from seep.io.annotations.model import ImageShapes
from seep.io.annotations.reading import (
    ShapeReader,
    is_annotation,
    read_annotations,
    read_shapes,
)
from seep.io.class_files import OF_SETS
from seep.io.containers import container_of, is_envi_data
from seep.io.dataset_layout import (
    DatasetPart,
    annotation_file,
    dataset_parts,
    own_masks,
    with_splits,
    without_duplicates,
)
from seep.io.decoding import Decoded, Request, decode
from seep.io.header import ImageHeader
from seep.io.images import IMAGE_SUFFIXES, kind_of
from seep.io.mask_names import masks_among, match_masks, unmatched_reason
from seep.io.readers.land_mask import LandMask
from seep.io.readers.nnunet import ignored_id, is_further_channel
from seep.io.readers.safe import is_safe

_SIDECARS = (".aux.xml", ".tfw", ".tifw", ".ovr", ".prj", ".pgw", ".jgw", ".wld", *vector_layers.SIDECARS)
"""Suffixes of files that belong to an image or to a Shapefile."""
_MAX_NAMED = 5


@dataclass(frozen=True)
class ImportCandidate:
    """A file that may become a tile.

    Attributes:
        path: of the image.
        mask_path: of its mask image; None if there is none.
        position: scene and number.
        shapes: its annotation; None if there is none.
        problem: why its mask cannot be used; "" for nothing.
        notes: warnings, one sentence each.
        split: "train", "validation" or "test" by the layout of the data set; "" if it has no splits.
    """

    path: Path
    mask_path: Path | None
    position: TilePosition
    shapes: ImageShapes | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()
    split: str = ""


@dataclass(frozen=True)
class DecodedTile:
    """An image that passed all checks.

    Attributes:
        name: stem of the file name.
        path: of the image, as given.
        position: scene and number.
        sha256: of the image file, hexadecimal; "" for a large image.
        header: of the image, with the selected bands.
        mask: (H, W) uint8, or None.
        statistics_sample: about 16,000 pixels on a regular grid, (h, w) or (h, w, bands), invalid ones
            included; `seep.core.image.normalize.statistics_of` gives the same result as for the whole image.
            None for a large image.
        nodata: value of pixels without a measurement, or None.
        bands: numbers of the selected bands in the file, from 0, in order.
        large: whether the image is split into windows.
        notes: warnings, one sentence each.
        land: pixels that are land; None for none.
        searched: see `Decoded`.
        split: see `ImportCandidate`.
        grain: see `Decoded`.
    """

    name: str
    path: Path
    position: TilePosition
    sha256: str
    header: ImageHeader
    mask: Mask | None
    statistics_sample: Image | None
    nodata: float | None
    bands: tuple[int, ...] = (0,)
    large: bool = False
    notes: tuple[str, ...] = ()
    land: LandMask | None = None
    searched: bool = False
    split: str = ""
    grain: float | None = None


@dataclass(frozen=True)
class FolderScan:
    """Files of a folder of images, and what its annotations contain.

    Attributes:
        candidates: files that may become tiles, sorted by name.
        families: annotations by format.
        mask_images: number of mask images that belong to a candidate.
        has_masks: whether masks or annotations were given or found.
        class_files: class lists in the folders of images and masks, and above them inside the given folder.
        unsure_id: value of masks that is unsure, by the data set; None for none.
        notes: annotation files that cannot be read, parts of them that belong to no image, and the splits of the data
            set, one sentence each.
    """

    candidates: list[ImportCandidate]
    families: list[AnnotationFamily] = field(default_factory=list)
    mask_images: int = 0
    has_masks: bool = False
    class_files: list[Path] = field(default_factory=list)
    unsure_id: int | None = None
    notes: list[str] = field(default_factory=list)


def find_candidates(
    images: Path, masks: Path | None, options: ImportOptions, reader: ShapeReader = read_shapes
) -> list[ImportCandidate]:
    """List the files of a folder; see `scan_folder`."""
    return scan_folder(images, masks, options, reader).candidates


def scan_folder(
    images: Path, masks: Path | None, options: ImportOptions, reader: ShapeReader = read_shapes
) -> FolderScan:
    """List the files of a folder, sorted by name, without decoding images.

    Files that are not images are listed too, so that `read_candidate` can refuse each with a reason. Hidden
    files and GDAL's sidecar files are left out.

    Args:
        images: folder of images and SAFE products; or one image; or a data set (`seep.io.dataset_layout`), if
            there is no separate folder of masks.
        masks: folder of masks with the names of the images, or of annotations (`seep.io.annotations`); or one
            such file; or None.
        reader: reads an annotation file: in this process by default, or in a sandbox (`seep.io.sandbox`).

    Raises:
        ImportRefusedError: a folder is missing, empty or without an image; no mask has the name of an image;
            or two masks have the same name.
        MaskError: annotations cannot be read.
        SettingsError: invalid options.
    """
    check_options(options)
    parts = [DatasetPart(images, masks)] if masks is not None else _parts(images)
    listed = [(part, _list_images(part.images, part.masks)) for part in parts]
    images_of: dict[Path, list[Path]] = {}  # splits may share a folder of annotations
    for one, paths in listed:
        if one.masks is not None:
            images_of.setdefault(one.masks, []).extend(path for path in paths if not is_annotation(path))
    kept = {folder: without_duplicates(_list_files(folder, "masks")) for folder in images_of}
    files = {folder: paths for folder, (paths, _) in kept.items()}
    annotations = {
        folder: read_annotations(
            [path for path in files[folder] if is_annotation(path)],
            {path.stem for path in paths},
            options.annotations,
            reader,
        )
        for folder, paths in images_of.items()
    }
    matched = {folder: found.match(images_of[folder]) for folder, found in annotations.items()}
    notes = [note for _, about in kept.values() for note in about]
    notes += [
        note for annotation in annotations.values() for note in (*annotation.problems, *annotation.notes)
    ]
    candidates = []
    for one, paths in listed:
        masks_of = files[one.masks] if one.masks else []
        matches = matched[one.masks] if one.masks else {}
        candidates += _part_candidates(one, paths, masks_of, matches, options, notes=notes)
    placed, about_splits = with_splits(
        [(candidate.position, candidate.split if options.keep_splits else "") for candidate in candidates]
    )
    candidates = [
        replace(candidate, position=position, split=options.splits.get(position.scene, split))
        for candidate, (position, split) in zip(candidates, placed, strict=True)
    ]
    notes += about_splits
    beside = [folder / name for folder in _set_folders(images, parts) for name in OF_SETS]
    class_files = [path for path in beside if path.is_file()]
    return FolderScan(
        candidates,
        families_of(one for found in annotations.values() for one in found.entries),
        sum(1 for candidate in candidates if candidate.mask_path is not None),
        bool(images_of),
        class_files,
        next((found for path in class_files if (found := ignored_id(path.parent)) is not None), None),
        notes,
    )


def _set_folders(images: Path, parts: Sequence[DatasetPart]) -> list[Path]:
    """Return the folders of images and masks, and those above them inside the given folder, the outermost first."""
    given = {images, *(part.masks for part in parts if part.masks is not None)}
    paths = [path for part in parts for path in (part.images, part.masks) if path is not None]
    inside = {folder for path in paths for folder in (path, *path.parents)}
    return sorted(
        folder for folder in inside if folder.is_dir() and (folder in given or folder.is_relative_to(images))
    )


def _parts(images: Path) -> list[DatasetPart]:
    """Return the parts of a data set, or one part; a file of annotations may be beside the images."""
    if not images.is_dir() or is_safe(images):
        return [DatasetPart(images, None)]
    if _has_images(images):
        return [DatasetPart(images, annotation_file(images) or own_masks(images))]
    parts = dataset_parts(images)
    try:
        inside = [] if parts else sorted(images.iterdir())
    except OSError:
        inside = []
    folders = [path.name for path in inside if path.is_dir() and not path.name.startswith(".")]
    if folders and len(folders) == len(inside):
        raise ImportRefusedError(
            f"{images} has no images, but the folders {', '.join(folders[:_MAX_NAMED])}"
            f"{', ...' if len(folders) > _MAX_NAMED else ''}, in no layout that Seep recognizes. Choose the folder of "
            "images, and the folder of masks."
        )
    return parts or [DatasetPart(images, None)]


def _list_images(images: Path, annotations: Path | None) -> list[Path]:
    paths = _list_files(images, "images", products=True)
    paths = [path for path in paths if path != annotations] or paths
    if not any(_is_image(path) for path in paths):
        raise ImportRefusedError(
            f"No supported images in {images} (found {paths[0].name!a}, …). Provide "
            f"{', '.join(IMAGE_SUFFIXES)} or Sentinel-1 GRD products (.SAFE)."
        )
    return paths


def _part_candidates(
    part: DatasetPart,
    paths: list[Path],
    masks_of: list[Path],
    annotations: Mapping[Path, Match],
    options: ImportOptions,
    *,
    notes: Sequence[str],
) -> list[ImportCandidate]:
    """Return the candidates of a folder of images with their masks."""
    images, stems = part.images, {path.stem for path in paths}
    mask_by_stem: dict[str, Path] = {}
    if part.masks is not None:
        pictures = [path for path in masks_of if path.suffix.lower() in IMAGE_SUFFIXES]
        if images.is_dir() and images.resolve() == part.masks.resolve():
            mask_by_stem = masks_among(pictures, options.mask_pattern)
            paths = [path for path in paths if path not in mask_by_stem.values() and not is_annotation(path)]
        else:
            mask_by_stem = match_masks(pictures, stems, options.mask_pattern)
        matches = annotations.values()  # of all parts that share the masks: some may have none
        if not mask_by_stem and not any(match.entry is not None or match.problem for match in matches):
            reasons = [*notes, *(note for match in matches for note in match.notes)]
            reasons.append(unmatched_reason(part.masks, images, (path.name for path in pictures)))
            raise ImportRefusedError(reasons[0])
    folder = (images if images.is_dir() else images.parent).resolve().name
    folder = part.scene or part.split or folder  # several splits may have a folder `images`
    return [
        _candidate(
            path,
            mask_by_stem.get(path.stem),
            parse_name(path.stem, options.pattern, path.stem if is_safe(path) else folder, order),
            annotations.get(path, Match()),
            part.split_of(path),
        )
        for order, path in enumerate(paths)
    ]


def has_masks(images: Path) -> bool:
    """Return whether a folder is a data set with masks or annotations; see `seep.io.dataset_layout`."""
    try:
        return any(part.masks is not None for part in _parts(images))
    except ImportRefusedError:
        return False


def _has_images(folder: Path) -> bool:
    """Return whether a folder has files with the names of images, or Sentinel-1 products."""
    try:
        return is_safe(folder) or any(
            is_safe(path)
            or (path.is_file() and (path.suffix.lower() in IMAGE_SUFFIXES or container_of(path) is not None))
            for path in folder.iterdir()
        )
    except OSError:
        return False


def _candidate(
    path: Path, mask_path: Path | None, position: TilePosition, match: Match, split: str
) -> ImportCandidate:
    if mask_path is not None:
        return ImportCandidate(path, mask_path, position, split=split)
    return ImportCandidate(path, None, position, match.shapes, match.problem, match.notes, split)


def read_candidate(
    candidate: ImportCandidate,
    options: ImportOptions,
    decoder: Callable[[Request], Decoded] = decode,
) -> DecodedTile:
    """Read and check a candidate.

    Args:
        decoder: reads the files: in this process by default, or in a sandbox (`seep.io.sandbox`).

    Raises:
        ImageError: not an image, truncated, too large, unsupported, or without a valid pixel.
        MaskError: the mask cannot be read, has another size or class ids out of range, or is ambiguous.
    """
    path = candidate.path
    if not is_printable(path.name):
        raise ImageError(f"The file name {path.name!a} contains control characters. Rename the file.")
    if candidate.problem:
        raise MaskError(candidate.problem)
    decoded = decoder(Request(path, candidate.mask_path, options, candidate.shapes))
    if decoded.mask is not None:
        name = candidate.mask_path.name if candidate.mask_path else f"of {path.name}"
        shape = (decoded.header.height, decoded.header.width)
        check_mask(decoded.mask, shape, options.class_count, f"The mask {name}")
    return DecodedTile(
        name=path.stem,
        path=path,
        position=candidate.position,
        sha256="" if decoded.large else file_sha256(path),
        header=decoded.header,
        mask=decoded.mask,
        statistics_sample=decoded.sample,
        nodata=decoded.nodata,
        bands=decoded.bands,
        large=decoded.large,
        notes=(*candidate.notes, *decoded.notes),
        land=decoded.land,
        searched=decoded.searched,
        split=candidate.split,
        grain=decoded.grain,
    )


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal.

    Raises:
        ImageError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ImageError(
            f"{path.name} cannot be opened: {error.strerror or error}. Check the file."
        ) from error


def _is_image(path: Path) -> bool:
    if container_of(path) is not None:
        return True
    try:
        kind_of(path)
    except ImageError:
        return path.suffix.lower() in IMAGE_SUFFIXES  # perhaps a damaged image
    return True


def _list_files(folder: Path, content: str, products: bool = False) -> list[Path]:
    """List the files of a folder by name, and SAFE products if they count; or return a single file."""
    if not is_printable(str(folder.resolve())):
        raise ImportRefusedError(
            f"The name of the folder {str(folder)!a} contains control characters. Rename the folder."
        )
    if folder.is_file() or (products and is_safe(folder)):
        return [folder]
    try:
        found = sorted(
            path
            for path in folder.iterdir()
            if _is_listed(path.name)
            and (path.is_file() or (products and is_safe(path)))
            and not (products and (is_envi_data(path) or is_further_channel(path)))
        )
    except FileNotFoundError as error:
        raise ImportRefusedError(
            f"{folder} does not exist. Check the path of the {content}: a folder, or a single file."
        ) from error
    except OSError as error:
        raise ImportRefusedError(
            f"The folder of {content} {folder} cannot be read: {error.strerror or error}."
        ) from error
    if not found:
        raise ImportRefusedError(
            f"The folder of {content} {folder} contains no files. Choose the folder with the {content}."
        )
    return found


def _is_listed(name: str) -> bool:
    return not name.startswith(".") and not name.lower().endswith(_SIDECARS)
