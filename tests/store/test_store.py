import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from seep.errors import StorageError, WorkspaceError
from seep.store import database, key_value, revisions, scenes, sqlite
from seep.store.identity import ID_FILE, forget_id, read_id
from seep.store.store import Store, open_store
from seep_testing.patience import PATIENCE_S
from tests.databases import SERVER, environment, open_at, url_of
from tests.store.conftest import new_tile


def pragma(store: Store, name: str) -> object:
    with store.reading() as session:
        return session.execute(text(f"PRAGMA {name}")).scalar()


def test_a_new_folder_becomes_a_workspace(tmp_path: Path) -> None:
    store = open_at(tmp_path / "a" / "b")
    with store.reading() as session:
        assert scenes.list_scenes(session) == []
    assert (tmp_path / "a" / "b" / "seep.db").is_file() is (SERVER is None)
    assert (tmp_path / "a" / "b" / "files").is_dir()
    store.close()


def test_what_is_kept_is_there_after_opening_again(root: Path) -> None:
    first = open_at(root)
    with first.transaction() as session:
        key_value.set_value(session, "answer", 42)
    first.close()
    second = open_at(root)
    with second.reading() as session:
        assert key_value.get_value(session, "answer") == 42
    second.close()


@pytest.mark.sqlite
def test_names_with_odd_characters_open_too(tmp_path: Path) -> None:
    root = tmp_path / "a?b%20c#d ü"
    open_at(root).close()
    assert (root / "seep.db").is_file()


@pytest.mark.sqlite
def test_connections_are_set_up_for_safety(store: Store) -> None:
    safe = sqlite.wal_is_safe(sqlite.VERSION)
    assert pragma(store, "journal_mode") == ("wal" if safe else "delete")
    assert pragma(store, "synchronous") == 3  # with 2, a power cut can bring back the journal of a commit
    assert pragma(store, "foreign_keys") == 1
    assert pragma(store, "busy_timeout") == 5000


@pytest.mark.sqlite
def test_write_ahead_logging_is_used_where_it_is_safe_and_left_where_not(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for safe, mode in ((True, "wal"), (False, "delete")):
        monkeypatch.setattr(sqlite, "wal_is_safe", lambda _version, safe=safe: safe)
        store = open_at(root)
        assert pragma(store, "journal_mode") == mode
        with store.transaction() as session:
            key_value.set_value(session, mode, True)
        store.close()


def test_a_transaction_that_raises_keeps_nothing(store: Store) -> None:
    def fail() -> None:
        with store.transaction() as session:
            key_value.set_value(session, "half", 1)
            session.flush()
            raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed"):
        fail()
    with store.reading() as session:
        assert key_value.get_value(session, "half") is None


def test_a_reading_session_cannot_write(store: Store) -> None:
    def write() -> None:
        with store.reading() as session:
            key_value.set_value(session, "sneaky", 1)
            session.flush()

    with pytest.raises(StorageError, match="not writable"):
        write()
    with store.transaction() as session:  # the same connection may write again
        key_value.set_value(session, "honest", 1)


def test_a_missing_parent_row_is_refused_by_the_database(store: Store) -> None:
    def orphan() -> None:
        with store.transaction() as session:
            session.execute(text("INSERT INTO job_event (job_id, created_at, data) VALUES (99, '', '{}')"))

    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        orphan()


@pytest.mark.sqlite
def test_a_full_disk_changes_nothing_and_says_so(store: Store) -> None:
    with store.transaction() as session:
        key_value.set_value(session, "old", "whole")
        pages = session.execute(text("PRAGMA page_count")).scalar()

    def fill() -> None:
        with store.transaction() as session:
            session.execute(text(f"PRAGMA max_page_count={pages}"))
            for number in range(100):
                key_value.set_value(session, f"new {number}", "x" * 10_000)

    with pytest.raises(StorageError, match=r"full\. Free some space.*Nothing was changed"):
        fill()
    with store.reading() as session:
        session.execute(text("PRAGMA max_page_count=1000000"))
        assert key_value.get_value(session, "old") == "whole"
        assert key_value.get_value(session, "new 0") is None
    with store.transaction() as session:
        key_value.set_value(session, "later", "works")


@pytest.mark.parametrize("same_process", [True, False])
def test_a_writer_that_waits_too_long_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch, same_process: bool
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    store = open_at(root)
    other = store if same_process else open_at(root)

    def write() -> None:
        with other.transaction() as session:
            key_value.set_value(session, "late", 1)

    with store.transaction() as session:
        key_value.set_value(session, "held", 1)
        with pytest.raises(StorageError, match="busy"):
            write()
    write()
    other.close()
    store.close()


@pytest.mark.sqlite
@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_database_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "seep.db").write_bytes(content)
    with pytest.raises(WorkspaceError, match="damaged"):
        open_at(tmp_path)
    assert (tmp_path / "seep.db").read_bytes() == content


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WorkspaceError, match="cannot be used"):
        open_at(tmp_path / "file" / "workspace")


def test_two_processes_may_open_a_new_workspace_at_once(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib; from seep.store.store import open_store\n"
        "open_store(pathlib.Path(sys.argv[1]), os.environ.get('SEEP_DATABASE_URL'))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE, env=environment(tmp_path)
        )
        for _ in range(2)
    ]
    for process in processes:
        _, errors = process.communicate()
        assert process.returncode == 0, errors.decode()


