"""Reads the files of an import, here or on a Ray cluster, and stores what belongs to them; rows are written later."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from seep.core.import_options import ImportOptions
from seep.core.records import TileRecord
from seep.errors import ImageError, MaskError
from seep.io.folder_reader import DecodedTile, ImportCandidate
from seep.workflow.conversion import converted
from seep.workflow.imports.cluster import ReadingCall, read_on_cluster
from seep.workflow.imports.reading import ReadFile, file_to_read, read_file
from seep.workflow.imports.shards import (
    FileShard,
    FileShardResult,
    Found,
    Unread,
    make_file_shards,
    notes_of,
    reading_setup,
)
from seep.workflow.imports.writer import PreparedMask, PreparedTile, prepare_mask, prepare_tile
from seep.workflow.workspace import Workspace

READERS = 4
"""Threads that read files."""
FileResult = PreparedTile | PreparedMask | DecodedTile | Exception | None
"""What became of a file: a large image is only decoded, an error refuses it, None is a known one that adds nothing."""
OnProgress = Callable[[int, int, str], None]


class FileReader:
    """Reads the files of one import.

    Args:
        workspace: destination.
        candidates: the files.
        options: how to read them.
        existing: tiles by name.

    Attributes:
        received: number of files that a cluster has read.
        notes: about files that it did not read, one sentence each; complete after `read`.
    """

    def __init__(
        self,
        workspace: Workspace,
        candidates: Sequence[ImportCandidate],
        options: ImportOptions,
        existing: Mapping[str, TileRecord],
    ) -> None:
        self.received = 0
        self.notes: list[str] = []
        self._workspace, self._candidates = workspace, candidates
        self._options, self._existing = options, existing

    def read(self, on_progress: OnProgress) -> Iterator[tuple[ImportCandidate, FileResult]]:
        """Read the files on several threads, or on the cluster of SEEP_RAY_ADDRESS; yield them in order.

        Args:
            on_progress: called about three times a second while a cluster reads; an exception ends it.

        Raises:
            StorageError: the disk is full or fails.
        """
        with ThreadPoolExecutor(READERS) as pool:  # what is not yielded yet is dropped before the pool waits
            yield from zip(self._candidates, self._results(pool, on_progress), strict=True)

    def _results(self, pool: ThreadPoolExecutor, on_progress: OnProgress) -> Iterator[FileResult]:
        if self._workspace.settings.ray_address:
            files = [file_to_read(one, self._existing, self._options) for one in self._candidates]
            shards = make_file_shards(self._workspace, files, self._options)
            if shards:
                return self._read_on_cluster(pool, shards, on_progress)
        return pool.map(self._read_here, self._candidates)

    def _read_on_cluster(
        self, pool: ThreadPoolExecutor, shards: Sequence[FileShard], on_progress: OnProgress
    ) -> Iterator[FileResult]:
        """Store what the cluster reads as it comes, and read here what it does not read."""
        total, found = len(self._candidates), dict[int, Found]()
        last = "Ray cluster starting"
        stored: dict[int, Future[FileResult]] = {}

        def on_done(result: FileShardResult) -> None:
            nonlocal last
            for number, one in zip(result.numbers, result.found, strict=True):
                found[number] = one
                stored[number] = pool.submit(self._store_found, self._candidates[number], one)
                last = self._candidates[number].path.name
            self.received = len(found)

        call = ReadingCall(
            self._workspace.settings.ray_address or "", reading_setup(self._workspace, self._options), shards
        )
        refused = set[int]()
        try:
            failure = read_on_cluster(call, on_done, lambda: on_progress(len(found), total, last))
            for number, candidate in enumerate(self._candidates):
                if number not in stored:
                    stored[number] = pool.submit(self._read_here, candidate)
            for number in range(total):
                result = stored.pop(number).result()
                if isinstance(result, Exception):
                    refused.add(number)
                yield result
        finally:
            for future in stored.values():
                future.cancel()
        self.notes = notes_of(found, refused, failure)

    def _read_here(self, candidate: ImportCandidate) -> FileResult:
        """Return the error for a refused file, None for a known one."""
        try:
            candidate = converted(self._workspace, candidate)
            read = read_file(file_to_read(candidate, self._existing, self._options), self._options)
            return self._store(read)
        except (ImageError, MaskError) as error:
            return error

    def _store_found(self, candidate: ImportCandidate, found: Found) -> FileResult:
        """Store what a machine read; it named the file by the path that it has there."""
        if isinstance(found, Unread):
            return self._read_here(candidate)
        return self._store(found and found.of(candidate.path))

    def _store(self, read: ReadFile | None) -> FileResult:
        if read is None:
            return None
        tile = self._existing.get(read.tile.name)
        if tile is not None:
            return prepare_mask(self._workspace, read, tile)
        return read.tile if read.tile.large else prepare_tile(self._workspace, read, self._options)
