"""Rows of an import: tiles that were read become scenes and tiles, in one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seep.core.image.normalize import statistics_of
from seep.core.masks.mask import encode_mask
from seep.errors import StorageError
from seep.io.folder_reader import ImportOptions, ReadTile
from seep.io.images import kind_of
from seep.io.readers.safe import acquired_at
from seep.io.readers.view import SUFFIX as VIEW_SUFFIX
from seep.io.readers.view import View, encode_view
from seep.store import audit_log, revisions, scenes
from seep.store.records import NewTile, SceneRecord, TileRecord
from seep.store.store import Session
from seep.workflow.imports.splits import new_splits, trained_splits
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, Workspace

_SUFFIXES = {"TIFF": ".tif", "PNG": ".png", "JPEG": ".jpg", "NumPy": ".npy"}


@dataclass(frozen=True)
class FreshTile:
    """A tile that was read, its mask already kept as a file, its pixels let go."""

    row: NewTile
    scene: str
    sample: Any
    unit: str
    band_names: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class LateMask:
    """A mask for a tile that is there already, kept as a file."""

    tile: TileRecord
    mask_sha256: str
    classes: dict[int, int]
    notes: tuple[str, ...]


def keep_tile(workspace: Workspace, tile: ReadTile, options: ImportOptions) -> FreshTile:
    """Keep a tile's mask (and its image, if asked) as files; the rows come later, all at once.

    Raises:
        StorageError: the disk is full or fails.
    """
    files = workspace.store.files
    mask_sha256 = None if tile.mask is None else files.put(encode_mask(tile.mask), MASK_SUFFIX)
    row = NewTile(
        name=tile.name,
        number=tile.position.number,
        path=str(kept_image(workspace, tile, options)),
        width=tile.header.width,
        height=tile.header.height,
        bands=tile.header.bands,
        dtype=tile.header.dtype,
        nodata=tile.nodata,
        sha256=tile.sha256,
        state="accepted" if options.reviewed and mask_sha256 else "unreviewed",
        mask_sha256=mask_sha256,
        classes={} if tile.mask is None else class_areas(tile.mask),
    )
    header = tile.header
    return FreshTile(
        row, tile.position.scene, tile.statistics_sample, header.unit, header.band_names, tile.notes
    )


def kept_image(workspace: Workspace, tile: ReadTile, options: ImportOptions) -> Path:
    """Return the file that a tile's pixels come from: the image, its copy, or a view of some of its bands.

    Raises:
        StorageError: the disk is full or fails.
    """
    files = workspace.store.files
    path = tile.path.resolve()
    kind = kind_of(path)
    if options.copy and kind in _SUFFIXES:
        path = files.path(files.put_file(path, _SUFFIXES[kind]), _SUFFIXES[kind])
    if not options.bands and kind != "SAFE":
        return path
    sha256 = files.put(encode_view(View(path, tile.bands)), VIEW_SUFFIX)
    return files.path(sha256, VIEW_SUFFIX)


def keep_mask(workspace: Workspace, tile: ReadTile, there: TileRecord) -> LateMask | None:
    """Keep the mask of a tile that is there already as a file; None without one."""
    if tile.mask is None:
        return None
    sha256 = workspace.store.files.put(encode_mask(tile.mask), MASK_SUFFIX)
    return LateMask(there, sha256, class_areas(tile.mask), tile.notes)


def misfit(tile: FreshTile, fresh: dict[str, FreshTile], known: dict[str, SceneRecord]) -> str | None:
    """Say why a tile that could be read still cannot come in; None if it can."""
    if tile.row.name in fresh:
        return f"Another file of this import is called {tile.row.name} too; rename one."
    scene = known.get(tile.scene)
    other = next((one.row for one in fresh.values() if one.scene == tile.scene), None)
    bands = scene.bands if scene else other.bands if other else tile.row.bands
    if bands != tile.row.bands:
        return (
            f"It has {tile.row.bands} band(s), scene {tile.scene} has {bands}; give it another scene's name."
        )
    if scene is not None and scene.path is not None:
        return f"Scene {tile.scene} is one large image here already; give the file another scene's name."
    return None


def add_all(  # noqa: PLR0917 - one call site
    workspace: Workspace,
    tiles: Sequence[FreshTile],
    late: Sequence[LateMask],
    known: dict[str, SceneRecord],
    options: ImportOptions,
    author: str,
    images: Path,
) -> list[str]:
    """Write all rows in one transaction.

    Returns:
        The names of the scenes that got tiles, in order.

    Raises:
        ConflictError: a tile got another mask while its own was read; nothing changed.
        StorageError: the disk is full or fails, or another import came first; nothing changed.
    """
    by_scene: dict[str, list[FreshTile]] = defaultdict(list)
    for tile in tiles:
        by_scene[tile.scene].append(tile)
    if not by_scene and not late:
        return []
    present = {name: scene.split for name, scene in known.items()}
    splits = new_splits(present, list(by_scene), trained_splits(workspace)) if by_scene else {}
    statistics = {
        name: statistics_of((tile.sample for tile in members), members[0].row.nodata).to_dict()
        for name, members in by_scene.items()
        if name not in known
    }
    with workspace.store.transaction() as session:
        _check_still_new(session, by_scene, known)
        for name, members in by_scene.items():
            scene_id = known[name].id if name in known else None
            if scene_id is None:
                scene_id = _add_scene(session, name, splits[name], statistics[name], members[0], options)
            scenes.add_tiles(session, scene_id, [tile.row for tile in members], author)
        for one in late:
            _add_mask(session, one, options, author)
        what = {"tiles": len(tiles), "scenes": len(by_scene)} | ({"masks": len(late)} if late else {})
        audit_log.add(session, author, "import", str(images), what)
    return sorted(by_scene)


def _check_still_new(
    session: Session, by_scene: dict[str, list[FreshTile]], known: dict[str, SceneRecord]
) -> None:
    """Stop when another import brought the same scenes or tiles while the files were read."""
    there = {scene.name for scene in scenes.list_scenes(session)} - known.keys()
    names = {tile.row.name for members in by_scene.values() for tile in members}
    if there & by_scene.keys() or names & scenes.known_hashes(session).keys():
        raise StorageError(
            "Another import brought some of these tiles in the meantime. Nothing was changed; import again, "
            "and what is there is skipped."
        )


def _add_scene(  # noqa: PLR0917 - one call site
    session: Session,
    name: str,
    split: str,
    statistics: dict[str, Any],
    first: FreshTile,
    options: ImportOptions,
) -> int:
    scene = scenes.add_scene(
        session,
        name=name,
        split=split,
        statistics=statistics,
        nodata=first.row.nodata,
        columns=options.columns,
        bands=first.row.bands,
        dtype=first.row.dtype,
        unit=first.unit,
        band_names=first.band_names,
        acquired_at=acquired_at(name),
    )
    return scene.id


def _add_mask(session: Session, late: LateMask, options: ImportOptions, author: str) -> None:
    head = late.tile.head_revision_id
    revisions.save_revision(
        session,
        late.tile.id,
        base_revision_id=head,
        mask_sha256=late.mask_sha256,
        kind="import",
        author=author,
        request_id=f"import {late.tile.id} {head} {late.mask_sha256}",
        correction_px=0,
        classes=late.classes,
    )
    if options.reviewed:
        scenes.set_state(session, late.tile.id, "accepted")
