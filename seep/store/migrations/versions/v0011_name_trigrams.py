"""An index of the parts of tile names, for the text filter on PostgreSQL."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index, if the database has the extension pg_trgm or this user may add it; filters work without it."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
            connection.execute(
                sa.text("CREATE INDEX ix_tile_name_trigrams ON tile USING gin (name gin_trgm_ops)")
            )
    except DBAPIError:
        return
