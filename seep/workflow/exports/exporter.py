"""Results out of the workspace, as files that other programs read."""

import contextlib
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seep.errors import SettingsError
from seep.io.exporting.archive import write_zip
from seep.io.exporting.staging import staged
from seep.store import scenes
from seep.store.records import REVIEWED, SPLITS, STATES, TileRecord
from seep.workflow.exports.formats import FORMATS, Export, Written
from seep.workflow.exports.mosaics import MASKS, lay_sheets
from seep.workflow.workspace import Workspace

__all__ = [
    "FORMATS",
    "MASKS",
    "REVIEWED",
    "Chosen",
    "ExportOptions",
    "ExportReport",
    "chosen_tiles",
    "export",
    "export_zip",
]

ZIP_AGE_S = 24 * 3600

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Chosen:
    """Which tiles: those that meet all of it; None asks nothing.

    Attributes:
        states: tile states; None for all.
        split: train, validation or locked.
        scenes: names of scenes.
        tiles: ids of tiles.
    """

    states: Sequence[str] | None = REVIEWED
    split: str | None = None
    scenes: Sequence[str] | None = None
    tiles: Sequence[int] | None = None


@dataclass(frozen=True)
class ExportOptions:
    """How to write.

    Attributes:
        masks: "shown": the newest revision, else the active checkpoint's prediction; "truth": only masks that
            count as truth, imported, accepted or corrected ones.
        simplify_px: how far the outlines of polygons may leave the edges of pixels, 0 to 10; 0 keeps them
            exact.
        coco_polygons: COCO as polygons, which lose holes, in place of run lengths.
    """

    masks: str = "shown"
    simplify_px: float = 0.0
    coco_polygons: bool = False


@dataclass(frozen=True)
class ExportReport:
    """What an export did.

    Attributes:
        written: masks, slicks or reports written.
        what: "mask", "slick" or "report".
        files: files written.
        without_mask: tiles that were chosen but have no mask of the kind.
        folder: where they lie.
        notes: sentences on what the format could not say, or what was left out.
    """

    written: int
    what: str
    files: int
    without_mask: int
    folder: Path
    notes: tuple[str, ...]


def export(  # noqa: PLR0917 - the contract with pages and scripts
    workspace: Workspace,
    out: Path,
    format_name: str,
    chosen: Chosen | None = None,
    options: ExportOptions | None = None,
    on_progress: OnProgress | None = None,
) -> ExportReport:
    """Write results into a folder: all files of the export, or none when it fails.

    Args:
        workspace: where from.
        out: folder, made when missing; files of the same names in it are replaced, others stay.
        format_name: a key of `FORMATS`.
        chosen: which tiles; the reviewed ones by default.
        options: how to write.
        on_progress: called with (done, total, name); what it raises ends the export, and nothing is written.

    Raises:
        SettingsError: an unknown format, state, split, scene or option, or images of the workspace lie in the
            folder, which the masks would replace.
        StorageError: the folder cannot be written, or the disk is full; nothing was changed.
        ImageError: an image that shall be exported is gone or damaged.
    """
    chosen, options = chosen or Chosen(), options or ExportOptions()
    if format_name not in FORMATS:
        raise SettingsError(f"There is no export format {format_name!r}; use {', '.join(FORMATS)}.")
    _check_options(options)
    tiles = chosen_tiles(workspace, chosen)
    _spare_images(workspace, out)
    sheets = lay_sheets(workspace, tiles, options.masks)
    bare = sum(one.mask_sha256 is None for sheet in sheets for one in sheet.tiles)
    with staged(out) as stage:
        job = Export(workspace, stage, sheets, options.simplify_px, options.coco_polygons, on_progress)
        written: Written = FORMATS[format_name].write(job)
        files = sum(path.is_file() for path in stage.rglob("*"))
    return ExportReport(
        written=written.count,
        what=FORMATS[format_name].what,
        files=files,
        without_mask=bare,
        folder=out,
        notes=tuple(dict.fromkeys(written.notes)),
    )


def export_zip(
    workspace: Workspace,
    format_name: str,
    chosen: Chosen | None = None,
    options: ExportOptions | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[ExportReport, Path]:
    """Write results into one zip under the workspace's `exports`, for a browser to take.

    Zips of more than a day ago are removed. For the arguments and errors see `export`.

    Returns:
        The report, and the zip.
    """
    if not chosen_tiles(workspace, chosen or Chosen()):
        raise SettingsError("No tile is of this choice, so there is nothing to export; choose other tiles.")
    folder = workspace.store.root / "exports"
    _sweep(folder)
    with staged(folder) as stage:
        report = export(workspace, stage / "content", format_name, chosen, options, on_progress)
        name = f"seep-{format_name}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}.zip"
        write_zip(stage / name, report.folder)
        shutil.rmtree(report.folder)
    return replace(report, folder=folder), folder / name


def _sweep(folder: Path) -> None:
    oldest = time.time() - ZIP_AGE_S
    for path in folder.glob("seep-*.zip"):
        with contextlib.suppress(FileNotFoundError):  # another session swept it
            if path.stat().st_mtime < oldest:
                path.unlink()


def chosen_tiles(workspace: Workspace, chosen: Chosen) -> list[TileRecord]:
    """List the chosen tiles, by name.

    Raises:
        SettingsError: an unknown state, split or scene.
    """
    unknown = [*{*(chosen.states or ())} - {*STATES}, *{chosen.split or "train"} - {*SPLITS}]
    if unknown:
        raise SettingsError(
            f"There is no state or split {unknown[0]!r}; use {', '.join(STATES)}, or {', '.join(SPLITS)}."
        )
    with workspace.store.reading() as session:
        known = {scene.name for scene in scenes.list_scenes(session)}
        missing = sorted({*(chosen.scenes or ())} - known)
        if missing:
            raise SettingsError(f"There is no scene {missing[0]!r} in this workspace; choose another.")
        tiles = scenes.list_tiles(session, order="name", limit=None)
    ids = None if chosen.tiles is None else set(chosen.tiles)
    return [
        tile
        for tile in tiles
        if (chosen.states is None or tile.state in chosen.states)
        and (chosen.split is None or tile.split == chosen.split)
        and (chosen.scenes is None or tile.scene in chosen.scenes)
        and (ids is None or tile.id in ids)
    ]


def _check_options(options: ExportOptions) -> None:
    if options.masks not in MASKS:
        raise SettingsError(f"There are no masks {options.masks!r}; use {' or '.join(MASKS)}.")
    if not 0 <= options.simplify_px <= 10:
        raise SettingsError(f"Outlines cannot be simplified by {options.simplify_px} px; use 0 to 10.")


def _spare_images(workspace: Workspace, out: Path) -> None:
    """Refuse a folder with imported images in it: masks have their names."""
    with workspace.store.reading() as session:
        tiles = scenes.list_tiles(session, order="name", limit=None)
    folder = out.resolve()
    for path in {Path(tile.path) for tile in tiles}:
        if path.parent in {folder, folder / "images"}:
            raise SettingsError(
                f"{out} holds the image {path.name}, which an export could replace; choose another folder."
            )
