"""Reads the files of an import and stores what belongs to them; rows are written later."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from seep.core.import_options import ImportOptions
from seep.core.records import TileRecord
from seep.errors import ImageError, MaskError
from seep.io.folder_reader import DecodedTile, ImportCandidate
from seep.workflow.conversion import converted
from seep.workflow.imports.reading import read_file
from seep.workflow.imports.writer import PreparedMask, PreparedTile, prepare_mask, prepare_tile
from seep.workflow.workspace import Workspace

READERS = 4
"""Threads that read files."""
FileResult = PreparedTile | PreparedMask | DecodedTile | Exception | None
"""What became of a file: a large image is only decoded, an error refuses it, None is a known one that adds nothing."""


def read_files(
    workspace: Workspace,
    candidates: Sequence[ImportCandidate],
    options: ImportOptions,
    existing: Mapping[str, TileRecord],
) -> Iterator[tuple[ImportCandidate, FileResult]]:
    """Read files on several threads; yield them in order.

    Args:
        existing: tiles by name.

    Raises:
        StorageError: the disk is full or fails.
    """

    def result_of(candidate: ImportCandidate) -> FileResult:
        try:
            candidate = converted(workspace, candidate)
            tile = existing.get(candidate.path.stem)
            read = read_file(candidate, tile, options)
            if read is None:
                return None
            if tile is not None:
                return prepare_mask(workspace, read, tile)
            return read.tile if read.tile.large else prepare_tile(workspace, read, options)
        except (ImageError, MaskError) as error:
            return error

    with ThreadPoolExecutor(READERS) as pool:  # what is not yielded yet is dropped before the pool waits
        yield from zip(candidates, pool.map(result_of, candidates), strict=True)
