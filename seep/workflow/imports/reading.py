"""What an import reads of one file."""

from dataclasses import dataclass, replace

from seep.core.import_options import ImportOptions
from seep.core.masks.mask import encode_mask
from seep.core.records import TileRecord
from seep.errors import ImageError
from seep.io.folder_reader import DecodedTile, ImportCandidate, file_sha256, read_candidate
from seep.io.sandbox import SANDBOX
from seep.workflow.tile_data import class_areas


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


def read_file(candidate: ImportCandidate, tile: TileRecord | None, options: ImportOptions) -> ReadFile | None:
    """Read, check and hash a file, in a sandbox process; None for a known one that adds nothing.

    Args:
        tile: that has its name; None if there is none.

    Raises:
        ImageError: see `read_candidate`; or a tile with this name but other pixels exists.
        MaskError: see `read_candidate`.
        StorageError: no sandbox process can be started.
    """
    if tile is not None:
        if file_sha256(candidate.path) != tile.sha256:
            raise ImageError(
                f"{candidate.path.name}: a tile with this name but other pixels exists. Rename the file."
            )
        has_mask = candidate.mask_path is not None or candidate.shapes is not None
        if not has_mask or not (tile.head_revision_id is None or options.masks_again):
            return None
    decoded = read_candidate(candidate, options, SANDBOX.decode)
    if decoded.mask is None or (decoded.large and tile is None):
        return ReadFile(decoded, None, {})
    return ReadFile(replace(decoded, mask=None), encode_mask(decoded.mask), class_areas(decoded.mask))
