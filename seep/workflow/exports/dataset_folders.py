"""Data sets for training: folders of images with masks or labels, as training programs load them."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from seep.core.image.arrays import as_bands, displayed_bands, to_display, valid_pixels
from seep.core.masks.mask import Mask
from seep.core.text import counted
from seep.io.exporting.coco import coco
from seep.io.exporting.shapes import NamedMask
from seep.io.exporting.staging import place_for
from seep.io.exporting.training_images import write_picture
from seep.io.exporting.yolo import HOLES_NOTE, data_yaml, yolo_lines
from seep.io.masks import write_mask
from seep.workflow.exports.export_job import ExportJob, WriteResult, image_suffix, write_tile_image
from seep.workflow.scenes.mosaics import Mosaic, PlacedTile
from seep.workflow.tile_data import read_pixels

_FOLDERS = {"train": "train", "validation": "val", "test": "test"}
"""Names that training programs expect, by split."""


def training_set(job: ExportJob) -> WriteResult:
    """Write `images` and `masks` with the same file names, and `classes.json`."""
    result = WriteResult()
    for one, mosaic, mask in job.masks():
        path = place_for(job.stage, "images", one.tile.name + image_suffix(one, mosaic))
        write_tile_image(job.workspace, path, one, mosaic)
        write_mask(place_for(job.stage, "masks", f"{one.tile.name}.tif"), mask, predicted=one.predicted)
        result.count += 1
    content = [
        {"id": seep_class.id, "name": seep_class.name, "color": seep_class.color}
        for seep_class in job.classes()
    ]
    place_for(job.stage, "classes.json").write_text(json.dumps(content, indent=2) + "\n")
    return result


def coco_dataset(job: ExportJob) -> WriteResult:
    """Write `images/SPLIT` and `annotations/instances_SPLIT.json`, as pycocotools and torchvision load them."""
    result, pictures = WriteResult(), _Pictures()
    for split, part in _parts(job):
        named = (NamedMask(pictures.write(part, split, *found), found[2]) for found in part.masks())
        content = coco(named, job.classes(), polygons=job.coco_polygons)
        if pictures.of_split[split]:
            place_for(job.stage, "annotations", f"instances_{split}.json").write_bytes(content)
    if job.coco_polygons:
        result.notes.append("COCO polygons cannot store holes; holes are filled.")
    return pictures.noted(result)


def yolo_dataset(job: ExportJob) -> WriteResult:
    """Write `images/SPLIT`, `labels/SPLIT` and `data.yaml`, as Ultralytics loads them."""
    result, pictures = WriteResult(), _Pictures()
    for split, part in _parts(job):
        for one, mosaic, mask in part.masks():
            pictures.write(part, split, one, mosaic, mask)
            text, filled = yolo_lines(mask)
            place_for(job.stage, "labels", split, f"{one.tile.name}.txt").write_text(text)
            if filled:
                result.notes.append(HOLES_NOTE)
    written = [split for split in _FOLDERS.values() if pictures.of_split[split]]
    missing = [split for split in ("train", "val") if split not in written]
    if missing and written:
        result.notes.append(
            f"The selection has no tiles for {' and '.join(missing)}: data.yaml names images/{written[0]} there, "
            "because YOLO programs require both."
        )
    folders = {split: f"images/{split if split in written else written[0]}" for split in missing + written}
    content = data_yaml(job.classes(), folders or None)
    place_for(job.stage, "data.yaml").write_text(content, encoding="utf-8")
    return pictures.noted(result)


def _parts(job: ExportJob) -> Iterator[tuple[str, ExportJob]]:
    """Yield the folder name of each split and the part of the export with its scenes; empty splits too."""
    for split, folder in _FOLDERS.items():
        yield folder, replace(job, mosaics=[mosaic for mosaic in job.mosaics if mosaic.scene.split == split])


class _Pictures:
    """Writes the pictures of a data set, and counts them by folder."""

    def __init__(self) -> None:
        self.of_split: Counter[str] = Counter()
        self._stretched = 0

    def write(self, job: ExportJob, split: str, one: PlacedTile, mosaic: Mosaic, _mask: Mask) -> str:
        """Write the picture of a tile; return its file name."""
        image = read_pixels(job.workspace, one.tile)
        bands, statistics = as_bands(image).shape[2], mosaic.scene.statistics
        count = displayed_bands(bands)
        if image.dtype == np.uint8 and bands == count:
            picture = image
        else:
            limits = tuple(zip(statistics["low"][:count], statistics["high"][:count], strict=True))
            picture = to_display(image, valid_pixels(image, one.tile.nodata), limits)
            self._stretched += 1
        path = place_for(job.stage, "images", split, f"{one.tile.name}.png")
        write_picture(path, picture)
        self.of_split[split] += 1
        return path.name

    def noted(self, result: WriteResult) -> WriteResult:
        """Return the result with the number of pictures, and a note about those with changed pixel values."""
        result.count = self.of_split.total()
        if self._stretched:
            result.notes.append(
                f"{counted(self._stretched, 'image')} stretched to 8 bits with the display limits of the scene. "
                "The format Training set keeps pixel values."
            )
        return result
