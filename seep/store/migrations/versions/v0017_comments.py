"""Comments on tiles; the notes of flags and rejections become their first ones."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_AUDIT = sa.table(
    "audit",
    sa.column("id", sa.Integer),
    sa.column("created_at", sa.String),
    sa.column("author", sa.String),
    sa.column("action", sa.String),
    sa.column("subject", sa.String),
    sa.column("details", sa.JSON),
)
_TILE = sa.table("tile", sa.column("id", sa.Integer), sa.column("state", sa.String))


def upgrade() -> None:
    """Create the table, and move notes to it; those of tiles in another state by now are resolved."""
    comment = op.create_table(
        "comment",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("tile_id", sa.Integer, sa.ForeignKey("tile.id", name="fk_comment_tile_id"), nullable=False),
        sa.Column("parent_id", sa.Integer),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("x", sa.Integer),
        sa.Column("y", sa.Integer),
        sa.Column("mentions", sa.Text, nullable=False),
        sa.Column("resolved_by", sa.String(80)),
        sa.Column("resolved_at", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_comment"),
    )
    op.create_index("ix_comment_tile_id", "comment", ["tile_id"])
    connection = op.get_bind()
    states = {row.id: row.state for row in connection.execute(sa.select(_TILE))}
    decisions = sa.select(_AUDIT).where(_AUDIT.c.action.in_(("flagged", "rejected"))).order_by(_AUDIT.c.id)
    newest: dict[int, dict[str, object]] = {}
    rows: list[dict[str, object]] = []
    for row in connection.execute(decisions).all():
        details = json.loads(row.details) if isinstance(row.details, str) else row.details or {}
        number = row.subject.removeprefix("tile ")
        if not details.get("note") or not number.isdecimal() or int(number) not in states:
            continue
        tile_id = int(number)
        same = states[tile_id] == row.action
        made = {
            "tile_id": tile_id,
            "author": row.author,
            "created_at": row.created_at,
            "text": str(details["note"]),
            "mentions": "",
            "resolved_by": None if same else row.author,
            "resolved_at": None if same else row.created_at,
        }
        if same and tile_id in newest:  # an earlier note of the same state was no longer shown
            newest[tile_id] |= {"resolved_by": row.author, "resolved_at": row.created_at}
        if same:
            newest[tile_id] = made
        rows.append(made)
        connection.execute(
            _AUDIT.update()
            .where(_AUDIT.c.id == row.id)
            .values(details={key: value for key, value in details.items() if key != "note"})
        )
    if rows:
        connection.execute(comment.insert(), rows)
