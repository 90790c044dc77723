"""Failed sign-ins, and passwords that must be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of attempts; no password that exists must be changed."""
    op.add_column(
        "person", sa.Column("must_change_password", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name_sha256", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempt"),
    )
    for column in ("name_sha256", "address"):
        op.create_index(f"ix_sign_in_attempt_{column}", "sign_in_attempt", [column])
