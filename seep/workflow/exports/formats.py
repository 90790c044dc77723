"""The formats of results: what each is called, and how it is written from sheets."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import Mask
from seep.io.exporting.coco import NamedMask, coco
from seep.io.exporting.geojson import write_geojson
from seep.io.exporting.rasters import png, write_geotiff
from seep.io.exporting.slick_record import SlickRecord
from seep.io.exporting.staging import place_for
from seep.io.exporting.table import write_csv
from seep.io.exporting.training_images import write_image
from seep.io.exporting.vectors import write_geopackage, write_shapefile
from seep.io.exporting.yolo import HOLES_NOTE, data_yaml, yolo_lines
from seep.io.readers.view import is_view
from seep.io.tiff import write_mask
from seep.workflow.classes import get_classes
from seep.workflow.exports.mosaics import LaidTile, Sheet, SheetReader, tile_georeference
from seep.workflow.exports.scene_report import scene_report
from seep.workflow.exports.slick_measurements import measured_slicks
from seep.workflow.tile_data import read_pixels
from seep.workflow.workspace import Workspace

OnProgress = Callable[[int, int, str], None]

_PER_CENT = 100


@dataclass(frozen=True)
class Export:
    """An export at work.

    Attributes:
        workspace: where from.
        stage: folder to write into.
        sheets: what to write.
        simplify_px: see `ExportOptions`.
        coco_polygons: see `ExportOptions`.
        on_progress: called with (done, total, name).
    """

    workspace: Workspace
    stage: Path
    sheets: Sequence[Sheet]
    simplify_px: float
    coco_polygons: bool
    on_progress: OnProgress | None

    def tell(self, done: int, total: int, name: str) -> None:
        """Tell how far it is."""
        if self.on_progress:
            self.on_progress(done, total, name)

    def classes(self) -> tuple[SeepClass, ...]:
        """Return the workspace's classes."""
        return get_classes(self.workspace)

    def masks(self) -> Iterator[tuple[LaidTile, Sheet, Mask]]:
        """Give every tile that has a mask, with it."""
        total, done = sum(len(sheet.tiles) for sheet in self.sheets), 0
        for sheet in self.sheets:
            reader = SheetReader(self.workspace, sheet)
            for one in sheet.tiles:
                done += 1
                mask = reader.tile_mask(one)
                if mask is not None:
                    yield one, sheet, mask
                self.tell(done, total, one.tile.name)

    def slicks(self, written: "Written") -> list[SlickRecord]:
        """Return the slicks of all sheets, measured; unreadable images are noted."""
        names = {one.id: one.name for one in self.classes()}
        found: list[SlickRecord] = []
        for done, sheet in enumerate(self.sheets):
            reader = SheetReader(self.workspace, sheet)
            tell = partial(self._tell_slick, done, sheet.name)
            found += measured_slicks(reader, names, self.simplify_px, tell)
            written.notes += [f"No contrast: {reason}" for reason in reader.unreadable.values()]
        self.tell(_PER_CENT, _PER_CENT, "writes the files")
        return found

    def _tell_slick(self, done: int, name: str, slick: int, slicks: int) -> None:
        share = (done + slick / slicks) / len(self.sheets)
        self.tell(int(_PER_CENT * share), _PER_CENT, f"{name}, slick {slick} of {slicks}")


@dataclass
class Written:
    """What a format wrote: how many masks or slicks, and what is to be said about them."""

    count: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Format:
    """A format of results.

    Attributes:
        label: what people call it.
        what: "mask", "slick" or "report": what is counted.
        hint: one sentence on what is written and what it cannot say.
        write: writes it.
    """

    label: str
    what: str
    hint: str
    write: Callable[[Export], Written]


def _mask_tiff(job: Export) -> Written:
    done = Written()
    for one, _, mask in job.masks():
        write_mask(place_for(job.stage, f"{one.tile.name}.tif"), mask)
        done.count += 1
    return done


def _geotiff(job: Export) -> Written:
    done, classes = Written(), job.classes()
    single = [sheet for sheet in job.sheets if sheet.scene.path is None]
    for one, sheet, mask in replace(job, sheets=single).masks():
        path = place_for(job.stage, f"{one.tile.name}.tif")
        write_geotiff(path, mask.shape, partial(_part, mask), classes, _place(one, sheet))
        done.count += 1
    for sheet in job.sheets:
        if sheet.scene.path is not None:
            reader = SheetReader(job.workspace, sheet)
            path = place_for(job.stage, f"{sheet.name}.tif")
            job.tell(done.count, len(job.sheets), sheet.name)
            write_geotiff(path, (sheet.height, sheet.width), reader.mask, classes, sheet.georeference)
            done.count += 1
    return done


def _place(one: LaidTile, sheet: Sheet) -> Georeference | None:
    return sheet.georeference.shifted(one.x, one.y) if sheet.georeference else tile_georeference(one.tile)


def _part(mask: Mask, window: Window) -> Mask:
    return mask[window.y : window.y + window.height, window.x : window.x + window.width]


