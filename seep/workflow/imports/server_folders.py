"""Folders of the server that may be imported from, as a person walks through them."""

from dataclasses import dataclass, field
from pathlib import Path

from seep.errors import ImportRefusedError
from seep.workflow.imports.importer import allowed_folder, is_text
from seep.workflow.workspace import Workspace

MOST_FOLDERS = 500
"""How many folders are listed at most; what is beyond can still be typed."""


@dataclass(frozen=True)
class Listing:
    """A folder as it is shown.

    Attributes:
        path: the folder; None for the list of roots.
        parent: where "up" leads, None for the list of roots.
        folders: those inside, by name; hidden ones are left out.
        files: how many files it holds itself.
        more: folders that are not listed, beyond `MOST_FOLDERS`.
    """

    path: Path | None
    parent: Path | None = None
    folders: list[Path] = field(default_factory=list)
    files: int = 0
    more: int = 0


def list_folder(workspace: Workspace, path: Path | None) -> Listing:
    """List a folder under the import roots; None lists the roots themselves.

    Links are followed only to where the roots reach.

    Raises:
        ImportRefusedError: it lies outside the roots, or cannot be read.
    """
    roots = [root for root in workspace.settings.import_roots if root.is_dir()]
    if path is None:
        return Listing(None, None, roots)
    folder = allowed_folder(workspace, path)
    try:
        inside = sorted(folder.iterdir(), key=lambda one: one.name.lower())
        folders = [one for one in inside if _shown(one)]
        files = sum(1 for one in inside if one.is_file())
    except OSError as error:
        raise ImportRefusedError(
            f"The folder {path} cannot be read: {error.strerror or error}. Choose another."
        ) from error
    parent = None if folder in roots else folder.parent
    return Listing(folder, parent, folders[:MOST_FOLDERS], files, max(0, len(folders) - MOST_FOLDERS))


def _shown(path: Path) -> bool:
    return not path.name.startswith(".") and is_text(path.name) and path.is_dir()
