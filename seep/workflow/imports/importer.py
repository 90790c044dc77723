"""Import of a folder of images, with or without masks, as scenes and tiles.

Sandbox processes read the files first. One transaction then writes all tiles, so an import is complete or
changes nothing. Large images follow, each in its own transaction.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from seep.core.image.gray import GREEN
from seep.core.import_options import ImportOptions, RefusedFile
from seep.core.masks.mask import UNSURE
from seep.core.records import SceneRecord
from seep.core.text import counted, number
from seep.errors import ImportRefusedError, SeepError, StorageError
from seep.io.folder_reader import DecodedTile, ImportCandidate, scan_folder
from seep.io.gray_sets import decide_gray, gray_note
from seep.io.images import IMAGE_SUFFIXES
from seep.io.land import check_land_shapes
from seep.io.masks import decide_masks
from seep.io.nodata import ImageNodata, settle_nodata
from seep.io.sandbox import SANDBOX
from seep.store import scenes, tile_queries
from seep.workflow.actor import Actor, requires
from seep.workflow.compatibility import bands_read, reads_bands
from seep.workflow.imports.archives import unpack_source
from seep.workflow.imports.classes import adopt_import_classes, classes_for
from seep.workflow.imports.file_results import FileResult, read_files
from seep.workflow.imports.rasters import import_large
from seep.workflow.imports.writer import (
    PreparedMask,
    PreparedTile,
    TileBatch,
    scene_conflict,
    write_batch,
)
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.workspace import Workspace

_MAX_NAMES = 3

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ImportReport:
    """Result of an import.

    Attributes:
        imported: number of new tiles, windows of large images included.
        skipped: number of files that were imported before.
        refused: files that were not imported, with reasons.
        scenes: names of the scenes with new tiles, in order.
        elapsed_s: duration in seconds.
        without_mask: names of the new tiles without a mask, if masks were given.
        masks: number of masks added to tiles that were imported before.
        notes: warnings about imported files, one sentence each.
        nodata: which values are nodata in the new images, and why; "" without new images.
    """

    imported: int = 0
    skipped: int = 0
    refused: list[RefusedFile] = field(default_factory=list)
    scenes: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0
    without_mask: list[str] = field(default_factory=list)
    masks: int = 0
    notes: list[str] = field(default_factory=list)
    nodata: str = ""

    def __repr__(self) -> str:
        return (
            f"ImportReport(imported={self.imported}, skipped={self.skipped}, refused={len(self.refused)}, "
            f"scenes={len(self.scenes)})"
        )


@dataclass
class _ReadFiles:
    """Files of a folder after reading, by what happens to them."""

    tiles: dict[str, PreparedTile] = field(default_factory=dict)
    masks: list[PreparedMask] = field(default_factory=list)
    large: list[DecodedTile] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    skipped: int = 0


def allowed_folder(workspace: Workspace, path: Path) -> Path:
    """Check that a path lies in a folder that the app may read; see `Settings.import_roots`.

    Returns:
        The absolute path with links resolved.

    Raises:
        ImportRefusedError: the path is elsewhere or cannot be resolved.
    """
    try:
        resolved = path.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # unreadable, unknown user, circular links
        raise ImportRefusedError(f"{path} cannot be read: {error}. Choose another folder.") from error
    roots = (*workspace.settings.import_roots, workspace.settings.workspace)
    if not any(resolved.is_relative_to(root) for root in roots):
        listed = ", ".join(str(root) for root in workspace.settings.import_roots)
        raise ImportRefusedError(
            f"{path} is outside the allowed folders ({listed}). Move the files there, use the command line, "
            "or set SEEP_IMPORT_ROOTS."
        )
    return resolved


@requires("lead", "import tiles")
def import_folder(
    workspace: Workspace,
    images: Path,
    masks: Path | None,
    options: ImportOptions,
    actor: Actor,
    *,
    on_progress: OnProgress | None = None,
) -> ImportReport:
    """Import the images of a folder.

    A file with the name and content of an existing tile is skipped, unless it brings a mask that the tile
    lacks. Unusable files are refused and listed in the report. Images of more than twice `options.window_px`
    on a side, and Sentinel-1 products, become scenes of windows. Each new scene gets its split and its
    normalization statistics.

    Args:
        images: folder of images, SAFE folders and zips; or a single one of these.
        masks: folder of masks or annotations; see `scan_folder`; None for none.
        options: how to read the files; the workspace sets class names and colors.
        on_progress: called with (done, total, file name).

    Raises:
        ImportRefusedError: the folder is missing, empty or without an image; nothing changed.
        MaskError: annotations cannot be read; nothing changed.
        SettingsError: invalid options; nothing changed.
        StorageError: the disk failed, or another import added the same tiles first; nothing changed.
    """
    started = time.monotonic()
    report_progress = on_progress or (lambda _done, _total, _name: None)
    check_land(options)
    source = unpack_source(workspace, images, report_progress)
    scan = scan_folder(source, masks, options, SANDBOX.read_shapes)
    classes = classes_for(workspace, options, scan)
    options = replace(
        classes.options, splits={}
    )  # the candidates have theirs; each file is read with the rest
    candidates = scan.candidates
    masks_of = decide_masks(
        [one.mask_path for one in candidates if one.mask_path], options, SANDBOX.mask_values
    )
    with workspace.store.reading() as session:
        existing = {tile.name: tile for tile in tile_queries.list_tiles(session, order="name", limit=None)}
        known = {scene.name: scene for scene in scenes.list_scenes(session)}
    options = with_gray(workspace, candidates, masks_of.options)
    found = _ReadFiles()
    results = read_files(workspace, candidates, options, existing)
    for done, (candidate, result) in enumerate(results, 1):
        _add_result(found, candidate, result, known)
        report_progress(done, len(candidates), candidate.path.name)
    tiles, nodata = _settled(found, known)
    if not existing and (tiles or found.large):
        adopt_import_classes(workspace, classes, _used_classes(tiles, found.large), actor)
    names = write_batch(workspace, TileBatch(tiles, found.masks, known, images), options, actor)
    windows, large_scenes = _import_large_images(workspace, found, options, actor, report_progress)
    with suppress(StorageError):  # all is imported; a later save copies it
        workspace.store.copy_log()
    return ImportReport(
        imported=len(tiles) + windows,
        skipped=found.skipped,
        refused=found.refused,
        scenes=sorted(names + large_scenes),
        elapsed_s=time.monotonic() - started,
        without_mask=[one.row.name for one in tiles if scan.has_masks and one.row.mask_sha256 is None],
        masks=len(found.masks),
        nodata=nodata,
        notes=list(
            dict.fromkeys(
                [*scan.notes, *classes.notes]
                + _subfolder_notes(source, candidates)
                + _pattern_notes(candidates, found, options)
                + band_notes(
                    workspace, [one.row.bands for one in tiles] + [one.header.bands for one in found.large]
                )
                + [*gray_note(_gray_count(found, options))]
                + _land_notes(found, options)
                + [*masks_of.notes, *_split_notes(tiles, known)]
                + [note for tile in tiles for note in tile.notes]
                + [note for mask in found.masks for note in mask.notes]
                + [note for image in found.large for note in image.notes]
            )
        ),
    )


def with_gray(
    workspace: Workspace, candidates: Sequence[ImportCandidate], options: ImportOptions
) -> ImportOptions:
    """Return options that read gray images in three equal bands as one, where model and scenes have one band.

    The bands are those of existing scenes with the names of the new ones, else of the active version, else of all
    scenes; an empty workspace without a version counts as one band.
    """
    names = {candidate.position.scene for candidate in candidates}
    with workspace.store.reading() as session:
        bands_of = {scene.name: scene.bands for scene in scenes.list_scenes(session)}
    active = active_checkpoint(workspace)
    known = {bands for name, bands in bands_of.items() if name in names}
    usual = None if active is None else bands_read(active)
    known = known or ({usual} if usual else set(bands_of.values()))
    return (
        decide_gray([candidate.path for candidate in candidates], options, SANDBOX.decode)
        if known <= {1}
        else options
    )


def _settled(found: _ReadFiles, known: dict[str, SceneRecord]) -> tuple[list[PreparedTile], str]:
    """Return the new tiles with the nodata value of their scenes, and the decision in words."""
    tiles = list(found.tiles.values())
    images = [ImageNodata(one.row.nodata, one.searched, one.scene, one.sample) for one in tiles]
    images += [ImageNodata(one.nodata, one.searched, str(one.path), None) for one in found.large]
    values, line = settle_nodata(images, {name: scene.nodata for name, scene in known.items()})
    return [
        replace(tile, row=replace(tile.row, nodata=value))
        for tile, value in zip(tiles, values[: len(tiles)], strict=True)
    ], line


def _split_notes(tiles: list[PreparedTile], known: dict[str, SceneRecord]) -> list[str]:
    """Warn about new tiles that the split of an existing scene puts elsewhere than their data set does."""
    names = {"train": "training", "validation": "validation", "test": "test"}
    moved = Counter(
        (tile.scene, tile.split, known[tile.scene].split)
        for tile in tiles
        if tile.split and tile.scene in known and known[tile.scene].split != tile.split
    )
    return [
        f"{counted(count, 'tile')} of the {names[wanted]} split of the data set added to scene {scene}, which is in "
        f"the {names[split]} split. Change it on Settings."
        for (scene, wanted, split), count in sorted(moved.items())
    ]


def check_land(options: ImportOptions) -> None:
    """Check the file of a land mask, in a sandbox process.

    Raises:
        MaskError: it cannot be read, or has no polygons in a CRS.
    """
    if options.land:
        check_land_shapes(SANDBOX.read_shapes(Path(options.land)), Path(options.land).name)


def _gray_count(found: _ReadFiles, options: ImportOptions) -> int:
    """Return the number of new images whose three equal bands were read as one."""
    large = sum(options.gray and one.bands == (GREEN,) for one in found.large)
    return large + sum(tile.gray for tile in found.tiles.values())


def _land_notes(found: _ReadFiles, options: ImportOptions) -> list[str]:
    """Say how many pixels are land."""
    if not options.land:
        return []
    counts = [tile.land_px for tile in found.tiles.values()]
    counts += [one.land.pixels for one in found.large if one.land is not None]
    counts = [count for count in counts if count]
    name = Path(options.land).name
    return [
        f"{name}: {number(sum(counts))} land pixels of {counted(len(counts), 'image')} are nodata."
        if counts
        else f"{name} covers no pixel of the new images. Check its CRS."
    ]


def _used_classes(tiles: list[PreparedTile], large: list[DecodedTile]) -> set[int]:
    used = {class_id for tile in tiles for class_id in tile.row.classes}
    return used | {int(one.mask[one.mask != UNSURE].max(initial=0)) for one in large if one.mask is not None}


def _add_result(
    found: _ReadFiles, candidate: ImportCandidate, result: FileResult, known: dict[str, SceneRecord]
) -> None:
    if isinstance(result, PreparedTile):
        reason = scene_conflict(result, found.tiles, known)
        if reason is None:
            found.tiles[result.row.name] = result
        else:
            found.refused.append(RefusedFile(candidate.path, reason))
    elif isinstance(result, PreparedMask):
        found.masks.append(result)
    elif isinstance(result, DecodedTile):
        found.large.append(result)
    elif result is None:
        found.skipped += 1
    else:
        found.refused.append(RefusedFile(candidate.path, str(result)))


def _import_large_images(
    workspace: Workspace, found: _ReadFiles, options: ImportOptions, actor: Actor, on_progress: OnProgress
) -> tuple[int, list[str]]:
    """Import the large images; return the number of windows and the names of the new scenes."""
    windows, names = 0, list[str]()
    for tile in found.large:
        try:
            report = import_large(workspace, tile, options, actor, on_progress)
        except SeepError as error:
            found.refused.append(RefusedFile(tile.path, str(error)))
            continue
        windows += report.windows
        found.skipped += report.windows == 0
        names += [report.scene] if report.windows else []
    return windows, names


def _subfolder_notes(folder: Path, candidates: list[ImportCandidate]) -> list[str]:
    """Warn about images in subfolders that are not read; products and data sets of subfolders are read."""
    if not any(candidate.path.parent == folder for candidate in candidates):
        return []
    skipped = 0
    folders = Counter[str]()
    for path in folder.rglob("*") if folder.is_dir() else ():
        inside = path.relative_to(folder).parts[:-1]
        if not inside or any(part.startswith(".") or part.upper().endswith(".SAFE") for part in inside):
            continue
        if path.suffix.lower() in IMAGE_SUFFIXES:
            skipped += 1
            folders[inside[0]] += 1
    if not skipped:
        return []
    names = ", ".join(sorted(folders)[:_MAX_NAMES]) + (", ..." if len(folders) > _MAX_NAMES else "")
    return [f"{counted(skipped, 'image')} in subfolders not read ({names}). Import each subfolder by itself."]


def _pattern_notes(candidates: list[ImportCandidate], found: _ReadFiles, options: ImportOptions) -> list[str]:
    """Warn about file names that do not match the name pattern: these tiles cannot be split by scene."""
    large = {one.path for one in found.large}  # each is a scene of its own
    unmatched = [
        candidate for candidate in candidates if not candidate.position.named and candidate.path not in large
    ]
    if len(unmatched) < 2:
        return []
    names = sorted({one.position.scene for one in unmatched})
    return [
        f"{len(unmatched)} of {len(candidates)} file names, such as {unmatched[0].path.name}, do not match "
        f"the name pattern {options.pattern}. Their tiles are in scene {', '.join(names)}. "
        "If they are from several scenes, set a pattern that separates them. "
        "Evaluation needs test scenes that were not used for training."
    ]


def band_notes(workspace: Workspace, bands: Iterable[int]) -> list[str]:
    """Warn about images that the active model cannot read.

    Args:
        bands: number of bands of each image.
    """
    active = active_checkpoint(workspace)
    counts = Counter(bands)
    return [
        f"{counted(count, 'image')} with {counted(number, 'band')}: the active version {active.name} cannot read "
        "these images. It neither predicts them nor can be fine-tuned on them. Select bands that it reads, or "
        "promote a model for such images."
        for number, count in sorted(counts.items())
        if active is not None and not reads_bands(active, {number})
    ]
