"""Model versions of a workspace: lineage, cards, metrics, and the log of what was done to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from seep.core.metrics.model_metrics import Metrics, readable_metrics
from seep.core.records import CheckpointRecord, PromotionRecord, RunRecord
from seep.errors import MissingError
from seep.store import audit_log, checkpoints, runs
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.workspace import PRODUCT, WEIGHTS_SUFFIX, Workspace


@dataclass(frozen=True)
class ModelVersion:
    """A checkpoint of the workspace.

    Attributes:
        id, name: unique in the workspace.
        parent_id, parent: id and name of the version that it was trained from; None for a root.
        depth: number of ancestors.
        state: "candidate", "kept" (was active) or "dropped".
        active: whether it predicts now.
        created_at: ISO 8601, UTC.
        run_id: of the fine-tuning that made it; None for an imported or the shipped one.
        author: of the run, else of the import; None for the shipped one.
        class_count: background included; None where the card does not say.
        threshold: probability from which a pixel is seep; None where the card does not say.
        outcome: of the run that ended with it, as JSON; None without one.
        card: as JSON.
        size_bytes: of the weights; None where the file is missing.
    """

    id: int
    name: str
    parent_id: int | None
    parent: str | None
    depth: int
    state: str
    active: bool
    created_at: str
    run_id: int | None
    author: str | None
    class_count: int | None
    threshold: float | None
    outcome: Mapping[str, Any] | None
    card: Mapping[str, Any]
    size_bytes: int | None

    @property
    def undecided(self) -> bool:
        """Whether it was neither promoted nor dropped."""
        return self.state == "candidate" and not self.active

    @cached_property
    def metrics(self) -> Mapping[str, Metrics]:
        """Metrics of the card by split, test first; empty where the card has none, or none that can be read."""
        return readable_metrics(self.card.get("figures")) or {}


@dataclass(frozen=True)
class ModelEvent:
    """An entry of the activity log about a model version.

    Attributes:
        created_at: ISO 8601, UTC.
        author: who did it.
        action: "add", "promote", "roll back", "drop" or "export".
        checkpoint_id, name: of the version.
        previous: name of the version that was active before a promotion or roll back, else None.
        format: of an export, else None.
    """

    created_at: str
    author: str
    action: str
    checkpoint_id: int
    name: str
    previous: str | None
    format: str | None


def list_models(workspace: Workspace) -> list[ModelVersion]:
    """List all model versions, newest first."""
    by_id, by_run, added = _rows(workspace)
    return [
        _version(workspace, one, by_id, by_run.get(one.run_id or 0), added.get(f"checkpoint {one.id}"))
        for one in sorted(by_id.values(), key=lambda one: -one.id)
    ]


@cached_until_commit
def _rows(workspace: Workspace) -> tuple[dict[int, CheckpointRecord], dict[int, RunRecord], dict[str, str]]:
    """Return the checkpoints and the runs by id, and who added which checkpoint."""
    with workspace.store.reading() as session:
        found = {checkpoint.id: checkpoint for checkpoint in checkpoints.list_checkpoints(session)}
        by_run = {run.id: run for run in runs.list_runs(session)}
        log = audit_log.list_by_subject(session, "checkpoint", None, "add")
    return found, by_run, {one.subject: one.author for one in log}


def active_model(models: Sequence[ModelVersion]) -> ModelVersion | None:
    """Return the active version; None if there is none."""
    return next((model for model in models if model.active), None)


def is_undecided(workspace: Workspace, checkpoint_id: int) -> bool:
    """Return whether a version was neither promoted nor dropped.

    Raises:
        MissingError: there is no such version.
    """
    with workspace.store.reading() as session:
        found = checkpoints.get_checkpoint(session, checkpoint_id)
    return found.state == "candidate" and not found.active


@cached_until_commit
def promotions(workspace: Workspace) -> list[PromotionRecord]:
    """List promotions, newest first; those that were rolled back have `rolled_back_at`."""
    with workspace.store.reading() as session:
        return checkpoints.promotions(session)


@cached_until_commit
def list_events(workspace: Workspace, limit: int = 200) -> list[ModelEvent]:
    """List what was done to model versions, from the audit log, newest first."""
    with workspace.store.reading() as session:
        names = {checkpoint.id: checkpoint.name for checkpoint in checkpoints.list_checkpoints(session)}
        found = audit_log.list_by_subject(session, "checkpoint", limit)
    events = []
    for one in found:
        checkpoint_id = int(one.subject.split()[1])
        events.append(
            ModelEvent(
                created_at=one.created_at,
                author=one.author,
                action=one.action,
                checkpoint_id=checkpoint_id,
                name=names.get(checkpoint_id, f"checkpoint {checkpoint_id}"),
                previous=names.get(one.details.get("from") or 0),
                format=one.details.get("format"),
            )
        )
    return events


def weights_path(workspace: Workspace, checkpoint_id: int) -> Path:
    """Return the weights file of a checkpoint after checking its hash.

    Raises:
        MissingError: there is no such checkpoint.
        StorageError: the file is missing or damaged.
    """
    with workspace.store.reading() as session:
        record = checkpoints.get_checkpoint(session, checkpoint_id)
    workspace.store.files.check(record.weights_sha256, WEIGHTS_SUFFIX)
    return workspace.store.files.local(record.weights_sha256, WEIGHTS_SUFFIX)


def find_checkpoint(workspace: Workspace, number_or_name: str) -> int:
    """Return the id of the checkpoint with this number or name.

    Raises:
        MissingError: there is none.
    """
    with workspace.store.reading() as session:
        found = checkpoints.list_checkpoints(session)
    for one in found:
        if number_or_name in {str(one.id), one.name}:
            return one.id
    names = ", ".join(one.name for one in found) or "none"
    raise MissingError(f"There is no checkpoint {number_or_name!r}. Available: {names}.")


def _version(
    workspace: Workspace,
    one: CheckpointRecord,
    by_id: Mapping[int, CheckpointRecord],
    run: RunRecord | None,
    author: str | None,
) -> ModelVersion:
    parent = by_id.get(one.parent_id or 0)
    depth, ancestor = 0, parent
    while ancestor is not None:
        depth, ancestor = depth + 1, by_id.get(ancestor.parent_id or 0)
    return ModelVersion(
        id=one.id,
        name=one.name,
        parent_id=one.parent_id,
        parent=parent.name if parent else None,
        depth=depth,
        state=one.state,
        active=one.active,
        created_at=one.created_at,
        run_id=one.run_id,
        author=None if author == PRODUCT.name else author,
        class_count=one.card.get("classes", {}).get("count"),
        threshold=one.card.get("threshold"),
        outcome=run.outcome if run and run.checkpoint_id == one.id else None,
        card=one.card,
        size_bytes=workspace.store.files.size(one.weights_sha256, WEIGHTS_SUFFIX),
    )
