"""Places with their passes, sites with their revisions, and what sites say about tiles."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and columns; scenes belong to no place until a person confirms one."""
    op.create_table(
        "place",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("georeference", sa.JSON),
        sa.Column("radius", sa.Double),
        sa.Column("min_passes", sa.Integer, nullable=False, server_default=sa.text("3")),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
        sa.UniqueConstraint("name", name="uq_place_name"),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("place_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("x", sa.Double, nullable=False),
        sa.Column("y", sa.Double, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_site_place_id"),
        sa.UniqueConstraint("place_id", "number", name="uq_site_place_id_number"),
    )
    op.create_table(
        "site_revision",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("site_id", sa.Integer, nullable=False),
        sa.Column("change_id", sa.String(36), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("x", sa.Double),
        sa.Column("y", sa.Double),
        sa.Column("spots", sa.JSON, nullable=False),
        sa.Column("rank", sa.String(16), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.Column("merged_into", sa.Integer),
        sa.Column("undone_by", sa.String(80)),
        sa.Column("undone_at", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_site_revision"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_site_revision_site_id"),
    )
    op.create_index("ix_site_revision_site_id", "site_revision", ["site_id"])
    op.create_index("ix_site_revision_change_id", "site_revision", ["change_id"])
    op.add_column("scene", sa.Column("place_id", sa.Integer))
    op.create_index("ix_scene_place_id", "scene", ["place_id"])
    for name in ("pass_x", "pass_y"):
        op.add_column("scene", sa.Column(name, sa.Integer, nullable=False, server_default=sa.text("0")))
    for name in ("expected_here", "new_here"):
        op.add_column("tile", sa.Column(name, sa.Double))
        op.create_index(f"ix_tile_{name}", "tile", [sa.desc(name), "id"])
    op.add_column("tile", sa.Column("site_note", sa.Text))
