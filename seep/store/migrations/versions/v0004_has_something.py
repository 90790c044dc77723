"""What the image head of a network says of a whole tile, for the order "has something"."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty: what was predicted before was not asked."""
    for table in ("tile", "prediction"):
        op.add_column(table, sa.Column("has_something", sa.Double))
    op.create_index("ix_tile_has_something", "tile", [sa.desc("has_something"), "id"])
    op.create_index("ix_tile_state_has_something", "tile", ["state", sa.desc("has_something"), "id"])
