"""Persons who sign in, their sessions and their tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; earlier authors stay names without an account."""
    op.create_table(
        "person",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password", sa.String(255)),
        sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("name", name="uq_person_name"),
        sa.UniqueConstraint("provider", "subject", name="uq_person_provider_subject"),
    )
    for table, columns in (
        (
            "session",
            [
                sa.Column("browser", sa.String(255), nullable=False),
                sa.Column("used_at", sa.String(32), nullable=False),
            ],
        ),
        (
            "api_token",
            [
                sa.Column("name", sa.String(255), nullable=False),
                sa.Column("scope", sa.String(16), nullable=False),
                sa.Column("used_at", sa.String(32)),
            ],
        ),
    ):
        op.create_table(
            table,
            sa.Column("id", sa.Integer, nullable=False),
            sa.Column(
                "person_id",
                sa.Integer,
                sa.ForeignKey("person.id", name=f"fk_{table}_person_id"),
                nullable=False,
            ),
            sa.Column("secret_sha256", sa.String(64), nullable=False),
            sa.Column("created_at", sa.String(32), nullable=False),
            sa.Column("expires_at", sa.String(32), nullable=False),
            sa.Column("revoked_at", sa.String(32)),
            *columns,
            sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
            sa.UniqueConstraint("secret_sha256", name=f"uq_{table}_secret_sha256"),
        )
        op.create_index(f"ix_{table}_person_id", table, ["person_id"])