SAVE_FOREVER = """
import json, os, sys
from pathlib import Path
from seep.store import revisions, scenes
from seep.store.store import open_store
store, tile_id = open_store(Path(sys.argv[1]), os.environ.get("SEEP_DATABASE_URL")), int(sys.argv[2])
with store.reading() as session:
    head = scenes.get_tile(session, tile_id).head_revision_id
for number in range(10**6):
    data = f"{sys.argv[3]} {number}".encode() * 2000
    sha = store.files.put(data, ".png")
    with store.transaction() as session:
        head = revisions.save_revision(
            session, tile_id, base_revision_id=head, mask_sha256=sha, kind="accept", author="ana",
            request_id=f"{sys.argv[3]} {number}", correction_px=number, classes={1: number + 1},
        ).id
    print(json.dumps([head, sha]), flush=True)
"""


def test_a_kill_in_the_middle_of_saves_loses_none_that_was_acknowledged(root: Path) -> None:
    first = open_at(root)
    with first.transaction() as session:
        scene = scenes.add_scene(
            session, name="s", split="train", statistics={}, nodata=None, columns=None, bands=1, dtype="uint8"
        )
        (tile_id,) = scenes.add_tiles(session, scene.id, [new_tile("s.1")], "ana")
    first.close()
    acknowledged: list[tuple[int, str]] = []
    for attempt in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVE_FOREVER, str(root), str(tile_id), str(attempt)],
            env=environment(root),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(0.05 + 0.007 * attempt)
        process.send_signal(signal.SIGKILL)
        lines += process.communicate()[0].splitlines()
        acknowledged += [json.loads(line) for line in lines if line.strip().endswith("]")]
    store = open_at(root)
    with store.reading() as session:
        found = {one.id: one for one in revisions.history(session, tile_id)}
        tile = scenes.get_tile(session, tile_id)
    for revision_id, sha in acknowledged:
        assert found[revision_id].mask_sha256 == sha
        store.files.read(sha, ".png")
    head = found[max(found)]
    assert (tile.head_revision_id, tile.seep_area_px) == (head.id, head.correction_px + 1)
    store.close()


WRITE_FOR_A_WHILE = """
import os, sys, threading, time
from pathlib import Path
from seep.store import key_value
from seep.store.store import open_store
store = open_store(Path(sys.argv[1]), os.environ.get("SEEP_DATABASE_URL"))
end, slowest, count = time.monotonic() + float(sys.argv[3]), [0.0], [0]
def work(name):
    while time.monotonic() < end:
        began = time.monotonic()
        with store.transaction() as session:
            key_value.set_value(session, name, key_value.get_value(session, name, 0) + 1)
        with store.reading() as session:
            key_value.get_value(session, name)
        slowest[0] = max(slowest[0], time.monotonic() - began)
        count[0] += 1
failed = []
threading.excepthook = lambda args: failed.append(args.exc_value)
threads = [threading.Thread(target=work, args=(f"{sys.argv[2]} {number}",)) for number in range(5)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
if failed:
    sys.exit(repr(failed[0]))
print(count[0], slowest[0])
"""


def test_twenty_writers_in_four_processes_never_see_a_lock(root: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_A_WHILE, str(root), str(number), "2"],
            env=environment(root),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    total = 0
    for process in processes:
        output, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, errors
        total += int(output.split()[0])
    store = open_at(root)
    with store.reading() as session:
        kept = [key_value.get_value(session, f"{p} {t}", 0) for p in range(4) for t in range(5)]
    store.close()
    assert sum(kept) == total > 20


def test_threads_share_a_store(store: Store) -> None:
    failed: list[BaseException] = []

    def count() -> None:
        try:
            for _ in range(10):
                with store.transaction() as session:
                    key_value.set_value(session, "sum", key_value.get_value(session, "sum", 0) + 1)
        except StorageError as error:
            failed.append(error)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with store.reading() as session:
        assert key_value.get_value(session, "sum") == 80


@pytest.mark.sqlite
def test_a_closed_store_leaves_the_file_free(store: Store, root: Path) -> None:
    with store.transaction() as session:
        key_value.set_value(session, "a", 1)
    store.close()
    (root / "seep.db").rename(root / "moved.db")
    assert sqlite.connect(root / "moved.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.sqlite
def test_an_older_workspace_gets_an_id_and_a_folder_of_another_one_is_refused(root: Path) -> None:
    open_at(root).close()
    first = read_id(root)
    forget_id(root / "seep.db")
    (root / ID_FILE).unlink()  # as an older version leaves it
    open_at(root).close()
    second = read_id(root)
    assert first
    assert second
    assert first != second
    (root / ID_FILE).unlink()
    open_at(root).close()
    assert read_id(root) == second
    (root / ID_FILE).write_text(first)
    with pytest.raises(WorkspaceError, match="belongs to another workspace than the database"):
        open_at(root)


@pytest.mark.sqlite
def test_a_workspace_that_lost_its_database_is_not_started_anew(root: Path) -> None:
    open_at(root).close()
    (root / "seep.db").unlink()
    with pytest.raises(WorkspaceError, match="is missing"):
        open_at(root)
    assert not (root / "seep.db").exists()


def test_no_workspace_is_created_where_none_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="There is no workspace"):
        open_store(tmp_path / "missing", url_of(tmp_path / "missing"), create=False)
    assert not (tmp_path / "missing").exists()


def test_an_empty_folder_becomes_private_and_a_used_one_is_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "made by hand"
    root.mkdir(mode=0o755)
    root.chmod(0o755)
    open_at(root).close()
    assert (root.stat().st_mode & 0o777, caplog.messages) == (0o700, [])
    root.chmod(0o750)
    open_at(root).close()
    assert root.stat().st_mode & 0o777 == 0o750
    assert [f"{root} (mode 750)" in one for one in caplog.messages] == [True]
