"""One uploaded file while it arrives: within the limits, and there under its name only when it is whole."""

import secrets
import shutil
import threading
from pathlib import Path
from types import TracebackType

from seep.errors import ImportRefusedError, StorageError
from seep.workflow.uploads import PART, Place, stage, staged_bytes
from seep.workflow.workspace import Workspace

RESERVE_BYTES = 512 * 2**20
"""Room that an upload leaves on the disk, for the database and the masks of those who work meanwhile."""

_announced: dict[Path, int] = {}
_lock = threading.Lock()


class Arrival:
    """One file while it arrives: written beside its place, there under its name only when it is whole.

    Use it in a `with`; left before `finish`, it leaves nothing behind. Two arrivals of one process count
    each other's announced bytes, so that together they keep the limits too.
    """

    def __init__(self, workspace: Workspace, token: str, where: Place, size_bytes: int) -> None:
        """Check the limits and reserve the room.

        Args:
            workspace: where to.
            token: of the stage.
            where: what `place` said.
            size_bytes: as announced; not a byte more is taken.

        Raises:
            ImportRefusedError: too large, over the total, or a file of this name waits already.
            StorageError: the disk has too little room.
        """
        self._target = stage(workspace, token) / where.role / where.path
        self._size_bytes, self._taken = size_bytes, 0
        self._part = self._target.with_name(f"{self._target.name}.{secrets.token_hex(4)}{PART}")
        with _lock:
            self._check(workspace, where)
            _announced[self._part] = size_bytes
        try:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._part.open("xb")
        except OSError as error:
            self._forget()
            raise _unwritable(where.path.name, error) from error

    def _check(self, workspace: Workspace, where: Place) -> None:
        name, chosen = where.path.name, workspace.settings
        if self._size_bytes > chosen.upload_file_bytes:
            raise ImportRefusedError(
                f"{name} has {_mb(self._size_bytes)}; a file may have {_mb(chosen.upload_file_bytes)} "
                "(SEEP_UPLOAD_FILE_MB). Import it from a folder of the server."
            )
        if self._target.exists():
            raise ImportRefusedError(
                f"Another {name} is in this upload; rename one of them, or upload them one after the other."
            )
        coming = sum(_announced.values())
        waiting = coming + staged_bytes(workspace)
        if waiting + self._size_bytes > chosen.upload_total_bytes:
            raise ImportRefusedError(
                f"{name} does not fit: all uploads together may have {_mb(chosen.upload_total_bytes)} "
                f"(SEEP_UPLOAD_TOTAL_MB), and {_mb(waiting)} wait already. Import or remove those first."
            )
        free = shutil.disk_usage(chosen.workspace).free - coming
        if free - self._size_bytes < RESERVE_BYTES:
            raise StorageError(
                f"The disk has too little room for {name}: {_mb(max(0, free))} are free, and "
                f"{_mb(RESERVE_BYTES)} stay reserved. Free some space, or import from a folder of the server."
            )

    def __enter__(self) -> "Arrival":
        return self

    def write(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            ImportRefusedError: more bytes came than were announced.
            StorageError: the disk is full or fails.
        """
        self._taken += len(chunk)
        if self._taken > self._size_bytes:
            raise ImportRefusedError(f"{self._target.name} is larger than the browser said; upload it again.")
        try:
            self._file.write(chunk)
        except OSError as error:
            raise _unwritable(self._target.name, error) from error

    def finish(self) -> Path:
        """Put the whole file in its place and return that.

        Raises:
            ImportRefusedError: fewer bytes came than were announced, or another file of this name was faster.
            StorageError: the disk is full or fails.
        """
        if self._taken != self._size_bytes:
            raise ImportRefusedError(
                f"{self._target.name} broke off after {self._taken} of {self._size_bytes} bytes; "
                "upload it again."
            )
        try:
            self._file.close()
            with _lock:
                if self._target.exists():
                    raise ImportRefusedError(f"Another {self._target.name} is in this upload; rename one.")
                self._part.rename(self._target)
        except OSError as error:
            raise _unwritable(self._target.name, error) from error
        return self._target

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)
        self._forget()

    def _forget(self) -> None:
        with _lock:
            _announced.pop(self._part, None)


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:,.0f} MB"


def _unwritable(name: str, error: OSError) -> StorageError:
    return StorageError(
        f"{name} cannot be kept on the server: {error.strerror or error}. Free some space, or upload fewer."
    )
