"""Wind at the time of a scene."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add speed, direction and source to scenes; it is unknown for all of them."""
    op.add_column("scene", sa.Column("wind_ms", sa.Double))
    op.add_column("scene", sa.Column("wind_from_deg", sa.Double))
    op.add_column("scene", sa.Column("wind_source", sa.String(255)))
