"""Connections to PostgreSQL: one writer at a time, and readers that see one state.

Writers take one advisory lock per workspace, so what a transaction has read cannot change before its commit, as
with SQLite. Without it, 8 threads with 10 increments each kept 12 of 80. SERIALIZABLE would raise errors at commits,
and a `with` block cannot run again.
"""

import json
import math
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

DRIVER = "psycopg"
WAIT_TO_OPEN_MS = 300_000
"""A process that opens the workspace waits this long for another one that migrates it."""

_LOCK = 0x5EE9
_IDLE_MS = 300_000
"""The server ends a write transaction without a statement for this long: its host may have lost power."""

_KEEPALIVE = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"


def make_postgresql_engine(url: URL) -> Engine:
    """Return an engine for a PostgreSQL server; connections that the server has closed are replaced."""
    defaults = {"connect_timeout": 10, "application_name": "seep"}
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=15,
        json_serializer=as_json,
        connect_args={name: value for name, value in defaults.items() if name not in url.query},
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def sort_by_bytes(connection: Connection) -> None:
    """Give the text columns the collation "C", so that names sort as in SQLite and Python on every server."""
    rows = connection.exec_driver_sql(
        "SELECT table_name, column_name, data_type, character_maximum_length FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND data_type IN ('character varying', 'text') "
        "AND collation_name IS DISTINCT FROM 'C' AND table_name <> 'alembic_version'"
    ).all()
    quote = connection.dialect.identifier_preparer.quote
    tables: dict[str, list[str]] = {}
    for table, column, kind, length in rows:
        full = f"{kind}({length})" if length else kind
        tables.setdefault(table, []).append(f'ALTER COLUMN {quote(column)} TYPE {full} COLLATE "C"')
    for table, changes in tables.items():
        connection.exec_driver_sql(f"ALTER TABLE {quote(table)} {', '.join(changes)}")


def _prepare_connection(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_KEEPALIVE)
    connection.commit()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("seep_writing", False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return
    connection.exec_driver_sql(
        f"SET LOCAL lock_timeout = {options['seep_wait_ms']}; "
        f"SET LOCAL idle_in_transaction_session_timeout = {_IDLE_MS}; "
        f"SELECT pg_advisory_xact_lock({_LOCK}, hashtext(coalesce(current_schema(), '')))"
    )


def as_json(value: Any) -> str:
    """Return a value as JSON; numbers that JSON does not have become null, as PostgreSQL refuses them."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value
