"""Export of images and masks as a static STAC catalog."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy.typing as npt

from seep.core.geo.grid import Window
from seep.core.masks.mask import Mask
from seep.core.text import counted
from seep.io.exporting.rasters import ImageLayout, to_cog, write_geotiff, write_pixels
from seep.io.exporting.stac import StacImage, write_stac
from seep.io.exporting.staging import place_for
from seep.io.rasters import open_raster
from seep.workflow.exports.export_job import ExportJob, WriteResult, georeference_of
from seep.workflow.locators import local_path
from seep.workflow.scenes.mosaics import Mosaic, MosaicReader, PlacedTile
from seep.workflow.tile_data import read_pixels


def stac_catalog(job: ExportJob) -> WriteResult:
    """Write `collection.json`, `items`, `images` and `masks`; a scene that is one large image is one item."""
    result, found, omitted = WriteResult(), list[StacImage](), 0
    parts = [(mosaic, one) for mosaic in job.mosaics for one in _parts(mosaic)]
    for done, (mosaic, one) in enumerate(parts, 1):
        image = _described(job, mosaic, one)
        job.report_progress(done, len(parts), mosaic.name if one is None else one.tile.name)
        if image is None:
            omitted += 1
        else:
            _write_files(job, image, mosaic, one)
            found.append(image)
    write_stac(job.stage, found, job.classes())
    result.count = len(found)
    if omitted:
        result.notes.append(
            f"{counted(omitted, 'image')} without georeference or acquisition time: STAC requires both, so they "
            "are omitted. Set the time of a scene with `seep places times`."
        )
    return result


def _parts(mosaic: Mosaic) -> list[PlacedTile | None]:
    """Return the tiles with a mask; None stands for the whole of a scene that is one large image."""
    tiles = [tile for tile in mosaic.tiles if tile.mask_sha256 is not None]
    return [None] if tiles and mosaic.scene.path is not None else list(tiles)


def _described(job: ExportJob, mosaic: Mosaic, one: PlacedTile | None) -> StacImage | None:
    """Describe an item; None without a georeference or an acquisition time."""
    place = mosaic.georeference if one is None else georeference_of(job.workspace, one, mosaic)
    scene = mosaic.scene
    if place is None or scene.acquired_at is None:
        return None
    tiles = mosaic.tiles if one is None else (one,)
    authors = {tile.author for tile in tiles}
    checkpoints = {tile.checkpoint for tile in tiles}
    names = scene.band_names or [str(band) for band in range(1, scene.bands + 1)]
    return StacImage(
        name=mosaic.name if one is None else one.tile.name,
        scene=scene.name,
        height=mosaic.height if one is None else one.tile.height,
        width=mosaic.width if one is None else one.tile.width,
        georeference=place,
        acquired_at=scene.acquired_at,
        dtype=scene.dtype,
        band_names=names,
        nodata=scene.nodata if one is None else one.tile.nodata,
        author=authors.pop() if len(authors) == 1 else None,
        checkpoint=checkpoints.pop() if len(checkpoints) == 1 else None,
        review={} if job.review is None else job.review.image(tiles),
    )


def _write_files(job: ExportJob, image: StacImage, mosaic: Mosaic, one: PlacedTile | None) -> None:
    shape, place = (image.height, image.width), image.georeference
    layout = ImageLayout(image.height, image.width, image.dtype, image.nodata, image.band_names)
    reader = MosaicReader(job.workspace, mosaic)
    path = place_for(job.stage, "images", f"{image.name}.tif")
    if one is None:
        with open_raster(local_path(job.workspace.store, str(mosaic.scene.path))) as raster:
            write_pixels(path, layout, raster.read, place)
        read_mask: Callable[[Window], Mask] = reader.mask
    else:
        mask = reader.tile_mask(one)
        assert mask is not None  # see `_parts`
        write_pixels(path, layout, partial(_part, read_pixels(job.workspace, one.tile)), place)
        read_mask = partial(_part, mask)
    to_cog(path, "average")
    path = place_for(job.stage, "masks", f"{image.name}.tif")
    write_geotiff(path, shape, read_mask, job.classes(), place, predicted=(one or mosaic).predicted)
    to_cog(path)


def _part(pixels: npt.NDArray[Any], window: Window) -> npt.NDArray[Any]:
    return pixels[window.y : window.y + window.height, window.x : window.x + window.width]
