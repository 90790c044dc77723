from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from seep.errors import WorkspaceError
from seep.store import database, key_value, sqlite
from seep.store.database import make_engine, opening_error_text
from seep.store.sqlite import is_on_network, wal_is_safe
from seep.store.store import open_store


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_write_ahead_logging_only_where_it_cannot_corrupt(version: tuple[int, int, int], safe: bool) -> None:
    assert wal_is_safe(version) is safe


@pytest.mark.parametrize(
    ("path", "network"), [("/srv/seep/seep.db", True), ("/srv/other.db", False), ("/srv/with space/a", True)]
)
def test_network_file_systems_are_known_by_their_mounts(tmp_path: Path, path: str, network: bool) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        "40 22 0:50 / /srv/seep rw,relatime shared:2 - nfs4 host:/seep rw\n"
        "41 22 0:51 / /srv/with\\040space rw,relatime - fuse.sshfs host: rw\n"
    )
    assert is_on_network(Path(path), mounts) is network
    assert not is_on_network(Path(path), tmp_path / "none")


@pytest.mark.parametrize("url", ["not a url", "nosuchdatabase://host/name"])
def test_an_unusable_address_names_the_setting(url: str) -> None:
    with pytest.raises(WorkspaceError, match="SEEP_DATABASE_URL"):
        make_engine(url)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("database or disk is full", "disk of the workspace is full"),
        ("database is locked", "busy for more than 5 s"),
        ("disk I/O error", "reports an error"),
        ("file is not a database", "damaged"),
        ("something new", "something new"),
    ],
)
def test_what_the_disk_does_is_said_in_plain_words(reason: str, words: str) -> None:
    error = DBAPIError("SELECT 1", None, sqlite.OperationalError(reason))
    assert words in opening_error_text(error)


def test_the_log_of_a_large_transaction_is_copied_and_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sqlite.VERSION < (3, 51, 3):
        pytest.skip("no write-ahead log with this SQLite")
    monkeypatch.setattr(database, "LOG_BYTES", 100_000)
    store = open_store(tmp_path)
    log, large = tmp_path / "seep.db-wal", "x" * 5_000_000

    def save(value: str) -> None:
        with store.transaction() as session:
            key_value.set_value(session, "value", value)

    with store.reading() as session:
        assert key_value.get_value(session, "value") is None  # a reader of the state before
        save(large)
    before = (tmp_path / "seep.db").stat().st_size
    store.copy_log()
    assert (tmp_path / "seep.db").stat().st_size > before + 4_000_000
    assert log.stat().st_size > 5_000_000
    save("small")
    assert log.stat().st_size <= 100_000
    with store.reading() as session:
        assert key_value.get_value(session, "value") == "small"
    store.close()
