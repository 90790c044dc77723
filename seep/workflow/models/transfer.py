"""Checkpoints in and out of a workspace: safetensors with its card, and ONNX for other programs."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from seep.errors import CheckpointError, SettingsError, StorageError
from seep.io.files import write_atomic
from seep.store import audit_log, checkpoints
from seep.store.records import CheckpointRecord
from seep.workflow.inference.runner import load
from seep.workflow.workspace import WEIGHTS_SUFFIX, Workspace, install_checkpoint

FORMATS = ("safetensors", "onnx")
MAX_UPLOAD_MB = 256
"""Of a checkpoint that a browser sends; the command line takes any file that the engine takes."""

_ODD = re.compile(r"[^\w.-]+")


def export_checkpoint(
    workspace: Workspace,
    checkpoint_id: int,
    out: Path,
    format_: str = "safetensors",
    author: str | None = None,
) -> list[Path]:
    """Write a checkpoint's weights and its card into a folder.

    Args:
        workspace: where from.
        checkpoint_id: which.
        out: the folder; made if it is missing, files of the same names are replaced.
        format_: "safetensors", which any Seep can import, or "onnx", see `seep.engine.inference.onnx`.
        author: who asks; None for the name of the settings.

    Returns:
        The files that were written: the weights, and the card as JSON.

    Raises:
        MissingError: there is no such checkpoint.
        SettingsError: there is no such format.
        CheckpointError: the weights are damaged, or ONNX cannot be written or does not agree with torch.
        StorageError: the weights are gone, or a file cannot be written.
    """
    data, record = checkpoint_bytes(workspace, checkpoint_id, format_, author)
    weights, card = (out / f"{file_stem(record.name)}.{ending}" for ending in (format_, "json"))
    write_atomic(weights, data)
    write_atomic(card, card_text(record.card).encode())
    return [weights, card]


def checkpoint_bytes(
    workspace: Workspace, checkpoint_id: int, format_: str = "safetensors", author: str | None = None
) -> tuple[bytes, CheckpointRecord]:
    """Give a checkpoint as the bytes of one file, noted in the audit log; for a download.

    Args, raises: as `export_checkpoint`.
    """
    if format_ not in FORMATS:
        raise SettingsError(f"There is no format {format_!r} of checkpoints; use {' or '.join(FORMATS)}.")
    with workspace.store.reading() as session:
        record = checkpoints.get_checkpoint(session, checkpoint_id)
    if format_ == "onnx":
        from seep.engine.inference.onnx import to_onnx

        data = to_onnx(load(workspace, checkpoint_id))
    else:
        data = workspace.store.files.read(record.weights_sha256, WEIGHTS_SUFFIX)
    with workspace.store.transaction() as session:
        who = author or workspace.settings.user
        audit_log.add(session, who, "export", f"checkpoint {checkpoint_id}", {"format": format_})
    return data, record


def import_checkpoint(workspace: Workspace, path: Path, author: str) -> int:
    """Take a checkpoint file that Seep wrote into the workspace, as a candidate.

    The file is checked before it is believed: tensor names, shapes, types, and that all numbers are finite.
    A file that is there already is not added again; a name that is taken gets a number.

    Args:
        workspace: where to.
        path: a safetensors file.
        author: who imports it.

    Returns:
        The checkpoint's id. The first checkpoint of a workspace becomes the active one.

    Raises:
        CheckpointError: it is missing, damaged or foreign; nothing changed.
        StorageError: it cannot be copied.
    """
    return install_checkpoint(workspace, path, author).id


def import_upload(workspace: Workspace, name: str, data: bytes, author: str) -> int:
    """Import a checkpoint that a browser sent; see `import_checkpoint`.

    Args:
        workspace: where to.
        name: of the file on the sender's machine, for messages only.
        data: its content.
        author: who imports it.

    Raises:
        CheckpointError: it is over `MAX_UPLOAD_MB`, damaged or foreign; nothing changed.
        StorageError: the disk is full or cannot be written.
    """
    if len(data) > MAX_UPLOAD_MB << 20:
        raise CheckpointError(
            f"{name} has {len(data) >> 20} MB, and the page takes {MAX_UPLOAD_MB}: "
            "use python -m seep model-import."
        )
    try:
        with TemporaryDirectory(dir=workspace.store.root, prefix=".import-") as folder:
            path = Path(folder) / f"{file_stem(Path(name).stem)}{WEIGHTS_SUFFIX}"
            write_atomic(path, data)
            try:
                return import_checkpoint(workspace, path, author)
            except CheckpointError as error:  # the sender knows it by its name, not by where it lies here
                raise CheckpointError(str(error).replace(str(path), name)) from error
    except OSError as error:
        raise StorageError(
            f"{name} could not be kept: {error.strerror}. Free some space and try again."
        ) from error


def card_text(card: Mapping[str, object]) -> str:
    """Return a card as readable JSON."""
    return json.dumps(card, indent=2) + "\n"


def file_stem(name: str) -> str:
    """Return a name as a file's: letters, digits, dots and hyphens, 80 at most, never hidden or empty."""
    return _ODD.sub("_", name)[:80].lstrip(".") or "checkpoint"
