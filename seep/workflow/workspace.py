"""The workspace: where everything of one team is kept, and how it is opened."""

import json
import struct
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seep.core.masks.classes import default_classes
from seep.core.records import CheckpointRecord
from seep.errors import CheckpointError
from seep.settings import SHIPPED_CHECKPOINT, Settings, settings
from seep.store import checkpoints, classes
from seep.store.store import Store, open_store
from seep.workflow.actor import Actor

PRODUCT = Actor("seep", "admin")
"""Acts when the product itself puts something into a workspace, such as the shipped checkpoint."""

WEIGHTS_SUFFIX = ".safetensors"
MASK_SUFFIX = ".png"

_MAX_HEADER_BYTES = 10_000_000
_MAX_NAME = 80


@dataclass(frozen=True)
class Workspace:
    """An open workspace; cheap to pass around, safe to use from any thread.

    Attributes:
        store: its database and files.
        settings: what the environment of this process says.
    """

    store: Store
    settings: Settings


_opened: dict[tuple[Path, str | None], Workspace] = {}
_lock = threading.Lock()


def open_workspace(chosen: Settings | None = None) -> Workspace:
    """Open the workspace that the settings name; make it when it is new.

    Opened once a process and folder, so calling it again costs nothing. A new workspace gets the default
    classes and the shipped checkpoint, active.

    Args:
        chosen: settings to use instead of the environment's.

    Raises:
        WorkspaceError: it cannot be opened, made or migrated.
    """
    chosen = chosen or settings()
    key = (chosen.workspace, chosen.database_url)
    with _lock:
        workspace = _opened.get(key)
        if workspace is None:
            workspace = Workspace(open_store(chosen.workspace, chosen.database_url), chosen)
            _furnish(workspace)
            _opened[key] = workspace
    return workspace


def install_checkpoint(workspace: Workspace, path: Path, actor: Actor) -> CheckpointRecord:
    """Take a checkpoint file into the workspace; the first one becomes the active one.

    Args:
        workspace: where to.
        path: a safetensors file that Seep wrote.
        actor: who installs it.

    Raises:
        CheckpointError: the file is missing, damaged or foreign; nothing changed.
        StorageError: it cannot be copied.
    """
    from seep.engine.checkpoint import load_checkpoint

    read_card(path)
    load_checkpoint(path)
    return _install(workspace, path, actor)


def _install(workspace: Workspace, path: Path, actor: Actor) -> CheckpointRecord:
    """Take a checkpoint file in by its card alone, without waiting 2 s for torch."""
    card = read_card(path)
    sha256 = workspace.store.files.put_file(path, WEIGHTS_SUFFIX)
    with workspace.store.transaction() as session:
        known = checkpoints.list_checkpoints(session)
        for record in known:
            if record.weights_sha256 == sha256:
                return record
        record = checkpoints.add_checkpoint(
            session,
            name=free_name(str(card["name"]), [one.name for one in known]),
            parent_id=None,
            run_id=None,
            weights_sha256=sha256,
            card=card,
            author=actor.name,
        )
        if not any(one.active for one in known):
            checkpoints.promote(session, record.id, actor.name)
        return checkpoints.get_checkpoint(session, record.id)


def read_card(path: Path) -> dict[str, Any]:
    """Read the card out of a checkpoint's header, without its weights and without torch.

    Raises:
        CheckpointError: the file is missing, or is no checkpoint that Seep wrote.
    """
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(length, _MAX_HEADER_BYTES)))
        card = json.loads(header["__metadata__"]["card"])
        int(card["architecture"]["classes"])
        if not 0 < len(card["name"]) <= _MAX_NAME or not card["name"].isprintable():
            raise ValueError("a name that cannot be shown")
    except FileNotFoundError as error:
        raise CheckpointError(f"There is no checkpoint {path}; check the path or choose another.") from error
    except (OSError, struct.error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(f"{path} is not a checkpoint of Seep. Choose another file.") from error
    return dict(card)


def free_name(wanted: str, taken: list[str]) -> str:
    """Find a name that is not taken: the wanted one, else with -2, -3, ... at its end."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name


def _furnish(workspace: Workspace) -> None:
    """Give a new workspace what it needs; a second process that does the same changes nothing."""
    with workspace.store.reading() as session:
        has_classes = bool(classes.list_classes(session))
        has_checkpoint = bool(checkpoints.list_checkpoints(session))
    if not has_classes:
        with workspace.store.transaction() as session:
            if not classes.list_classes(session):
                classes.set_classes(session, default_classes(), PRODUCT.name)
    if not has_checkpoint and SHIPPED_CHECKPOINT.exists():
        _install(workspace, SHIPPED_CHECKPOINT, PRODUCT)
