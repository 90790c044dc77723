"""Images of a plain folder as a dataset: which tiles there are, and how each scene is normalized."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seep.core.geo.georeference import Georeference
from seep.core.image.arrays import Image
from seep.core.image.grain import scene_grain
from seep.core.image.gray import GREEN
from seep.core.image.normalize import Statistics, statistics_of
from seep.core.import_options import ImportOptions, RefusedFile
from seep.core.masks.classes import MAX_CLASSES, SeepClass
from seep.core.masks.palette import color_table
from seep.core.text import counted
from seep.errors import ImageError, ImportRefusedError, MaskError, SettingsError
from seep.io.folder_reader import ImportCandidate, find_candidates, read_candidate
from seep.io.gray_sets import decide_gray, gray_note
from seep.io.images import read_image
from seep.io.masks import decide_masks
from seep.io.nodata import ImageNodata, settle_nodata

READER_THREADS = 4
_WHOLE_PX = 2**30  # no image of a folder is cut into windows


@dataclass(frozen=True)
class FolderTile:
    """One image of a folder; its pixels stay on disk.

    Attributes:
        path: of the image.
        scene: name of its scene, from the file name.
        nodata: value of pixels without data; None for none.
        bands: number of bands, as read.
        mask: (H, W) uint8 class ids; None for an image without a mask. `FolderDataset.with_masks` keeps only tiles
            that have one.
        number: of the tile in its scene's grid.
        mask_path: file of the mask; None without one, or if it comes from annotations.
        gray: whether the file has three equal bands that are read as one.
        georeference: of the image; None without one.
    """

    path: Path
    scene: str
    nodata: float | None
    bands: int
    mask: Any = None
    number: int = 0
    mask_path: Path | None = None
    gray: bool = False
    georeference: Georeference | None = None

    def read(self) -> Image:
        """Read the pixels, (H, W) or (H, W, bands).

        Raises:
            ImageError: the file is gone or damaged.
        """
        image = read_image(self.path)
        return image[:, :, GREEN] if self.gray else image


@dataclass(frozen=True)
class FolderDataset:
    """The readable images of a folder.

    Attributes:
        tiles: in the order of their names.
        statistics: normalization by scene.
        refused: files that cannot be used, each with its reason.
        nodata: which values are nodata, and why.
    """

    tiles: list[FolderTile]
    statistics: dict[str, Statistics]
    refused: list[RefusedFile]
    nodata: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Which values are nodata, and which images are gray or normalized together, one sentence each."""
        about = (f"Nodata: {self.nodata}.", *gray_note(sum(tile.gray for tile in self.tiles)))
        sizes = Counter(tile.scene for tile in self.tiles)
        together = {scene: size for scene, size in sizes.items() if size > 1}
        if not together:
            return about
        scene, size = next(iter(together.items()))
        more = f" and {counted(len(together) - 1, 'more scene')}" if len(together) > 1 else ""
        return (
            *about,
            f"Normalized by the statistics of the whole scene: {counted(size, 'image')} of {scene}{more}. An image "
            "predicted alone is normalized by its own statistics, which can change its mask.",
        )

    def with_bands(self, bands: int) -> "FolderDataset":
        """Move tiles with another number of bands than a checkpoint reads to `refused`."""
        refused = [
            RefusedFile(
                tile.path,
                f"{tile.path.name} has {tile.bands} band(s), the checkpoint reads {bands}. "
                "Choose a checkpoint that was trained on such images.",
            )
            for tile in self.tiles
            if tile.bands != bands
        ]
        tiles = [tile for tile in self.tiles if tile.bands == bands]
        return replace(self, tiles=tiles, refused=[*self.refused, *refused])

    def with_masks(self, images: Path, masks: Path) -> "FolderDataset":
        """Keep the tiles that have a mask.

        Raises:
            ImportRefusedError: none has one; the message names both folders.
        """
        tiles = [tile for tile in self.tiles if tile.mask is not None]
        if not tiles:
            raise ImportRefusedError(
                f"No image of {images} has a mask of the same name in {masks}. Check the folders."
            )
        return replace(self, tiles=tiles)

    def check_refused(self, *, skip_bad: bool) -> None:
        """Stop before anything is written when files cannot be used.

        Args:
            skip_bad: leave such files out instead, if any tile is left.

        Raises:
            ImageError: names the first refused file.
        """
        if self.refused and (not skip_bad or not self.tiles):
            first = self.refused[0]
            more = f" (and {len(self.refused) - 1} more)" if len(self.refused) > 1 else ""
            raise ImageError(
                f"{first.path}: {first.reason}{more} Nothing was written. Repair or remove the files, "
                "or skip them with --skip-bad."
            )


