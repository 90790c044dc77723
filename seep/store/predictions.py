"""Predictions: added once and never changed; tiles show those of the active checkpoint."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from seep.core.acquisition import OrderValues
from seep.core.records import NewPrediction, PredictionRecord
from seep.errors import MissingError
from seep.store import key_value
from seep.store.promotions import active_checkpoint_id
from seep.store.schema import Checkpoint, Prediction, PredictionClass, Scene, Tile, TileClass, utc_now
from seep.store.tiles import WITH_TRASH, class_rows, seep_area

_CHUNK = 500
"""Ids per statement; some databases accept at most 999 parameters."""


AT_ONCE = 10_000
"""Most tiles that a promotion changes in its own transaction, which takes about a second."""
SHOWN_AT_ONCE = 100
"""Tiles per transaction of `show_more`; others wait for it."""
LOOKED_AT = 20_000
"""Most tiles whose predicted classes are collected."""
_SHOWING = "predictions to show"


def add_predictions(session: Session, checkpoint_id: int, predictions: Sequence[NewPrediction]) -> None:
    """Add predictions of a checkpoint; an existing prediction of a tile by this checkpoint is kept.

    Tiles that were deleted permanently in the meantime are ignored.

    If the checkpoint is active, the tiles show the new predictions.

    Raises:
        MissingError: there is no such checkpoint.
    """
    if session.get(Checkpoint, checkpoint_id) is None:
        raise MissingError(f"There is no checkpoint {checkpoint_id} in this workspace; reload the models.")
    now = utc_now()
    active = active_checkpoint_id(session) == checkpoint_id
    for chunk in _chunks(predictions):
        tile_ids = [one.tile_id for one in chunk]
        known = set(
            session.scalars(select(Tile.id).where(Tile.id.in_(tile_ids)), execution_options=WITH_TRASH)
        )
        there = set(
            session.scalars(
                select(Prediction.tile_id).where(
                    Prediction.checkpoint_id == checkpoint_id, Prediction.tile_id.in_(tile_ids)
                )
            )
        )
        new = {one.tile_id: one for one in reversed(chunk) if one.tile_id in known - there}
        rows = [_row(one, checkpoint_id, now) for one in reversed(new.values())]
        session.add_all(rows)
        session.flush()
        areas = [
            class_row
            for row in rows
            for class_row in class_rows("prediction_id", row.id, new[row.tile_id].classes)
        ]
        if areas:
            session.execute(insert(PredictionClass), areas)
        if active:
            show_predictions(session, checkpoint_id, Tile.id.in_(tile_ids))


def tiles_without_prediction(
    session: Session,
    checkpoint_id: int,
    states: Sequence[str] | None = None,
    split: str | None = None,
    bands: int | None = None,
) -> list[int]:
    """Return the ids of the tiles without a prediction of a checkpoint, ascending.

    Args:
        states: only tiles in these states; None for all.
        split: only tiles of scenes of this split; None for all.
        bands: only tiles with this number of bands; None for all.
    """
    wanted = _without_prediction(checkpoint_id, states, split, bands)
    return list(session.scalars(select(Tile.id).where(*wanted).order_by(Tile.id)))


def count_without_prediction(
    session: Session, checkpoint_id: int, states: Sequence[str] | None = None, bands: int | None = None
) -> int:
    """Count the tiles of `tiles_without_prediction`."""
    wanted = _without_prediction(checkpoint_id, states, None, bands)
    return session.scalar(select(func.count(Tile.id)).where(*wanted)) or 0


def any_without_prediction(
    session: Session, checkpoint_id: int, states: Sequence[str] | None = None, bands: int | None = None
) -> bool:
    """Tell whether `tiles_without_prediction` finds a tile."""
    wanted = _without_prediction(checkpoint_id, states, None, bands)
    return session.scalar(select(Tile.id).where(*wanted).limit(1)) is not None


def _without_prediction(
    checkpoint_id: int, states: Sequence[str] | None, split: str | None, bands: int | None
) -> list[ColumnElement[bool]]:
    mine = exists().where(Prediction.tile_id == Tile.id, Prediction.checkpoint_id == checkpoint_id)
    wanted = [~mine]
    if states is not None:
        wanted.append(Tile.state.in_(states))
    if bands is not None:
        wanted.append(Tile.bands == bands)
    if split is not None:
        wanted.append(Tile.scene_id.in_(select(Scene.id).where(Scene.split == split)))
    return wanted


def get_prediction(session: Session, prediction_id: int) -> PredictionRecord:
    """Return a prediction.

    Raises:
        MissingError: there is no such prediction.
    """
    row = session.get(Prediction, prediction_id)
    if row is None:
        raise MissingError(f"There is no prediction {prediction_id} in this workspace; reload the tile.")
    return _record(row)


def find_prediction(session: Session, tile_id: int, checkpoint_id: int) -> PredictionRecord | None:
    """Return a checkpoint's prediction of a tile, None if there is none."""
    query = select(Prediction).where(Prediction.tile_id == tile_id, Prediction.checkpoint_id == checkpoint_id)
    row = session.scalar(query)
    return None if row is None else _record(row)


