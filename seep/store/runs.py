"""Training runs: their configurations, training revisions, metrics and outcomes."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, or_, select
from sqlalchemy.orm import Session

from seep.core.records import JOB_ENDS, REVIEWED, MetricRecord, RunRecord
from seep.errors import MissingError, SettingsError
from seep.store import audit_log
from seep.store.jobs import announce_end, in_current_terms
from seep.store.schema import Checkpoint, Revision, Run, RunMetric, RunRevision, Scene, Tile, utc_now


def add_run(
    session: Session,
    job_id: int | None,
    *,
    base_checkpoint_id: int | None,
    config: dict[str, Any],
    revision_ids: Sequence[int],
    author: str,
) -> RunRecord:
    """Add a running run; a job that was claimed again gets its existing run.

    Args:
        job_id: the job of the run; None outside the queue.
        base_checkpoint_id: the initial weights; None to train from scratch.
        config: everything needed to repeat the run, storable as JSON.
    """
    there = None if job_id is None else run_of_job(session, job_id)
    if there is not None:
        return there
    row = Run(
        job_id=job_id,
        base_checkpoint_id=base_checkpoint_id,
        config=config,
        state="running",
        author=author,
        created_at=utc_now(),
    )
    session.add(row)
    session.flush()
    members = [{"run_id": row.id, "revision_id": revision_id} for revision_id in sorted(set(revision_ids))]
    if members:
        session.execute(insert(RunRevision), members)
    audit_log.add(session, author, "train", f"run {row.id}", {"job": job_id, "revisions": len(members)})
    return _record(row)


def finish_run(
    session: Session,
    run_id: int,
    state: str,
    outcome: dict[str, Any] | None = None,
    checkpoint_id: int | None = None,
) -> RunRecord:
    """Set how a run ended.

    Args:
        state: "done", "failed" or "canceled".
        outcome: figures or the reason, ready for JSON.
        checkpoint_id: what it made, if anything.

    Raises:
        MissingError: there is no such run.
        SettingsError: the state is no end.
    """
    if state not in JOB_ENDS:
        raise SettingsError(f"A run cannot end as {state!r}; use one of {', '.join(JOB_ENDS)}.")
    row = _row(session, run_id)
    row.state = state
    row.outcome = outcome
    row.checkpoint_id = checkpoint_id
    row.finished_at = utc_now()
    announce_end(session, row)
    return _record(row)


def set_outcome_value(session: Session, run_id: int, name: str, value: Any) -> None:
    """Set one value in the outcome of a run that has ended.

    Raises:
        MissingError: there is no such run.
    """
    row = _row(session, run_id)
    row.outcome = {**(row.outcome or {}), name: value}


def get_run(session: Session, run_id: int) -> RunRecord:
    """Return a run.

    Raises:
        MissingError: there is no such run.
    """
    return _record(_row(session, run_id))


def run_of_job(session: Session, job_id: int) -> RunRecord | None:
    """Return the run of a job, None if it has none yet."""
    row = session.scalar(select(Run).where(Run.job_id == job_id))
    return None if row is None else _record(row)


def list_runs(session: Session) -> list[RunRecord]:
    """Return all runs, newest first."""
    return [_record(row) for row in session.scalars(select(Run).order_by(Run.id.desc()))]


def run_revisions(session: Session, run_id: int) -> list[int]:
    """Return the ids of the revisions that a run trained on, lowest first."""
    query = select(RunRevision.revision_id).where(RunRevision.run_id == run_id)
    return list(session.scalars(query.order_by(RunRevision.revision_id)))


def add_metrics(session: Session, run_id: int, step: int, values: Mapping[str, float | None]) -> None:
    """Store a run's metrics at a step; a step repeated after a resume replaces its metrics.

    Values that are None or not finite are left out, which leaves a gap in the curve.

    Raises:
        MissingError: there is no such run.
    """
    _row(session, run_id)
    session.execute(
        delete(RunMetric).where(
            RunMetric.run_id == run_id, RunMetric.step == step, RunMetric.name.in_(list(values))
        )
    )
    rows = [
        {"run_id": run_id, "step": step, "name": name, "value": float(value)}
        for name, value in values.items()
        if value is not None and math.isfinite(value)
    ]
    if rows:
        session.execute(insert(RunMetric), rows)


def metrics(session: Session, run_id: int) -> list[MetricRecord]:
    """Return a run's metrics, sorted by step, then by name."""
    query = select(RunMetric).where(RunMetric.run_id == run_id).order_by(RunMetric.step, RunMetric.name)
    return [MetricRecord(row.step, row.name, row.value) for row in session.scalars(query)]


