"""Causes of slicks as analysts decide them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "slick_cause",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column(
            "scene_id", sa.Integer, sa.ForeignKey("scene.id", name="fk_slick_cause_scene_id"), nullable=False
        ),
        sa.Column("x", sa.Double, nullable=False),
        sa.Column("y", sa.Double, nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_slick_cause"),
    )
    op.create_index("ix_slick_cause_scene_id", "slick_cause", ["scene_id"])
