"""Server folders that an import may read, for the folder picker."""

from dataclasses import dataclass, field
from pathlib import Path

from seep.core.text import is_printable
from seep.errors import ImportRefusedError
from seep.workflow.actor import Actor, requires
from seep.workflow.imports.importer import allowed_folder
from seep.workflow.workspace import Workspace

MAX_FOLDERS = 500
"""Maximum number of listed folders; the path of another one can be typed."""


@dataclass(frozen=True)
class FolderListing:
    """Content of a folder.

    Attributes:
        path: the folder; None for the list of roots.
        parent: folder above; None for a root and for the list of roots.
        folders: subfolders by name, without hidden ones.
        files: number of files in the folder itself.
        more: number of subfolders beyond `MAX_FOLDERS`.
    """

    path: Path | None
    parent: Path | None = None
    folders: list[Path] = field(default_factory=list)
    files: int = 0
    more: int = 0


@requires("admin", "read server folders")
def list_folder(workspace: Workspace, path: Path | None, actor: Actor) -> FolderListing:
    """List a folder below the import roots; None lists the roots.

    Links that lead out of the roots are refused.

    Raises:
        ImportRefusedError: the folder is outside the roots or cannot be read.
    """
    roots = [root for root in workspace.settings.import_roots if root.is_dir()]
    if path is None:
        return FolderListing(None, None, roots)
    folder = allowed_folder(workspace, path)
    try:
        inside = sorted(folder.iterdir(), key=lambda one: one.name.lower())
        folders = [one for one in inside if _is_listed(one)]
        files = sum(1 for one in inside if one.is_file())
    except OSError as error:
        raise ImportRefusedError(
            f"The folder {path} cannot be read: {error.strerror or error}. Choose another folder."
        ) from error
    parent = None if folder in roots else folder.parent
    return FolderListing(folder, parent, folders[:MAX_FOLDERS], files, max(0, len(folders) - MAX_FOLDERS))


def _is_listed(path: Path) -> bool:
    return not path.name.startswith(".") and is_printable(path.name) and path.is_dir()
