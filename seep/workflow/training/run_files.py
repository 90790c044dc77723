"""Files in the folder of a run: the state from which it resumes, and its epoch previews.

The state is deleted when the run is done, or `STATE_DAYS` after the run was canceled or failed. Until then the
run can be resumed. The previews stay; they take a few kilobytes per epoch.
"""

import logging
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from seep.core.records import JOB_ENDS, RunRecord
from seep.store import runs
from seep.store.schema import stamp
from seep.workflow.workspace import Workspace

STATE_DAYS = 7
"""Days for which a canceled or failed run can be resumed."""

PREVIEWS = "strip"
"""Folder name of the previews, as earlier versions wrote it."""
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
    return run.state in RESUMABLE and state_path(workspace, run.id).exists()


def remove_state(workspace: Workspace, run_id: int) -> bool:
    """Delete the state of a run, so that it trains from the start; return whether there was one."""
    there = state_path(workspace, run_id).exists()
    if there:
        _remove_state(run_folder(workspace, run_id))
    return there


def forget_states(workspace: Workspace) -> None:
    """Delete the states of runs that can no longer be resumed; previews and foreign folders stay."""
    folder = workspace.store.root / "runs"
    if not folder.is_dir():
        return
    since = stamp(datetime.now(UTC) - timedelta(days=STATE_DAYS))
    with workspace.store.reading() as session:
        kept = {str(run.id) for run in runs.list_runs(session) if _is_kept(run, since)}
    for path in folder.iterdir():
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
