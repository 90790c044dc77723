"""Scenes that are one large file: where it lies, how large it is, where on Earth and in which unit."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; the scenes that are there keep their files as tiles."""
    for column in (
        sa.Column("path", sa.Text),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("georeference", sa.JSON),
        sa.Column("unit", sa.String(16), nullable=False, server_default=sa.text("'dn'")),
        sa.Column("band_names", sa.JSON, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("acquired_at", sa.String(32)),
        sa.Column("overlap_px", sa.Integer, nullable=False, server_default=sa.text("0")),
    ):
        op.add_column("scene", column)
