"""Blind second masks: who draws them, from which first mask, and how the two were adjudicated."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; masks that are there already stay first masks."""
    op.create_table(
        "second_mask",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column(
            "tile_id", sa.Integer, sa.ForeignKey("tile.id", name="fk_second_mask_tile_id"), nullable=False
        ),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column(
            "first_revision_id",
            sa.Integer,
            sa.ForeignKey("revision.id", name="fk_second_mask_first_revision_id"),
            nullable=False,
        ),
        sa.Column("shows_prediction", sa.Boolean, nullable=False),
        sa.Column("requested_by", sa.String(80), nullable=False),
        sa.Column("requested_at", sa.String(32), nullable=False),
        sa.Column("revision_id", sa.Integer),
        sa.Column("finished_at", sa.String(32)),
        sa.Column("adjudication", sa.String(16)),
        sa.Column("adjudicated_by", sa.String(80)),
        sa.Column("adjudicated_at", sa.String(32)),
        sa.Column("adjudicated_id", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_second_mask"),
        sa.UniqueConstraint("tile_id", "author", name="uq_second_mask_tile_id_author"),
    )
    op.create_index("ix_second_mask_author", "second_mask", ["author", "finished_at"])
