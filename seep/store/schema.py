"""The tables, as SQLAlchemy models; `seep/store/migrations` creates the same tables step by step.

Some pointers have no foreign key: `tile.head_revision_id` and `tile.prediction_id` would close a circle (revision and
prediction refer to their tile), and so would `checkpoint.run_id`. SQLite cannot add such a constraint later; this holds
for `revision.prediction_id` too. The functions of this package keep these pointers valid within each transaction.
Times are text because SQLite has no time type, and equal-length ISO strings sort by time everywhere.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, MetaData, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column

from seep.core.acquisition import OrderValues

SHA256 = String(64)
TIME = String(32)
WORD = String(16)
AUTHOR = String(80)
NAME = String(255)


class Base(DeclarativeBase):
    """Base class of the models; it names constraints, so that migrations can refer to them on any database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, Any]: JSON, list[str]: JSON, list[list[float]]: JSON}  # noqa: RUF012 - read by SQLAlchemy as declared


def utc_now() -> str:
    """Return the current time, ISO 8601 in UTC with milliseconds; such strings sort by time."""
    return stamp(datetime.now(UTC))


def stamp(moment: datetime) -> str:
    """Return an aware datetime as ISO 8601 in UTC with milliseconds, always 29 characters."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def stored_file(suffix: str) -> MappedColumn[Any]:
    """Return a column with the SHA-256 of a stored file; no other column counts as one."""
    return mapped_column(SHA256, info={"suffix": suffix})


def present(column: str) -> dict[str, Any]:
    """Return the condition of an index that holds only the rows with a value in a column."""
    condition = text(f"{column} IS NOT NULL")
    return {"sqlite_where": condition, "postgresql_where": condition}


class Scene(Base):
    """An acquisition, or the group that tiles are named after; the split belongs to it.

    A scene with a path is one large file and its tiles are windows of it; without one, its tiles are files.
    """

    __tablename__ = "scene"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(NAME, unique=True)
    split: Mapped[str] = mapped_column(WORD)
    statistics: Mapped[dict[str, Any]]
    nodata: Mapped[float | None]
    columns: Mapped[int | None]
    bands: Mapped[int]
    dtype: Mapped[str] = mapped_column(WORD)
    tile_count: Mapped[int] = mapped_column(default=0)
    path: Mapped[str | None] = mapped_column(Text)
    width: Mapped[int | None]
    height: Mapped[int | None]
    georeference: Mapped[dict[str, Any] | None]
    unit: Mapped[str] = mapped_column(WORD, default="dn", server_default=text("'dn'"))
    band_names: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    acquired_at: Mapped[str | None] = mapped_column(TIME)
    overlap_px: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    place_id: Mapped[int | None] = mapped_column(index=True)
    pass_x: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    pass_y: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    trash_id: Mapped[int | None]
    trashed_name: Mapped[str | None] = mapped_column(NAME)
    wind_ms: Mapped[float | None]
    wind_from_deg: Mapped[float | None]
    wind_source: Mapped[str | None] = mapped_column(NAME)


class Place(Base):
    """A footprint of several scenes; `radius` of sites is in meters, without a georeference in pixels."""

    __tablename__ = "place"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(NAME, unique=True)
    georeference: Mapped[dict[str, Any] | None]
    radius: Mapped[float | None]
    min_passes: Mapped[int] = mapped_column(default=3, server_default=text("3"))
    author: Mapped[str] = mapped_column(AUTHOR)
    created_at: Mapped[str] = mapped_column(TIME)


class Site(Base):
    """A site of a place: its number and its newest position; what analysts changed is in its revisions."""

    __tablename__ = "site"
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    number: Mapped[int]
    x: Mapped[float]
    y: Mapped[float]
    created_at: Mapped[str] = mapped_column(TIME)
    __table_args__ = (UniqueConstraint("place_id", "number"),)


class SiteRevision(Base):
    """A site as an analyst left it; rows are added, and an undone one gets the name and the time of the undo.

    `change_id` is shared by the revisions of one action, for example of both sites of a merge. `spots` are the
    positions around which slicks begin; empty where they follow the detection. A moved site has `x` and `y`.
    """

    __tablename__ = "site_revision"
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    change_id: Mapped[str] = mapped_column(String(36), index=True)
    action: Mapped[str] = mapped_column(WORD)
    author: Mapped[str] = mapped_column(AUTHOR)
    created_at: Mapped[str] = mapped_column(TIME)
    reason: Mapped[str] = mapped_column(Text)
    x: Mapped[float | None]
    y: Mapped[float | None]
    spots: Mapped[list[list[float]]]
    rank: Mapped[str] = mapped_column(WORD)
    note: Mapped[str] = mapped_column(Text)
    removed: Mapped[bool]
    merged_into: Mapped[int | None]
    undone_by: Mapped[str | None] = mapped_column(AUTHOR)
    undone_at: Mapped[str | None] = mapped_column(TIME)


class OrderColumns:
    """A column for each of `seep.core.acquisition.OrderValues`."""

    likely_wrong: Mapped[float | None]
    useful: Mapped[float | None]
    confident: Mapped[float | None]
    has_something: Mapped[float | None]
    wide_area_px: Mapped[int | None]


class Tile(OrderColumns, Base):
    """A tile, with one index per order of the queue, and one per order and state.

    `assigned_to` is the assignee. `locked_by` holds the tile lock until `locked_until`. `in_sample` marks the quality
    sample. `label_error` is the disagreement of a suspected label error, 0 to 1. `confirmed_id` is the revision
    that was confirmed as correct. `expected_here`, `new_here` and `site_note` compare the tile with the sites of
    its place. `trash_id` is the entry of the trash that a deleted tile belongs to. Names of tiles
    and scenes are unique, so a deleted one has another name meanwhile, and its own in `trashed_name`.
    """

    __tablename__ = "tile"
    id: Mapped[int] = mapped_column(primary_key=True)
    scene_id: Mapped[int] = mapped_column(ForeignKey("scene.id"))
    name: Mapped[str] = mapped_column(NAME, unique=True)
    number: Mapped[int]
    path: Mapped[str] = mapped_column(Text)
    x: Mapped[int]
    y: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    bands: Mapped[int]
    dtype: Mapped[str] = mapped_column(WORD)
    nodata: Mapped[float | None]
    sha256: Mapped[str] = mapped_column(SHA256)
    state: Mapped[str] = mapped_column(WORD)
    head_revision_id: Mapped[int | None]
    prediction_id: Mapped[int | None]
    seep_area_px: Mapped[int | None] = mapped_column()
    updated_at: Mapped[str] = mapped_column(TIME)
    label_error: Mapped[float | None] = mapped_column()
    expected_here: Mapped[float | None] = mapped_column()
    new_here: Mapped[float | None] = mapped_column()
    site_note: Mapped[str | None] = mapped_column(Text)
    confirmed_id: Mapped[int | None] = mapped_column()
    assigned_to: Mapped[str | None] = mapped_column(AUTHOR)
    assigned_at: Mapped[str | None] = mapped_column(TIME)
    locked_by: Mapped[str | None] = mapped_column(AUTHOR)
    locked_until: Mapped[str | None] = mapped_column(TIME)
    in_sample: Mapped[bool] = mapped_column(default=False, server_default=false())
    trash_id: Mapped[int | None] = mapped_column()
    trashed_name: Mapped[str | None] = mapped_column(NAME)
    import_id: Mapped[int | None] = mapped_column()
    # Values descend and ids ascend, so the index is descending by value: otherwise each page sorts all
    # equal values (a million tiles without a prediction are all equal).
    __table_args__ = (
        Index("ix_tile_scene", "scene_id", "state", "trash_id"),
        Index("ix_tile_state", "state", "trash_id"),
        Index("ix_tile_trash", "trash_id", **present("trash_id")),
        Index("ix_tile_import", "import_id", **present("import_id")),
        Index("ix_tile_label_error", label_error.desc(), "id"),
        Index("ix_tile_expected_here", expected_here.desc(), "id"),
        Index("ix_tile_new_here", new_here.desc(), "id"),
        Index("ix_tile_assigned", "assigned_to", "state"),
        Index("ix_tile_in_sample", "in_sample", "state"),
        Index("ix_tile_seep_area", seep_area_px.desc(), "id"),
        Index("ix_tile_updated", updated_at.desc(), "id"),
        Index("ix_tile_state_seep_area", "state", seep_area_px.desc(), "id"),
        Index("ix_tile_state_updated", "state", updated_at.desc(), "id"),
        Index("ix_tile_state_name", "state", "name", "id"),
    )


for _name in OrderValues._fields:
    _index, _value = _name.removesuffix("_px"), getattr(Tile, _name).desc()
    Index(f"ix_tile_{_index}", _value, Tile.id)
    Index(f"ix_tile_state_{_index}", Tile.state, _value, Tile.id)


class Trash(Base):
    """An entry of the trash: what one person deleted at once; `kind` is one of `TRASH_KINDS`."""

    __tablename__ = "trash"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - read by SQLAlchemy as declared
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(WORD)
    name: Mapped[str] = mapped_column(NAME)
    author: Mapped[str] = mapped_column(AUTHOR)
    created_at: Mapped[str] = mapped_column(TIME)


class ImportRun(Base):
    """An import that added tiles; `source` is the folder or file of its images."""

    __tablename__ = "import_run"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - read by SQLAlchemy as declared
    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(AUTHOR)
    created_at: Mapped[str] = mapped_column(TIME)


class TileClass(Base):
    """The classes of a tile's shown mask and their areas, for filters and balance; class 0 is left out."""

    __tablename__ = "tile_class"
    class_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tile_id: Mapped[int] = mapped_column(ForeignKey("tile.id"), primary_key=True, index=True)
    area_px: Mapped[int] = mapped_column()
    __table_args__ = (Index("ix_tile_class_area", "class_id", area_px.desc(), "tile_id"),)


