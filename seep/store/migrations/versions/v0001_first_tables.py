"""The first tables.

The tables are written out here and not taken from the models: a migration must go on making what it made
on the day it was written. No downgrade: a workspace is brought back from its backup, not backwards.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> "sa.Column[int]":
    return sa.Column("id", sa.Integer, primary_key=True)


def _needed(
    name: str, kind: "sa.types.TypeEngine[Any] | type[sa.types.TypeEngine[Any]]", *more: sa.ForeignKey
) -> "sa.Column[Any]":
    return sa.Column(name, kind, *more, nullable=False)


def _sha256(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String(64), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String(32), nullable=nullable)


sa.Table(
    "audit",
    TABLES,
    _id(),
    _time("created_at"),
    _needed("author", sa.String(80)),
    _needed("action", sa.String(40)),
    _needed("subject", sa.String(255)),
    _needed("details", sa.JSON),
)
sa.Table(
    "checkpoint",
    TABLES,
    _id(),
    _needed("name", sa.String(255)),
    sa.Column("parent_id", sa.Integer, sa.ForeignKey("checkpoint.id")),
    sa.Column("run_id", sa.Integer),
    _sha256("weights_sha256"),
    _needed("card", sa.JSON),
    _needed("state", sa.String(16)),
    _time("created_at"),
    sa.UniqueConstraint("name"),
)
sa.Table(
    "job",
    TABLES,
    _id(),
    _needed("kind", sa.String(16)),
    _needed("state", sa.String(16)),
    _needed("params", sa.JSON),
    _needed("progress", sa.Double),
    _needed("message", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("worker", sa.String(255)),
    _time("heartbeat_at", nullable=True),
    _needed("cancel_requested", sa.Boolean),
    _needed("attempts", sa.Integer),
    _needed("author", sa.String(80)),
    _time("created_at"),
    _time("started_at", nullable=True),
    _time("finished_at", nullable=True),
    sa.Column("request_id", sa.String(255)),
    sa.UniqueConstraint("request_id"),
    sa.Index("ix_job_state", "state"),
)
sa.Table(
    "scene",
    TABLES,
    _id(),
    _needed("name", sa.String(255)),
    _needed("split", sa.String(16)),
    _needed("statistics", sa.JSON),
    sa.Column("nodata", sa.Double),
    sa.Column("columns", sa.Integer),
    _needed("bands", sa.Integer),
    _needed("dtype", sa.String(16)),
    _needed("tile_count", sa.Integer),
    sa.UniqueConstraint("name"),
)
sa.Table(
    "seep_class",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    _needed("name", sa.String(255)),
    _needed("colour", sa.String(7)),
    _needed("key", sa.String(16)),
)
sa.Table(
    "workspace",
    TABLES,
    sa.Column("key", sa.String(64), primary_key=True),
    _needed("value", sa.JSON),
)
sa.Table(
    "job_event",
    TABLES,
    _id(),
    _needed("job_id", sa.Integer, sa.ForeignKey("job.id")),
    _time("created_at"),
    _needed("data", sa.JSON),
    sa.Index("ix_job_event_job_id_id", "job_id", "id"),
)
sa.Table(
    "promotion",
    TABLES,
    _id(),
    _needed("checkpoint_id", sa.Integer, sa.ForeignKey("checkpoint.id")),
    _needed("author", sa.String(80)),
    _time("created_at"),
    sa.Column("rolled_back_by", sa.String(80)),
    _time("rolled_back_at", nullable=True),
)
sa.Table(
    "run",
    TABLES,
    _id(),
    sa.Column("job_id", sa.Integer, sa.ForeignKey("job.id")),
    sa.Column("base_checkpoint_id", sa.Integer, sa.ForeignKey("checkpoint.id")),
    sa.Column("checkpoint_id", sa.Integer, sa.ForeignKey("checkpoint.id")),
    _needed("config", sa.JSON),
    _needed("state", sa.String(16)),
    sa.Column("outcome", sa.JSON),
    _needed("author", sa.String(80)),
    _time("created_at"),
    _time("finished_at", nullable=True),
    sa.UniqueConstraint("job_id"),
)
sa.Table(
    "tile",
    TABLES,
    _id(),
    _needed("scene_id", sa.Integer, sa.ForeignKey("scene.id")),
    _needed("name", sa.String(255)),
    _needed("number", sa.Integer),
    _needed("path", sa.Text),
    _needed("x", sa.Integer),
    _needed("y", sa.Integer),
    _needed("width", sa.Integer),
    _needed("height", sa.Integer),
    _needed("bands", sa.Integer),
    _needed("dtype", sa.String(16)),
    sa.Column("nodata", sa.Double),
    _sha256("sha256"),
    _needed("state", sa.String(16)),
    sa.Column("head_revision_id", sa.Integer),
    sa.Column("prediction_id", sa.Integer),
    sa.Column("uncertainty", sa.Double),
    sa.Column("seep_area_px", sa.Integer),
    _time("updated_at"),
    sa.UniqueConstraint("name"),
    sa.Index("ix_tile_scene", "scene_id", "state"),
    sa.Index("ix_tile_seep_area", sa.desc("seep_area_px"), "id"),
    sa.Index("ix_tile_state_name", "state", "name", "id"),
    sa.Index("ix_tile_state_seep_area", "state", sa.desc("seep_area_px"), "id"),
    sa.Index("ix_tile_state_uncertainty", "state", sa.desc("uncertainty"), "id"),
    sa.Index("ix_tile_state_updated", "state", sa.desc("updated_at"), "id"),
    sa.Index("ix_tile_uncertainty", sa.desc("uncertainty"), "id"),
    sa.Index("ix_tile_updated", sa.desc("updated_at"), "id"),
)
sa.Table(
    "prediction",
    TABLES,
    _id(),
    _needed("tile_id", sa.Integer, sa.ForeignKey("tile.id")),
    _needed("checkpoint_id", sa.Integer, sa.ForeignKey("checkpoint.id")),
    _sha256("mask_sha256"),
    _sha256("probability_sha256", nullable=True),
    _needed("seep_area_px", sa.Integer),
    _needed("uncertainty", sa.Double),
    _time("created_at"),
    sa.UniqueConstraint("tile_id", "checkpoint_id"),
    sa.Index("ix_prediction_checkpoint_id_tile_id", "checkpoint_id", "tile_id"),
)
sa.Table(
    "revision",
    TABLES,
    _id(),
    _needed("tile_id", sa.Integer, sa.ForeignKey("tile.id")),
    sa.Column("parent_id", sa.Integer, sa.ForeignKey("revision.id")),
    _needed("kind", sa.String(16)),
    _needed("author", sa.String(80)),
    _time("created_at"),
    _sha256("mask_sha256"),
    _needed("correction_px", sa.Integer),
    sa.Column("request_id", sa.String(255)),
    sa.Column("restored_id", sa.Integer, sa.ForeignKey("revision.id")),
    _needed("state", sa.String(16)),
    _needed("truth", sa.Boolean),
    sa.UniqueConstraint("request_id"),
    sa.Index("ix_revision_author", "author"),
    sa.Index("ix_revision_tile_id", "tile_id"),
)
sa.Table(
    "run_metric",
    TABLES,
    sa.Column("run_id", sa.Integer, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(255), primary_key=True),
    _needed("value", sa.Double),
)
sa.Table(
    "tile_class",
    TABLES,
    sa.Column("class_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tile_id", sa.Integer, sa.ForeignKey("tile.id"), primary_key=True),
    _needed("area_px", sa.Integer),
    sa.Index("ix_tile_class_tile_id", "tile_id"),
)
sa.Table(
    "draft",
    TABLES,
    sa.Column("tile_id", sa.Integer, sa.ForeignKey("tile.id"), primary_key=True),
    sa.Column("author", sa.String(80), primary_key=True),
    sa.Column("base_revision_id", sa.Integer, sa.ForeignKey("revision.id")),
    _sha256("mask_sha256"),
    _time("saved_at"),
)
sa.Table(
    "prediction_class",
    TABLES,
    sa.Column("prediction_id", sa.Integer, sa.ForeignKey("prediction.id"), primary_key=True),
    sa.Column("class_id", sa.Integer, primary_key=True, autoincrement=False),
    _needed("area_px", sa.Integer),
)
sa.Table(
    "run_revision",
    TABLES,
    sa.Column("run_id", sa.Integer, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("revision_id", sa.Integer, sa.ForeignKey("revision.id"), primary_key=True),
    sa.Index("ix_run_revision_revision_id", "revision_id"),
)


def upgrade() -> None:
    """Make all tables and indexes."""
    TABLES.create_all(op.get_bind())
