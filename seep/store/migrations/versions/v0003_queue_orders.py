"""What the queue orders by, who works on a tile, which tiles are audited, what a second look found."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NEW = (
    ("useful", sa.Double),
    ("confident", sa.Double),
    ("second_look", sa.Double),
    ("confirmed_id", sa.Integer),
    ("assigned_to", sa.String(80)),
    ("assigned_at", sa.String(32)),
    ("taken_by", sa.String(80)),
    ("taken_until", sa.String(32)),
)

INDEXES: dict[str, list[Any]] = {
    "ix_tile_likely_wrong": [sa.desc("likely_wrong"), "id"],
    "ix_tile_useful": [sa.desc("useful"), "id"],
    "ix_tile_confident": [sa.desc("confident"), "id"],
    "ix_tile_second_look": [sa.desc("second_look"), "id"],
    "ix_tile_assigned": ["assigned_to", "state"],
    "ix_tile_audit": ["audit", "state"],
    "ix_tile_state_likely_wrong": ["state", sa.desc("likely_wrong"), "id"],
    "ix_tile_state_useful": ["state", sa.desc("useful"), "id"],
    "ix_tile_state_confident": ["state", sa.desc("confident"), "id"],
}

# An empty mask used to count as wholly doubtful whenever any pixel passed 0.05: clean sea came first.
CLEAN_SEA = "UPDATE prediction SET likely_wrong = 0 WHERE seep_area_px = 0"
CARRIED_OVER = (
    "UPDATE tile SET likely_wrong = "
    "(SELECT p.likely_wrong FROM prediction p WHERE p.id = tile.prediction_id) "
    "WHERE prediction_id IS NOT NULL"
)
# What an author was shown was not kept; most likely it was the newest prediction of before. Without it all
# corrections of what the active model predicts would come up for a second look.
SHOWN = (
    "UPDATE revision SET prediction_id = "
    "(SELECT max(p.id) FROM prediction p "
    "WHERE p.tile_id = revision.tile_id AND p.created_at <= revision.created_at) "
    "WHERE kind <> 'import'"
)
# A tenth of what nobody has touched, spread evenly over the ids: as `seep.store.quality_sample` draws.
DRAWN = (
    sa.update(sa.table("tile", sa.column("audit", sa.Boolean)))
    .values(audit=True)
    .where(sa.text("state = 'unreviewed' AND head_revision_id IS NULL"))
    .where(sa.text("(id * 2654435761) % 4294967296 < 429496730"))
)


def upgrade() -> None:
    """Rename what ordered the queue, carry its values over, add the rest."""
    for name in ("ix_tile_uncertainty", "ix_tile_state_uncertainty"):
        op.drop_index(name, "tile")
    for table in ("tile", "prediction"):
        # Alembic's own way would copy the whole table on SQLite, which can do this in place.
        op.execute(f"ALTER TABLE {table} RENAME COLUMN uncertainty TO likely_wrong")
    for name, kind in NEW:
        op.add_column("tile", sa.Column(name, kind))
    op.add_column("tile", sa.Column("audit", sa.Boolean, nullable=False, server_default=sa.false()))
    for name in ("useful", "confident"):
        op.add_column("prediction", sa.Column(name, sa.Double))
    op.add_column("revision", sa.Column("prediction_id", sa.Integer))
    for name, columns in INDEXES.items():
        op.create_index(name, "tile", columns)
    op.create_index("ix_tile_class_area", "tile_class", ["class_id", sa.desc("area_px"), "tile_id"])
    for statement in (CLEAN_SEA, CARRIED_OVER, SHOWN, DRAWN):
        op.execute(statement)
    # Tiles are predicted with what lies around them from now on: no new mask is compared with one of before.
    last = op.get_bind().scalar(sa.text("SELECT max(id) FROM prediction"))
    if last:
        facts = sa.table("workspace", sa.column("key", sa.String), sa.column("value", sa.JSON))
        op.execute(sa.insert(facts).values(key="last prediction of earlier versions", value=last))
