"""Import: a folder of images, with or without masks, becomes scenes and tiles.

Files are read first, on all cores; then every row is written in one transaction, so that an import is there
whole or not at all.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seep.core.mask import encode_mask
from seep.core.normalise import statistics_of
from seep.errors import ImageError, ImportRefusedError, MaskError, StorageError
from seep.io.importing import (
    Candidate,
    ImportOptions,
    ReadTile,
    Refused,
    find_candidates,
    is_text,
    read_candidate,
)
from seep.store import audit, scenes
from seep.store.records import NewTile, SceneRecord
from seep.store.store import Session
from seep.workflow.pixels import class_areas
from seep.workflow.splitting import new_splits, trained_splits
from seep.workflow.workspace import MASK_SUFFIX, Workspace

__all__ = ["ImportOptions", "ImportReport", "Refused", "allowed_folder", "import_folder", "is_text"]

READERS = 4
IMAGE_SUFFIX = ".tif"

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        imported: tiles added.
        skipped: files that were in the workspace already.
        refused: files that could not be taken, each with its reason.
        scenes: names of the scenes that got tiles, in order.
        without_mask: names of the imported files that have no mask, where a folder of masks was given.
        elapsed_s: seconds from start to end.
    """

    imported: int = 0
    skipped: int = 0
    refused: list[Refused] = field(default_factory=list)
    scenes: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0
    without_mask: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Tile:
    """A tile that was read, its mask already kept as a file, its pixels let go."""

    row: NewTile
    scene: str
    sample: Any


def allowed_folder(workspace: Workspace, path: Path) -> Path:
    """Check that the page may read a folder: it lies under one of the import roots of the settings.

    Returns:
        The folder, made absolute, links followed.

    Raises:
        ImportRefusedError: it lies elsewhere.
    """
    resolved = path.expanduser().resolve()
    roots = (*workspace.settings.import_roots, workspace.settings.workspace)
    if not any(resolved.is_relative_to(root) for root in roots):
        listed = ", ".join(str(root) for root in workspace.settings.import_roots)
        raise ImportRefusedError(
            f"{path} lies outside the folders that may be imported ({listed}); move the files there, use the "
            "command line, or set SEEP_IMPORT_ROOTS."
        )
    return resolved


def import_folder(  # noqa: PLR0917 - the contract with pages and scripts
    workspace: Workspace,
    images: Path,
    masks: Path | None,
    options: ImportOptions,
    author: str,
    on_progress: OnProgress | None = None,
) -> ImportReport:
    """Import the TIFFs of a folder.

    Files that are there already (same name, same content) are skipped; files that cannot be used are refused
    and named in the report; the rest comes in together, or not at all. New scenes get their split, and the
    statistics by which they are normalised, now and for good.

    Args:
        workspace: where to.
        images: folder of TIFFs.
        masks: folder of masks with the same names; None for none.
        options: how to read them.
        author: who imports.
        on_progress: called with (done, total, what).

    Raises:
        ImportRefusedError: the folder is missing or empty; nothing changed.
        StorageError: the disk is full or fails, or another import of the same tiles came first; nothing
            changed.
    """
    began = time.monotonic()
    candidates = find_candidates(images, masks, options)
    with workspace.store.reading() as session:
        known = scenes.known_hashes(session)
        scene_records = {scene.name: scene for scene in scenes.list_scenes(session)}
    skipped, refused, fresh = 0, [], dict[str, _Tile]()
    total = len(candidates)
    for done, (candidate, found) in enumerate(_read_all(workspace, candidates, options, known), 1):
        if isinstance(found, _Tile):
            reason = _misfit(found, fresh, scene_records)
            if reason is None:
                fresh[found.row.name] = found
            else:
                refused.append(Refused(candidate.path, reason))
        elif found is None:
            skipped += 1
        else:
            refused.append(Refused(candidate.path, str(found)))
        if on_progress:
            on_progress(done, total, candidate.path.name)
    names = _add_all(
        workspace,
        tiles=list(fresh.values()),
        known=scene_records,
        options=options,
        author=author,
        images=images,
    )
    bare = [one.row.name for one in fresh.values() if masks is not None and one.row.mask_sha256 is None]
    return ImportReport(len(fresh), skipped, refused, names, time.monotonic() - began, bare)


