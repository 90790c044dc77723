"""The land mask of an upload: one of its vector files, moved from the masks to a folder of its own."""

from pathlib import Path

from seep.errors import ImportRefusedError, StorageError
from seep.io.land import SUFFIXES
from seep.workflow.actor import Actor, requires
from seep.workflow.uploads import list_files, upload_folder
from seep.workflow.workspace import Workspace

ROLE = "land"


def land_candidates(workspace: Workspace, token: str) -> list[str]:
    """Return the names of the vector files of an upload, in order."""
    return sorted(
        file.name
        for file in list_files(workspace, token)
        if file.role in {"masks", ROLE} and Path(file.name).suffix.lower() in SUFFIXES
    )


def land_file(workspace: Workspace, token: str) -> Path | None:
    """Return the file that is the land mask of an upload, or None."""
    folder = upload_folder(workspace, token) / ROLE
    found = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
    return found[0] if found else None


@requires("lead", "upload files")
def choose_land(workspace: Workspace, token: str, name: str, actor: Actor) -> None:
    """Make a vector file the land mask of an upload, with the other files of a Shapefile.

    Args:
        name: one of `land_candidates`; "" for none. The previous one is a file of masks again.

    Raises:
        ImportRefusedError: the upload has no such vector file.
        StorageError: a file cannot be moved.
    """
    if name and name not in land_candidates(workspace, token):
        raise ImportRefusedError(f"{name[:80]} is not a vector file of this upload. Upload it first.")
    root = upload_folder(workspace, token)
    try:
        _move(root / ROLE, root / "masks", "")
        if name:
            _move(root / "masks", root / ROLE, Path(name).stem)
    except OSError as error:
        raise StorageError(
            f"{name or 'The land mask'} cannot be moved: {error.strerror or error}."
        ) from error


def _move(source: Path, target: Path, stem: str) -> None:
    """Move the files of a stem, or all files if it is empty; a file of the same name is replaced."""
    for path in sorted(source.glob("*")):
        if not stem or path.name.startswith(f"{stem}."):
            target.mkdir(exist_ok=True)
            path.replace(target / path.name)
