"""Which checkpoint is active: promote, roll back, drop."""

from contextlib import suppress

from seep.errors import CheckpointError
from seep.store import checkpoints, jobs
from seep.store.records import CheckpointRecord
from seep.store.store import Session
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.models.compatibility import check_fit
from seep.workflow.workspace import WEIGHTS_SUFFIX, Workspace


def promote(workspace: Workspace, checkpoint_id: int, author: str) -> CheckpointRecord:
    """Make a checkpoint the active one, and queue a new prediction of the open tiles.

    The weights' hash is verified before; tiles show the new checkpoint's predictions where it has some
    already, from the same moment on.

    Returns:
        The checkpoint, active now.

    Raises:
        MissingError: there is no such checkpoint.
        StorageError: its weights are gone or damaged; nothing changed.
        CheckpointError: it was dropped, or does not fit the images or the classes; nothing changed.
    """
    with workspace.store.reading() as session:
        record = checkpoints.get_checkpoint(session, checkpoint_id)
    workspace.store.files.verify(record.weights_sha256, WEIGHTS_SUFFIX)
    with workspace.store.transaction() as session:
        check_fit(session, record)
        checkpoints.promote(session, checkpoint_id, author)
        _cancel_outdated(session, checkpoint_id, author)
        record = checkpoints.get_checkpoint(session, checkpoint_id)
    enqueue_predict(workspace, author)
    return record


def roll_back(workspace: Workspace, author: str, active_id: int | None = None) -> CheckpointRecord:
    """Make the checkpoint active again that was so before the present one.

    Its predictions are shown again as they were; open tiles that it has not seen are queued.

    Args:
        workspace: where.
        author: who rolls back.
        active_id: the checkpoint that the author saw as active, so that a double click goes back one step.

    Returns:
        The checkpoint that is active now.

    Raises:
        MissingError: there is none to go back to.
        StorageError: its weights are gone or damaged; nothing changed.
    """
    with workspace.store.transaction() as session:
        record = checkpoints.roll_back(session, author, active_id)
        workspace.store.files.verify(record.weights_sha256, WEIGHTS_SUFFIX)
        _cancel_outdated(session, record.id, author)
        record = checkpoints.get_checkpoint(session, record.id)
    with suppress(CheckpointError):  # what was active before may not fit scenes or classes that came since
        enqueue_predict(workspace, author)
    return record


def drop(workspace: Workspace, checkpoint_id: int, author: str) -> CheckpointRecord:
    """Put a checkpoint aside: it is listed as dropped and cannot be promoted.

    Raises:
        MissingError: there is no such checkpoint.
        CheckpointError: it is the active one.
    """
    with workspace.store.transaction() as session:
        checkpoints.drop(session, checkpoint_id, author)
        return checkpoints.get_checkpoint(session, checkpoint_id)


def _cancel_outdated(session: Session, checkpoint_id: int, author: str) -> None:
    """Ask predictions of all open tiles by another checkpoint to end: nobody would see them."""
    for job in jobs.list_jobs(session, 100):
        outdated = job.params.get("checkpoint_id") != checkpoint_id and job.params.get("tile_ids") is None
        if job.kind == "predict" and job.state in {"queued", "running"} and outdated:
            jobs.request_cancel(session, job.id, author)
