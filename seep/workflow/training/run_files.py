"""Files in the folder of a run: the state from which it resumes, and its epoch previews.

The state is deleted when the run is done, or `STATE_DAYS` after the run was canceled or failed. Until then the
run can be resumed. The previews stay; they take a few kilobytes per epoch.

Where the stored files are in a bucket, the newest state is also one of them, named by a value of the workspace, so that
a worker of another machine can resume the run.
"""

import logging
import math
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from seep.core.files import write_atomic
from seep.core.records import JOB_ENDS, RunRecord
from seep.errors import LostError, StorageError
from seep.store import key_value, runs
from seep.store.files.file_store import Blob
from seep.store.schema import stamp
from seep.workflow.workspace import Workspace

STATE_DAYS = 7
"""Days for which a canceled or failed run can be resumed."""

PREVIEWS = "strip"
"""Folder name of the previews, as earlier versions wrote it."""
STATE_SUFFIX = ".safetensors"
RESUMABLE = ("canceled", "failed")
LOGGER = logging.getLogger("seep.workflow")


def run_folder(workspace: Workspace, run_id: int) -> Path:
    """Return the folder of a run."""
    return workspace.store.root / "runs" / str(run_id)


def state_path(workspace: Workspace, run_id: int) -> Path:
    """Return the file of the state from which a run resumes."""
    return run_folder(workspace, run_id) / "state.safetensors"


def previews_folder(workspace: Workspace, run_id: int) -> Path:
    """Return the folder of a run's predictions for a few held-out tiles, by epoch."""
    return run_folder(workspace, run_id) / PREVIEWS


def can_resume(workspace: Workspace, run: RunRecord) -> bool:
    """Return whether a canceled or failed run still has its state."""
    if run.state not in RESUMABLE:
        return False
    return state_path(workspace, run.id).exists() or _shared(workspace, run.id) is not None


def fetch_state(workspace: Workspace, run_id: int) -> None:
    """Bring the shared state of a run to this machine, unless the one here is the same or a later one.

    Raises:
        StorageError: the object store cannot be read, or the disk is full.
    """
    if not workspace.store.files.is_remote:
        return
    path, shared = state_path(workspace, run_id), _shared(workspace, run_id)
    note = _note(path)
    here = note.read_text() if note.exists() else None
    if path.exists() and here == shared:
        return
    path.unlink(missing_ok=True)
    if shared is None:
        return
    try:
        write_atomic(path, workspace.store.files.local(shared, STATE_SUFFIX).read_bytes())
        write_atomic(note, shared.encode())
    except LostError as error:
        path.unlink(missing_ok=True)
        LOGGER.warning("Run %s begins anew: %s", run_id, error)


def share_state(workspace: Workspace, run_id: int) -> None:
    """Store the state of a run in the bucket, and delete the one before it.

    Raises:
        StorageError: it cannot be stored; the one before it stays.
    """
    path, before = state_path(workspace, run_id), _shared(workspace, run_id)
    sha256 = workspace.store.files.put_file(path, STATE_SUFFIX)
    if sha256 != before:
        with workspace.store.transaction() as session:
            key_value.set_value(session, _key(run_id), sha256)
        write_atomic(_note(path), sha256.encode())
        _remove_shared(workspace, before)


def _note(path: Path) -> Path:
    """Return the file with the hash under which this machine stored or fetched the state last."""
    return path.with_suffix(".shared")


def _key(run_id: int) -> str:
    return f"run {run_id} state"


def _shared(workspace: Workspace, run_id: int) -> str | None:
    """Return the hash of the state of a run in the bucket; None if there is none."""
    if not workspace.store.files.is_remote:
        return None
    with workspace.store.reading() as session:
        value = key_value.get_value(session, _key(run_id))
    return None if value is None else str(value)


def _remove_shared(workspace: Workspace, sha256: str | None) -> None:
    if sha256 is None:
        return
    now = time.time()
    try:
        workspace.store.files.remove(Blob(sha256, STATE_SUFFIX, 0, now), math.inf)
    except StorageError as error:  # it is removed with the unused files
        LOGGER.warning("A state could not be deleted: %s", error)


def _drop_shared(workspace: Workspace, run_id: int) -> bool:
    shared = _shared(workspace, run_id)
    if shared is None:
        return False
    with workspace.store.transaction() as session:
        key_value.drop_value(session, _key(run_id))
    _remove_shared(workspace, shared)
    return True


def remove_state(workspace: Workspace, run_id: int) -> bool:
    """Delete the state of a run, so that it trains from the start; return whether there was one."""
    there = state_path(workspace, run_id).exists()
    if there:
        _remove_state(run_folder(workspace, run_id))
    return _drop_shared(workspace, run_id) or there


def forget_states(workspace: Workspace) -> None:
    """Delete the states of runs that can no longer be resumed; previews and foreign folders stay."""
    folder = workspace.store.root / "runs"
    if not folder.is_dir() and not workspace.store.files.is_remote:
        return
    since = stamp(datetime.now(UTC) - timedelta(days=STATE_DAYS))
    with workspace.store.reading() as session:
        known = runs.list_runs(session)
    kept = {str(run.id) for run in known if _is_kept(run, since)}
    if workspace.store.files.is_remote:
        for run in known:
            if str(run.id) not in kept:
                _drop_shared(workspace, run.id)
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.isdecimal() and path.is_dir() and path.name not in kept:
            try:
                _remove_state(path)
            except OSError as error:  # a file that cannot be deleted must not stop the worker
                LOGGER.warning("The state in %s could not be deleted: %s", path, error)


def _is_kept(run: RunRecord, since: str) -> bool:
    if run.state not in JOB_ENDS:
        return True
    return run.state in RESUMABLE and (run.finished_at or "") > since


def _remove_state(folder: Path) -> None:
    """Delete all but the previews; delete the folder too if it is then empty."""
    for path in folder.iterdir():
        if path.name != PREVIEWS:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
