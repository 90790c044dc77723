"""Migrate a database to this version's tables, with Alembic and the revisions in `migrations`."""

from functools import lru_cache
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect

from seep.errors import WorkspaceError
from seep.store.database import sort_by_bytes

_FOLDER = Path(__file__).resolve().parent / "migrations"


def migration_scripts() -> ScriptDirectory:
    """Return the package's migrations as Alembic sees them."""
    return _scripts_in(_FOLDER)


@lru_cache(maxsize=4)
def _scripts_in(folder: Path) -> ScriptDirectory:
    """Load the migrations once; this is the slowest part of opening a store."""
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return ScriptDirectory.from_config(config)


def has_tables(connection: Connection) -> bool:
    """Return whether a database has tables of any version of Seep."""
    return MigrationContext.configure(connection).get_current_revision() is not None


def migrate(connection: Connection, target: str = "head") -> None:
    """Migrate a database to a revision, in the caller's transaction.

    The DDL of SQLite and PostgreSQL is transactional, so a killed migration leaves the old version.

    Raises:
        WorkspaceError: the database was made by a newer version, or its tables are not Seep's.
    """
    scripts = migration_scripts()
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None and inspect(connection).get_table_names():
        raise WorkspaceError(
            "The database holds tables of another program. Use a separate database for the workspace."
        )
    if current is not None and not _known(scripts, current):
        raise WorkspaceError(
            f"The workspace was last opened by a newer version of Seep (table version {current}). "
            "Update Seep, or choose another workspace."
        )
    if current == scripts.get_current_head() and target == "head":
        return
    # What `alembic upgrade` does, without the env.py that it would load and run as a script.
    environment = EnvironmentContext(
        Config(), scripts, fn=lambda revision, _context: scripts._upgrade_revs(target, revision)
    )
    environment.configure(connection=connection, transactional_ddl=True, render_as_batch=True)
    with environment.begin_transaction():
        environment.run_migrations()
    sort_by_bytes(connection)


def _known(scripts: ScriptDirectory, revision: str) -> bool:
    try:
        return scripts.get_revision(revision) is not None
    except CommandError:
        return False