def _png(job: Export) -> Written:
    done, classes = Written(), job.classes()
    for one, _, mask in job.masks():
        place_for(job.stage, f"{one.tile.name}.png").write_bytes(png(mask, classes))
        done.count += 1
    return done


def _coco(job: Export) -> Written:
    done = Written()

    def named() -> Iterator[NamedMask]:
        for one, sheet, mask in job.masks():
            done.count += 1
            yield NamedMask(one.tile.name + _suffix(one, sheet), mask)

    content = coco(named(), job.classes(), polygons=job.coco_polygons)
    place_for(job.stage, "annotations.json").write_bytes(content)
    if job.coco_polygons:
        done.notes.append("COCO polygons have no holes: holes are filled.")
    return done


def _yolo(job: Export) -> Written:
    done = Written()
    for one, _, mask in job.masks():
        text, filled = yolo_lines(mask)
        place_for(job.stage, "labels", f"{one.tile.name}.txt").write_text(text)
        done.count += 1
        if filled:
            done.notes.append(HOLES_NOTE)
    place_for(job.stage, "data.yaml").write_text(data_yaml(job.classes()), encoding="utf-8")
    return done


def _training_set(job: Export) -> Written:
    done = Written()
    for one, sheet, mask in job.masks():
        tile, suffix = one.tile, _suffix(one, sheet)
        path = place_for(job.stage, "images", tile.name + suffix)
        image = read_pixels(tile) if _is_cut(one, sheet) else None
        write_image(path, Path(tile.path), image, tile.nodata, _place(one, sheet))
        write_mask(place_for(job.stage, "masks", f"{tile.name}.tif"), mask)
        done.count += 1
    content = [{"id": one.id, "name": one.name, "color": one.color} for one in job.classes()]
    place_for(job.stage, "classes.json").write_text(json.dumps(content, indent=2) + "\n")
    return done


def _suffix(one: LaidTile, sheet: Sheet) -> str:
    """Return the ending of a tile's image as it is exported: its file's own, TIFF for what is cut out."""
    return ".tif" if _is_cut(one, sheet) else Path(one.tile.path).suffix


def _is_cut(one: LaidTile, sheet: Sheet) -> bool:
    """Tell whether a tile is a part of its file: a window, or some of its bands."""
    return sheet.scene.path is not None or is_view(Path(one.tile.path))


def _slick_format(write: Callable[[Path, Sequence[SlickRecord]], list[Path]]) -> Callable[[Export], Written]:
    def run(job: Export) -> Written:
        done = Written()
        slicks = job.slicks(done)
        write(job.stage, slicks)
        done.count = len(slicks)
        pixels = len({one.image for one in slicks if not one.on_ground})
        if pixels:
            done.notes.append(
                f"{pixels} {'image' if pixels == 1 else 'images'} without georeference: slicks there have "
                "coordinates in pixels, and nothing in km or m."
            )
        return done

    return run


def _report(job: Export) -> Written:
    done = Written()
    by_scene: dict[str, list[Sheet]] = {}
    for sheet in job.sheets:
        by_scene.setdefault(sheet.scene.name, []).append(sheet)
    for name, sheets in by_scene.items():
        job.tell(done.count, len(by_scene), name)
        text, _ = scene_report(job.workspace, sheets[0].scene, sheets)
        place_for(job.stage, f"{name}.html").write_text(text, encoding="utf-8")
        done.count += 1
        job.tell(done.count, len(by_scene), name)
    return done


FORMATS: dict[str, Format] = {
    "mask-tiff": Format("Mask TIFF", "mask", "A uint8 TIFF of class ids a tile.", _mask_tiff),
    "geotiff": Format(
        "GeoTIFF",
        "mask",
        "The same with CRS and class colors. One mask for a scene that is one large file, 255 where no tile "
        "is chosen.",
        _geotiff,
    ),
    "png": Format("PNG", "mask", "A PNG of class ids a tile, its palette in the classes' colors.", _png),
    "coco": Format("COCO JSON", "mask", "One JSON file, an annotation a slick, run-length encoded.", _coco),
    "yolo": Format(
        "YOLO-seg", "mask", "A text file of polygons a tile; holes are filled, unsure pixels left out.", _yolo
    ),
    "geojson": Format(
        "GeoJSON",
        "slick",
        "Outlines with measures, and center lines, in WGS 84.",
        _slick_format(write_geojson),
    ),
    "geopackage": Format(
        "GeoPackage", "slick", "The same as two layers of one file.", _slick_format(write_geopackage)
    ),
    "shapefile": Format(
        "Shapefile", "slick", "The same with names of ten characters.", _slick_format(write_shapefile)
    ),
    "csv": Format("CSV", "slick", "A row of measures a slick.", _slick_format(write_csv)),
    "report": Format(
        "Report", "report", "A page a scene with map, table and pictures, to be read or printed.", _report
    ),
    "training-set": Format(
        "Training set", "mask", "Folders of images and masks of the same names.", _training_set
    ),
}