def _read_all(
    workspace: Workspace, candidates: list[Candidate], options: ImportOptions, known: dict[str, str]
) -> Iterator[tuple[Candidate, _Tile | Exception | None]]:
    """Read on several threads, in order: a tile, the error that refuses it, or None if it is known."""

    def read(candidate: Candidate) -> _Tile | Exception | None:
        try:
            tile = read_candidate(candidate, options)
            sha256 = known.get(tile.name)
            if sha256 == tile.sha256:
                return None
            if sha256 is not None:
                raise ImageError(
                    f"{candidate.path.name}: a tile of this name is here with other pixels; rename the file."
                )
            return _kept(workspace, tile, options)
        except (ImageError, MaskError) as error:
            return error

    with ThreadPoolExecutor(READERS) as pool:
        yield from zip(candidates, pool.map(read, candidates), strict=True)


def _kept(workspace: Workspace, tile: ReadTile, options: ImportOptions) -> _Tile:
    """Keep a tile's mask (and its image, if asked) as files; the rows come later, all at once."""
    files = workspace.store.files
    mask_sha256 = None if tile.mask is None else files.put(encode_mask(tile.mask), MASK_SUFFIX)
    path = tile.path.resolve()
    if options.copy:
        path = files.path(files.put_file(path, IMAGE_SUFFIX), IMAGE_SUFFIX)
    row = NewTile(
        name=tile.name,
        number=tile.position.number,
        path=str(path),
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
    return _Tile(row, tile.position.scene, tile.statistics_sample)


def _misfit(tile: _Tile, fresh: dict[str, _Tile], known: dict[str, SceneRecord]) -> str | None:
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
    return None


def _add_all(
    workspace: Workspace,
    *,
    tiles: list[_Tile],
    known: dict[str, SceneRecord],
    options: ImportOptions,
    author: str,
    images: Path,
) -> list[str]:
    """Write all rows in one transaction; returns the names of the scenes that got tiles."""
    by_scene: dict[str, list[_Tile]] = defaultdict(list)
    for tile in tiles:
        by_scene[tile.scene].append(tile)
    if not by_scene:
        return []
    present = {name: scene.split for name, scene in known.items()}
    splits = new_splits(present, list(by_scene), trained_splits(workspace))
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
                scene_id = _add_scene(
                    session,
                    name=name,
                    split=splits[name],
                    statistics=statistics[name],
                    first=members[0].row,
                    options=options,
                )
            scenes.add_tiles(session, scene_id, [tile.row for tile in members], author)
        audit.add(session, author, "import", str(images), {"tiles": len(tiles), "scenes": len(by_scene)})
    return sorted(by_scene)


def _check_still_new(
    session: Session, by_scene: dict[str, list[_Tile]], known: dict[str, SceneRecord]
) -> None:
    """Stop when another import brought the same scenes or tiles while the files were read."""
    there = {scene.name for scene in scenes.list_scenes(session)} - known.keys()
    names = {tile.row.name for members in by_scene.values() for tile in members}
    if there & by_scene.keys() or names & scenes.known_hashes(session).keys():
        raise StorageError(
            "Another import brought some of these tiles in the meantime. Nothing was changed; import again, "
            "and what is there is skipped."
        )


def _add_scene(
    session: Session,
    *,
    name: str,
    split: str,
    statistics: dict[str, Any],
    first: NewTile,
    options: ImportOptions,
) -> int:
    scene = scenes.add_scene(
        session,
        name=name,
        split=split,
        statistics=statistics,
        nodata=first.nodata,
        columns=options.columns,
        bands=first.bands,
        dtype=first.dtype,
    )
    return scene.id
