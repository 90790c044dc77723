"""Reading a folder of tiles, with or without masks, before anything is kept of it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seep.core.geo.grid import TilePosition, parse_name
from seep.core.image.arrays import Image
from seep.core.import_options import ImportOptions, check_options
from seep.core.masks.mask import Mask, check_mask
from seep.core.text import is_printable
from seep.errors import ImageError, ImportRefusedError
from seep.io.annotations.reading import Annotations, is_annotation, read_annotations
from seep.io.annotations.shapes import ImageShapes, rasterize_shapes
from seep.io.decoding import Decoded, Request, decode
from seep.io.header import ImageHeader
from seep.io.images import IMAGE_SUFFIXES, kind_of
from seep.io.readers.safe import is_safe

_SIDECARS = (".aux.xml", ".tfw", ".tifw", ".ovr", ".prj", ".pgw", ".jgw", ".wld")  # what GDAL leaves


@dataclass(frozen=True)
class ImportCandidate:
    """A file that may become a tile, its mask, and its position by its name.

    The mask is a file of pixels, or a drawing made of annotations, or neither.
    """

    path: Path
    mask_path: Path | None
    position: TilePosition
    shapes: ImageShapes | None = None


@dataclass(frozen=True)
class DecodedTile:
    """A tile that can be imported.

    Attributes:
        name: stem of the file name.
        path: of the image, as it was given.
        position: scene and number.
        sha256: of the image file, hexadecimal; "" of a large one.
        header: of the image, with the bands that were chosen.
        mask: (H, W) uint8, or None.
        statistics_sample: some 16,000 pixels on a regular grid, (h, w) or (h, w, bands), invalid ones too;
            `seep.core.image.normalize.statistics_of` gives the same for it as for the whole image. None of a large
            image.
        nodata: the value that means "not measured" in this image, or None.
        bands: numbers of its bands in the file, from 0, in their order.
        large: whether it is to be cut into windows.
        notes: what had to be said of it, a sentence each.
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


def find_candidates(images: Path, masks: Path | None, options: ImportOptions) -> list[ImportCandidate]:
    """List what may be imported, sorted by name.

    Of images, no file is decoded; annotations are read whole. Files that are no images are listed too, so
    that `read_candidate` can say so of each, as long as there is an image among them; hidden files and the
    sidecars of GDAL are not.

    Args:
        images: folder of images and SAFE folders, other folders in it are not entered; or one image.
        masks: folder of masks with the same names as the images, and of annotations (COCO, YOLO, GeoJSON,
            Label Studio, CVAT); or one such file; or None. An image without a mask is a candidate without a
            mask.
        options: how names are read.

    Raises:
        ImportRefusedError: a folder is missing, empty or without an image, no mask has the name of an image,
            or two have the same.
        MaskError: annotations cannot be read.
        SettingsError: an option cannot be used.
    """
    check_options(options)
    paths = _files(images, "images", products=True)
    if not any(_is_image(path) for path in paths):
        raise ImportRefusedError(
            f"{images} holds no image that can be read, but {paths[0].name!a} and the like; "
            f"give {', '.join(IMAGE_SUFFIXES)} or Sentinel-1 GRD folders (.SAFE)."
        )
    mask_by_stem: dict[str, Path] = {}
    annotations = Annotations()
    if masks is not None:
        given = _files(masks, "masks")
        mask_by_stem = _by_stem(given)
        annotations = read_annotations(path for path in given if is_annotation(path))
        stems = mask_by_stem.keys() | annotations.by_stem.keys()
        if not annotations.everywhere and not any(path.stem in stems for path in paths):
            raise ImportRefusedError(
                f"No mask in {masks} has the name of an image in {images}; give the folder whose masks are "
                "named like the images, or import without masks."
            )
    scene = (images if images.is_dir() else images.parent).resolve().name
    return [
        ImportCandidate(
            path,
            mask_by_stem.get(path.stem),
            parse_name(path.stem, options.pattern, path.stem if is_safe(path) else scene, order),
            None if path.stem in mask_by_stem else annotations.of(path.stem),
        )
        for order, path in enumerate(paths)
    ]


def read_candidate(
    candidate: ImportCandidate,
    options: ImportOptions,
    decoder: Callable[[Request], Decoded] = decode,
) -> DecodedTile:
    """Read a candidate and check all that could be wrong with it.

    Args:
        candidate: what to read.
        options: how.
        decoder: reads the files: here by default, or in another process (`seep.io.sandbox`).

    Raises:
        ImageError: no image, cut short, too large, of a kind that is not read, or without a valid pixel (all
            nodata, NaN or infinite).
        MaskError: the mask cannot be read, is of another size, or has class ids out of range.
    """
    path = candidate.path
    if not is_printable(path.name):
        raise ImageError(
            f"The name {path.name!a} holds a line break, a control character or bytes that are no text. "
            "Rename the file."
        )
    found = decoder(Request(path, candidate.mask_path, options))
    return DecodedTile(
        name=path.stem,
        path=path,
        position=candidate.position,
        sha256="" if found.large else file_sha256(path),
        header=found.header,
        mask=_mask(candidate, found, options),
        statistics_sample=found.sample,
        nodata=found.nodata,
        bands=found.bands,
        large=found.large,
        notes=found.notes,
    )


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal.

    Raises:
        ImageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ImageError(
            f"{path.name} cannot be opened: {error.strerror or error}. Check the file."
        ) from error


def _mask(candidate: ImportCandidate, found: Decoded, options: ImportOptions) -> Mask | None:
    shape = (found.header.height, found.header.width)
    mask = found.mask
    if mask is None and candidate.shapes is not None:
        drawing, place = candidate.shapes, found.header.georeference
        if drawing.frame == "lonlat" and place is None:  # one file for many images: not all need a place
            return None
        names = options.class_names or tuple(f"Seep class {number}" for number in range(options.class_count))
        mask = rasterize_shapes(drawing, shape, names, place)
    if mask is not None:
        name = candidate.mask_path.name if candidate.mask_path else "made of annotations"
        check_mask(mask, shape, options.class_count, f"The mask {name}")
    return mask


def _is_image(path: Path) -> bool:
    try:
        kind_of(path)
    except ImageError:
        return path.suffix.lower() in IMAGE_SUFFIXES  # damaged, perhaps, but meant to be one
    return True


def _by_stem(paths: list[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in paths:
        if path.suffix.lower() not in IMAGE_SUFFIXES:
            continue
        first = found.setdefault(path.stem, path)
        if first is not path:
            raise ImportRefusedError(
                f"{first.name} and {path.name} in {path.parent} are masks of one image; remove one of them."
            )
    return found


def _files(folder: Path, what: str, products: bool = False) -> list[Path]:
    """List the files of a folder by name, and SAFE folders if they count; a file is a folder of itself."""
    if not is_printable(str(folder.resolve())):
        raise ImportRefusedError(
            f"The folder of {what} {str(folder)!a} has a name that is no text; rename it."
        )
    if folder.is_file() or (products and is_safe(folder)):
        return [folder]
    try:
        found = sorted(
            path
            for path in folder.iterdir()
            if _counts(path.name) and (path.is_file() or (products and is_safe(path)))
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise ImportRefusedError(
            f"The folder of {what} {folder} cannot be read: {reason}. Check it."
        ) from error
    if not found:
        raise ImportRefusedError(
            f"The folder of {what} {folder} has no files in it; give the one with the {what}."
        )
    return found


def _counts(name: str) -> bool:
    return not name.startswith(".") and not name.lower().endswith(_SIDECARS)
