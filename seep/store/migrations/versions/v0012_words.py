"""Columns of tiles under the names that the pages use."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NAMES = {
    "second_look": "label_error",
    "audit": "in_sample",
    "taken_by": "locked_by",
    "taken_until": "locked_until",
}


def upgrade() -> None:
    """Rename the columns and the indexes on them; the values stay."""
    op.drop_index("ix_tile_second_look", "tile")
    op.drop_index("ix_tile_audit", "tile")
    for old, new in _NAMES.items():
        op.execute(f"ALTER TABLE tile RENAME COLUMN {old} TO {new}")
    op.create_index("ix_tile_label_error", "tile", [sa.desc("label_error"), "id"])
    op.create_index("ix_tile_in_sample", "tile", ["in_sample", "state"])