def folder_options(
    pattern: str,
    nodata: float | str | None,
    class_count: int = MAX_CLASSES,
    classes: Sequence[SeepClass] = (),
) -> ImportOptions:
    """Return the import options for a folder that is read without a workspace.

    Args:
        pattern: regular expression with the groups scene and tile for file names.
        nodata: a number, None, or "auto".
        class_count: masks may hold the ids 0 to class_count - 1.
        classes: names and colors for masks in colors and for annotations.
    """
    return ImportOptions(
        pattern=pattern,
        nodata=nodata,
        class_count=class_count,
        window_px=_WHOLE_PX,
        colors=color_table(tuple(classes)),
        class_names=tuple(seep_class.name for seep_class in classes),
    )


def scan_folder(
    images: Path,
    masks: Path | None,
    options: ImportOptions,
    scenes: Sequence[str] | None = None,
    convert: Callable[[Path], Path] | None = None,
    *,
    bands: int | None = 1,
) -> FolderDataset:
    """Read every image of a folder once, and compute the statistics of each scene.

    Args:
        masks: folder of masks of the same names; None for none.
        options: see `folder_options`.
        scenes: names of the scenes to read; None for all.
        convert: returns an image that can be read in place, as `temporary_conversion` does; None to refuse formats
            that depend on other files.
        bands: number of bands that the network reads. With 1, gray images in three equal bands are read as one.

    Raises:
        ImportRefusedError: the folder is missing or empty.
        SettingsError: the folder has no such scene, or an option cannot be used.
        ImageError: a scene cannot be normalized.
    """
    candidates = find_candidates(images, masks, options)
    if scenes:
        missing = sorted(set(scenes) - {one.position.scene for one in candidates})
        if missing:
            raise SettingsError(f"{images} has no scene {', '.join(missing)}. Check the names.")
        candidates = [one for one in candidates if one.position.scene in scenes]
    options = decide_masks([one.mask_path for one in candidates if one.mask_path], options).options
    if bands == 1:
        options = decide_gray([one.path for one in candidates], options)
    tiles, refused = list[FolderTile](), list[RefusedFile]()
    samples: dict[str, list[Any]] = {}
    grains: dict[str, list[float | None]] = {}
    shown = list[ImageNodata]()
    names = set[str]()
    with ThreadPoolExecutor(READER_THREADS) as pool:
        results = pool.map(lambda one: _read(one, options, convert), candidates)
        for candidate, result in zip(candidates, results, strict=True):
            if isinstance(result, Exception):
                refused.append(RefusedFile(candidate.path, str(result)))
                continue
            tile, found, grain = result
            reason = _conflict(tile, tiles, names)
            if reason:
                refused.append(RefusedFile(tile.path, reason))
            else:
                names.add(tile.path.stem)
                tiles.append(tile)
                shown.append(found)
                samples.setdefault(tile.scene, []).append(found.sample)
                grains.setdefault(tile.scene, []).append(grain)
    settled, nodata_line = settle_nodata(shown)
    tiles = [replace(tile, nodata=value) for tile, value in zip(tiles, settled, strict=True)]
    nodata_of = {tile.scene: tile.nodata for tile in tiles}
    try:
        statistics = {
            scene: statistics_of(some, nodata_of[scene], scene_grain(grains[scene]))
            for scene, some in samples.items()
        }
    except ValueError as error:
        raise ImageError(f"Scenes of {images} cannot be normalized: {error}.") from error
    return FolderDataset(tiles, statistics, refused, nodata_line)


def _read(
    candidate: ImportCandidate, options: ImportOptions, convert: Callable[[Path], Path] | None
) -> tuple[FolderTile, ImageNodata, float | None] | Exception:
    try:
        if convert is not None:
            candidate = replace(candidate, path=convert(candidate.path))
        tile = read_candidate(candidate, options)
    except (ImageError, MaskError) as error:
        return error
    if tile.large:  # a product, whose pixels are not read whole
        return ImageError(
            f"{tile.path.name} is a whole product. Import it into a workspace and predict it there."
        )
    at = tile.position
    found = FolderTile(
        tile.path,
        at.scene,
        tile.nodata,
        tile.header.bands,
        tile.mask,
        at.number,
        candidate.mask_path,
        gray=options.gray and tile.bands == (GREEN,),
        georeference=tile.header.georeference,
    )
    return found, ImageNodata(tile.nodata, tile.searched, at.scene, tile.statistics_sample), tile.grain


def _conflict(tile: FolderTile, previous: Sequence[FolderTile], names: set[str]) -> str | None:
    """Return why a readable tile cannot be used beside those before it; None if it can."""
    if tile.path.stem in names:
        return f"{tile.path.name}: another image is named {tile.path.stem} too. Rename one."
    bands = next((one.bands for one in previous if one.scene == tile.scene), tile.bands)
    if bands != tile.bands:
        return (
            f"{tile.path.name} has {tile.bands} band(s), other tiles of scene {tile.scene} have {bands}. "
            "Give it the name of another scene."
        )
    return None