def predicted_classes(session: Session, checkpoint_id: int) -> tuple[int, set[int]]:
    """Return how many tiles of a checkpoint were looked at, and the ids of the classes that are predicted on them.

    Looks at `LOOKED_AT` tiles at most, the oldest first, so that it takes as long in a workspace of a million tiles.
    """
    looked = (
        select(Prediction.id)
        .where(Prediction.checkpoint_id == checkpoint_id)
        .order_by(Prediction.tile_id)
        .limit(LOOKED_AT)
        .subquery()
    )
    found = (
        select(PredictionClass.class_id).join(looked, looked.c.id == PredictionClass.prediction_id).distinct()
    )
    return session.scalar(select(func.count()).select_from(looked)) or 0, set(session.scalars(found))


def predictions_by(session: Session, checkpoint_id: int, split: str) -> dict[int, PredictionRecord]:
    """Return a checkpoint's predictions of the tiles in a split, by tile id."""
    query = (
        select(Prediction)
        .join(Tile, Tile.id == Prediction.tile_id)
        .join(Scene, Scene.id == Tile.scene_id)
        .where(Prediction.checkpoint_id == checkpoint_id, Scene.split == split)
    )
    return {row.tile_id: _record(row) for row in session.scalars(query)}


def predictions_of_tile(session: Session, tile_id: int) -> list[PredictionRecord]:
    """Return the predictions of a tile by all checkpoints, newest first."""
    query = select(Prediction).where(Prediction.tile_id == tile_id).order_by(Prediction.id.desc())
    return [_record(row) for row in session.scalars(query)]


def show_checkpoint(session: Session, checkpoint_id: int) -> None:
    """Make all tiles show a checkpoint's predictions, see `show_predictions`.

    In a workspace of more than `AT_ONCE` tiles, the transaction notes the checkpoint only, so that nobody waits for
    minutes; `show_more` follows until it returns False. Meanwhile some tiles show the predictions of the checkpoint
    before. A later call replaces the note.

    Args:
        checkpoint_id: id of the checkpoint, which is active now.
    """
    first = select(Tile.id).limit(AT_ONCE + 1).subquery()
    many = session.scalar(select(func.count()).select_from(first), execution_options=WITH_TRASH) or 0
    if many > AT_ONCE:
        key_value.set_value(session, _SHOWING, {"checkpoint_id": checkpoint_id, "after": 0})
    else:
        key_value.drop_value(session, _SHOWING)
        show_predictions(session, checkpoint_id)


