"""What an import reads of one file, in this process or on another machine: everything that needs no workspace."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from seep.core.import_options import ImportOptions
from seep.core.masks.mask import encode_mask
from seep.core.records import TileRecord
from seep.errors import ImageError
from seep.io.folder_reader import DecodedTile, ImportCandidate, file_sha256, read_candidate
from seep.io.sandbox import SANDBOX
from seep.workflow.tile_data import class_areas


@dataclass(frozen=True)
class FileToRead:
    """A file, and what is known about its tile.

    Attributes:
        candidate: the file.
        tile_sha256: hash of the image of the tile with its name; None if there is no such tile.
        adds_mask: whether a mask of the file would be added to that tile.
    """

    candidate: ImportCandidate
    tile_sha256: str | None
    adds_mask: bool


@dataclass(frozen=True, eq=False)
class ReadFile:
    """A file that passed all checks.

    Attributes:
        tile: what was read; its mask is in `mask`, unless the image is large.
        mask: PNG; None without a mask, and for a large image.
        classes: area of the mask in pixels by class id.
    """

    tile: DecodedTile
    mask: bytes | None
    classes: dict[int, int]

    def of(self, path: Path) -> "ReadFile":
        """Return the same of a file that has another path here."""
        return replace(self, tile=replace(self.tile, path=path))


def file_to_read(
    candidate: ImportCandidate, existing: Mapping[str, TileRecord], options: ImportOptions
) -> FileToRead:
    """Compare a file with the tiles that exist, by its name.

    Args:
        candidate: the file.
        existing: tiles by name.
        options: of the import.
    """
    tile = existing.get(candidate.path.stem)
    if tile is None:
        return FileToRead(candidate, None, adds_mask=False)
    has_mask = candidate.mask_path is not None or candidate.shapes is not None
    return FileToRead(
        candidate, tile.sha256, has_mask and (tile.head_revision_id is None or options.masks_again)
    )


def read_file(file: FileToRead, options: ImportOptions) -> ReadFile | None:
    """Read, check and hash a file, in a sandbox process; None for a known one that adds nothing.

    Raises:
        ImageError: see `read_candidate`; or a tile with this name but other pixels exists.
        MaskError: see `read_candidate`.
        StorageError: no sandbox process can be started.
    """
    candidate = file.candidate
    if file.tile_sha256 is not None:
        if file_sha256(candidate.path) != file.tile_sha256:
            raise ImageError(
                f"{candidate.path.name}: a tile with this name but other pixels exists. Rename the file."
            )
        if not file.adds_mask:
            return None
    tile = read_candidate(candidate, options, SANDBOX.decode)
    if tile.mask is None or (tile.large and file.tile_sha256 is None):
        return ReadFile(tile, None, {})
    return ReadFile(replace(tile, mask=None), encode_mask(tile.mask), class_areas(tile.mask))
