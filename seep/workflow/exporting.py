"""Masks out of the workspace, as files that other programs read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from seep.core.mask import decode_mask
from seep.errors import SettingsError, StorageError
from seep.io.tiff import write_mask
from seep.store import scenes
from seep.store.records import REVIEWED, SPLITS, STATES, TileFilter, TileRecord
from seep.workflow.thumbnails import shown_sha256
from seep.workflow.workspace import MASK_SUFFIX, Workspace

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ExportReport:
    """What an export did.

    Attributes:
        written: masks written.
        without_mask: tiles that were chosen but have neither revision nor prediction.
        folder: where they lie.
    """

    written: int
    without_mask: int
    folder: Path


def export_masks(
    workspace: Workspace,
    out: Path,
    states: Sequence[str] = REVIEWED,
    split: str | None = None,
    on_progress: OnProgress | None = None,
) -> ExportReport:
    """Write the masks of the chosen tiles as uint8 TIFFs, one a tile, named as the tile.

    A tile's mask is its newest revision, else its prediction by the active checkpoint.

    Args:
        workspace: where from.
        out: folder, made when missing; masks of the same names in it are replaced.
        states: tile states to write.
        split: train, validation or locked; None for all.
        on_progress: called with (done, total, name).

    Raises:
        SettingsError: an unknown state or split, or images of the workspace lie in the folder, which the
            masks would replace; nothing is written.
        StorageError: the folder cannot be written.
    """
    tiles = chosen_tiles(workspace, states, split)
    _spare_images(workspace, out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{out} cannot be made ({error.strerror}); choose another folder.") from error
    written = 0
    for done, tile in enumerate(tiles, 1):
        with workspace.store.reading() as session:
            sha256 = shown_sha256(session, tile)
        if sha256 is not None:
            write_mask(out / f"{tile.name}.tif", decode_mask(workspace.store.files.read(sha256, MASK_SUFFIX)))
            written += 1
        if on_progress:
            on_progress(done, len(tiles), tile.name)
    return ExportReport(written=written, without_mask=len(tiles) - written, folder=out)


def _spare_images(workspace: Workspace, out: Path) -> None:
    """Refuse a folder with imported images in it: masks have their names."""
    with workspace.store.reading() as session:
        tiles = scenes.list_tiles(session, order="name", limit=None)
    found = next((tile for tile in tiles if Path(tile.path).parent == out.resolve()), None)
    if found is not None:
        raise SettingsError(
            f"{out} holds the image {Path(found.path).name}, which its mask would replace; "
            "choose another folder for the masks."
        )


def chosen_tiles(workspace: Workspace, states: Sequence[str], split: str | None) -> list[TileRecord]:
    """List the tiles of these states and this split, by name.

    Raises:
        SettingsError: an unknown state or split.
    """
    unknown = [*{*states} - {*STATES}, *{split or "train"} - {*SPLITS}]
    if unknown:
        raise SettingsError(
            f"There is no state or split {unknown[0]!r}; use {', '.join(STATES)}, or {', '.join(SPLITS)}."
        )
    found: list[TileRecord] = []
    with workspace.store.reading() as session:
        for state in states:
            chosen = TileFilter(state=state, split=split)
            found += scenes.list_tiles(session, chosen, order="name", limit=None)
    return sorted(found, key=lambda tile: tile.name)
