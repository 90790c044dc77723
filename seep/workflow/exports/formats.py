"""Export formats: labels, and how each is written from mosaics."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from seep.core.geo.grid import Window
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
from seep.io.exporting.slick_record import SlickRecord
from seep.io.exporting.staging import place_for
from seep.io.exporting.table import write_csv
from seep.io.exporting.vectors import write_geopackage, write_shapefile
from seep.io.exporting.yolo import HOLES_NOTE, data_yaml, yolo_lines
from seep.io.masks import write_mask
from seep.workflow.exports.dataset_folders import coco_dataset, training_set, yolo_dataset
from seep.workflow.exports.export_job import ExportJob, WriteResult, georeference_of, named_masks
from seep.workflow.exports.scene_report import scene_report
from seep.workflow.exports.stac_catalog import stac_catalog
from seep.workflow.scenes.mosaics import Mosaic, MosaicReader


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
        write_mask(place_for(job.stage, f"{one.tile.name}.tif"), mask, predicted=one.predicted)
        result.count += 1
    return result


def _geotiff(job: ExportJob) -> WriteResult:
    result, classes = WriteResult(), job.classes()
    single = [mosaic for mosaic in job.mosaics if mosaic.scene.path is None]
    for one, mosaic, mask in replace(job, mosaics=single).masks():
        path = place_for(job.stage, f"{one.tile.name}.tif")
        write_geotiff(
            path,
            mask.shape,
            partial(_part, mask),
            classes,
            georeference_of(job.workspace, one, mosaic),
            predicted=one.predicted,
        )
        result.count += 1
    for mosaic in job.mosaics:
        if mosaic.scene.path is not None:
            reader = MosaicReader(job.workspace, mosaic)
            path = place_for(job.stage, f"{mosaic.name}.tif")
            job.report_progress(result.count, len(job.mosaics), mosaic.name)
            shape = (mosaic.height, mosaic.width)
            write_geotiff(path, shape, reader.mask, classes, mosaic.georeference, predicted=mosaic.predicted)
            result.count += 1
    return result


def _cog(job: ExportJob) -> WriteResult:
    result = _geotiff(job)
    for path in sorted(job.stage.rglob("*.tif")):
        to_cog(path)
    return result


def _part(mask: Mask, window: Window) -> Mask:
    return mask[window.y : window.y + window.height, window.x : window.x + window.width]


def _png(job: ExportJob) -> WriteResult:
    result, classes = WriteResult(), job.classes()
    for one, _, mask in job.masks():
        place_for(job.stage, f"{one.tile.name}.png").write_bytes(png(mask, classes))
        result.count += 1
    return result


def _cvat(job: ExportJob) -> WriteResult:
    result = WriteResult()
    place_for(job.stage, "annotations.xml").write_bytes(cvat(named_masks(job, result), job.classes()))
    return result


def _label_studio(job: ExportJob) -> WriteResult:
    result = WriteResult()
    place_for(job.stage, "tasks.json").write_bytes(label_studio(named_masks(job, result), job.classes()))
    return result


def _labelme(job: ExportJob) -> WriteResult:
    result, classes = WriteResult(notes=[labelme_files.NOTE]), job.classes()
    for mask in named_masks(job, result):
        name = mask.file_name.rpartition(".")[0]
        place_for(job.stage, f"{name}.json").write_bytes(labelme_files.labelme(mask, classes))
    return result


def _rle_csv(job: ExportJob) -> WriteResult:
    result = WriteResult(notes=[rle_tables.NOTE])
    place_for(job.stage, "train.csv").write_text(
        rle_tables.rle_csv(named_masks(job, result)), encoding="utf-8"
    )
    return result


def _coco(job: ExportJob) -> WriteResult:
    result = WriteResult()

    content = coco(named_masks(job, result), job.classes(), polygons=job.coco_polygons)
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


def _slick_format(
    write: Callable[[Path, Sequence[SlickRecord]], list[Path]],
) -> Callable[[ExportJob], WriteResult]:
    def run(job: ExportJob) -> WriteResult:
        result = WriteResult()
        slicks = job.slicks(result)
        write(job.stage, slicks)
        result.count = len(slicks)
        pixels = len({slick.image for slick in slicks if not slick.on_ground})
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
    omitted = len({slick.image for slick in slicks if not slick.on_ground})
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
        text, _ = scene_report(job.workspace, mosaics[0].scene, mosaics, review=job.review)
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
    "coco-dataset": Format(
        "COCO data set",
        "mask",
        "Folders images/train, images/val and images/test of 8-bit PNGs, and annotations/instances_train.json "
        "and so on.",
        coco_dataset,
    ),
    "yolo-dataset": Format(
        "YOLO data set",
        "mask",
        "Folders images/train and labels/train and so on, of 8-bit PNGs and polygons, and data.yaml. Holes are "
        "filled; unsure pixels are omitted.",
        yolo_dataset,
    ),
    "training-set": Format(
        "Training set", "mask", "Folders of images and masks with the same file names.", training_set
    ),
    "stac": Format(
        "STAC catalog",
        "mask",
        "collection.json and one item per image, with footprint, time and CRS; images and masks are "
        "cloud-optimized GeoTIFFs. Images without georeference or acquisition time are omitted.",
        stac_catalog,
    ),
}