def revisions_since_last_run(session: Session) -> list[int]:
    """Return the ids of the revisions that the next fine-tuning should train on, ascending.

    These are the heads of reviewed tiles in training scenes that no effective run has trained on. An effective
    run ended as "done", changed the weights of the network, and its checkpoint was not dropped.
    """
    done = select(Run.id, Run.outcome, Run.config).outerjoin(Checkpoint, Checkpoint.id == Run.checkpoint_id)
    kept = or_(Checkpoint.id.is_(None), Checkpoint.state != "dropped")
    learned = [
        run_id
        for run_id, outcome, config in session.execute(done.where(Run.state == "done", kept))
        if (outcome or {}).get("alpha") != 0 and not config.get("slick_head")
    ]
    trained = exists().where(
        RunRevision.revision_id == Tile.head_revision_id, RunRevision.run_id.in_(learned)
    )
    return _reviewed(session, ~trained)


def untried_revisions(session: Session, revision_ids: Sequence[int]) -> list[int]:
    """Return those of the given revisions that no finished run has trained the network on, in their order.

    Of `revisions_since_last_run`, these leave out the tiles of runs that kept their initial weights, or whose
    checkpoint was dropped.
    """
    done = session.execute(select(Run.id, Run.config).where(Run.state == "done"))
    trained = [run_id for run_id, config in done if not config.get("slick_head")]
    tried = set(session.scalars(select(RunRevision.revision_id).where(RunRevision.run_id.in_(trained))))
    return [revision_id for revision_id in revision_ids if revision_id not in tried]


def leave_out_revisions(session: Session, run_id: int, revision_ids: Collection[int]) -> None:
    """Remove revisions from the dataset of a run: from its list and from the lists of its configuration.

    Raises:
        MissingError: there is no such run.
    """
    row = _row(session, run_id)
    gone = set(revision_ids)
    row.config = {
        name: [one for one in value if one not in gone] if name.endswith("revision_ids") and value else value
        for name, value in row.config.items()
    }
    session.execute(
        delete(RunRevision).where(RunRevision.run_id == run_id, RunRevision.revision_id.in_(gone))
    )


def reviewed_revisions(session: Session, since: str | None = None) -> list[int]:
    """Return the head revisions of all reviewed tiles in training scenes, ascending.

    Args:
        since: only revisions made at this time or later, as `seep.store.schema.stamp` writes it; None for all.
    """
    if since is None:
        return _reviewed(session)
    late = select(Revision.id).where(Revision.created_at >= since)
    return _reviewed(session, Tile.head_revision_id.in_(late))


def _reviewed(session: Session, *wanted: ColumnElement[bool]) -> list[int]:
    query = (
        select(Tile.head_revision_id)
        .where(Tile.head_revision_id.is_not(None), Tile.state.in_(REVIEWED), *wanted)
        .where(Tile.scene_id.in_(select(Scene.id).where(Scene.split == "train")))
        .order_by(Tile.head_revision_id)
    )
    return [head for head in session.scalars(query) if head is not None]


def _row(session: Session, run_id: int) -> Run:
    row = session.get(Run, run_id)
    if row is None:
        raise MissingError(f"There is no run {run_id} in this workspace; reload the list of runs.")
    return row


def _record(row: Run) -> RunRecord:
    values = {name: getattr(row, name) for name in RunRecord.__dataclass_fields__}
    return RunRecord(**values | {"outcome": _with_current_verdicts(row.outcome)})


def _with_current_verdicts(outcome: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return an outcome with the verdict "inconclusive" where an earlier version stored "cannot tell"."""
    if not outcome or "splits" not in outcome:
        return outcome
    current: dict[str, Any] = _with_current_verdict(outcome)
    current["sentence"] = in_current_terms(str(current.get("sentence", "")))
    current["splits"] = {
        name: {**split, "difference": _with_current_verdict(split.get("difference"))}
        for name, split in outcome["splits"].items()
    }
    return current


def _with_current_verdict(values: Any) -> Any:
    if values and values.get("verdict") == "cannot tell":
        return {**values, "verdict": "inconclusive"}
    return values and dict(values)


def best_values(session: Session, name: str) -> dict[int, float]:
    """Return the highest value of a metric by run id; runs without this metric are left out."""
    query = select(RunMetric.run_id, func.max(RunMetric.value)).where(RunMetric.name == name)
    return {run: float(value) for run, value in session.execute(query.group_by(RunMetric.run_id))}


def revision_counts(session: Session) -> dict[int, int]:
    """Return the number of training revisions by run id; runs without any are left out."""
    query = select(RunRevision.run_id, func.count()).group_by(RunRevision.run_id)
    return {run: int(count) for run, count in session.execute(query)}


def curves(session: Session, run_ids: Sequence[int], name: str) -> dict[int, list[tuple[int, float]]]:
    """Return a metric of several runs as points (step, value), steps ascending.

    Args:
        run_ids: ids of the runs; each is a key of the result.
    """
    found: dict[int, list[tuple[int, float]]] = {run_id: [] for run_id in run_ids}
    query = select(RunMetric.run_id, RunMetric.step, RunMetric.value).where(
        RunMetric.run_id.in_(found), RunMetric.name == name
    )
    for run, step, value in session.execute(query.order_by(RunMetric.step)):
        found[run].append((step, value))
    return found
