"""An object store that fails, and a full disk of the cache: sentences, and nothing acknowledged is lost."""

import builtins
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seep.errors import BusyError, LostError, SettingsError, StorageError, WorkspaceError
from seep.settings import read_settings
from seep.store.files import bucket_store
from seep.store.files import cache as caches
from seep.store.files.blobs import Blobs, open_blobs
from seep.store.files.bucket import CHUNK_BYTES
from seep.store.files.bucket_store import BucketStore
from seep.store.files.cache import NodeCache
from seep.store.store import open_store
from tests.buckets import FaultyServer, faulty_server, make_bucket, point_to

MIB = 1 << 20
CACHE_BYTES = 64 * MIB


@pytest.fixture(scope="module")
def faulty() -> Iterator[FaultyServer]:
    with faulty_server() as proxy:
        yield proxy


@pytest.fixture
def url(faulty: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("seep.store.files.bucket.REQUEST_S", 1)
    monkeypatch.setattr("seep.store.files.bucket.RETRIES", 1)
    point_to(monkeypatch, faulty.address)
    yield f"s3://{make_bucket(faulty.address)}/team"
    faulty.fault = None


@pytest.fixture
def files(url: str, tmp_path: Path) -> BucketStore:
    opened = open_blobs(tmp_path, url, NodeCache(tmp_path / "a", CACHE_BYTES))
    assert isinstance(opened, BucketStore)
    return opened


def elsewhere(url: str, tmp_path: Path) -> Blobs:
    """The same files from a machine without copies of them."""
    return open_blobs(tmp_path, url, NodeCache(tmp_path / f"other-{time.monotonic_ns()}", CACHE_BYTES))


def refusing(_method: str, _path: str, _status: int, _data: bytes) -> tuple[int, bytes]:
    return 500, b"<Error><Code>InternalError</Code></Error>"


def denying(_method: str, _path: str, _status: int, _data: bytes) -> tuple[int, bytes]:
    return 403, b"<Error><Code>AccessDenied</Code></Error>"


def stalling(_method: str, _path: str, _status: int, _data: bytes) -> None:
    time.sleep(2)


def hanging_up(_method: str, _path: str, _status: int, _data: bytes) -> None:
    return None


FAULTS = {"500": refusing, "timeout": stalling, "hangs up": hanging_up, "denied": denying}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_store_that_fails_is_named_and_loses_nothing(
    faulty: FaultyServer, files: BucketStore, url: str, tmp_path: Path, kind: str
) -> None:
    old = files.put(b"an old mask", ".png")
    large = tmp_path / "large.bin"
    large.write_bytes(os.urandom(CHUNK_BYTES + 10))
    faulty.fault = FAULTS[kind]
    remedy = "Check AWS_ACCESS_KEY_ID" if kind == "denied" else "Check the object store, then try again"
    there = files.bucket
    for call in (
        lambda: files.put(b"a new mask", ".png"),
        lambda: files.put_file(large, ".bin"),
        lambda: BucketStore(there, NodeCache(tmp_path / "empty", MIB)).read(old, ".png"),
        lambda: BucketStore(there, NodeCache(tmp_path / "empty", MIB)).local(old, ".png"),
        lambda: files.check(old, ".png"),
        lambda: list(files.stored()),
    ):
        with pytest.raises(StorageError, match=remedy) as caught:
            call()
        assert not isinstance(caught.value, LostError)
        assert isinstance(caught.value, BusyError) == (kind != "denied")  # 503: the browser sends it again
        assert url in str(caught.value)
        assert "Nothing was changed" in str(caught.value)
    assert files.read(old, ".png") == b"an old mask"  # from the cache
    faulty.fault = None
    assert elsewhere(url, tmp_path).read(old, ".png") == b"an old mask"
    new = files.put(b"a new mask", ".png")
    assert elsewhere(url, tmp_path).read(new, ".png") == b"a new mask"


def test_a_short_failure_is_not_noticed(faulty: FaultyServer, files: BucketStore) -> None:
    failed: list[str] = []

    def once(method: str, path: str, status: int, data: bytes) -> tuple[int, bytes]:
        if len(failed) < 1:
            failed.append(method)
            return refusing(method, path, status, data)
        return status, data

    faulty.fault = once
    sha = files.put(
        b"a mask", ".png"
    )  # the server stored it, answered 500, and finds it at the second attempt
    assert failed == ["PUT"]
    faulty.fault = None
    files.check(sha, ".png")


def test_wrong_bytes_are_never_returned(
    faulty: FaultyServer, files: BucketStore, url: str, tmp_path: Path
) -> None:
    sha = files.put(b"a mask", ".png")
    other = elsewhere(url, tmp_path)

    def flipped(method: str, _path: str, status: int, data: bytes) -> tuple[int, bytes]:
        return status, bytes([data[0] ^ 1]) + data[1:] if method == "GET" and data else data

    faulty.fault = flipped
    for read in (other.read, other.local, other.check):
        with pytest.raises(LostError, match="is damaged"):
            read(sha, ".png")
    faulty.fault = None
    assert other.read(sha, ".png") == b"a mask"
    assert other.local(sha, ".png").read_bytes() == b"a mask"


def test_wrong_bytes_once_are_fetched_again(
    faulty: FaultyServer, files: BucketStore, url: str, tmp_path: Path
) -> None:
    sha = files.put(b"a mask", ".png")
    seen: list[str] = []

    def first(method: str, path: str, status: int, data: bytes) -> tuple[int, bytes]:
        seen.append(path)
        return status, data[:-1] + b"!" if len(seen) == 1 else data

    other = elsewhere(url, tmp_path)
    faulty.fault = first
    assert other.read(sha, ".png") == b"a mask"


def test_a_damaged_copy_in_the_cache_is_fetched_again(files: BucketStore, tmp_path: Path) -> None:
    sha = files.put(b"a mask", ".png")
    files.local(sha, ".png").write_bytes(b"a mesk")
    assert files.read(sha, ".png") == b"a mask"
    assert files.local(sha, ".png").read_bytes() == b"a mask"


def test_a_file_that_changes_during_its_upload_is_not_stored(
    files: BucketStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "weights.bin"
    source.write_bytes(bytes(2 * CHUNK_BYTES))
    whole = bucket_store._parts

    def changed(path: Path, sha: str) -> Iterator[bytes]:
        path.write_bytes(b"1" * 2 * CHUNK_BYTES)
        yield from whole(path, sha)

    monkeypatch.setattr(bucket_store, "_parts", changed)
    with pytest.raises(StorageError, match=r"weights\.bin changed"):
        files.put_file(source, ".bin")
    assert list(files.stored()) == []


def test_a_full_disk_of_the_cache_fails_only_what_needs_a_file(
    url: str, files: BucketStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = elsewhere(url, tmp_path)

    def full(_self: Path, *_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        sha = files.put(b"a mask", ".png")
        assert other.read(sha, ".png") == b"a mask"
        with pytest.raises(StorageError, match=r"No space left on device.*lower SEEP_CACHE_MB"):
            other.local(sha, ".png")
    assert other.local(sha, ".png").read_bytes() == b"a mask"


def test_the_cache_stays_within_its_limit_and_loses_the_oldest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches, "IN_USE_S", 0.0)
    cache = NodeCache(tmp_path, 10 * MIB)
    now = time.time()
    for number in range(30):
        path = cache.write(f"{number:02d}/x.bin", (bytes(MIB),))
        os.utime(path, (now - 1000 + number,) * 2)
        if number > 2:
            assert cache.find("02/x.bin")  # read again and again
            os.utime(tmp_path / "02" / "x.bin", (now - 1000 + number + 0.5,) * 2)
    left = sorted(path.parent.name for path in tmp_path.rglob("*.bin"))
    assert len(left) <= 10
    assert "02" in left
    assert "29" in left
    assert "03" not in left


def test_files_in_use_stay_in_a_cache_that_is_too_small(tmp_path: Path) -> None:
    cache = NodeCache(tmp_path, MIB)
    for number in range(3):
        cache.write(f"{number}/x.bin", (bytes(MIB),))
    assert all(cache.find(f"{number}/x.bin") for number in range(3))


def test_readers_and_writers_share_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes of a machine are two caches of one folder."""
    monkeypatch.setattr(caches, "IN_USE_S", 0.0)
    wrong: list[str] = []

    def work(seed: int) -> None:
        cache = NodeCache(tmp_path, MIB)
        for number in range(60):
            name = f"{(number * seed) % 20}/x.bin"
            path = cache.find(name)
            try:
                if path is not None and len(path.read_bytes()) != MIB // 8:
                    wrong.append(name)
            except FileNotFoundError:
                pass
            cache.write(name, (bytes(MIB // 16), bytes(MIB // 16)))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 3, 7, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("address", ["http://x/y", "s3://", "bucket", "s3://b?x=1"])
def test_an_address_that_is_no_bucket_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(WorkspaceError, match=r"Use s3://BUCKET/PREFIX"):
        open_store(tmp_path, files_url=address)


def test_a_bucket_that_is_missing_is_named(url: str, tmp_path: Path) -> None:
    missing = url.replace("seep-", "other-")
    with pytest.raises(WorkspaceError, match=missing):
        open_store(tmp_path / "w", files_url=missing)


def test_the_library_is_named_where_it_is_missing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name.startswith("obstore"):
            raise ModuleNotFoundError("No module named 'obstore'", name="obstore")
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(WorkspaceError, match=r"library obstore.*requirements-cluster\.txt"):
        open_blobs(tmp_path, url, NodeCache(tmp_path, CACHE_BYTES))


def test_the_settings_have_the_bucket_and_the_size_of_the_cache() -> None:
    made = read_settings({"SEEP_FILES_URL": "s3://bucket/team", "SEEP_CACHE_MB": "100"})
    assert (made.files_url, made.cache_mb) == ("s3://bucket/team", 100)
    with pytest.raises(SettingsError, match="SEEP_CACHE_MB"):
        read_settings({"SEEP_CACHE_MB": "0"})
