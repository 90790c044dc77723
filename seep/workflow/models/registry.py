"""Checkpoints as pages show them: lineage, cards, figures."""

from pathlib import Path
from typing import Any

from seep.errors import MissingError
from seep.store import audit_log, checkpoints, runs
from seep.store.records import CheckpointRecord, PromotionRecord, RunRecord
from seep.workflow.workspace import PRODUCT_AUTHOR, WEIGHTS_SUFFIX, Workspace, install_checkpoint

__all__ = ["checkpoint_id_of", "history", "install_checkpoint", "list_models", "promotions", "weights_path"]


def list_models(workspace: Workspace) -> list[dict[str, Any]]:
    """List all checkpoints, newest first, with what a page shows of each, ready for JSON.

    Returns:
        Rows {"id", "name", "parent_id", "parent" (name), "depth" (0 for roots), "state", "active",
        "created_at", "run_id", "author" (of the run, else who imported it, None for the shipped one),
        "classes" (count), "threshold", "figures" (of the card), "outcome" (of the run that ended with
        it, else None), "card", "size_bytes"}.
    """
    with workspace.store.reading() as session:
        found = checkpoints.list_checkpoints(session)
        by_run = {run.id: run for run in runs.list_runs(session)}
        added = {one.subject: one.author for one in audit_log.list_about(session, "checkpoint", None, "add")}
    by_id = {one.id: one for one in found}
    rows = [
        _row(workspace, one, by_id, by_run.get(one.run_id or 0)) | {"author": _author(added, one)}
        for one in found
    ]
    return sorted(rows, key=lambda row: -int(row["id"]))


def promotions(workspace: Workspace) -> list[PromotionRecord]:
    """List who made which checkpoint active, and when it was taken back, newest first."""
    with workspace.store.reading() as session:
        return checkpoints.promotions(session)


def history(workspace: Workspace, limit: int = 200) -> list[dict[str, Any]]:
    """List what was done to checkpoints by whom, out of the audit log, newest first.

    Returns:
        {"created_at", "author", "action" ("add", "promote", "roll back", "drop" or "export"),
        "checkpoint_id", "name", "from" (name of what was active before a promotion or a roll back, else
        None), "details"}.
    """
    with workspace.store.reading() as session:
        names = {one.id: one.name for one in checkpoints.list_checkpoints(session)}
        found = audit_log.list_about(session, "checkpoint", limit)
    rows = []
    for one in found:
        checkpoint_id = int(one.subject.split()[1])
        rows.append(
            {
                "created_at": one.created_at,
                "author": one.author,
                "action": one.action,
                "checkpoint_id": checkpoint_id,
                "name": names.get(checkpoint_id, f"checkpoint {checkpoint_id}"),
                "from": names.get(one.details.get("from") or 0),
                "details": one.details,
            }
        )
    return rows


def weights_path(workspace: Workspace, checkpoint_id: int) -> Path:
    """Return the weights' file of a checkpoint, its hash checked, for download or the command line.

    Raises:
        MissingError: there is no such checkpoint.
        StorageError: the file is gone or damaged.
    """
    with workspace.store.reading() as session:
        record = checkpoints.get_checkpoint(session, checkpoint_id)
    return workspace.store.files.verify(record.weights_sha256, WEIGHTS_SUFFIX)


def checkpoint_id_of(workspace: Workspace, wanted: str) -> int:
    """Find a checkpoint by its number or its name.

    Raises:
        MissingError: there is none.
    """
    with workspace.store.reading() as session:
        found = checkpoints.list_checkpoints(session)
        for one in found:
            if wanted in {str(one.id), one.name}:
                return one.id
    known = ", ".join(one.name for one in found) or "none"
    raise MissingError(f"There is no checkpoint {wanted!r}; there are: {known}.")


def _row(
    workspace: Workspace,
    one: CheckpointRecord,
    by_id: dict[int, CheckpointRecord],
    run: RunRecord | None,
) -> dict[str, Any]:
    parent = by_id.get(one.parent_id or 0)
    depth, ancestor = 0, parent
    while ancestor is not None:
        depth, ancestor = depth + 1, by_id.get(ancestor.parent_id or 0)
    path = workspace.store.files.path(one.weights_sha256, WEIGHTS_SUFFIX)
    return {
        "id": one.id,
        "name": one.name,
        "parent_id": one.parent_id,
        "parent": parent.name if parent else None,
        "depth": depth,
        "state": one.state,
        "active": one.active,
        "created_at": one.created_at,
        "run_id": one.run_id,
        "classes": one.card.get("classes", {}).get("count"),
        "threshold": one.card.get("threshold"),
        "figures": one.card.get("figures", {}),
        "outcome": run.outcome if run and run.checkpoint_id == one.id else None,
        "card": one.card,
        "size_bytes": path.stat().st_size if path.exists() else None,
    }


def _author(added: dict[str, str], one: CheckpointRecord) -> str | None:
    author = added.get(f"checkpoint {one.id}")
    return None if author == PRODUCT_AUTHOR else author
