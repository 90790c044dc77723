"""Runs in MLflow, for teams that keep theirs there: switched on by `SEEP_MLFLOW_URI`.

MLflow is not among Seep's requirements; where it is wanted, `pip install mlflow`.
"""

import importlib
import os
import re
from datetime import datetime
from typing import Any

from seep.store import checkpoints, runs
from seep.store.records import MetricRecord, RunRecord
from seep.workflow.workspace import Workspace

EXPERIMENT = "seep"
METRICS_AT_ONCE, PARAMS_AT_ONCE, MAX_VALUE = 1000, 100, 500
"""What MLflow's server takes in one request, and of one value in characters."""
_SECRET = re.compile(r"//[^/@]*@")
"""Name and password of an address: a run's log is there for everybody."""
PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
"""A server that does not answer must not hold up the next job for minutes, as MLflow's own defaults would."""


def export_run(workspace: Workspace, run_id: int) -> str | None:
    """Write a run that is done to MLflow: settings, figures by step, verdict and the card of what it made.

    A run is worth more than its copy, so this raises nothing.

    Returns:
        A sentence for the run's log; None where no MLflow is set.
    """
    uri = workspace.settings.mlflow_uri
    if uri is None:
        return None
    shown = _SECRET.sub("//", uri)
    try:
        mlflow = importlib.import_module("mlflow")
    except ImportError:
        return "Not written to MLflow: it is not installed. Use `pip install mlflow`, then restart the app."
    try:
        _write(workspace, mlflow, uri, run_id)
    except Exception as error:  # whatever a library that talks to a server may raise
        told = str(error).replace(uri, shown)[:200]
        return f"Not written to MLflow at {shown} ({type(error).__name__}): {told}"
    return f"Written to MLflow at {shown}, experiment {EXPERIMENT!r}."


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
    client.set_terminated(target, "FINISHED", ended)


def _params(run: RunRecord) -> dict[str, str]:
    """The settings; lists of ids as their length, since they stand whole in the run's record."""
    return {
        name: str(f"{len(value)} of them" if isinstance(value, list | dict) else value)[:MAX_VALUE]
        for name, value in run.config.items()
    }


def _tags(workspace: Workspace, run: RunRecord) -> dict[str, str]:
    outcome = run.outcome or {}
    return {
        "seep.run": str(run.id),
        "seep.workspace": workspace.store.root.name,
        "seep.author": run.author,
        "seep.verdict": str(outcome.get("verdict", "")),
        "seep.sentence": str(outcome.get("sentence", "")),
    }


def _figures(run: RunRecord) -> list[MetricRecord]:
    """The IoU of each split, before and now, as figures of step 0."""
    found = []
    for split, figures in (run.outcome or {}).get("splits", {}).items():
        for which in ("old", "new"):
            value = ((figures[which] or {}).get("figures") or {}).get("binary_iou")
            if value is not None:
                found.append(MetricRecord(0, f"{split}_binary_iou_{which}", float(value)))
    return found


def _milliseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
