"""The tiles of an error budget: their place in the queue, whether they are open, and their shown masks."""

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from seep.store.schema import Prediction, Revision, Scene, Tile


class BudgetTile(NamedTuple):
    """A tile of an error budget.

    Attributes:
        id: of the tile.
        scene: name of its scene.
        likely_wrong: order value of its prediction; None without one.
        state: of the tile.
        mask_sha256: newest mask, else the prediction; None without either.
    """

    id: int
    scene: str
    likely_wrong: float | None
    state: str
    mask_sha256: str | None


def budget_tiles(session: Session, import_id: int | None) -> list[BudgetTile]:
    """Return the tiles of an import by id; those of the workspace for None."""
    head = aliased(Revision)
    query = (
        select(
            Tile.id,
            Scene.name,
            Tile.likely_wrong,
            Tile.state,
            func.coalesce(head.mask_sha256, Prediction.mask_sha256),
        )
        .join(Scene, Scene.id == Tile.scene_id)
        .outerjoin(head, head.id == Tile.head_revision_id)
        .outerjoin(Prediction, Prediction.id == Tile.prediction_id)
        .order_by(Tile.id)
    )
    if import_id is not None:
        query = query.where(Tile.import_id == import_id)
    return [BudgetTile(*row) for row in session.execute(query)]
