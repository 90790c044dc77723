"""The workspace and the person of a command, and jobs that a command waits for."""

import argparse
import sys

from seep.cli.output import progress_bar
from seep.errors import SeepError
from seep.settings import Settings, settings
from seep.workflow.actor import Actor
from seep.workflow.inference.domain_shift import workspace_shift
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.jobs import cancel, get_job
from seep.workflow.workspace import Workspace, open_workspace


def workspace_of(options: argparse.Namespace, *, create: bool = False) -> Workspace:
    """Open the workspace of the arguments, else that of the settings.

    Args:
        create: create the workspace if there is none.

    Raises:
        WorkspaceError: there is no workspace, or it cannot be opened.
    """
    return open_workspace(settings_of(options), create=create)


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the settings with the workspace and the device of the arguments."""
    chosen = settings()
    if options.workspace is not None:
        chosen = chosen.model_copy(update={"workspace": options.workspace.expanduser().resolve()})
    if getattr(options, "device", None):
        chosen = chosen.model_copy(update={"device": options.device})
    return chosen


def actor_of(options: argparse.Namespace, workspace: Workspace) -> Actor:
    """Return the name to record."""
    return Actor(str(options.author or workspace.settings.user), "admin")


def predict_open_tiles(workspace: Workspace, actor: Actor) -> None:
    """Predict the open tiles by the active checkpoint, and print the result."""
    shift = workspace_shift(workspace)
    if shift:
        print(shift.sentence, file=sys.stderr)
    job_id = enqueue_predict(workspace, actor)
    if job_id is None:
        print("All open tiles are predicted by the active checkpoint.")
    else:
        print(run_job(workspace, job_id, "predict", actor))


def run_job(workspace: Workspace, job_id: int, name: str, actor: Actor) -> str:
    """Run a job in this process, or follow the worker that has claimed it; an interrupt cancels it.

    Returns:
        The job's message.

    Raises:
        SeepError: the job failed or was canceled.
    """
    from seep.jobs.wait import do_job

    try:
        with progress_bar(name, "%") as show:
            do_job(workspace, job_id, lambda progress, message: show(round(100 * progress), 100, message))
    except KeyboardInterrupt:
        cancel(workspace, job_id, actor)
        raise
    job = get_job(workspace, job_id)
    if job.state != "done":
        raise SeepError(job.error or f"The job is {job.state}.")
    return job.message or ""