class SeepClass(Base):
    """A class of masks."""

    __tablename__ = "seep_class"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(NAME)
    color: Mapped[str] = mapped_column(String(7))
    key: Mapped[str] = mapped_column(WORD)


class Revision(Base):
    """A saved mask; rows are added and never changed. `prediction_id` is the prediction that its author saw."""

    __tablename__ = "revision"
    id: Mapped[int] = mapped_column(primary_key=True)
    tile_id: Mapped[int] = mapped_column(ForeignKey("tile.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id"))
    kind: Mapped[str] = mapped_column(WORD)
    author: Mapped[str] = mapped_column(AUTHOR, index=True)
    created_at: Mapped[str] = mapped_column(TIME)
    mask_sha256: Mapped[str] = stored_file(".png")
    correction_px: Mapped[int]
    request_id: Mapped[str | None] = mapped_column(NAME, unique=True)
    restored_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id"))
    state: Mapped[str] = mapped_column(WORD)
    truth: Mapped[bool]
    prediction_id: Mapped[int | None]


class Draft(Base):
    """The unsaved mask of an author on a tile; overwritten by the next autosave."""

    __tablename__ = "draft"
    tile_id: Mapped[int] = mapped_column(ForeignKey("tile.id"), primary_key=True)
    author: Mapped[str] = mapped_column(AUTHOR, primary_key=True)
    base_revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id"))
    mask_sha256: Mapped[str] = stored_file(".png")
    saved_at: Mapped[str] = mapped_column(TIME)


