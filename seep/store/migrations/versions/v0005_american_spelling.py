"""American spelling of what the database holds: the column of a class's color, the state "canceled"."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename the column, rewrite the states."""
    op.alter_column("seep_class", "colour", new_column_name="color")
    op.execute("UPDATE job SET state = 'canceled' WHERE state = 'cancelled'")
    op.execute("UPDATE run SET state = 'canceled' WHERE state = 'cancelled'")
