"""Import: a folder of images, with or without masks, becomes scenes and tiles.

Files are read first, in processes of their own; then every row is written in one transaction, so that an
import is there whole or not at all. Large images follow, one by one.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from seep.core.masks.classes import MAX_CLASSES, default_classes
from seep.core.masks.mask import UNSURE
from seep.core.masks.palette import color_table
from seep.errors import ImageError, ImportRefusedError, MaskError, SeepError
from seep.io.folder_reader import (
    Candidate,
    ImportOptions,
    ReadTile,
    Refused,
    file_sha256,
    find_candidates,
    is_text,
    read_candidate,
)
from seep.io.sandbox import READING
from seep.store import scenes
from seep.store.records import SceneRecord, TileRecord
from seep.workflow.classes import get_classes, set_classes
from seep.workflow.imports.archives import unpacked
from seep.workflow.imports.rasters import import_large
from seep.workflow.imports.writer import FreshTile, LateMask, add_all, keep_mask, keep_tile, misfit
from seep.workflow.workspace import Workspace

__all__ = ["ImportOptions", "ImportReport", "Refused", "allowed_folder", "import_folder", "is_text"]

READERS = 4

OnProgress = Callable[[int, int, str], None]
_Found = FreshTile | LateMask | ReadTile | Exception | None


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        imported: tiles added, windows of large images among them.
        skipped: files that were in the workspace already.
        refused: files that could not be taken, each with its reason.
        scenes: names of the scenes that got tiles, in order.
        elapsed_s: seconds from start to end.
        without_mask: names of the imported files that have no mask, where masks were given.
        masks: masks added to tiles that were there already.
        notes: what had to be said of files that came in, a sentence each.
    """

    imported: int = 0
    skipped: int = 0
    refused: list[Refused] = field(default_factory=list)
    scenes: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0
    without_mask: list[str] = field(default_factory=list)
    masks: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass
class _Sorted:
    """What was read of a folder, by what becomes of it."""

    fresh: dict[str, FreshTile] = field(default_factory=dict)
    late: list[LateMask] = field(default_factory=list)
    large: list[ReadTile] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    skipped: int = 0


def allowed_folder(workspace: Workspace, path: Path) -> Path:
    """Check that the page may read a folder: it lies under one of the import roots of the settings.

    Returns:
        The folder, made absolute, links followed.

    Raises:
        ImportRefusedError: it lies elsewhere.
    """
    try:
        resolved = path.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # not to be read, no such person, a loop of links
        raise ImportRefusedError(f"{path} cannot be read: {error}. Give another folder.") from error
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
    """Import the images of a folder.

    Files that are there already (same name, same content) are skipped, unless they bring a mask that their
    tile lacks; files that cannot be used are refused and named in the report; the rest comes in together, or
    not at all. Images of more than twice `options.window_px` on a side, and Sentinel-1 products, become a
    scene of windows each, after the others. New scenes get their split, and the statistics by which they are
    normalized, now and for good.

    Args:
        workspace: where to.
        images: folder of images, SAFE folders and zips; or one of these.
        masks: folder of masks or annotations; see `find_candidates`; None for none.
        options: how to read them; classes and their colors are the workspace's.
        author: who imports.
        on_progress: called with (done, total, what).

    Raises:
        ImportRefusedError: the folder is missing, empty or without an image; nothing changed.
        MaskError: annotations cannot be read; nothing changed.
        SettingsError: an option cannot be used; nothing changed.
        StorageError: the disk is full or fails, or another import of the same tiles came first; nothing
            changed.
    """
    began = time.monotonic()
    tell = on_progress or (lambda _done, _total, _what: None)
    options = _completed(workspace, options)
    candidates = find_candidates(unpacked(workspace, images, tell), masks, options)
    with workspace.store.reading() as session:
        tiles = {tile.name: tile for tile in scenes.list_tiles(session, order="name", limit=None)}
        known = {scene.name: scene for scene in scenes.list_scenes(session)}
    found = _sort(workspace, candidates, options, tiles, known, tell)
    fresh = list(found.fresh.values())
    if options.fit_classes and not tiles:
        _fit_classes(workspace, fresh, found.large, author)
    names = add_all(workspace, fresh, found.late, known, options, author, images)
    windows, opened = _open_large(workspace, found, options, author, tell)
    bare = [one.row.name for one in fresh if masks is not None and one.row.mask_sha256 is None]
    said = (
        [one.notes for one in fresh] + [one.notes for one in found.late] + [one.notes for one in found.large]
    )
    return ImportReport(
        imported=len(fresh) + windows,
        skipped=found.skipped,
        refused=found.refused,
        scenes=sorted(names + opened),
        elapsed_s=time.monotonic() - began,
        without_mask=bare,
        masks=len(found.late),
        notes=_unnamed(candidates, found, options) + [note for notes in said for note in notes],
    )


