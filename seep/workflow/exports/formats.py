"""Export formats: labels, and how each is written from mosaics."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import Mask
from seep.core.text import counted
from seep.io.exporting import labelme as labelme_files
from seep.io.exporting import rle_csv as rle_tables
from seep.io.exporting.coco import coco
from seep.io.exporting.cvat import cvat
from seep.io.exporting.geojson import write_geojson
from seep.io.exporting.kml import write_kml
from seep.io.exporting.label_studio import label_studio
from seep.io.exporting.qgis_styles import add_styles
from seep.io.exporting.rasters import png, to_cog, write_geotiff
from seep.io.exporting.shapes import NamedMask
from seep.io.exporting.slick_record import SlickRecord
from seep.io.exporting.staging import place_for
from seep.io.exporting.table import write_csv
from seep.io.exporting.training_images import write_image
from seep.io.exporting.vectors import write_geopackage, write_shapefile
from seep.io.exporting.yolo import HOLES_NOTE, data_yaml, yolo_lines
from seep.io.masks import write_mask
from seep.io.readers.view import is_view
from seep.workflow.classes import get_classes
from seep.workflow.exports.mosaics import Mosaic, MosaicReader, PlacedTile, tile_georeference
from seep.workflow.exports.scene_report import scene_report
from seep.workflow.exports.slick_measurements import measured_slicks
from seep.workflow.tile_data import read_pixels
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
    """

    workspace: Workspace
    stage: Path
    mosaics: Sequence[Mosaic]
    simplify_px: float
    coco_polygons: bool
    on_progress: OnProgress | None

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
            for one in mosaic.tiles:
                done += 1
                mask = reader.tile_mask(one)
                if mask is not None:
                    yield one, mosaic, mask
                self.report_progress(done, total, one.tile.name)

    def slicks(self, result: "WriteResult") -> list[SlickRecord]:
        """Measure the slicks of all mosaics; add a note for each unreadable image."""
        names = {one.id: one.name for one in self.classes()}
        found: list[SlickRecord] = []
        for done, mosaic in enumerate(self.mosaics):
            reader = MosaicReader(self.workspace, mosaic)
            on_progress = partial(self._report_slick, done, mosaic.name)
            found += measured_slicks(reader, names, self.simplify_px, on_progress)
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


@dataclass(frozen=True)
class Format:
    """An export format.

    Attributes:
        label: name of the format.
        what: unit of the result: "mask", "slick" or "report".
        hint: what is written and what the format cannot store.
        write: function that writes it.
    """

    label: str
    what: str
    hint: str
    write: Callable[[ExportJob], WriteResult]


def _mask_tiff(job: ExportJob) -> WriteResult:
    result = WriteResult()
    for one, _, mask in job.masks():
        write_mask(place_for(job.stage, f"{one.tile.name}.tif"), mask)
        result.count += 1
    return result


def _geotiff(job: ExportJob) -> WriteResult:
    result, classes = WriteResult(), job.classes()
    single = [mosaic for mosaic in job.mosaics if mosaic.scene.path is None]
    for one, mosaic, mask in replace(job, mosaics=single).masks():
        path = place_for(job.stage, f"{one.tile.name}.tif")
        write_geotiff(path, mask.shape, partial(_part, mask), classes, _place(one, mosaic))
        result.count += 1
    for mosaic in job.mosaics:
        if mosaic.scene.path is not None:
            reader = MosaicReader(job.workspace, mosaic)
            path = place_for(job.stage, f"{mosaic.name}.tif")
            job.report_progress(result.count, len(job.mosaics), mosaic.name)
            write_geotiff(path, (mosaic.height, mosaic.width), reader.mask, classes, mosaic.georeference)
            result.count += 1
    return result


def _cog(job: ExportJob) -> WriteResult:
    result = _geotiff(job)
    for path in sorted(job.stage.rglob("*.tif")):
        to_cog(path)
    return result


def _place(one: PlacedTile, mosaic: Mosaic) -> Georeference | None:
    return mosaic.georeference.shifted(one.x, one.y) if mosaic.georeference else tile_georeference(one.tile)


