"""Export of runs to MLflow, enabled by `SEEP_MLFLOW_URI`.

The outcome of a run that ends while the variable is set is marked as waiting until the run is exported. A killed
worker or an unreachable server therefore only delays the export.

MLflow is optional: `pip install mlflow`.
"""

import fcntl
import importlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from seep.core.records import MetricRecord, RunRecord
from seep.store import checkpoints, runs
from seep.workflow.evaluation.verdict import verdict_sentence
from seep.workflow.workspace import Workspace

EXPERIMENT = "seep"
MARK, WAITING, WRITTEN = "mlflow", "waiting", "written"
"""In the outcome of a run. Runs that ended before the variable was set have no mark and are not exported."""
WEIGHTS = "seep.weights"
"""Tag that identifies a run: SHA-256 of its checkpoint."""
FINISHED = "FINISHED"
METRICS_AT_ONCE, PARAMS_AT_ONCE, MAX_VALUE = 1000, 100, 500
"""Limits of the MLflow server: items per request, and characters per value."""
_SECRET = re.compile(r"//[^/@]*@")
"""User and password in a URL, which must not appear in the log of a run."""
PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
"""With the defaults of MLflow, an unreachable server would delay the next job by minutes."""


def marked(workspace: Workspace) -> dict[str, str]:
    """Return the mark for the outcome of a finished run: waiting if MLflow is enabled, else none."""
    return {MARK: WAITING} if workspace.settings.mlflow_uri else {}


def export_waiting(workspace: Workspace) -> str | None:
    """Export the waiting runs to MLflow: settings, metrics by step, verdict and model card.

    Each run is exported once, even if an earlier attempt was interrupted. This raises nothing; a failed export
    is repeated at the end of the next run or the next start of a worker.

    Returns:
        A sentence for the log; None if MLflow is not enabled or no run is waiting.
    """
    uri = workspace.settings.mlflow_uri
    if uri is None:
        return None
    shown, written = _SECRET.sub("//", uri), list[str]()
    try:
        with _alone(workspace) as alone:
            for run_id in _waiting(workspace) if alone else []:
                _write(workspace, importlib.import_module("mlflow"), uri, run_id)
                with workspace.store.transaction() as session:
                    runs.set_outcome_value(session, run_id, MARK, WRITTEN)
                written.append(f"run {run_id}")
    except ImportError:
        return "Not written to MLflow: it is not installed. Run `pip install mlflow`, then restart the app."
    except Exception as error:  # a client library may raise anything
        message = str(error).replace(uri, shown)[:200]
        return f"Not written to MLflow at {shown}; retried later ({type(error).__name__}): {message}"
    return (
        f"Written to MLflow at {shown}, experiment {EXPERIMENT!r}: {', '.join(written)}." if written else None
    )


@contextmanager
def _alone(workspace: Workspace) -> Iterator[bool]:
    """Yield whether no other worker of this machine is exporting; a dead worker's lock is released."""
    with (workspace.store.root / "mlflow.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _waiting(workspace: Workspace) -> list[int]:
    with workspace.store.reading() as session:
        found = runs.list_runs(session)
    return [run.id for run in reversed(found) if (run.outcome or {}).get(MARK) == WAITING]


def _write(workspace: Workspace, mlflow: Any, uri: str, run_id: int) -> None:
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    with workspace.store.reading() as session:
        run, metrics = runs.get_run(session, run_id), runs.metrics(session, run_id)
        made = None
        if run.checkpoint_id is not None:
            made = checkpoints.get_checkpoint(session, run.checkpoint_id)
    client = mlflow.MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    number = experiment.experiment_id if experiment else client.create_experiment(EXPERIMENT)
    began, ended = _milliseconds(run.created_at), _milliseconds(run.finished_at or run.created_at)
    name, tags = made.name if made else f"run {run.id}", _tags(workspace, run)
    if made:
        tags |= {WEIGHTS: made.weights_sha256}
        if _is_there(client, number, made.weights_sha256):
            return
    target = client.create_run(number, start_time=began, run_name=name, tags=tags).info.run_id
    params = [mlflow.entities.Param(key, value) for key, value in _params(run).items()]
    for at in range(0, len(params), PARAMS_AT_ONCE):
        client.log_batch(target, params=params[at : at + PARAMS_AT_ONCE])
    points = [
        mlflow.entities.Metric(one.name, one.value, began, one.step) for one in [*metrics, *_figures(run)]
    ]
    for at in range(0, len(points), METRICS_AT_ONCE):
        client.log_batch(target, metrics=points[at : at + METRICS_AT_ONCE])
    if made:
        client.log_dict(target, made.card, "card.json")
    client.set_terminated(target, FINISHED, ended)


def _is_there(client: Any, experiment: str, sha256: str) -> bool:
    """Whether a run was exported before its worker could store that; a partial export is deleted."""
    for there in client.search_runs([experiment], f"tags.`{WEIGHTS}` = '{sha256}'"):
        if there.info.status == FINISHED:
            return True
        client.delete_run(there.info.run_id)
    return False


def _params(run: RunRecord) -> dict[str, str]:
    """Return the settings, with the lengths of lists instead of their items."""
    return {
        name: str(f"{len(value)} items" if isinstance(value, list | dict) else value)[:MAX_VALUE]
        for name, value in run.config.items()
    }


def _tags(workspace: Workspace, run: RunRecord) -> dict[str, str]:
    outcome = run.outcome or {}
    return {
        "seep.run": str(run.id),
        "seep.workspace": workspace.store.root.name,
        "seep.author": run.author,
        "seep.verdict": str(outcome.get("verdict", "")),
        "seep.sentence": verdict_sentence(outcome),
    }


def _figures(run: RunRecord) -> list[MetricRecord]:
    """Return the IoU of each split before and now, as metrics of step 0."""
    found = []
    for split, figures in (run.outcome or {}).get("splits", {}).items():
        for which in ("old", "new"):
            value = ((figures[which] or {}).get("figures") or {}).get("binary_iou")
            if value is not None:
                found.append(MetricRecord(0, f"{split}_binary_iou_{which}", float(value)))
    return found


def _milliseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
