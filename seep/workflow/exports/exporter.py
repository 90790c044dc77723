"""Export of results to files that other programs read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from seep.core.records import REVIEWED, SPLITS, STATES, TileRecord
from seep.errors import SettingsError
from seep.io.exporting.staging import staged
from seep.store import revisions, scenes, tile_queries
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.exports.destination import checked_destination
from seep.workflow.exports.downloads import zip_for_download
from seep.workflow.exports.export_job import ExportJob
from seep.workflow.exports.formats import FORMATS, Format
from seep.workflow.exports.review_columns import ReviewColumns
from seep.workflow.exports.review_record import tile_records, write_record
from seep.workflow.scenes.mosaics import MASKS, Mosaic, build_mosaics
from seep.workflow.workspace import Workspace

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class TileSelection:
    """Tiles to export: those that match all attributes; None matches every tile.

    Attributes:
        states: tile states.
        split: "train", "validation" or "test".
        scenes: names of scenes.
        tiles: ids of tiles.
    """

    states: Sequence[str] | None = REVIEWED
    split: str | None = None
    scenes: Sequence[str] | None = None
    tiles: Sequence[int] | None = None


@dataclass(frozen=True)
class ExportOptions:
    """Options of an export.

    Attributes:
        masks: "shown" for the newest revision, else the prediction of the active model; "truth" for imported,
            accepted and corrected masks only.
        simplify_px: maximum distance of simplified outlines from the pixel edges, 0 to 10; 0 for exact ones.
        coco_polygons: write COCO polygons, which have no holes, instead of run lengths.
        record: also write the review record, which names people; see `seep.workflow.exports.review_record`.
    """

    masks: str = "shown"
    simplify_px: float = 0.0
    coco_polygons: bool = False
    record: bool = False


@dataclass(frozen=True)
class ExportReport:
    """Result of an export.

    Attributes:
        written: number of masks, slicks or reports.
        what: "mask", "slick" or "report".
        files: number of files.
        without_mask: number of selected tiles without such a mask.
        folder: folder with the files.
        notes: what the format cannot store or what was omitted, one sentence each.
    """

    written: int
    what: str
    files: int
    without_mask: int
    folder: Path
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"ExportReport(written={self.written}, what={self.what!r}, folder={str(self.folder)!r})"


@dataclass(frozen=True)
class _Plan:
    """An export that passed all checks: its format, what it reads, its options, and the tiles without a mask."""

    format: Format
    mosaics: Sequence[Mosaic]
    options: ExportOptions
    without_mask: int


@requires("admin", "write to server folders")
def export(
    workspace: Workspace,
    out: Path,
    format_name: str,
    selection: TileSelection | None = None,
    options: ExportOptions | None = None,
    *,
    actor: Actor,
    on_progress: OnProgress | None = None,
) -> ExportReport:
    """Write results to a folder: all files, or none if the export fails.

    Args:
        out: folder, created if missing. Files of earlier exports with the same names are replaced, others stay.
        format_name: a key of `FORMATS`.
        selection: tiles to export; the reviewed ones by default.
        on_progress: called with (done, total, name). If it raises, the export stops and writes nothing.

    Raises:
        DeniedError: the actor is not an admin.
        SettingsError: unknown format, state, split, scene or option; no selected tile, or none with a mask; or the
            folder belongs to the workspace or the program, or is a file; or a file to replace is not from an
            earlier export; nothing changed.
        StorageError: the folder cannot be written, or the disk is full; nothing changed.
        ImageError: an image to export is missing or damaged.
    """
    out = checked_destination(workspace, out)
    plan = _plan(workspace, format_name, selection, options)
    with staged(out, partial(checked_destination, workspace)) as stage:
        report = _write(workspace, stage, plan, on_progress)
    return replace(report, folder=out)


def _plan(
    workspace: Workspace,
    format_name: str,
    selection: TileSelection | None,
    options: ExportOptions | None,
) -> _Plan:
    """Check an export and find its tiles, before any folder is made."""
    selection, options = selection or TileSelection(), options or ExportOptions()
    if format_name not in FORMATS:
        raise SettingsError(f"Unknown export format {format_name!r}. Use {', '.join(FORMATS)}.")
    _check_options(options)
    tiles = select_tiles(workspace, selection)
    if not tiles:
        raise SettingsError(
            "No tile matches the selection. Select other states, scenes or splits. By default only reviewed tiles "
            "are exported."
        )
    mosaics = build_mosaics(workspace, tiles, options.masks)
    without_mask = sum(one.mask_sha256 is None for mosaic in mosaics for one in mosaic.tiles)
    if without_mask == len(tiles):
        raise SettingsError(
            f"None of the {len(tiles)} selected tiles has a mask to export. Review or predict them first."
        )
    return _Plan(FORMATS[format_name], mosaics, options, without_mask)


def _write(workspace: Workspace, folder: Path, plan: _Plan, on_progress: OnProgress | None) -> ExportReport:
    """Write the files of a plan to an empty folder."""
    options = plan.options
    records = tile_records(workspace, plan.mosaics) if options.record else []
    job = ExportJob(
        workspace,
        folder,
        plan.mosaics,
        options.simplify_px,
        options.coco_polygons,
        on_progress,
        ReviewColumns(workspace, records) if options.record else None,
    )
    result = plan.format.write(job)
    if options.record:
        write_record(workspace, folder, records)
    return ExportReport(
        written=result.count,
        what=plan.format.what,
        files=sum(path.is_file() for path in folder.rglob("*")),
        without_mask=plan.without_mask,
        folder=folder,
        notes=tuple(dict.fromkeys(result.notes)),
    )


@requires("lead", "export results")
def export_zip(
    workspace: Workspace,
    format_name: str,
    selection: TileSelection | None = None,
    options: ExportOptions | None = None,
    *,
    actor: Actor,
    on_progress: OnProgress | None = None,
) -> tuple[ExportReport, Path]:
    """Write results to one zip in the folder `exports` of the workspace, for download.

    Zips older than a day are deleted. For the arguments and errors see `export`; a lead may do this.

    Returns:
        The report, and the zip.
    """
    plan = _plan(workspace, format_name, selection, options)
    report, path = zip_for_download(
        workspace, format_name, lambda folder: _write(workspace, folder, plan, on_progress)
    )
    return replace(report, folder=path.parent), path


def select_tiles(workspace: Workspace, selection: TileSelection) -> list[TileRecord]:
    """List the selected tiles by name.

    Raises:
        SettingsError: an unknown state, split or scene.
    """
    unknown = [*{*(selection.states or ())} - {*STATES}, *{selection.split or "train"} - {*SPLITS}]
    if unknown:
        raise SettingsError(
            f"Unknown state or split {unknown[0]!r}. Use {', '.join(STATES)}, or {', '.join(SPLITS)}."
        )
    with workspace.store.reading() as session:
        known = {scene.name for scene in scenes.list_scenes(session)}
        missing = sorted({*(selection.scenes or ())} - known)
        if missing:
            raise SettingsError(f"This workspace has no scene {missing[0]!r}. Choose another scene.")
        tiles = tile_queries.list_tiles(session, order="name", limit=None)
    ids = None if selection.tiles is None else set(selection.tiles)
    return [
        tile
        for tile in tiles
        if (selection.states is None or tile.state in selection.states)
        and (selection.split is None or tile.split == selection.split)
        and (selection.scenes is None or tile.scene in selection.scenes)
        and (ids is None or tile.id in ids)
    ]


@dataclass(frozen=True)
class MaskCounts:
    """How many tiles of a selection an export writes.

    Attributes:
        saved: tiles with a saved mask.
        predicted: tiles whose prediction is written, because no mask is saved.
        without: tiles without a mask to write.
    """

    saved: int
    predicted: int
    without: int


@cached_until_commit
def count_masks(workspace: Workspace, selection: TileSelection, masks: str) -> MaskCounts:
    """Count what `export` would write.

    Args:
        masks: "shown" or "truth", see `ExportOptions`.

    Raises:
        SettingsError: as `select_tiles`.
    """
    tiles = select_tiles(workspace, selection)
    if masks == "truth":
        with workspace.store.reading() as session:
            saved = len(revisions.ground_truth(session, [tile.id for tile in tiles]))
        return MaskCounts(saved, 0, len(tiles) - saved)
    saved = sum(tile.head_revision_id is not None for tile in tiles)
    predicted = sum(tile.head_revision_id is None and tile.prediction_id is not None for tile in tiles)
    return MaskCounts(saved, predicted, len(tiles) - saved - predicted)


def _check_options(options: ExportOptions) -> None:
    if options.masks not in MASKS:
        raise SettingsError(f"Unknown kind of masks {options.masks!r}. Use {' or '.join(MASKS)}.")
    if not 0 <= options.simplify_px <= 10:
        raise SettingsError(f"Outlines cannot be simplified by {options.simplify_px} px. Use 0 to 10.")
