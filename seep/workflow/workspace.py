"""Opening of workspaces and installation of checkpoints."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seep.core.masks.classes import default_classes
from seep.core.metrics.model_metrics import readable_metrics
from seep.core.model_card import card_in_header, card_problem, read_header
from seep.core.records import CheckpointRecord
from seep.errors import CheckpointError
from seep.settings import SHIPPED_CHECKPOINT, VERSION, Settings, settings
from seep.store import checkpoints, classes, key_value
from seep.store.key_value import VERSION_KEY
from seep.store.store import Store, open_store
from seep.workflow.actor import Actor, requires

PRODUCT = Actor("seep", "admin")
"""Actor for changes by the product itself, such as installing the shipped checkpoint."""

WEIGHTS_SUFFIX = ".safetensors"
MASK_SUFFIX = ".png"


@dataclass(frozen=True)
class Workspace:
    """An open workspace; thread-safe.

    Attributes:
        store: database and files of the workspace.
        settings: settings of this process.
    """

    store: Store
    settings: Settings


_opened: dict[tuple[Path, str | None, str | None], Workspace] = {}
_lock = threading.Lock()


def open_workspace(chosen: Settings | None = None, *, create: bool | None = None) -> Workspace:
    """Open the workspace of the settings; create it if it does not exist.

    A process opens each workspace once; further calls return the same object. A new workspace has the default classes,
    and the shipped checkpoint as the active one.

    Args:
        chosen: settings to use instead of those of the environment.
        create: create a workspace if there is none; None for what `SEEP_WORKSPACE_MUST_EXIST` says.

    Raises:
        WorkspaceError: it does not exist and is not to be created, or it cannot be opened, created or migrated.
    """
    chosen = chosen or settings()
    create = not chosen.workspace_must_exist if create is None else create
    key = (chosen.workspace, chosen.database_url, chosen.files_url)
    with _lock:
        workspace = _opened.get(key)
        if workspace is None:
            workspace = Workspace(
                open_store(
                    chosen.workspace, chosen.database_url, chosen.files_url, chosen.cache_mb, create=create
                ),
                chosen,
            )
            _furnish(workspace)
            _opened[key] = workspace
    return workspace


@requires("lead", "import versions")
def install_checkpoint(workspace: Workspace, path: Path, actor: Actor) -> CheckpointRecord:
    """Copy a checkpoint file into the workspace; the first one becomes the active one.

    Args:
        path: a safetensors file of Seep.

    Raises:
        CheckpointError: the file is missing, damaged or not a checkpoint of Seep; nothing is changed.
        StorageError: the file cannot be copied.
    """
    from seep.engine.checkpoint import check_prediction, load_checkpoint

    read_card(path)
    check_prediction(path, load_checkpoint(path))
    return _install(workspace, path, actor)


def _install(workspace: Workspace, path: Path, actor: Actor) -> CheckpointRecord:
    """Install a checkpoint file by its card only, without importing torch, which takes 2 s."""
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
    """Read the card from the header of a checkpoint, without its weights and without torch.

    Raises:
        CheckpointError: the file is missing or is not a checkpoint of Seep, or its card has unusable values.
    """
    try:
        with path.open("rb") as file:
            card = card_in_header(read_header(file))
        int(card["architecture"]["classes"])
    except FileNotFoundError as error:
        raise CheckpointError(f"There is no checkpoint {path}; check the path or choose another.") from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(f"{path} is not a checkpoint of Seep. Choose another file.") from error
    problem = card_problem(card) or (None if card.get("name") else "name: missing")
    if problem is None and readable_metrics(card.get("figures")) is None:
        problem = "figures: values of wrong types"
    if problem is not None:
        raise CheckpointError(f"The card of {path} cannot be used ({problem}). Choose another checkpoint.")
    return dict(card)


def free_name(wanted: str, taken: list[str]) -> str:
    """Return a name that is not in `taken`: the wanted one, or with the suffix -2, -3, ..."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name


def _furnish(workspace: Workspace) -> None:
    """Add the default classes and the shipped checkpoint to a new workspace, and note the version of Seep.

    Safe to run in several processes.
    """
    with workspace.store.reading() as session:
        opened_by = key_value.get_value(session, VERSION_KEY)
        has_classes = bool(classes.list_classes(session))
        has_checkpoint = bool(checkpoints.list_checkpoints(session))
    if opened_by != VERSION:
        with workspace.store.transaction() as session:
            key_value.set_value(session, VERSION_KEY, VERSION)
    if not has_classes:
        with workspace.store.transaction() as session:
            if not classes.list_classes(session):
                classes.set_classes(session, default_classes(), PRODUCT.name)
    if not has_checkpoint and SHIPPED_CHECKPOINT.exists():
        _install(workspace, SHIPPED_CHECKPOINT, PRODUCT)
