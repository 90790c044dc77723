"""Active time on tiles, in pieces that the browser sends."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; earlier work has no times."""
    op.create_table(
        "active_time",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.Column(
            "tile_id", sa.Integer, sa.ForeignKey("tile.id", name="fk_active_time_tile_id"), nullable=False
        ),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("started_at", sa.String(32), nullable=False),
        sa.Column("looking_ms", sa.Integer, nullable=False),
        sa.Column("drawing_ms", sa.Integer, nullable=False),
        sa.Column("deciding_ms", sa.Integer, nullable=False),
        sa.Column("events", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_active_time"),
        sa.UniqueConstraint("record_id", name="uq_active_time_record_id"),
    )
    op.create_index("ix_active_time_tile_id", "active_time", ["tile_id"])
    op.create_index("ix_active_time_author", "active_time", ["author"])
