"""Every exception that Seep raises on purpose.

Each message is one sentence or two for the person who reads it: what is wrong, with which value, and
what to do. Pages and the command line show the message as it stands; anything else that is raised is a bug.
"""


class SeepError(Exception):
    """The root of all errors raised on purpose; its message is fit to be shown."""


class SettingsError(SeepError):
    """A setting or an argument has a value that cannot be used."""


class BindingError(SettingsError):
    """The app would be open to others than those who may use it."""


class WorkspaceError(SeepError):
    """The workspace cannot be opened, made or migrated."""


class StorageError(SeepError):
    """A file or a row could not be written or read: disk full, I/O error, wrong hash."""


class LostError(StorageError):
    """A stored file is not there any more, or its bytes are not the ones that were kept."""


class BusyError(StorageError):
    """Too many writers wait for the workspace; nothing was changed, and the same request can be sent again.

    Attributes:
        wait_s: seconds until the next attempt.
    """

    def __init__(self, message: str, wait_s: int = 2) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class UnreachableError(BusyError):
    """The database server was lost, perhaps during a commit; each save has an id, so it can be sent again safely."""

    def __init__(self, message: str) -> None:
        super().__init__(message, wait_s=5)


class MovedError(BusyError):
    """The workspace is gone from its path, or another one is there; nothing was changed."""

    def __init__(self, message: str) -> None:
        super().__init__(message, wait_s=5)


class ImageError(SeepError):
    """An image cannot be read or used; the message names the file."""


class MaskError(SeepError):
    """A mask cannot be read or does not fit its image or the classes; the message names the file."""


class ImportRefusedError(SeepError):
    """A whole import cannot start: no such folder, empty folder, unusable pattern."""


class PartlyImportedError(SeepError):
    """Some files of an import were refused; the others were imported."""


class CheckpointError(SeepError):
    """A checkpoint is missing, foreign, damaged or does not fit the workspace."""


class DeviceError(SeepError):
    """The device that was asked for is not there."""


class DeviceMemoryError(DeviceError):
    """A single image does not fit the memory of the device; the message gives its size, and its name."""


class ClusterError(SeepError):
    """The Ray cluster cannot be reached, or its machines failed; the message has its address and the remedy."""


class TrainingError(SeepError):
    """A training cannot start or had to stop: no tiles, loss not finite."""


class LossError(TrainingError):
    """A training had to stop, since loss or gradient was not finite; the message names step and tiles."""


class DeniedError(SeepError):
    """The role of whoever asked is too low; the message names the role that is needed."""


class TooManyError(DeniedError):
    """Something was tried too often.

    Attributes:
        wait_s: seconds until the next attempt.
    """

    def __init__(self, message: str, wait_s: int) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class ProviderError(SeepError):
    """The provider that signs people in does not answer, or its answer cannot be used."""


class SignedOutError(SeepError):
    """Nobody is signed in, or the session has ended."""


class MissingError(SeepError):
    """Something asked for by its id or name is not in the workspace."""


class UnconfirmedError(SeepError):
    """A change needs a confirmation that the request does not contain."""


class ConflictError(SeepError):
    """Another revision came between: the save is refused and nothing is lost.

    Attributes:
        revision_id: the revision that came between.
        author: who saved it.
        created_at: when, ISO 8601 in UTC.
    """

    def __init__(self, message: str, *, revision_id: int, author: str, created_at: str) -> None:
        super().__init__(message)
        self.revision_id = revision_id
        self.author = author
        self.created_at = created_at


def told_reason(error: Exception) -> str:
    """Return what a library said, in brackets; "" where that is a bare key or number."""
    text = str(error).strip()[:160]
    return f" ({text})" if " " in text else ""