def _part(mask: Mask, window: Window) -> Mask:
    return mask[window.y : window.y + window.height, window.x : window.x + window.width]


def _png(job: ExportJob) -> WriteResult:
    result, classes = WriteResult(), job.classes()
    for one, _, mask in job.masks():
        place_for(job.stage, f"{one.tile.name}.png").write_bytes(png(mask, classes))
        result.count += 1
    return result


def _named(job: ExportJob, result: WriteResult) -> Iterator[NamedMask]:
    """Yield the masks with the file names of their images, and count them."""
    for one, mosaic, mask in job.masks():
        result.count += 1
        yield NamedMask(one.tile.name + _suffix(one, mosaic), mask)


def _cvat(job: ExportJob) -> WriteResult:
    result = WriteResult()
    place_for(job.stage, "annotations.xml").write_bytes(cvat(_named(job, result), job.classes()))
    return result


def _label_studio(job: ExportJob) -> WriteResult:
    result = WriteResult()
    place_for(job.stage, "tasks.json").write_bytes(label_studio(_named(job, result), job.classes()))
    return result


def _labelme(job: ExportJob) -> WriteResult:
    result, classes = WriteResult(notes=[labelme_files.NOTE]), job.classes()
    for one in _named(job, result):
        name = one.file_name.rpartition(".")[0]
        place_for(job.stage, f"{name}.json").write_bytes(labelme_files.labelme(one, classes))
    return result


def _rle_csv(job: ExportJob) -> WriteResult:
    result = WriteResult(notes=[rle_tables.NOTE])
    place_for(job.stage, "train.csv").write_text(rle_tables.rle_csv(_named(job, result)), encoding="utf-8")
    return result


def _coco(job: ExportJob) -> WriteResult:
    result = WriteResult()

    content = coco(_named(job, result), job.classes(), polygons=job.coco_polygons)
    place_for(job.stage, "annotations.json").write_bytes(content)
    if job.coco_polygons:
        result.notes.append("COCO polygons cannot store holes; holes are filled.")
    return result


def _yolo(job: ExportJob) -> WriteResult:
    result = WriteResult()
    for one, _, mask in job.masks():
        text, filled = yolo_lines(mask)
        place_for(job.stage, "labels", f"{one.tile.name}.txt").write_text(text)
        result.count += 1
        if filled:
            result.notes.append(HOLES_NOTE)
    place_for(job.stage, "data.yaml").write_text(data_yaml(job.classes()), encoding="utf-8")
    return result


def _training_set(job: ExportJob) -> WriteResult:
    result = WriteResult()
    for one, mosaic, mask in job.masks():
        tile, suffix = one.tile, _suffix(one, mosaic)
        path = place_for(job.stage, "images", tile.name + suffix)
        image = read_pixels(tile) if _is_cut(one, mosaic) else None
        write_image(path, Path(tile.path), image, tile.nodata, _place(one, mosaic))
        write_mask(place_for(job.stage, "masks", f"{tile.name}.tif"), mask)
        result.count += 1
    content = [{"id": one.id, "name": one.name, "color": one.color} for one in job.classes()]
    place_for(job.stage, "classes.json").write_text(json.dumps(content, indent=2) + "\n")
    return result


def _suffix(one: PlacedTile, mosaic: Mosaic) -> str:
    """Return the suffix of an exported image: that of its file, or .tif for a part of a file."""
    return ".tif" if _is_cut(one, mosaic) else Path(one.tile.path).suffix


def _is_cut(one: PlacedTile, mosaic: Mosaic) -> bool:
    """Return whether a tile is a part of its file: a window, or selected bands."""
    return mosaic.scene.path is not None or is_view(Path(one.tile.path))


