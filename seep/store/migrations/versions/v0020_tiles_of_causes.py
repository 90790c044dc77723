"""The tile on which the cause of a slick was decided.

Rows of before stay without one: their point is in pixels of the scene.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and its index."""
    with op.batch_alter_table("slick_cause") as table:
        table.add_column(
            sa.Column(
                "tile_id", sa.Integer, sa.ForeignKey("tile.id", name="fk_slick_cause_tile_id"), nullable=True
            )
        )
    op.create_index("ix_slick_cause_tile_id", "slick_cause", ["tile_id"])
