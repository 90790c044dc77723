"""Files on their way in from a browser: staged in the workspace, then imported as any other folder.

A stage is a folder `<workspace>/uploads/<token>` with one folder for images and one for masks. Its token is
random, so that nobody can reach another's stage. Of a name that a browser sends, only the last part counts:
every part is checked, and only those below a `.SAFE` folder, whose order is part of the format, are kept
as folders.
"""

import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from seep.errors import ImportRefusedError, MissingError
from seep.io.files import sizes_below
from seep.workflow.importing import is_text
from seep.workflow.workspace import Workspace

FOLDER = "uploads"
ROLES = ("images", "masks")
KEPT_S = 24 * 3600
"""How long files that nobody imported are kept."""
_TOKEN = re.compile(r"[0-9a-f]{32}")
_MASK_FOLDER = re.compile(
    r"(?:^|[ _.-])(?:masks?|labels?|annotations?|truth|targets?)(?:$|[ _.-]|\d)", re.IGNORECASE
)
_ANNOTATIONS = {".json", ".geojson", ".xml", ".txt", ".yaml", ".yml"}
_LONGEST_NAME_BYTES = 200
PART = ".part"
"""What a file that still arrives is called at its end."""


@dataclass(frozen=True)
class Staged:
    """A file that waits to be imported: "images" or "masks", its name there, its size."""

    role: str
    name: str
    size_bytes: int


@dataclass(frozen=True)
class Place:
    """Where a sent file belongs: a role, and a relative path that is safe to join to a folder."""

    role: str
    path: PurePosixPath


def new_token() -> str:
    """Return a token for a new stage; its folder is made with the first file."""
    return secrets.token_hex(16)


def is_token(text: str) -> bool:
    """Tell whether a text can be the token of a stage."""
    return _TOKEN.fullmatch(text) is not None


def stage(workspace: Workspace, token: str) -> Path:
    """Return the folder of a stage, which may not be there yet.

    Raises:
        MissingError: the token is none that `new_token` gives.
    """
    if not is_token(token):
        raise MissingError("This upload is not known; reload the Data page and drop the files again.")
    return workspace.settings.workspace / FOLDER / token


def place(name: str, role: str) -> Place:
    """Decide where a file goes by its name and by where it was dropped.

    Files in a folder named for masks or labels, and files of annotations (JSON, XML, TXT, YAML), are masks
    wherever they were dropped, unless they belong to a `.SAFE` folder.

    Args:
        name: as the browser sends it, with the folders that were dropped: "set/masks/a.1.tif".
        role: "images" or "masks", the zone in which it was dropped.

    Raises:
        ImportRefusedError: the role is unknown, or the name cannot be a file's.
    """
    if role not in ROLES:
        raise ImportRefusedError(f"A file cannot be uploaded as {role[:20]!r}; use images or masks.")
    parts = [part for part in re.split(r"[/\\]", name) if part not in {"", "."}]
    if not parts or ".." in parts or not all(_usable(part) for part in parts):
        raise ImportRefusedError(
            f"{name[:80]!a} cannot be the name of an uploaded file; rename it: no control characters, no .., "
            f"no dot in front, {_LONGEST_NAME_BYTES} bytes or fewer."
        )
    product = next((at for at, part in enumerate(parts) if part.upper().endswith(".SAFE")), None)
    if product is not None:
        return Place("images", PurePosixPath(*parts[product:]))
    folders, last = parts[:-1], parts[-1]
    if PurePosixPath(last).suffix.lower() in _ANNOTATIONS or any(map(_MASK_FOLDER.search, folders)):
        role = "masks"
    return Place(role, PurePosixPath(last))


def _usable(part: str) -> bool:
    return (
        is_text(part)
        and not part.startswith(".")
        and len(part.encode("utf-8", "replace")) <= _LONGEST_NAME_BYTES
        and not part.endswith(PART)
        and not re.match(r"[A-Za-z]:", part)
    )


def staged(workspace: Workspace, token: str) -> list[Staged]:
    """List what waits in a stage: images first, by name; nothing where no file came yet."""
    root = stage(workspace, token)
    return [
        Staged(role, path.relative_to(root / role).as_posix(), size)
        for role in ROLES
        for path, size in sorted(_files(root / role))
    ]


def staged_bytes(workspace: Workspace) -> int:
    """Return how much all stages hold together, whole files only."""
    return sum(size for _, size in _files(workspace.settings.workspace / FOLDER))


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    """Give the files below a folder that arrived whole, each with its size."""
    return ((path, size) for path, size in sizes_below(folder) if not path.name.endswith(PART))


def drop(workspace: Workspace, token: str) -> None:
    """Remove a stage with all that is in it; nothing happens where there is none."""
    shutil.rmtree(stage(workspace, token), ignore_errors=True)


def sweep(workspace: Workspace, now: float | None = None) -> int:
    """Remove stages to which nothing came for a day; returns how many.

    Args:
        workspace: whose stages.
        now: seconds since the epoch, for tests.
    """
    oldest = (time.time() if now is None else now) - KEPT_S
    old = [path for path in (workspace.settings.workspace / FOLDER).glob("*") if _newest(path) < oldest]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


def _newest(folder: Path) -> float:
    try:
        return max(path.stat().st_mtime for path in [folder, *folder.rglob("*")])
    except FileNotFoundError:  # something is at work in it
        return time.time()
