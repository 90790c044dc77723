"""Area of wide predicted slicks, for the order "Wide dark areas first"."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty: earlier predictions were not measured."""
    for table in ("tile", "prediction"):
        op.add_column(table, sa.Column("wide_area_px", sa.Integer))
    op.create_index("ix_tile_wide_area", "tile", [sa.desc("wide_area_px"), "id"])
    op.create_index("ix_tile_state_wide_area", "tile", ["state", sa.desc("wide_area_px"), "id"])
