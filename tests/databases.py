"""The databases of tests: SQLite in the workspace's folder, or PostgreSQL with one database per workspace.

`SEEP_TEST_DATABASE=postgresql+psycopg://user@host/postgres pytest tests/store` runs the same tests on a
PostgreSQL server. The user needs the right to create databases. Tests about SQLite itself have the mark `sqlite`.
"""

import hashlib
import os
import secrets
import shutil
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, make_url, text

from seep.store import sqlite
from seep.store.store import Store, open_store

SERVER = os.environ.get("SEEP_TEST_DATABASE") or None
_OF_THIS_PROCESS = f"seep_test_{secrets.token_hex(4)}"
_made: dict[Path, str] = {}
_engines: list[Engine] = []


def url_of(root: Path) -> str | None:
    """Address of the database of a workspace, made empty at the first call; None for SQLite."""
    if SERVER is None:
        return None
    root = root.absolute()
    if root not in _made:
        _create(root, "template0")
    return _address(_made[root])


def open_at(root: Path) -> Store:
    """Open the store of a workspace on the database under test."""
    return open_store(root, url_of(root))


def environment(root: Path) -> dict[str, str]:
    """Environment of a process that opens the store at `root` with `SEEP_DATABASE_URL`."""
    url = url_of(root)
    return {**os.environ, **({"SEEP_DATABASE_URL": url} if url else {})}


def copy_database(source: Path, target: Path) -> None:
    """Copy the database of a workspace to another folder."""
    if SERVER is None:
        shutil.copy(source / "seep.db", target / "seep.db")
        return
    url_of(source)
    _create(target.absolute(), _made[source.absolute()])


def copy_workspace(source: Path, target: Path) -> None:
    """Copy the folder of a workspace and its database."""
    shutil.copytree(source, target)
    if SERVER is not None:
        copy_database(source, target)


def drop_databases(below: Path) -> None:
    """Drop the databases of the workspaces in a folder."""
    for root in [one for one in _made if one.is_relative_to(below.absolute())]:
        _on_server(f"DROP DATABASE IF EXISTS {_made.pop(root)} WITH (FORCE)")


def connect(root: Path) -> Engine:
    """Return an engine without the settings of the store, to look at the tables of a workspace or change them."""
    url = url_of(root)
    engine = (
        create_engine(url)
        if url
        else create_engine(URL.create("sqlite", database=str(root / "seep.db")), module=sqlite.dbapi)
    )
    _engines.append(engine)
    return engine


def close_engines() -> None:
    """Close the connections of `connect`."""
    while _engines:
        _engines.pop().dispose()


def _create(root: Path, template: str) -> None:
    name = f"{_OF_THIS_PROCESS}_{hashlib.sha256(str(root).encode()).hexdigest()[:16]}"
    _on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    # Copying files is quicker than writing them to the log for small databases on a server without sync.
    _on_server(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    _made[root] = name


def _address(name: str) -> str:
    return make_url(SERVER or "").set(database=name).render_as_string(hide_password=False)


def _on_server(statement: str) -> None:
    engine = create_engine(SERVER or "", isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()
