"""The trash: deleted tiles and scenes, and the import that added each tile."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and columns; the counts by state stay index scans with the trash in the index."""
    op.create_table(
        "trash",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trash"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
        sqlite_autoincrement=True,
    )
    for table in ("tile", "scene"):
        op.add_column(table, sa.Column("trash_id", sa.Integer))
        op.add_column(table, sa.Column("trashed_name", sa.String(255)))
    op.add_column("tile", sa.Column("import_id", sa.Integer))
    op.drop_index("ix_tile_scene", "tile")
    op.create_index("ix_tile_scene", "tile", ["scene_id", "state", "trash_id"])
    op.create_index("ix_tile_state", "tile", ["state", "trash_id"])
    for column in ("trash", "import"):
        present = sa.text(f"{column}_id IS NOT NULL")
        op.create_index(
            f"ix_tile_{column}", "tile", [f"{column}_id"], sqlite_where=present, postgresql_where=present
        )
