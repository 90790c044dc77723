"""Import and export of checkpoints: safetensors with the card, and ONNX for other programs."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seep.core.files import write_atomic
from seep.core.records import CheckpointRecord
from seep.errors import CheckpointError, MissingError, SettingsError
from seep.store import audit_log, checkpoints
from seep.workflow.actor import Actor, requires
from seep.workflow.inference.runner import load
from seep.workflow.uploads import UploadedFile, list_files, upload_folder
from seep.workflow.workspace import WEIGHTS_SUFFIX, Workspace, install_checkpoint

FORMATS = ("safetensors", "onnx", "onnx-network")
"""Formats of an export. An ONNX file holds one pass of the network; "onnx" is refused where a prediction of Seep takes
more than that, and "onnx-network" is not."""
MAX_UPLOAD_MB = 256
"""Limit of an upload in the browser; the command line has none."""

ONNX_FORMATS = FORMATS[1:]

_ODD = re.compile(r"[^\w.-]+")


def missing_in_onnx(card: Mapping[str, Any]) -> list[str]:
    """Return the parts of a prediction that an ONNX file of a checkpoint cannot hold."""
    scales = card.get("scales") or [1.0]
    return [
        *(["the slick head"] if card.get("slick_head") else []),
        *([f"the predictions at {len(scales)} scales"] if len(scales) > 1 else []),
    ]


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
        out: the folder; created if missing. Files of the same names are replaced.
        format_: one of `FORMATS`: "safetensors", which any Seep can import, or ONNX, see
            `seep.engine.inference.onnx`.
        actor: name of the person; None for that of the settings.

    Returns:
        The paths of the weights and of the card as JSON.

    Raises:
        MissingError: there is no such checkpoint.
        SettingsError: there is no such format.
        CheckpointError: the weights are damaged, or ONNX cannot be written or differs from torch, or a file of this
            format would lack a part of the checkpoint.
        StorageError: the weights are missing, or a file cannot be written.
    """
    data, record = checkpoint_bytes(workspace, checkpoint_id, format_, actor)
    ending = "onnx" if format_ in ONNX_FORMATS else format_
    weights, card = (out / f"{file_stem(record.name)}.{one}" for one in (ending, "json"))
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
        raise SettingsError(f"Unknown checkpoint format {format_!r}. Use {', '.join(FORMATS)}.")
    with workspace.store.reading() as session:
        record = checkpoints.get_checkpoint(session, checkpoint_id)
    missing = missing_in_onnx(record.card)
    if format_ == "onnx" and missing:
        raise CheckpointError(
            f"An ONNX file of {record.name} would lack {' and '.join(missing)}, so its masks would differ from those "
            "of Seep. Export it as safetensors, or only its network as onnx-network."
        )
    if format_ in ONNX_FORMATS:
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

    Tensor names, shapes and types are checked, and that all values and a prediction are finite. A file that was
    imported before is not added again. If the name is taken, a number is added.

    Args:
        path: a safetensors file.

    Returns:
        The checkpoint's id. The first checkpoint of a workspace becomes the active one.

    Raises:
        CheckpointError: it is missing, damaged or foreign; nothing changed.
        StorageError: it cannot be copied.
    """
    return install_checkpoint(workspace, path, actor).id


@requires("lead", "import versions")
def import_upload(workspace: Workspace, token: str, file: UploadedFile, actor: Actor) -> int:
    """Import a checkpoint that was uploaded in the browser; see `import_checkpoint`.

    The uploaded file is deleted, unless the disk is full.

    Args:
        file: a checkpoint of `list_files`.

    Raises:
        MissingError: the upload has no such checkpoint.
        CheckpointError: it is over `MAX_UPLOAD_MB`, damaged or foreign; nothing changed.
        StorageError: the disk is full or cannot be written; the uploaded file is kept.
    """
    if file.role != "checkpoints" or file not in list_files(workspace, token):
        raise MissingError(f"{file.name} is not in this upload any more. Upload it again.")
    path = upload_folder(workspace, token) / file.role / file.name
    try:
        if file.size_bytes > MAX_UPLOAD_MB << 20:
            raise CheckpointError(
                f"{file.name} has {file.size_bytes >> 20} MB, the limit is {MAX_UPLOAD_MB} MB. "
                "Use python -m seep model-import."
            )
        imported = import_checkpoint(workspace, path, actor)
    except CheckpointError as error:  # with the name that the user knows
        path.unlink(missing_ok=True)
        raise CheckpointError(str(error).replace(str(path), file.name)) from error
    path.unlink(missing_ok=True)
    return imported


def card_text(card: Mapping[str, object]) -> str:
    """Return a card as readable JSON."""
    return json.dumps(card, indent=2) + "\n"


def file_stem(name: str) -> str:
    """Return a safe file name: letters, digits, dots and hyphens, at most 80, never hidden or empty."""
    return _ODD.sub("_", name)[:80].lstrip(".") or "checkpoint"