class Prediction(OrderColumns, Base):
    """The prediction of a checkpoint for a tile; never changed."""

    __tablename__ = "prediction"
    id: Mapped[int] = mapped_column(primary_key=True)
    tile_id: Mapped[int] = mapped_column(ForeignKey("tile.id"))
    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoint.id"))
    mask_sha256: Mapped[str] = stored_file(".png")
    probability_sha256: Mapped[str | None] = stored_file(".png")
    seep_area_px: Mapped[int]
    likely_wrong: Mapped[float] = mapped_column()  # every prediction has this value
    created_at: Mapped[str] = mapped_column(TIME)
    __table_args__ = (UniqueConstraint("tile_id", "checkpoint_id"), Index(None, "checkpoint_id", "tile_id"))


class PredictionClass(Base):
    """The classes of a prediction's mask; `tile_class` is filled from it when the active checkpoint changes."""

    __tablename__ = "prediction_class"
    prediction_id: Mapped[int] = mapped_column(ForeignKey("prediction.id"), primary_key=True)
    class_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    area_px: Mapped[int]


class Checkpoint(Base):
    """Weights with their card and their parent."""

    __tablename__ = "checkpoint"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(NAME, unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("checkpoint.id"))
    run_id: Mapped[int | None]
    weights_sha256: Mapped[str] = stored_file(".safetensors")
    card: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(WORD)
    created_at: Mapped[str] = mapped_column(TIME)


class Promotion(Base):
    """A step of the promotion stack: the newest one that was not rolled back names the active checkpoint."""

    __tablename__ = "promotion"
    id: Mapped[int] = mapped_column(primary_key=True)
    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoint.id"))
    author: Mapped[str] = mapped_column(AUTHOR)
    created_at: Mapped[str] = mapped_column(TIME)
    rolled_back_by: Mapped[str | None] = mapped_column(AUTHOR)
    rolled_back_at: Mapped[str | None] = mapped_column(TIME)


