"""What only PostgreSQL does: hosts that open together, states between statements, names, JSON, errors as sentences."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from seep.errors import StorageError, WorkspaceError
from seep.store import checkpoints, inspection, jobs, key_value, scenes, tile_queries
from seep.store.database import make_engine, opening_error_text
from seep.store.store import Store, open_store
from seep.web.responses import error_answer
from seep_testing.patience import PATIENCE_S
from tests import postgresql_server
from tests.databases import SERVER, connect, environment, open_at, url_of
from tests.store.conftest import add_checkpoint, sha

on_postgresql = pytest.mark.skipif(SERVER is None, reason="SEEP_TEST_DATABASE names no PostgreSQL server")

OPEN = """
import os, sys, pathlib
from seep.store.store import open_store
open_store(pathlib.Path(sys.argv[1]), os.environ["SEEP_DATABASE_URL"]).close()
"""


@on_postgresql
def test_three_hosts_with_folders_of_their_own_open_a_new_database_at_once(tmp_path: Path) -> None:
    shared = environment(tmp_path)
    hosts = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(tmp_path / f"host {number}")], stderr=subprocess.PIPE, env=shared
        )
        for number in range(3)
    ]
    for host in hosts:
        _, errors = host.communicate(timeout=PATIENCE_S)
        assert host.returncode == 0, errors.decode()
    with connect(tmp_path).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1


def at_once(count: int, work: Callable[[int], object]) -> list[object]:
    """Results of calls in threads that start together; errors are raised."""
    found: list[object] = [None] * count
    barrier = threading.Barrier(count)

    def call(number: int) -> None:
        barrier.wait()
        try:
            found[number] = work(number)
        except Exception as error:
            found[number] = error

    threads = [threading.Thread(target=call, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in found:
        if isinstance(one, Exception):
            raise one
    return found


@pytest.fixture
def hosts(store: Store, root: Path) -> Iterator[list[Store]]:
    """Stores of eight hosts, whose threads share no lock; with SQLite, eight threads of one process."""
    others = [] if SERVER is None else [open_at(root) for _ in range(7)]
    yield [store, *others] if others else [store] * 8
    for one in others:
        one.close()


def test_increments_promotes_and_repeated_requests_of_eight_hosts_are_all_kept(hosts: list[Store]) -> None:
    with hosts[0].transaction() as session:
        ids = [add_checkpoint(session, name).id for name in ("one", "two")]
        checkpoints.promote(session, ids[0], "ana")

    def work(number: int) -> int:
        for _ in range(5):
            with hosts[number].transaction() as session:
                key_value.set_value(session, "sum", key_value.get_value(session, "sum", 0) + 1)
        with hosts[number].transaction() as session:
            checkpoints.promote(session, ids[1], "ana")
        with hosts[number].transaction() as session:
            return jobs.enqueue(session, "predict", {}, "ana", "one request").id

    made = at_once(8, work)
    with hosts[0].transaction() as session:
        assert key_value.get_value(session, "sum") == 40
        assert len(checkpoints.promotions(session)) == 2
        assert checkpoints.roll_back(session, "ana").id == ids[0]
    assert len(set(made)) == 1


def test_a_reader_sees_one_state_while_another_host_writes(store: Store, root: Path) -> None:
    other = open_at(root)
    with store.transaction() as session:
        key_value.set_value(session, "value", 1)
    written = threading.Event()

    def write() -> None:
        with other.transaction() as session:
            key_value.set_value(session, "value", 2)
        written.set()

    with store.reading() as session:
        first = key_value.get_value(session, "value")
        writer = threading.Thread(target=write)
        writer.start()
        written.wait(
            0.3 if SERVER is None else PATIENCE_S
        )  # with a rollback journal, the writer waits for readers
        session.expire_all()
        assert (first, key_value.get_value(session, "value")) == (1, 1)
    writer.join()
    other.close()


def test_names_sort_by_their_bytes_on_every_database(
    store: Store, add_tiles: Callable[..., list[int]]
) -> None:
    names = ["a b", "B", "a", "Ä", "_x", "a-b", "ab", "A"]
    for name in names:
        add_tiles(1, scene=name)
    with store.reading() as session:
        assert [one.name for one in scenes.list_scenes(session)] == sorted(names)
        found = [one.name for one in tile_queries.list_tiles(session, limit=3)]
        last = tile_queries.list_tiles(session, limit=3)[-1].id
        found += [one.name for one in tile_queries.list_tiles(session, after=last)]
    assert found == sorted(f"{name}.000000" for name in names)


def test_hashes_inside_of_json_keep_their_files(store: Store) -> None:
    with store.transaction() as session:
        key_value.set_value(session, "files", {"list": [sha(7)], "path": f"{sha(8)[:2]}/{sha(8)[2:]}.png"})
    with store.reading() as session:
        assert {sha(7), sha(8)} <= inspection.mentioned_hashes(session)


@on_postgresql
def test_numbers_that_json_does_not_have_are_stored_as_none(store: Store) -> None:
    with store.transaction() as session:
        key_value.set_value(session, "loss", {"values": [1.5, float("nan")], "best": float("inf")})
    with store.reading() as session:
        assert key_value.get_value(session, "loss") == {"values": [1.5, None], "best": None}


@on_postgresql
def test_a_lost_connection_is_a_sentence_and_the_next_transaction_works(store: Store, root: Path) -> None:
    def interrupted() -> None:
        with store.transaction() as session:
            key_value.set_value(session, "half", 1)
            session.flush()
            with connect(root).connect() as connection:
                connection.execute(
                    text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                         "WHERE datname = current_database() AND pid <> pg_backend_pid()")
                )  # fmt: skip

    with pytest.raises(StorageError, match=r"cannot be reached.*check your last change"):
        interrupted()
    with store.transaction() as session:
        assert key_value.get_value(session, "half") is None
        key_value.set_value(session, "whole", 1)


def test_a_restart_of_the_server_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    folder = postgresql_server.programs()
    if folder is None:
        pytest.skip("no PostgreSQL")
    with postgresql_server.server(folder) as url:
        store = open_store(tmp_path, url)
        with store.transaction() as session:
            key_value.set_value(session, "acknowledged", 1)
        with store.reading() as session:
            data = session.scalar(text("SHOW data_directory"))

        def interrupted() -> None:
            with store.transaction() as session:
                key_value.set_value(session, "half", 1)
                session.flush()
                restart = ("--pgdata", str(data), "--silent", "--wait", "--mode", "fast", "restart")
                postgresql_server.run(
                    *postgresql_server.as_user()[0], str(folder / "pg_ctl"), *restart, cwd=Path("/")
                )

        with pytest.raises(StorageError, match=r"cannot be reached.*check your last change") as caught:
            interrupted()
        answer = error_answer(caught.value)  # browsers send a save again by themselves
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        with store.transaction() as session:
            assert key_value.get_value(session, "half") is None
            assert key_value.get_value(session, "acknowledged") == 1
            key_value.set_value(session, "half", 2)
        with store.reading() as session:
            assert key_value.get_value(session, "half") == 2
        store.close()


@on_postgresql
@pytest.mark.parametrize("hours", [1, -1])
def test_a_worker_whose_clock_is_off_by_an_hour_neither_takes_nor_loses_a_job(
    store: Store, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    class Off(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Off":
            return cls.fromtimestamp(time.time() + 3600 * hours, tz)

    with store.transaction() as session:
        first = jobs.enqueue(session, "predict", {}, "ana").id
        jobs.claim_next(session, "right")
    with monkeypatch.context() as patch:
        for module in ("seep.store.database", "seep.store.schema"):
            patch.setattr(f"{module}.datetime", Off)
        with store.transaction() as session:
            assert jobs.claim_next(session, "wrong") is None
            second = jobs.enqueue(session, "predict", {}, "ana").id
            taken = jobs.claim_next(session, "wrong")
            assert taken is not None
            assert taken.id == second
            assert not jobs.heartbeat(session, second, 0.5, "half", worker="wrong")
    with store.transaction() as session:
        assert jobs.claim_next(session, "right") is None
        assert not jobs.heartbeat(session, first, 0.5, "half", worker="right")
        assert jobs.finish(session, second, "done", worker="wrong")


@on_postgresql
def test_a_text_that_is_too_long_is_a_sentence(store: Store) -> None:
    def write() -> None:
        with store.transaction() as session:
            key_value.set_value(session, "k" * 65, 1)

    with pytest.raises(StorageError, match=r"longer than the database accepts.*Nothing was changed"):
        write()


@on_postgresql
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"port": 1}, "cannot be reached"),
        ({"database": "no_such_database"}, "does not exist"),
        ({"host": "no.such.host.invalid"}, "cannot be reached"),
    ],
)
def test_a_server_that_refuses_is_named_in_a_sentence(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    from sqlalchemy import make_url

    url = make_url(SERVER or "").set(**changes).render_as_string(hide_password=False)  # type: ignore[arg-type]
    with pytest.raises(WorkspaceError, match=words) as caught:
        open_store(tmp_path, url)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (psycopg.errors.DiskFull, "disk of the database server is full"),
        (psycopg.errors.LockNotAvailable, "busy for more than 5 s"),
        (psycopg.errors.TooManyConnections, "no free connection"),
        (psycopg.errors.InsufficientPrivilege, "owner of the database"),
        (psycopg.errors.AdminShutdown, "cannot be reached"),
        (psycopg.OperationalError, "cannot be reached"),
    ],
)
def test_errors_of_the_server_are_said_in_plain_words(kind: type[Exception], words: str) -> None:
    assert words in opening_error_text(OperationalError("SELECT 1", None, kind("whatever")))


def test_a_database_that_seep_does_not_support_is_refused() -> None:
    with pytest.raises(WorkspaceError, match=r"'mysql\+pymysql'.*Use sqlite or postgresql\+psycopg"):
        make_engine("mysql+pymysql://host/name")


def test_a_missing_driver_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from seep.store.database import make_engine\n"
        "from seep.errors import WorkspaceError\n"
        "try:\n    make_engine('postgresql+psycopg://host/name')\n"
        "except WorkspaceError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ}, capture_output=True, text=True, check=True
    )
    assert "psycopg, which is not installed" in done.stdout
    assert "requirements-postgresql.txt" in done.stdout


def test_the_embedded_database_loads_no_driver_of_another_one(root: Path) -> None:
    code = (
        "import sys, pathlib; from seep.store.store import open_store\n"
        "open_store(pathlib.Path(sys.argv[1])).close(); print('psycopg' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(root / "own")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@on_postgresql
def test_a_folder_without_the_files_of_the_database_is_refused(root: Path, tmp_path: Path) -> None:
    store = open_at(root)
    with store.transaction() as session:
        checkpoints.add_checkpoint(
            session,
            name="base",
            parent_id=None,
            run_id=None,
            weights_sha256=store.files.put(b"weights", ".safetensors"),
            card={"name": "base"},
            author="ada",
        )
    store.close()
    with pytest.raises(WorkspaceError, match="has no files of the workspace in the database"):
        open_store(tmp_path / "mount", url_of(root))  # its disk is not mounted
    open_at(root).close()
