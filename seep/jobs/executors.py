"""Where the jobs of the queue compute: in the worker, or on the machines of a Ray cluster.

The worker claims jobs, reports progress, cancels and writes rows in both cases.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from seep.core.records import JobRecord
from seep.settings import Settings
from seep.workflow.evaluation.checkpoints import run_evaluate
from seep.workflow.inference.shards import PredictionSetup, Shard, ShardResult, predict_by_shards
from seep.workflow.inference.tiles import Report, ShouldStop
from seep.workflow.predict_job import run_predict
from seep.workflow.training.job import run_finetune
from seep.workflow.training.remote import Message, TrainingCall, train_on_cluster
from seep.workflow.workspace import Workspace

Runner = Callable[[Workspace, JobRecord, Report, ShouldStop], str | None]
"""Runs a job; returns a sentence about the outcome, or None when it was stopped."""

RUNNERS: dict[str, Runner] = {
    "predict": run_predict,
    "finetune": run_finetune,
    "evaluate": run_evaluate,
}
"""What runs each kind of job in the worker."""


class Executor(Protocol):
    """Runs the computing part of jobs."""

    def runner(self, kind: str) -> Runner:
        """Return what runs a kind of job."""


class LocalExecutor:
    """Computes in the worker's own process."""

    def runner(self, kind: str) -> Runner:
        """Return what runs a kind of job."""
        return RUNNERS[kind]


class RayExecutor:
    """Computes on the machines of a Ray cluster what can be divided; the worker does the rest.

    Args:
        settings: with the address of the cluster.
    """

    def __init__(self, settings: Settings) -> None:
        self._address, self._device = settings.ray_address or "", settings.device
        self._ranks = settings.ray_ranks

    def runner(self, kind: str) -> Runner:
        """Return what runs a kind of job."""
        if kind == "predict":
            return partial(run_predict, predict=partial(predict_by_shards, run=self._predict))
        if kind == "finetune":
            return partial(run_finetune, train=partial(train_on_cluster, run=self._train))
        return RUNNERS[kind]

    def _train(
        self, call: TrainingCall, on_message: Callable[[Message], None], should_stop: ShouldStop
    ) -> str | None:
        from seep.jobs.ray import run_ranks

        return run_ranks(
            self._address, self._device, self._ranks, call, on_message=on_message, should_stop=should_stop
        )

    def _predict(
        self,
        setup: PredictionSetup,
        shards: Iterator[Shard],
        on_done: Callable[[ShardResult], None],
        should_stop: ShouldStop,
    ) -> bool:
        from seep.jobs.ray import predict_shards

        return predict_shards(
            self._address, self._device, setup, shards, on_done=on_done, should_stop=should_stop
        )


def executor_of(settings: Settings) -> Executor:
    """Return where the jobs of a worker compute."""
    return RayExecutor(settings) if settings.ray_address else LocalExecutor()
