"""Figures of many runs at once, counted by the database: what a comparison needs and no more."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from seep.store.schema import RunMetric, RunRevision


def best_values(session: Session, name: str) -> dict[int, float]:
    """Return the highest value of a figure by run; runs that never measured it are left out."""
    query = select(RunMetric.run_id, func.max(RunMetric.value)).where(RunMetric.name == name)
    return {run: float(value) for run, value in session.execute(query.group_by(RunMetric.run_id))}


def revision_counts(session: Session) -> dict[int, int]:
    """Return by run how many revisions it trained on; runs without any are left out."""
    query = select(RunRevision.run_id, func.count()).group_by(RunRevision.run_id)
    return {run: int(count) for run, count in session.execute(query)}


def curves(session: Session, run_ids: Sequence[int], name: str) -> dict[int, list[tuple[int, float]]]:
    """Return a figure of some runs as points (step, value), steps ascending.

    Args:
        session: to read with.
        run_ids: which runs; each is in the answer, without points where it has none.
        name: of the figure.
    """
    found: dict[int, list[tuple[int, float]]] = {one: [] for one in run_ids}
    query = select(RunMetric.run_id, RunMetric.step, RunMetric.value).where(
        RunMetric.run_id.in_(found), RunMetric.name == name
    )
    for run, step, value in session.execute(query.order_by(RunMetric.step)):
        found[run].append((step, value))
    return found
