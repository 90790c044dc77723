"""The result of a run on Fine-tune: its verdict, the decision on its version, and the evidence."""

from collections.abc import Sequence

import streamlit as st

from seep.ui.finetune.run_view import clone_button, notices
from seep.ui.finetune.verdict import (
    decide,
    show_active,
    show_changed,
    show_evidence,
    show_outdated,
    show_verdict,
)
from seep.workflow.classes import get_classes
from seep.workflow.evaluation.verdict import INCONCLUSIVE, RunVerdict
from seep.workflow.jobs import JobView, job_queue
from seep.workflow.models.registry import ModelVersion
from seep.workflow.workspace import Workspace


def show_result(
    workspace: Workspace, view: JobView, candidate: ModelVersion | None, models: Sequence[ModelVersion]
) -> None:
    """Draw the verdict on the version of a run, and the buttons to promote or drop it; nothing without a verdict.

    Args:
        view: the run and its job.
        candidate: the version that the run made; None for none.
    """
    verdict = RunVerdict.from_outcome(view.run.outcome) if view.run else None
    if view.run is None or verdict is None:
        return
    show_verdict(verdict, candidate.name if candidate else f"run {view.run.id}")
    others = [model for model in models if model.active and model.id != verdict.against_id]
    if candidate and others and candidate.undecided:
        show_outdated(verdict, candidate, others[0])
    if candidate and candidate.active:
        show_active(candidate, predicting=any(job.kind == "predict" for job in job_queue(workspace)))
    with st.container(horizontal=True):
        if candidate and candidate.undecided:
            word = INCONCLUSIVE if others else verdict.word
            decide(workspace, candidate, word, lower=verdict.lower_everywhere)
        if view.job.state == "done":
            clone_button(view)
    if view.job.state == "done":
        notices(view, base_kept_shown=verdict.base_kept)
    show_evidence(verdict, get_classes(workspace))
    show_changed(verdict.changed, get_classes(workspace))
