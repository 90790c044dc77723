"""Reading the files of an import by several machines: files in shards, and what a machine needs to read one.

A machine needs no database. It reads and checks files where they lie, and sends back what the rows need. It refuses
nothing: a file that it cannot read is read again by the process that imports, which decides.
"""

import os
import socket
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from seep.core.import_options import ImportOptions
from seep.core.text import counted
from seep.errors import SeepError
from seep.io.containers import container_of
from seep.settings import settings
from seep.store.store import StoredFiles, open_files
from seep.workflow.imports.reading import FileToRead, ReadFile, read_file
from seep.workflow.workspace import Workspace

_READERS = 4
"""Threads that read files."""
MIN_FILES, MIN_BYTES = 2000, 1 << 30
"""An import of fewer files and bytes is read sooner than a cluster has started its processes."""
SHARD_FILES = 256
"""Most files of a shard: a lost machine costs their time."""
_SHARDS_PER_IMPORT = 16
_LIMITS = ("max_megapixels", "max_bands", "max_decoded_mb", "max_ratio", "read_seconds", "read_mb")


@dataclass(frozen=True)
class Place:
    """Where a machine finds a file.

    Attributes:
        path: absolute path on a disk that all machines share.
        locator: of an object of a bucket, which is read instead; None for none.
        size_bytes: size; a file of another size on a machine is another file.
    """

    path: Path
    locator: str | None
    size_bytes: int


@dataclass(frozen=True)
class ShardFile:
    """A file of a shard, with the places of its image and of its mask image, if there is one."""

    file: FileToRead
    image: Place
    mask: Place | None


@dataclass(frozen=True)
class FileShard:
    """Some files of an import.

    Attributes:
        numbers: of the files in the import.
        files: in the same order.
    """

    numbers: list[int]
    files: list[ShardFile]

    def __str__(self) -> str:
        """Return the files in words, for messages."""
        first, last = (self.files[at].image.path.name for at in (0, -1))
        return f"{counted(len(self.files), 'file')} from {first} to {last}"


@dataclass(frozen=True)
class Unread:
    """A file that a machine did not read; the reason without a period, or "" where it is not worth a note."""

    reason: str


Found = ReadFile | Unread | None
"""What a machine found; None for a known file that adds nothing."""


@dataclass(frozen=True)
class FileShardResult:
    """What a machine found in the files of a shard, by their numbers."""

    numbers: list[int]
    found: list[Found]


@dataclass(frozen=True)
class ReadingSetup:
    """What a machine has to know before it can read files.

    Attributes:
        options: of the import.
        limits: settings with the limits for foreign files, by the names of their variables.
        root: folder of the workspace.
        files_url: bucket of its stored files; None without one.
        cache_mb: size of the copies from buckets, MiB.
    """

    options: ImportOptions
    limits: dict[str, str]
    root: Path
    files_url: str | None
    cache_mb: int


class ShardReader:
    """Reads one shard after the other on a machine of a cluster.

    Args:
        setup: of the import.

    Raises:
        StorageError: the bucket of the workspace cannot be used from this machine.
        WorkspaceError: obstore is not installed on this machine.
    """

    def __init__(self, setup: ReadingSetup) -> None:
        os.environ.update(setup.limits)
        settings.cache_clear()
        self._options = setup.options
        cache = Path(os.environ.get("SEEP_WORKSPACE") or Path(tempfile.gettempdir()) / "seep") / "cache"
        self._store = open_files(setup.root, setup.files_url, cache, setup.cache_mb)

    def read(self, shard: FileShard) -> FileShardResult:
        """Read the files of a shard."""
        with ThreadPoolExecutor(_READERS) as pool:
            return FileShardResult(shard.numbers, list(pool.map(self._read, shard.files)))

    def _read(self, one: ShardFile) -> Found:
        try:
            image = local_file(self._store, one.image)
            mask = None if one.mask is None else local_file(self._store, one.mask)
            if container_of(image) is not None:  # is converted in the workspace
                return Unread("")
            candidate = replace(one.file.candidate, path=image, mask_path=mask)
            found = read_file(replace(one.file, candidate=candidate), self._options)
        except (SeepError, OSError) as error:
            reason = str(error) if isinstance(error, SeepError) else f"{error.strerror or error}"
            name = one.image.path.name
            reason = reason.rstrip(".") if name in reason else f"{name}: {reason.rstrip('.')}"
            return Unread(f"{reason} (machine {socket.gethostname()})")
        if found is None or not found.tile.large:
            return found
        return Unread("")  # its windows are read by the process that imports


