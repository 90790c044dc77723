"""Copy all rows of a database to an empty one, also between SQLite and PostgreSQL."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    URL,
    ColumnElement,
    Connection,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    select,
    text,
    type_coerce,
)

from seep.errors import SettingsError
from seep.store.database import make_engine, storage_errors, writing
from seep.store.migrate import has_tables, migrate
from seep.store.postgresql.engine import as_json
from seep.store.schema import Base

_ROWS = 1000
_POSTGRESQL = "postgresql"


def copy_to_sqlite(source: Connection, target: Path) -> None:
    """Copy the rows that a connection sees to a new SQLite database.

    Raises:
        StorageError: the disk is full, or the source is lost.
    """
    _copy_to(source, URL.create("sqlite", database=str(target)))


def copy_to_server(source: Path, database_url: str) -> None:
    """Copy the rows of a SQLite database to an empty database of a server, in one transaction.

    Raises:
        SettingsError: the database has tables; nothing was changed.
        StorageError: the server is lost, or its disk is full; nothing was changed.
    """
    engine = make_engine(URL.create("sqlite", database=str(source)))
    try:
        with storage_errors(), engine.connect() as reading:
            _copy_to(reading, database_url)
    finally:
        engine.dispose()


def _copy_to(source: Connection, url: str | URL) -> None:
    engine = make_engine(url)
    try:
        with storage_errors(), engine.execution_options(**writing(to_open=True)).begin() as target:
            if has_tables(target):
                raise SettingsError(
                    f"The database {engine.url.render_as_string()} has tables of Seep. Name an empty database."
                )
            migrate(target)
            for table in Base.metadata.sorted_tables:
                for rows in _batches(source, table):
                    target.execute(_insertion(target, table), rows)
                _keep_next_id(source, target, table)
    finally:
        engine.dispose()


def _batches(source: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows by primary key, so that rows come after those of the same table that they refer to."""
    columns = [_read(source, column) for column in table.columns]
    query = select(*columns).order_by(*table.primary_key.columns)
    names = [_parameter(column.name) for column in table.columns]
    documents = [isinstance(column.type, JSON) for column in table.columns]
    with source.execution_options(yield_per=_ROWS).execute(query) as found:
        for rows in found.partitions():
            yield [
                {
                    name: _standard(value) if is_document else value
                    for name, value, is_document in zip(names, row, documents, strict=True)
                }
                for row in rows
            ]


def _read(source: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Read JSON as its text, so that a JSON null and no value stay two things."""
    if not isinstance(column.type, JSON):
        return column
    return cast(column, Text) if source.dialect.name == _POSTGRESQL else type_coerce(column, Text)


def _insertion(target: Connection, table: Table) -> Any:
    values: dict[str, ColumnElement[Any]] = {}
    for column in table.columns:
        value: ColumnElement[Any] = bindparam(_parameter(column.name), type_=column.type)
        if isinstance(column.type, JSON):
            value = bindparam(_parameter(column.name), type_=Text())
            value = cast(value, column.type) if target.dialect.name == _POSTGRESQL else value
        values[column.name] = value
    return insert(table).values(values)


def _parameter(name: str) -> str:
    return f"new_{name}"


def _keep_next_id(source: Connection, target: Connection, table: Table) -> None:
    """Let new rows of the copy have ids that no row of the source had."""
    if "id" not in table.columns or table.columns["id"].autoincrement is False:
        return
    highest = source.scalar(select(func.max(table.columns["id"]))) or 0
    if table.dialect_options["sqlite"]["autoincrement"]:
        highest = max(highest, _highest_ever(source, table))
    if not highest:
        return
    if target.dialect.name == _POSTGRESQL:
        target.execute(text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :highest)"),
                       {"name": f'"{table.name}"', "highest": highest})  # fmt: skip
    elif table.dialect_options["sqlite"]["autoincrement"]:
        values = {"name": table.name, "highest": highest}
        target.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
        target.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :highest)"), values)


def _highest_ever(source: Connection, table: Table) -> int:
    """Return the highest id that a table with ids that are never used again has had."""
    if source.dialect.name == _POSTGRESQL:
        query = text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, 'id')::regclass)")
        return int(source.scalar(query, {"name": f'"{table.name}"'}) or 0)
    query = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    return int(source.scalar(query, {"name": table.name}) or 0)


def _standard(value: str | float | None) -> str | None:
    """Return the text of JSON that a database has, without the numbers that only SQLite's texts have, such as NaN."""
    if value is None:
        return None
    found = value if isinstance(value, str) else json.dumps(value)  # SQLite keeps a document "2" as a number
    return as_json(json.loads(found)) if any(word in found for word in ("NaN", "Infinity")) else found
