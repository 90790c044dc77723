"""Checkpoints: add, list, promote, roll back and drop."""

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from seep.core.model_card import card_problem
from seep.core.records import CheckpointRecord, PromotionRecord
from seep.errors import CheckpointError, MissingError
from seep.store import audit_log
from seep.store.predictions import show_checkpoint
from seep.store.promotions import active_checkpoint_id, is_on_stack, list_promotions, pop, push
from seep.store.schema import Checkpoint, utc_now


def add_checkpoint(
    session: Session,
    *,
    name: str,
    parent_id: int | None,
    run_id: int | None,
    weights_sha256: str,
    card: dict[str, Any],
    author: str,
) -> CheckpointRecord:
    """Add a checkpoint as a candidate; the same weights of the same run return the existing checkpoint.

    Raises:
        CheckpointError: another checkpoint has this name.
    """
    if run_id is not None:
        same = (Checkpoint.run_id == run_id) & (Checkpoint.weights_sha256 == weights_sha256)
        there = session.scalar(select(Checkpoint).where(same))
        if there is not None:
            return _record(there, active_checkpoint_id(session))
    if session.scalar(select(exists().where(Checkpoint.name == name))):
        raise CheckpointError(f"There is a checkpoint {name!r} already; give this one another name.")
    row = Checkpoint(
        name=name,
        parent_id=parent_id,
        run_id=run_id,
        weights_sha256=weights_sha256,
        card=card,
        state="candidate",
        created_at=utc_now(),
    )
    session.add(row)
    session.flush()
    audit_log.add(
        session, author, "add", f"checkpoint {row.id}", {"name": name, "weights_sha256": weights_sha256}
    )
    return _record(row, active_checkpoint_id(session))


def list_checkpoints(session: Session) -> list[CheckpointRecord]:
    """Return all checkpoints, newest first."""
    active_id = active_checkpoint_id(session)
    rows = session.scalars(select(Checkpoint).order_by(Checkpoint.id.desc()))
    return [_record(row, active_id) for row in rows]


def get_checkpoint(session: Session, checkpoint_id: int) -> CheckpointRecord:
    """Return a checkpoint.

    Raises:
        MissingError: there is no such checkpoint.
    """
    return _record(_row(session, checkpoint_id), active_checkpoint_id(session))


def active_checkpoint(session: Session) -> CheckpointRecord | None:
    """Return the active checkpoint, None before the first promotion."""
    active_id = active_checkpoint_id(session)
    return None if active_id is None else get_checkpoint(session, active_id)


def promote(session: Session, checkpoint_id: int, author: str) -> CheckpointRecord:
    """Make a checkpoint active and show its predictions on all tiles, in one transaction.

    Promoting the active checkpoint changes nothing.

    Raises:
        MissingError: there is no such checkpoint.
        CheckpointError: the checkpoint was dropped.
    """
    row = _row(session, checkpoint_id)
    if row.state == "dropped":
        raise CheckpointError(f"Checkpoint {row.name} was dropped; choose another one.")
    before = active_checkpoint_id(session)
    if before == checkpoint_id:
        return _record(row, before)
    push(session, checkpoint_id, author)
    row.state = "kept"
    audit_log.add(session, author, "promote", f"checkpoint {checkpoint_id}", {"from": before})
    show_checkpoint(session, checkpoint_id)
    return get_checkpoint(session, checkpoint_id)


def roll_back(session: Session, author: str, active_id: int | None = None) -> CheckpointRecord:
    """Return to the checkpoint that was active before the newest promotion that is not rolled back.

    The tiles show its predictions again, unchanged. Two calls roll back two steps.

    Args:
        active_id: id of the checkpoint that the author saw as active. If another one is active, nothing
            changes, so a double click rolls back one step.

    Returns:
        The checkpoint that is active now.

    Raises:
        MissingError: the stack has no earlier promotion.
    """
    before = active_checkpoint_id(session)
    if active_id is not None and before is not None and before != active_id:
        return get_checkpoint(session, before)
    now_id = pop(session, author)
    audit_log.add(session, author, "roll back", f"checkpoint {now_id}", {"from": before})
    show_checkpoint(session, now_id)
    return get_checkpoint(session, now_id)


def drop(session: Session, checkpoint_id: int, author: str) -> CheckpointRecord:
    """Mark a checkpoint as dropped; its row, weights and predictions are kept.

    Raises:
        MissingError: there is no such checkpoint.
        CheckpointError: the checkpoint is active, or a rollback could make it active.
    """
    row = _row(session, checkpoint_id)
    if is_on_stack(session, checkpoint_id):
        raise CheckpointError(
            f"Checkpoint {row.name} is active or can be rolled back to, so it cannot be dropped; "
            "roll back past it first."
        )
    if row.state != "dropped":
        row.state = "dropped"
        audit_log.add(session, author, "drop", f"checkpoint {checkpoint_id}", {"name": row.name})
    return _record(row, active_checkpoint_id(session))


def promotions(session: Session) -> list[PromotionRecord]:
    """Return all promotions, newest first, including those that were rolled back."""
    return list_promotions(session)


def _row(session: Session, checkpoint_id: int) -> Checkpoint:
    row = session.get(Checkpoint, checkpoint_id)
    if row is None:
        raise MissingError(f"There is no checkpoint {checkpoint_id} in this workspace; reload the models.")
    return row


def _record(row: Checkpoint, active_id: int | None) -> CheckpointRecord:
    own = {name: getattr(row, name) for name in CheckpointRecord.__dataclass_fields__ if name != "active"}
    if card_problem(row.card) is not None:
        own["card"] = {}
    return CheckpointRecord(**own, active=row.id == active_id)