def local_file(store: StoredFiles, place: Place) -> Path:
    """Return the path of a file on this machine.

    Args:
        store: of the workspace.
        place: of the file.

    Raises:
        OSError: it is not there, or another file is.
        LostError: the object was replaced.
        StorageError: the bucket cannot be read from this machine.
    """
    if place.locator is not None:
        return store.images.local(place.locator)
    if place.path.stat().st_size != place.size_bytes:
        raise OSError("the file has another size there")
    return place.path


def reading_setup(workspace: Workspace, options: ImportOptions) -> ReadingSetup:
    """Return what machines have to know to read files of an import."""
    limits = {f"SEEP_{name.upper()}": str(getattr(settings(), name)) for name in _LIMITS}
    chosen = workspace.settings
    return ReadingSetup(options, limits, workspace.store.root, chosen.files_url, chosen.cache_mb)


def make_file_shards(
    workspace: Workspace, files: Sequence[FileToRead], options: ImportOptions
) -> list[FileShard]:
    """Divide the files of an import into shards; those that only this machine has are left out.

    These are uploads and unpacked archives, which lie in the workspace's folder, and products, which are folders.

    Args:
        workspace: destination.
        files: all files of the import, in order.
        options: of the import.

    Returns:
        Shards; none where a cluster would not be quicker.
    """
    if options.land and _is_own(workspace, Path(options.land)):
        return []
    placed = {number: place for number, one in enumerate(files) if (place := _placed(workspace, one))}
    size_bytes = sum(one.image.size_bytes for one in placed.values())
    if len(placed) < MIN_FILES and size_bytes < MIN_BYTES:
        return []
    size = min(SHARD_FILES, -(-len(placed) // _SHARDS_PER_IMPORT))
    numbers = list(placed)
    parts = [numbers[first : first + size] for first in range(0, len(numbers), size)]
    return [FileShard(part, [placed[number] for number in part]) for part in parts]


def _placed(workspace: Workspace, file: FileToRead) -> ShardFile | None:
    """Return a file with its places; None if other machines do not see it."""
    image = _place(workspace, file.candidate.path)
    if image is None:
        return None
    if file.candidate.mask_path is None:
        return ShardFile(file, image, None)
    mask = _place(workspace, file.candidate.mask_path)
    return None if mask is None else ShardFile(file, image, mask)


def _place(workspace: Workspace, path: Path) -> Place | None:
    locator = workspace.store.images.locator_of(path)
    if path.is_dir() or (locator is None and _is_own(workspace, path)):
        return None
    try:
        return Place(path.absolute(), locator, path.stat().st_size)
    except OSError:
        return None


def _is_own(workspace: Workspace, path: Path) -> bool:
    return path.resolve().is_relative_to(workspace.store.root.resolve())


def notes_of(found: Mapping[int, Found], refused: set[int], failure: str) -> list[str]:
    """Say which files were read on this machine, though the cluster was asked for them.

    Args:
        found: what the machines found, by the number of the file.
        refused: numbers of files that this machine refused too.
        failure: why the cluster did not answer for all files, a sentence; "" if it did.
    """
    reasons = [
        one.reason
        for number, one in found.items()
        if isinstance(one, Unread) and one.reason and number not in refused
    ]
    notes = (
        [f"The Ray cluster did not read all files, so the others were read here. {failure}"]
        if failure
        else []
    )
    if reasons:
        notes.append(
            f"{counted(len(reasons), 'file')} read here, because a machine of the Ray cluster could not. "
            f"The first reason: {reasons[0]}."
        )
    return notes