def show_more(session: Session) -> bool:
    """Let the next tiles show the predictions of the checkpoint that `show_checkpoint` noted.

    Each call is one short transaction. Any process may go on after a kill, and several may take turns.

    Returns:
        Whether there may be more tiles.
    """
    note = key_value.get_value(session, _SHOWING)
    if note is None:
        return False
    after = Tile.id > note["after"]
    chosen = select(Tile.id).where(after).order_by(Tile.id).limit(SHOWN_AT_ONCE).subquery()
    last = session.scalar(select(func.max(chosen.c.id)), execution_options=WITH_TRASH)
    if last is None:
        key_value.drop_value(session, _SHOWING)
        return False
    show_predictions(session, note["checkpoint_id"], after & (Tile.id <= last))
    key_value.set_value(session, _SHOWING, {**note, "after": last})
    return True


def is_showing(session: Session) -> bool:
    """Return whether tiles are left for `show_more`."""
    return key_value.get_value(session, _SHOWING) is not None


def count_to_show(session: Session) -> int:
    """Count the tiles that are left for `show_more`."""
    note = key_value.get_value(session, _SHOWING)
    if note is None:
        return 0
    return session.scalar(select(func.count()).select_from(Tile).where(Tile.id > note["after"])) or 0


def show_predictions(session: Session, checkpoint_id: int, which: ColumnElement[bool] | None = None) -> None:
    """Make tiles show a checkpoint's predictions; tiles without one show none.

    The order values are copied from the prediction, and the suspected label errors are cleared because they
    compare with the previous prediction. Area and classes describe the shown mask, so they change only for
    tiles without a revision. The statements update whole tables; single rows would take several times as long.

    Args:
        which: condition on tiles; None for all.
    """
    chosen = true() if which is None else which
    mine = (Prediction.tile_id == Tile.id) & (Prediction.checkpoint_id == checkpoint_id)
    bare = chosen & Tile.head_revision_id.is_(None)
    ordered: dict[InstrumentedAttribute[Any], InstrumentedAttribute[Any]] = {
        Tile.prediction_id: Prediction.id,
        **{getattr(Tile, name): getattr(Prediction, name) for name in OrderValues._fields},
    }
    session.flush()
    session.execute(update(Tile).where(chosen, Tile.label_error.is_not(None)).values(label_error=None))
    for values, condition in (
        (ordered, chosen),
        ({Tile.seep_area_px: Prediction.seep_area_px}, bare),
    ):
        fetched: dict[Any, Any] = {
            to: select(source).where(mine).scalar_subquery() for to, source in values.items()
        }
        session.execute(
            update(Tile).where(condition).values(fetched).execution_options(synchronize_session=False)
        )
    session.execute(delete(TileClass).where(TileClass.tile_id.in_(select(Tile.id).where(bare))))
    areas = (
        select(Tile.id, PredictionClass.class_id, PredictionClass.area_px)
        .join(PredictionClass, PredictionClass.prediction_id == Tile.prediction_id)
        .where(bare)
    )
    session.execute(insert(TileClass).from_select(["tile_id", "class_id", "area_px"], areas))
    session.expire_all()


def _row(one: NewPrediction, checkpoint_id: int, now: str) -> Prediction:
    return Prediction(
        tile_id=one.tile_id,
        checkpoint_id=checkpoint_id,
        mask_sha256=one.mask_sha256,
        probability_sha256=one.probability_sha256,
        seep_area_px=seep_area(one.classes),
        created_at=now,
        **one.values._asdict(),
    )


def _chunks(predictions: Sequence[NewPrediction]) -> Iterator[Sequence[NewPrediction]]:
    for start in range(0, len(predictions), _CHUNK):
        yield predictions[start : start + _CHUNK]


def _record(row: Prediction) -> PredictionRecord:
    own = {name: getattr(row, name) for name in PredictionRecord.__dataclass_fields__ if name != "values"}
    return PredictionRecord(
        **own, values=OrderValues._make(getattr(row, name) for name in OrderValues._fields)
    )
