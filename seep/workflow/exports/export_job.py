"""An export in progress: what it reads, its progress, and the names of the tiles' images."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from seep.core.geo.georeference import Georeference
from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import Mask
from seep.io.exporting.shapes import NamedMask
from seep.io.exporting.slick_record import SlickRecord
from seep.io.exporting.training_images import write_image
from seep.io.readers.view import SUFFIX as VIEW_SUFFIX
from seep.workflow.classes import get_classes
from seep.workflow.exports.review_columns import ReviewColumns
from seep.workflow.exports.slick_measurements import measured_slicks
from seep.workflow.locators import locator_suffix
from seep.workflow.scenes.mosaics import Mosaic, MosaicReader, PlacedTile, tile_georeference
from seep.workflow.tile_data import image_path, read_pixels
from seep.workflow.workspace import Workspace

OnProgress = Callable[[int, int, str], None]

_PER_CENT = 100


@dataclass(frozen=True)
class ExportJob:
    """An export in progress.

    Attributes:
        workspace: to read from.
        stage: folder to write to.
        mosaics: what to write.
        simplify_px: see `ExportOptions`.
        coco_polygons: see `ExportOptions`.
        on_progress: called with (done, total, name).
        review: columns of the review record; None without it.
    """

    workspace: Workspace
    stage: Path
    mosaics: Sequence[Mosaic]
    simplify_px: float
    coco_polygons: bool
    on_progress: OnProgress | None
    review: ReviewColumns | None = None

    def report_progress(self, done: int, total: int, name: str) -> None:
        """Report the progress."""
        if self.on_progress:
            self.on_progress(done, total, name)

    def classes(self) -> tuple[SeepClass, ...]:
        """Return the workspace's classes."""
        return get_classes(self.workspace)

    def masks(self) -> Iterator[tuple[PlacedTile, Mosaic, Mask]]:
        """Yield every tile that has a mask, with its mosaic and mask."""
        total, done = sum(len(mosaic.tiles) for mosaic in self.mosaics), 0
        for mosaic in self.mosaics:
            reader = MosaicReader(self.workspace, mosaic)
            for tile in mosaic.tiles:
                done += 1
                mask = reader.tile_mask(tile)
                if mask is not None:
                    yield tile, mosaic, mask
                self.report_progress(done, total, tile.tile.name)

    def slicks(self, result: "WriteResult") -> list[SlickRecord]:
        """Measure the slicks of all mosaics; add a note for each unreadable image."""
        names = {seep_class.id: seep_class.name for seep_class in self.classes()}
        found: list[SlickRecord] = []
        for done, mosaic in enumerate(self.mosaics):
            reader = MosaicReader(self.workspace, mosaic)
            on_progress = partial(self._report_slick, done, mosaic.name)
            found += measured_slicks(reader, names, self.simplify_px, on_progress, self.review)
            result.notes += [f"No contrast: {reason}" for reason in reader.unreadable.values()]
        self.report_progress(_PER_CENT, _PER_CENT, "Writing files")
        return found

    def _report_slick(self, done: int, name: str, slick: int, slicks: int) -> None:
        share = (done + slick / slicks) / len(self.mosaics)
        self.report_progress(int(_PER_CENT * share), _PER_CENT, f"{name}, slick {slick} of {slicks}")


@dataclass
class WriteResult:
    """Number of masks, slicks or reports that a format wrote, and notes about them."""

    count: int = 0
    notes: list[str] = field(default_factory=list)


def named_masks(job: ExportJob, result: WriteResult) -> Iterator[NamedMask]:
    """Yield the masks with the file names of their images, and count them."""
    for one, mosaic, mask in job.masks():
        result.count += 1
        yield NamedMask(one.tile.name + image_suffix(one, mosaic), mask)


def georeference_of(workspace: Workspace, one: PlacedTile, mosaic: Mosaic) -> Georeference | None:
    """Return the georeference of a tile; None if it has none."""
    own = mosaic.georeference
    return own.shifted(one.x, one.y) if own else tile_georeference(workspace, one.tile)


def image_suffix(one: PlacedTile, mosaic: Mosaic) -> str:
    """Return the suffix of an exported image: that of its file, or .tif for a part of a file."""
    return ".tif" if is_cut(one, mosaic) else locator_suffix(one.tile.path)


def is_cut(one: PlacedTile, mosaic: Mosaic) -> bool:
    """Return whether a tile is a part of its file: a window, or selected bands."""
    return mosaic.scene.path is not None or locator_suffix(one.tile.path) == VIEW_SUFFIX


def write_tile_image(workspace: Workspace, path: Path, one: PlacedTile, mosaic: Mosaic) -> None:
    """Write the image of a tile with all its pixel values: a copy of its file, or the part that it is.

    Raises:
        ImageError: the image is missing or damaged.
        OSError: the image could not be written.
    """
    image = read_pixels(workspace, one.tile) if is_cut(one, mosaic) else None
    place = georeference_of(workspace, one, mosaic)
    write_image(path, image_path(workspace, one.tile), image, one.tile.nodata, place)
