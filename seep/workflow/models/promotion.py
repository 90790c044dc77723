"""Changes of the active checkpoint: promote, roll back, drop."""

import time
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.orm import Session

from seep.core.records import CheckpointRecord
from seep.errors import CheckpointError
from seep.store import checkpoints, jobs, predictions
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.compatibility import check_fit
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.workspace import WEIGHTS_SUFFIX, Workspace

_PAUSE_S = 0.01
"""Between two transactions, so that the writers of other processes get the lock."""


@requires("lead", "promote versions")
def promote(workspace: Workspace, checkpoint_id: int, actor: Actor) -> CheckpointRecord:
    """Make a checkpoint the active one, and queue a prediction of the open tiles.

    The hash of the weights is verified first. Tiles that the checkpoint has predicted before show these
    predictions at once; in a workspace of more than 10,000 tiles, the worker changes them one group after the other.

    Returns:
        The record of the checkpoint, now active.

    Raises:
        MissingError: there is no such checkpoint.
        StorageError: its weights are missing or damaged; nothing changed.
        CheckpointError: it was dropped, or does not fit the images or the classes; nothing changed.
    """
    with workspace.store.reading() as session:
        record = checkpoints.get_checkpoint(session, checkpoint_id)
    workspace.store.files.check(record.weights_sha256, WEIGHTS_SUFFIX)
    with workspace.store.transaction() as session:
        check_fit(session, record)
        checkpoints.promote(session, checkpoint_id, actor.name)
        _cancel_outdated(session, checkpoint_id, actor)
        record = checkpoints.get_checkpoint(session, checkpoint_id)
    enqueue_predict(workspace, actor)
    return record


@requires("lead", "roll back versions")
def roll_back(workspace: Workspace, actor: Actor, active_id: int | None = None) -> CheckpointRecord:
    """Make the previously active checkpoint active again.

    Its predictions are shown again. Open tiles that it has not predicted are queued.

    Args:
        active_id: the checkpoint that the page showed as active, so that a double click goes back one step.

    Returns:
        The record of the checkpoint, now active.

    Raises:
        MissingError: no other checkpoint was active before.
        StorageError: its weights are missing or damaged; nothing changed.
    """
    with workspace.store.reading() as session:  # a large file is not read while others wait to write
        standing = [
            promotion for promotion in checkpoints.promotions(session) if promotion.rolled_back_at is None
        ]
        earlier = checkpoints.get_checkpoint(session, standing[1].checkpoint_id) if standing[1:] else None
    if earlier is not None:
        workspace.store.files.check(earlier.weights_sha256, WEIGHTS_SUFFIX)
    with workspace.store.transaction() as session:
        record = checkpoints.roll_back(session, actor.name, active_id)
        _cancel_outdated(session, record.id, actor)
        record = checkpoints.get_checkpoint(session, record.id)
    with suppress(CheckpointError):  # it may not fit scenes or classes that were added since
        enqueue_predict(workspace, actor)
    return record


@requires("lead", "delete versions")
def drop(workspace: Workspace, checkpoint_id: int, actor: Actor) -> CheckpointRecord:
    """Mark a checkpoint as dropped; it stays in the list and cannot be promoted.

    Raises:
        MissingError: there is no such checkpoint.
        CheckpointError: it is the active one.
    """
    with workspace.store.transaction() as session:
        checkpoints.drop(session, checkpoint_id, actor.name)
        return checkpoints.get_checkpoint(session, checkpoint_id)


def show_active(workspace: Workspace, should_stop: Callable[[], bool]) -> int:
    """Let all tiles show the predictions of the active checkpoint, where a promotion left that for later.

    Other writers get a turn after each of the short transactions.

    Args:
        should_stop: called between two transactions; True leaves the rest for the next call.

    Returns:
        The number of transactions that changed tiles.

    Raises:
        StorageError: the database cannot be written; the next call continues.
    """
    with workspace.store.reading() as session:
        if not predictions.is_showing(session):
            return 0
    count = 0
    while not should_stop():
        with workspace.store.transaction() as session:
            if not predictions.show_more(session):
                break
        count += 1
        time.sleep(_PAUSE_S)
    return count


@cached_until_commit
def tiles_to_change(workspace: Workspace) -> int:
    """Return how many tiles do not show the predictions of the active checkpoint yet; see `show_active`."""
    with workspace.store.reading() as session:
        return predictions.count_to_show(session)


def _cancel_outdated(session: Session, checkpoint_id: int, actor: Actor) -> None:
    """Cancel predictions of open tiles by other checkpoints: they would not be shown."""
    for job in jobs.list_jobs(session, 100):
        outdated = job.params.get("checkpoint_id") != checkpoint_id and job.params.get("tile_ids") is None
        if job.kind == "predict" and job.state in {"queued", "running"} and outdated:
            jobs.request_cancel(session, job.id, actor.name)