def _unnamed(candidates: list[Candidate], found: _Sorted, options: ImportOptions) -> list[str]:
    """Say that names told no scene: one scene is neither split fairly nor laid out."""
    large = {one.path for one in found.large}  # each a scene of its own
    odd = [one for one in candidates if not one.position.named and one.path not in large]
    if len(odd) < 2:
        return []
    names = sorted({one.position.scene for one in odd})
    return [
        f"{len(odd)} of {len(candidates)} names, such as {odd[0].path.name}, do not match the name pattern "
        f"{options.pattern}: their tiles are all in scene {', '.join(names)}, in the order of their names. "
        "Where files are of several scenes, give a pattern that tells them apart: scenes are what is kept "
        "aside to judge a model."
    ]


def _open_large(
    workspace: Workspace, found: _Sorted, options: ImportOptions, author: str, tell: OnProgress
) -> tuple[int, list[str]]:
    """Open the large images; returns how many windows they gave, and their scenes."""
    windows, names = 0, list[str]()
    for tile in found.large:
        try:
            report = import_large(workspace, tile, options, author, tell)
        except SeepError as error:
            found.refused.append(Refused(tile.path, str(error)))
            continue
        windows += report.windows
        found.skipped += report.windows == 0
        names += [report.scene] if report.windows else []
    return windows, names


def _completed(workspace: Workspace, options: ImportOptions) -> ImportOptions:
    """Fill in what the workspace knows: its classes and their colors."""
    classes = get_classes(workspace)
    with workspace.store.reading() as session:
        empty = not scenes.count_tiles(session)
    return replace(
        options,
        class_count=MAX_CLASSES if options.fit_classes and empty else len(classes),
        class_names=tuple(one.name for one in classes),
        colors=options.colors or color_table(classes),
    )


def _sort(  # noqa: PLR0917 - one call site
    workspace: Workspace,
    candidates: list[Candidate],
    options: ImportOptions,
    tiles: dict[str, TileRecord],
    known: dict[str, SceneRecord],
    tell: OnProgress,
) -> _Sorted:
    """Read all candidates and sort them by what becomes of them."""
    result, total = _Sorted(), len(candidates)
    for done, (candidate, found) in enumerate(_read_all(workspace, candidates, options, tiles), 1):
        if isinstance(found, FreshTile):
            reason = misfit(found, result.fresh, known)
            if reason is None:
                result.fresh[found.row.name] = found
            else:
                result.refused.append(Refused(candidate.path, reason))
        elif isinstance(found, LateMask):
            result.late.append(found)
        elif isinstance(found, ReadTile):
            result.large.append(found)
        elif found is None:
            result.skipped += 1
        else:
            result.refused.append(Refused(candidate.path, str(found)))
        tell(done, total, candidate.path.name)
    return result


def _read_all(
    workspace: Workspace, candidates: list[Candidate], options: ImportOptions, tiles: dict[str, TileRecord]
) -> Iterator[tuple[Candidate, _Found]]:
    """Read on several threads, in order: what became of it, the error that refuses it, or None if known."""

    def read(candidate: Candidate) -> _Found:
        try:
            there = tiles.get(candidate.path.stem)
            if there is not None:
                return _again(workspace, candidate, there, options)
            tile = read_candidate(candidate, options, READING.decode)
            return tile if tile.large else keep_tile(workspace, tile, options)
        except (ImageError, MaskError) as error:
            return error

    with ThreadPoolExecutor(READERS) as pool:
        yield from zip(candidates, pool.map(read, candidates), strict=True)


def _again(
    workspace: Workspace, candidate: Candidate, there: TileRecord, options: ImportOptions
) -> LateMask | None:
    """Look at a file whose tile is there already: None, or the mask that it brings and the tile lacks."""
    if file_sha256(candidate.path) != there.sha256:
        raise ImageError(
            f"{candidate.path.name}: a tile of this name is here with other pixels; rename the file."
        )
    brings = candidate.mask_path is not None or candidate.drawing is not None
    if not brings or (there.head_revision_id is not None and not options.masks_again):
        return None
    return keep_mask(workspace, read_candidate(candidate, options, READING.decode), there)


def _fit_classes(workspace: Workspace, fresh: list[FreshTile], large: list[ReadTile], author: str) -> None:
    """Give an empty workspace as many classes as the masks of an import need, if it has fewer."""
    used = {class_id for one in fresh for class_id in one.row.classes}
    used |= {int(one.mask[one.mask != UNSURE].max(initial=0)) for one in large if one.mask is not None}
    classes = get_classes(workspace)
    needed = max(used, default=0) + 1
    if needed > len(classes):
        set_classes(workspace, (*classes, *default_classes(needed)[len(classes) :]), author)
