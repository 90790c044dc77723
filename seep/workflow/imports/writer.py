"""Database rows of an import: decoded tiles become scenes and tiles in one transaction."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from seep.core.image.arrays import Image
from seep.core.image.grain import scene_grain
from seep.core.image.gray import GREEN
from seep.core.image.normalize import statistics_of
from seep.core.import_options import ImportOptions
from seep.core.records import NewTile, SceneRecord, TileRecord
from seep.errors import StorageError
from seep.io.folder_reader import DecodedTile
from seep.io.images import kind_of
from seep.io.land import land_fill
from seep.io.readers.safe import acquired_at
from seep.io.readers.view import SUFFIX as VIEW_SUFFIX
from seep.io.readers.view import View, encode_view
from seep.store import audit_log, revisions, scenes, tile_queries
from seep.workflow.actor import Actor, requires
from seep.workflow.imports.reading import ReadFile
from seep.workflow.imports.splits import new_splits, trained_splits
from seep.workflow.workspace import MASK_SUFFIX, Workspace

_SUFFIXES = {
    "TIFF": ".tif",
    "PNG": ".png",
    "JPEG": ".jpg",
    "NumPy": ".npy",
    "JPEG 2000": ".jp2",
    "NITF": ".ntf",
}


@dataclass(frozen=True, eq=False)
class PreparedTile:
    """A new tile whose mask is stored already; its pixels are no longer in memory.

    Attributes:
        row: values for the database.
        scene: name of its scene.
        sample: pixels for the normalization statistics.
        unit: "dn", "linear" or "db".
        band_names: by band; empty if unknown.
        notes: warnings, one sentence each.
        land_px: number of land pixels.
        split: of its scene by the data set; "" for none.
        searched: whether the nodata value was searched in the pixels; see `seep.io.nodata`.
        gray: whether three equal bands were read as one.
    """

    row: NewTile
    scene: str
    sample: Image
    unit: str
    band_names: tuple[str, ...]
    notes: tuple[str, ...]
    land_px: int = 0
    searched: bool = False
    split: str = ""
    gray: bool = False
    grain: float | None = None


@dataclass(frozen=True)
class PreparedMask:
    """A stored mask for an existing tile; `classes` is the area in pixels by class id."""

    tile: TileRecord
    mask_sha256: str
    classes: dict[int, int]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class TileBatch:
    """What one transaction writes.

    Attributes:
        tiles: new tiles.
        masks: masks for existing tiles.
        known: existing scenes by name, as of the start of the import.
        source: folder of the images, for the activity log.
    """

    tiles: Sequence[PreparedTile]
    masks: Sequence[PreparedMask]
    known: dict[str, SceneRecord]
    source: Path


def prepare_tile(workspace: Workspace, read: ReadFile, options: ImportOptions) -> PreparedTile:
    """Store the mask of a tile, and a copy of its image if `options.copy` is set.

    Raises:
        StorageError: the disk is full or fails.
    """
    tile, header = read.tile, read.tile.header
    mask_sha256 = None if read.mask is None else workspace.store.files.put(read.mask, MASK_SUFFIX)
    row = NewTile(
        name=tile.name,
        number=tile.position.number,
        path=store_image(workspace, tile, options),
        width=header.width,
        height=header.height,
        bands=header.bands,
        dtype=header.dtype,
        nodata=tile.nodata,
        sha256=tile.sha256,
        state="accepted" if options.reviewed and mask_sha256 else "unreviewed",
        mask_sha256=mask_sha256,
        classes=read.classes,
    )
    assert tile.statistics_sample is not None  # only large images have none
    return PreparedTile(
        row,
        tile.position.scene,
        tile.statistics_sample,
        header.unit,
        header.band_names,
        tile.notes,
        tile.land.pixels if tile.land else 0,
        tile.searched,
        tile.split,
        options.gray and tile.bands == (GREEN,),
        tile.grain,
    )


def prepare_mask(workspace: Workspace, read: ReadFile, tile: TileRecord) -> PreparedMask | None:
    """Store the mask of an existing tile; return None if there is no mask."""
    if read.mask is None:
        return None
    sha256 = workspace.store.files.put(read.mask, MASK_SUFFIX)
    return PreparedMask(tile, sha256, read.classes, read.tile.notes)


def store_image(workspace: Workspace, tile: DecodedTile, options: ImportOptions) -> str:
    """Return the locator of a tile's pixels: the original, a copy, or a view of selected bands or without land.

    Raises:
        StorageError: the disk is full or fails.
    """
    files = workspace.store.files
    path = tile.path.resolve()
    address, kind = workspace.store.images.locator_of(path), kind_of(path)
    locator = address or str(path)
    # Other machines do not see what an archive or a conversion left in the folder of this one.
    own = files.is_remote and address is None and path.is_relative_to(workspace.store.root.resolve())
    if (options.copy or own) and kind in _SUFFIXES:
        locator = files.locator(files.put_file(path, _SUFFIXES[kind]), _SUFFIXES[kind])
    whole = not options.bands and tile.bands == tuple(range(tile.header.bands))
    if whole and kind != "SAFE" and tile.land is None:
        return locator
    fill = land_fill(tile.header, tile.nodata)
    view = View(
        locator,
        tile.bands,
        kind == "SAFE" and options.remove_noise,
        tile.land,
        fill if tile.land is not None and math.isfinite(fill) else None,
    )
    sha256 = files.put(encode_view(view), VIEW_SUFFIX)
    return files.locator(sha256, VIEW_SUFFIX)


def scene_conflict(
    tile: PreparedTile, tiles: dict[str, PreparedTile], known: dict[str, SceneRecord]
) -> str | None:
    """Return why a tile does not fit into its scene, or None if it does.

    Args:
        tiles: other new tiles of the import, by name.
        known: existing scenes by name.
    """
    if tile.row.name in tiles:
        return (
            f"This file, of scene {tile.scene}, and one of scene {tiles[tile.row.name].scene} are both named "
            f"{tile.row.name}. Rename one of them."
        )
    scene = known.get(tile.scene)
    other = next((one.row for one in tiles.values() if one.scene == tile.scene), None)
    bands = scene.bands if scene else other.bands if other else tile.row.bands
    if bands != tile.row.bands:
        return (
            f"The image has {tile.row.bands} band(s), but scene {tile.scene} has {bands}. Rename the file so "
            "that it belongs to another scene."
        )
    if scene is not None and scene.path is not None:
        return (
            f"Scene {tile.scene} exists already as one large image. Rename the file so that it belongs to "
            "another scene."
        )
    return None


@requires("lead", "import tiles")
def write_batch(workspace: Workspace, batch: TileBatch, options: ImportOptions, actor: Actor) -> list[str]:
    """Write all rows of an import in one transaction.

    Returns:
        Names of the scenes with new tiles, in order.

    Raises:
        ConflictError: a tile got another mask while its own was read; nothing changed.
        StorageError: the disk failed, or another import was faster; nothing changed.
    """
    by_scene: dict[str, list[PreparedTile]] = defaultdict(list)
    for tile in batch.tiles:
        by_scene[tile.scene].append(tile)
    if not by_scene and not batch.masks:
        return []
    present = {name: scene.split for name, scene in batch.known.items()}
    given = {tile.scene: tile.split for tile in batch.tiles if tile.split}
    splits = new_splits(present, list(by_scene), trained_splits(workspace), given) if by_scene else {}
    statistics = {
        name: statistics_of(
            (tile.sample for tile in members),
            members[0].row.nodata,
            scene_grain(tile.grain for tile in members),
        ).to_dict()
        for name, members in by_scene.items()
        if name not in batch.known
    }
    with workspace.store.transaction() as session:
        _check_still_new(session, by_scene, batch.known)
        import_id = scenes.add_import(session, str(batch.source), actor.name) if by_scene else None
        for name, members in by_scene.items():
            first = members[0]
            scene = batch.known.get(name) or scenes.add_scene(
                session,
                name=name,
                split=splits[name],
                statistics=statistics[name],
                nodata=first.row.nodata,
                columns=options.columns,
                bands=first.row.bands,
                dtype=first.row.dtype,
                unit=first.unit,
                band_names=first.band_names,
                acquired_at=acquired_at(name),
            )
            scenes.add_tiles(session, scene.id, [tile.row for tile in members], actor.name, import_id)
        for mask in batch.masks:
            _add_mask(session, mask, options, actor)
        details: dict[str, Any] = {"tiles": len(batch.tiles), "scenes": len(by_scene)}
        details |= {"masks": len(batch.masks)} if batch.masks else {}
        audit_log.add(session, actor.name, "import", str(batch.source), details)
    return sorted(by_scene)


def _check_still_new(
    session: Session, by_scene: dict[str, list[PreparedTile]], known: dict[str, SceneRecord]
) -> None:
    """Check that no other import added the same scenes or tiles in the meantime."""
    added = {scene.name for scene in scenes.list_scenes(session)} - known.keys()
    names = [tile.row.name for members in by_scene.values() for tile in members]
    if added & by_scene.keys() or tile_queries.ids_by_name(session, names):
        raise StorageError(
            "Another import added some of these tiles in the meantime. Nothing changed. Import again: "
            "existing tiles are skipped."
        )


def _add_mask(session: Session, new: PreparedMask, options: ImportOptions, actor: Actor) -> None:
    head = new.tile.head_revision_id
    revisions.save_revision(
        session,
        new.tile.id,
        base_revision_id=head,
        mask_sha256=new.mask_sha256,
        kind="import",
        author=actor.name,
        request_id=f"import {new.tile.id} {head} {new.mask_sha256}",
        correction_px=0,
        classes=new.classes,
    )
    if options.reviewed:
        scenes.set_state(session, new.tile.id, "accepted")
