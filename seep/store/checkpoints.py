"""Checkpoints: which weights there are, which ones are active, and how that changes."""

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from seep.core.records import CheckpointRecord, PromotionRecord
from seep.errors import CheckpointError, MissingError
from seep.store import audit_log
from seep.store.predictions import point_tiles
from seep.store.promotions import active_checkpoint_id, list_promotions, pop, push, stands
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
    """Add a checkpoint as a candidate; the same weights of the same run again return the first one.

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
    """Make a checkpoint the active one and point all tiles at its predictions, in one transaction.

    Promoting the active one changes nothing, so a second click is harmless.

    Raises:
        MissingError: there is no such checkpoint.
        CheckpointError: it was dropped.
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
    point_tiles(session, checkpoint_id)
    return get_checkpoint(session, checkpoint_id)


def roll_back(session: Session, author: str, active_id: int | None = None) -> CheckpointRecord:
    """Return to the checkpoint that was active before the last promotion that still stands.

    The tiles point at its predictions again, the very ones as before. Twice in a row goes two steps back.

    Args:
        session: of a transaction.
        author: who rolls back.
        active_id: the checkpoint that the author saw as active. If it is not any more, nothing is done: that
            is how a double click goes back one step and not two.

    Returns:
        The checkpoint that is active now.

    Raises:
        MissingError: there is nothing before the first promotion.
    """
    before = active_checkpoint_id(session)
    if active_id is not None and before is not None and before != active_id:
        return get_checkpoint(session, before)
    now_id = pop(session, author)
    audit_log.add(session, author, "roll back", f"checkpoint {now_id}", {"from": before})
    point_tiles(session, now_id)
    return get_checkpoint(session, now_id)


def drop(session: Session, checkpoint_id: int, author: str) -> CheckpointRecord:
    """Mark a checkpoint as dropped; its row, its weights and its predictions stay for the record.

    Raises:
        MissingError: there is no such checkpoint.
        CheckpointError: it is active, or rolling back could make it so.
    """
    row = _row(session, checkpoint_id)
    if stands(session, checkpoint_id):
        raise CheckpointError(
            f"Checkpoint {row.name} is active or can be rolled back to, so it cannot be dropped; "
            "roll back past it first."
        )
    if row.state != "dropped":
        row.state = "dropped"
        audit_log.add(session, author, "drop", f"checkpoint {checkpoint_id}", {"name": row.name})
    return _record(row, active_checkpoint_id(session))


def promotions(session: Session) -> list[PromotionRecord]:
    """Return all promotions, newest first, those that were rolled back among them."""
    return list_promotions(session)


def _row(session: Session, checkpoint_id: int) -> Checkpoint:
    row = session.get(Checkpoint, checkpoint_id)
    if row is None:
        raise MissingError(f"There is no checkpoint {checkpoint_id} in this workspace; reload the models.")
    return row


def _record(row: Checkpoint, active_id: int | None) -> CheckpointRecord:
    own = {name: getattr(row, name) for name in CheckpointRecord.__dataclass_fields__ if name != "active"}
    return CheckpointRecord(**own, active=row.id == active_id)
