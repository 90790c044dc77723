"""Import and export of checkpoints: safetensors with the card, and ONNX for other programs."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from seep.core.records import CheckpointRecord
from seep.errors import CheckpointError, SettingsError, StorageError
from seep.io.files import write_atomic
from seep.store import audit_log, checkpoints
from seep.workflow.actor import Actor, requires
from seep.workflow.inference.runner import load
from seep.workflow.workspace import WEIGHTS_SUFFIX, Workspace, install_checkpoint

FORMATS = ("safetensors", "onnx")
MAX_UPLOAD_MB = 256
"""Limit of an upload in the browser; the command line has none."""

_ODD = re.compile(r"[^\w.-]+")


@requires("lead", "export versions")
def export_checkpoint(
    workspace: Workspace,
    checkpoint_id: int,
    out: Path,
    format_: str,
    actor: Actor,
) -> list[Path]:
    """Write a checkpoint's weights and its card into a folder.

    Args:
        workspace: the workspace.
        checkpoint_id: of the checkpoint.
        out: the folder; created if missing. Files of the same names are replaced.
        format_: "safetensors", which any Seep can import, or "onnx", see `seep.engine.inference.onnx`.
        actor: name of the person; None for that of the settings.

    Returns:
        The paths of the weights and of the card as JSON.

    Raises:
        MissingError: there is no such checkpoint.
        SettingsError: there is no such format.
        CheckpointError: the weights are damaged, or ONNX cannot be written or differs from torch.
        StorageError: the weights are missing, or a file cannot be written.
    """
    data, record = checkpoint_bytes(workspace, checkpoint_id, format_, actor)
    weights, card = (out / f"{file_stem(record.name)}.{ending}" for ending in (format_, "json"))
    write_atomic(weights, data)
    write_atomic(card, card_text(record.card).encode())
    return [weights, card]


@requires("lead", "export versions")
def checkpoint_bytes(
    workspace: Workspace, checkpoint_id: int, format_: str, actor: Actor
) -> tuple[bytes, CheckpointRecord]:
    """Return a checkpoint as the bytes of one file, and record it in the audit log.

    Args, raises: as `export_checkpoint`.
    """
    if format_ not in FORMATS:
        raise SettingsError(f"Unknown checkpoint format {format_!r}. Use {' or '.join(FORMATS)}.")
    with workspace.store.reading() as session:
        record = checkpoints.get_checkpoint(session, checkpoint_id)
    if format_ == "onnx":
        from seep.engine.inference.onnx import to_onnx

        data = to_onnx(load(workspace, checkpoint_id))
    else:
        data = workspace.store.files.read(record.weights_sha256, WEIGHTS_SUFFIX)
    with workspace.store.transaction() as session:
        audit_log.add(session, actor.name, "export", f"checkpoint {checkpoint_id}", {"format": format_})
    return data, record


@requires("lead", "import versions")
def import_checkpoint(workspace: Workspace, path: Path, actor: Actor) -> int:
    """Import a checkpoint file that Seep wrote, as a candidate.

    Tensor names, shapes and types are checked, and that all values are finite. A file that was imported
    before is not added again. If the name is taken, a number is added.

    Args:
        workspace: the workspace.
        path: a safetensors file.
        actor: name of the person.

    Returns:
        The checkpoint's id. The first checkpoint of a workspace becomes the active one.

    Raises:
        CheckpointError: it is missing, damaged or foreign; nothing changed.
        StorageError: it cannot be copied.
    """
    return install_checkpoint(workspace, path, actor).id


@requires("lead", "import versions")
def import_upload(workspace: Workspace, name: str, data: bytes, actor: Actor) -> int:
    """Import a checkpoint that was uploaded in the browser; see `import_checkpoint`.

    Args:
        workspace: the workspace.
        name: file name on the user's machine, for messages.
        data: the file's content.
        actor: name of the person.

    Raises:
        CheckpointError: it is over `MAX_UPLOAD_MB`, damaged or foreign; nothing changed.
        StorageError: the disk is full or cannot be written.
    """
    if len(data) > MAX_UPLOAD_MB << 20:
        raise CheckpointError(
            f"{name} has {len(data) >> 20} MB, the limit is {MAX_UPLOAD_MB} MB. "
            "Use python -m seep model-import."
        )
    try:
        with TemporaryDirectory(dir=workspace.store.root, prefix=".import-") as folder:
            path = Path(folder) / f"{file_stem(Path(name).stem)}{WEIGHTS_SUFFIX}"
            write_atomic(path, data)
            try:
                return import_checkpoint(workspace, path, actor)
            except CheckpointError as error:  # with the name that the user knows
                raise CheckpointError(str(error).replace(str(path), name)) from error
    except OSError as error:
        raise StorageError(
            f"{name} could not be stored: {error.strerror}. Free some disk space and try again."
        ) from error


def card_text(card: Mapping[str, object]) -> str:
    """Return a card as readable JSON."""
    return json.dumps(card, indent=2) + "\n"


def file_stem(name: str) -> str:
    """Return a safe file name: letters, digits, dots and hyphens, at most 80, never hidden or empty."""
    return _ODD.sub("_", name)[:80].lstrip(".") or "checkpoint"