class Run(Base):
    """A training run with its whole configuration and its outcome."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), unique=True)
    base_checkpoint_id: Mapped[int | None] = mapped_column(ForeignKey("checkpoint.id"))
    checkpoint_id: Mapped[int | None] = mapped_column(ForeignKey("checkpoint.id"))
    config: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(WORD)
    outcome: Mapped[dict[str, Any] | None]
    author: Mapped[str] = mapped_column(AUTHOR)
    created_at: Mapped[str] = mapped_column(TIME)
    finished_at: Mapped[str | None] = mapped_column(TIME)


class RunRevision(Base):
    """A revision that a run trained on."""

    __tablename__ = "run_revision"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), primary_key=True, index=True)


class RunMetric(Base):
    """The value of one metric of a run at one step."""

    __tablename__ = "run_metric"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(NAME, primary_key=True)
    value: Mapped[float]


class Job(Base):
    """A job of the worker process."""

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(WORD)
    state: Mapped[str] = mapped_column(WORD, index=True)
    params: Mapped[dict[str, Any]]
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(Text, default="")
    error: Mapped[str | None] = mapped_column(Text)
    worker: Mapped[str | None] = mapped_column(NAME)
    heartbeat_at: Mapped[str | None] = mapped_column(TIME)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    author: Mapped[str] = mapped_column(AUTHOR)
    created_at: Mapped[str] = mapped_column(TIME)
    started_at: Mapped[str | None] = mapped_column(TIME)
    finished_at: Mapped[str | None] = mapped_column(TIME)
    request_id: Mapped[str | None] = mapped_column(NAME, unique=True)


class JobEvent(Base):
    """An event of a running job."""

    __tablename__ = "job_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    created_at: Mapped[str] = mapped_column(TIME)
    data: Mapped[dict[str, Any]]
    __table_args__ = (Index(None, "job_id", "id"),)


class Audit(Base):
    """A row of the activity log."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[str] = mapped_column(TIME)
    author: Mapped[str] = mapped_column(AUTHOR)
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(NAME)
    details: Mapped[dict[str, Any]]


class Webhook(Base):
    """An event that waits to be sent; `next_at` is the time of the next attempt."""

    __tablename__ = "webhook"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    payload: Mapped[dict[str, Any]]
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[str] = mapped_column(TIME, index=True)


class Person(Base):
    """A person who signs in, known by what the provider calls the subject; `name` is the author of changes."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(WORD)
    subject: Mapped[str] = mapped_column(NAME)
    name: Mapped[str] = mapped_column(AUTHOR, unique=True)
    role: Mapped[str] = mapped_column(WORD)
    password: Mapped[str | None] = mapped_column(NAME)
    disabled: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[str] = mapped_column(TIME)
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())
    __table_args__ = (UniqueConstraint("provider", "subject"),)


class SignIn(Base):
    """A session of a person in one browser; the cookie holds the secret, the row its hash."""

    __tablename__ = "session"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    secret_sha256: Mapped[str] = mapped_column(SHA256, unique=True)
    browser: Mapped[str] = mapped_column(NAME)
    created_at: Mapped[str] = mapped_column(TIME)
    used_at: Mapped[str] = mapped_column(TIME)
    expires_at: Mapped[str] = mapped_column(TIME)
    revoked_at: Mapped[str | None] = mapped_column(TIME)


class SignInAttempt(Base):
    """An attempt to sign in that failed or is under way; `browser` is "" unless the person signed in with it before."""

    __tablename__ = "sign_in_attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    name_sha256: Mapped[str] = mapped_column(SHA256, index=True)
    address: Mapped[str] = mapped_column(String(64), index=True)
    browser: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[str] = mapped_column(TIME)


class ApiToken(Base):
    """A token for scripts of a person; `scope` is the highest role that it gives, the row holds its hash."""

    __tablename__ = "api_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(NAME)
    scope: Mapped[str] = mapped_column(WORD)
    secret_sha256: Mapped[str] = mapped_column(SHA256, unique=True)
    created_at: Mapped[str] = mapped_column(TIME)
    expires_at: Mapped[str] = mapped_column(TIME)
    used_at: Mapped[str | None] = mapped_column(TIME)
    revoked_at: Mapped[str | None] = mapped_column(TIME)


class WorkspaceValue(Base):
    """A value of the whole workspace, by key."""

    __tablename__ = "workspace"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