def _slick_format(
    write: Callable[[Path, Sequence[SlickRecord]], list[Path]],
) -> Callable[[ExportJob], WriteResult]:
    def run(job: ExportJob) -> WriteResult:
        result = WriteResult()
        slicks = job.slicks(result)
        write(job.stage, slicks)
        result.count = len(slicks)
        pixels = len({one.image for one in slicks if not one.on_ground})
        if pixels:
            result.notes.append(
                f"{counted(pixels, 'image')} without georeference: their slicks have coordinates in pixels and no "
                "values in km or m."
            )
        return result

    return run


def _geopackage(job: ExportJob) -> WriteResult:
    result = _slick_format(write_geopackage)(job)
    add_styles(job.stage / "slicks.gpkg", job.classes())
    return result


def _kml(job: ExportJob) -> WriteResult:
    result = WriteResult()
    slicks = job.slicks(result)
    result.count = write_kml(job.stage, slicks, job.classes())
    omitted = len({one.image for one in slicks if not one.on_ground})
    if omitted:
        result.notes.append(f"{counted(omitted, 'image')} without georeference: their slicks are omitted.")
    return result


def _report(job: ExportJob) -> WriteResult:
    result = WriteResult()
    by_scene: dict[str, list[Mosaic]] = {}
    for mosaic in job.mosaics:
        by_scene.setdefault(mosaic.scene.name, []).append(mosaic)
    for name, mosaics in by_scene.items():
        job.report_progress(result.count, len(by_scene), name)
        text, _ = scene_report(job.workspace, mosaics[0].scene, mosaics)
        place_for(job.stage, f"{name}.html").write_text(text, encoding="utf-8")
        result.count += 1
        job.report_progress(result.count, len(by_scene), name)
    return result


FORMATS: dict[str, Format] = {
    "mask-tiff": Format("Mask TIFF", "mask", "One uint8 TIFF of class ids per tile.", _mask_tiff),
    "geotiff": Format(
        "GeoTIFF",
        "mask",
        "Mask TIFF with CRS and class colors. A scene that is one large image gets one mask, with 255 outside "
        "the selected tiles.",
        _geotiff,
    ),
    "cog": Format(
        "Cloud-optimized GeoTIFF",
        "mask",
        "The same with overviews, in tiles that can be read over HTTP.",
        _cog,
    ),
    "png": Format("PNG", "mask", "One PNG of class ids per tile, with the class colors as palette.", _png),
    "coco": Format("COCO JSON", "mask", "One JSON file with one run-length annotation per slick.", _coco),
    "yolo": Format(
        "YOLO-seg",
        "mask",
        "One text file of polygons per tile. Holes are filled; unsure pixels are omitted.",
        _yolo,
    ),
    "cvat": Format("CVAT XML", "mask", "One XML file for images, with one run-length mask per slick.", _cvat),
    "label-studio": Format(
        "Label Studio JSON",
        "mask",
        "One JSON file with one brush per slick. Images are files in the local storage of Label Studio.",
        _label_studio,
    ),
    "labelme": Format(
        "LabelMe JSON", "mask", "One JSON file of polygons per tile. Holes are filled.", _labelme
    ),
    "rle-csv": Format(
        "Run lengths in CSV",
        "mask",
        "One table with a row per tile and class, as in Kaggle competitions; unsure pixels are omitted.",
        _rle_csv,
    ),
    "geojson": Format(
        "GeoJSON",
        "slick",
        "Outlines with measurements, and center lines, in WGS 84.",
        _slick_format(write_geojson),
    ),
    "geopackage": Format(
        "GeoPackage",
        "slick",
        "Outlines and center lines as two layers of one file, in the class colors in QGIS.",
        _geopackage,
    ),
    "shapefile": Format(
        "Shapefile",
        "slick",
        "Outlines and center lines; field names have at most ten characters.",
        _slick_format(write_shapefile),
    ),
    "kml": Format("KML", "slick", "Outlines in the class colors, for Google Earth.", _kml),
    "csv": Format("CSV", "slick", "One row of measurements per slick.", _slick_format(write_csv)),
    "report": Format(
        "Report", "report", "One printable HTML page per scene with a map, pictures and a table.", _report
    ),
    "training-set": Format(
        "Training set", "mask", "Folders of images and masks with the same file names.", _training_set
    ),
}
