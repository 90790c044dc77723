"""Reads a database as it is, without migrating or repairing it: for the doctor, backups and the removal of files."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, inspect, or_, select, text
from sqlalchemy.orm import Session, aliased

from seep.store import sqlite
from seep.store.database import database_time
from seep.store.jobs import STALE_S
from seep.store.migrate import migration_scripts
from seep.store.schema import Base, Checkpoint, Job, Prediction, Promotion, Revision, Scene, Tile, stamp
from seep.store.tiles import WITH_TRASH

_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@dataclass(frozen=True)
class StoredFile:
    """A stored file that a row names: its hash, its suffix, and the row, such as "revision 3"."""

    sha256: str
    suffix: str
    subject: str


@dataclass(frozen=True)
class ImageFile:
    """The image of a tile or scene: its locator, its SHA-256 ("" where it is not known), and the row."""

    locator: str
    sha256: str
    subject: str


def revision_of(engine: Engine) -> tuple[str | None, str | None]:
    """Return the revision of the tables, and that of this version of Seep."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, migration_scripts().get_current_head()


def integrity_problems(engine: Engine) -> list[str]:
    """Return what SQLite finds wrong with its own file, and broken foreign keys; empty on other databases."""
    if engine.dialect.name != "sqlite":
        return []
    with engine.connect() as connection:
        found = [
            str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(20)")) if row[0] != "ok"
        ]
        keys = connection.execute(text("PRAGMA foreign_key_check")).fetchmany(20)
    return found + [f"row {row[1]} of {row[0]} refers to a missing row of {row[2]}" for row in keys]


def stored_files(session: Session) -> Iterator[StoredFile]:
    """Yield the stored files that rows name, the files behind images in the workspace left out."""
    for name, table in sorted(Base.metadata.tables.items()):
        keys = list(table.primary_key.columns)
        for column in table.columns:
            suffix = column.info.get("suffix")  # set by `schema.stored_file`
            if suffix is not None:
                for row in session.execute(select(*keys, column).where(column.is_not(None))):
                    yield StoredFile(str(row[-1]), suffix, f"{name} {' '.join(str(one) for one in row[:-1])}")


def mentioned_hashes(session: Session) -> set[str]:
    """Return every SHA-256 that any row contains in any column, inside of JSON and paths too.

    Tables of other versions are read too, so that no file that they name counts as unused.
    """
    found: set[str] = set()
    connection = session.connection()
    for name in inspect(connection).get_table_names():
        quoted = connection.dialect.identifier_preparer.quote(name)
        for row in connection.execute(text(f"SELECT * FROM {quoted}")):  # noqa: S608 - a name from the database
            for words in map(_words_of, row):
                found.update(_HASH.findall(words.replace("/", "")))
                found.update(_HASH.findall(words))
    return found


def _words_of(value: object) -> str:
    """Return a value of any column as text, "" if it is none; PostgreSQL's driver has decoded JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(value) if isinstance(value, dict | list) else ""


def image_files(session: Session) -> Iterator[ImageFile]:
    """Yield the images of tiles and scenes."""
    for row in session.execute(select(Tile.id, Tile.name, Tile.path, Tile.sha256).order_by(Tile.id)):
        yield ImageFile(row.path, row.sha256, f"tile {row.id} ({row.name})")
    for scene in session.execute(select(Scene.id, Scene.name, Scene.path).where(Scene.path.is_not(None))):
        yield ImageFile(scene.path, "", f"scene {scene.id} ({scene.name})")


def dangling_rows(session: Session) -> list[str]:
    """Return rows that point to a missing row, or to one of another tile, where no foreign key checks it."""
    found = []
    pointers: tuple[tuple[Any, type[Revision] | type[Prediction], str], ...] = (
        (Tile.head_revision_id, Revision, "head revision"),
        (Tile.confirmed_id, Revision, "confirmed revision"),
        (Tile.prediction_id, Prediction, "prediction"),
    )
    for pointer, target, what in pointers:
        other = aliased(target)
        query = (
            select(Tile.id, pointer)
            .outerjoin(other, other.id == pointer)
            .where(pointer.is_not(None), or_(other.id.is_(None), other.tile_id != Tile.id))
        )
        found += [f"tile {row[0]}: {what} {row[1]} is not one of its own" for row in session.execute(query)]
    orphans = (
        select(Promotion.id)
        .outerjoin(Checkpoint, Checkpoint.id == Promotion.checkpoint_id)
        .where(Checkpoint.id.is_(None))
    )
    found += [f"promotion {row[0]}: its checkpoint is missing" for row in session.execute(orphans)]
    return found


def clear_lost_predictions(session: Session) -> int:
    """Clear pointers of tiles to predictions that are missing or of another tile; the worker predicts them again."""
    other = aliased(Prediction)
    query = (
        select(Tile)
        .outerjoin(other, other.id == Tile.prediction_id)
        .where(Tile.prediction_id.is_not(None), or_(other.id.is_(None), other.tile_id != Tile.id))
    )
    rows = list(session.scalars(query, execution_options=WITH_TRASH))
    for row in rows:
        row.prediction_id = None
    return len(rows)


def newest_time(session: Session) -> str | None:
    """Return the latest time of any revision; a time in the future shows that the clock was set back."""
    return session.scalar(select(func.max(Revision.created_at)))


def server_bytes(session: Session) -> int:
    """Return the size of the database on its server; 0 for SQLite, which is a file of the workspace."""
    if session.get_bind().dialect.name != "postgresql":
        return 0
    return session.scalar(select(func.pg_database_size(func.current_database()))) or 0


def change_paths(session: Session, beginnings: Sequence[str], change: Callable[[str], str]) -> None:
    """Change the locators of tiles and scenes that begin so, those in the trash too."""
    for column in (Tile.path, Scene.path):
        begins = or_(*(column.startswith(one, autoescape=True) for one in beginnings))
        for row in session.scalars(select(column.class_).where(begins), execution_options=WITH_TRASH):
            row.path = change(row.path)


def cards(session: Session) -> list[tuple[int, object]]:
    """Return the ids and cards of all checkpoints, damaged cards as they are."""
    query = select(Checkpoint.id, Checkpoint.card).order_by(Checkpoint.id)
    return [(row.id, row.card) for row in session.execute(query)]


def jobs_by_state(session: Session) -> dict[str, int]:
    """Return the number of jobs in each state that occurs."""
    rows = session.execute(select(Job.state, func.count()).group_by(Job.state))
    return {str(state): int(count) for state, count in rows}


def silent_jobs(session: Session) -> list[tuple[int, str]]:
    """Return the ids of running jobs without a recent heartbeat, and the time of the last one."""
    since = stamp(database_time(session) - timedelta(seconds=STALE_S))
    query = select(Job.id, Job.heartbeat_at).where(Job.state == "running", Job.heartbeat_at < since)
    return [(row.id, row.heartbeat_at or "") for row in session.execute(query)]


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite database while others write to it; the copy is one consistent state.

    Raises:
        sqlite.Error: a file is damaged or cannot be written.
    """
    reading, writing = sqlite.connect(f"file:{source}?mode=ro", uri=True), sqlite.connect(target)
    try:
        reading.execute("PRAGMA busy_timeout=30000")
        reading.backup(writing, pages=2000, sleep=0.01)
        writing.execute("PRAGMA journal_mode=DELETE")
    finally:
        reading.close()
        writing.close()
