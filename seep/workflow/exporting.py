"""Masks out of the workspace, as files that other programs read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from seep.core.mask import decode_mask
from seep.errors import StorageError
from seep.io.tiff import write_mask
from seep.store import scenes
from seep.store.records import REVIEWED, TileFilter, TileRecord
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
        StorageError: the folder cannot be written.
    """
    tiles = chosen_tiles(workspace, states, split)
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


def chosen_tiles(workspace: Workspace, states: Sequence[str], split: str | None) -> list[TileRecord]:
    """List the tiles of these states and this split, by name."""
    found: list[TileRecord] = []
    with workspace.store.reading() as session:
        for state in states:
            chosen = TileFilter(state=state, split=split)
            found += scenes.list_tiles(session, chosen, order="name", limit=None)
    return sorted(found, key=lambda tile: tile.name)
