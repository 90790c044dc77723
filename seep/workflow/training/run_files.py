"""What a run keeps in its folder: the state it can go on from, and the strip of what it changed.

The state goes when the run is done, or a week after the run was canceled or failed:
until then the run can be resumed. The strip stays, a few kilobytes an epoch.
"""

import logging
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from seep.store import runs
from seep.store.records import JOB_ENDS, RunRecord
from seep.store.schema import stamp
from seep.workflow.workspace import Workspace

STATE_DAYS = 7
"""How long a run that was canceled or failed can be resumed."""

RESUMABLE = ("canceled", "failed")
LOGGER = logging.getLogger("seep.workflow")


def run_folder(workspace: Workspace, run_id: int) -> Path:
    """Return the folder of a run."""
    return workspace.store.root / "runs" / str(run_id)


def state_path(workspace: Workspace, run_id: int) -> Path:
    """Return where a run keeps the state that it goes on from."""
    return run_folder(workspace, run_id) / "state.safetensors"


def strip_folder(workspace: Workspace, run_id: int) -> Path:
    """Return where a run keeps what it predicts for a few tiles that do not train, epoch by epoch."""
    return run_folder(workspace, run_id) / "strip"


def can_resume(workspace: Workspace, run: RunRecord) -> bool:
    """Tell whether a run that was canceled or failed still has the state to go on from."""
    return run.state in RESUMABLE and state_path(workspace, run.id).exists()


def forget_states(workspace: Workspace) -> None:
    """Remove the states of runs that cannot be resumed any more; strips stay, and what is no run's."""
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
            except OSError as error:  # what cannot be removed costs room, and must not cost the worker
                LOGGER.warning("The state in %s cannot be removed: %s", path, error)


def _is_kept(run: RunRecord, since: str) -> bool:
    if run.state not in JOB_ENDS:
        return True
    return run.state in RESUMABLE and (run.finished_at or "") > since


def _remove_state(folder: Path) -> None:
    """Remove all but the strip, and the folder too where there is none."""
    for path in folder.iterdir():
        if path.name != "strip":
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
