"""What both stores of files promise: a folder on this machine, and a bucket."""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seep.errors import LostError, StorageError
from seep.store.files.blobs import Blobs, open_blobs
from seep.store.files.bucket import CHUNK_BYTES
from seep.store.files.bucket_images import BUCKET_SCHEME
from seep.store.files.bucket_store import BucketStore
from seep.store.files.cache import NodeCache
from seep.store.files.file_store import FileStore
from tests.buckets import make_bucket, point_to, s3_server

CACHE_BYTES = 64 << 20
Open = Callable[[str], Blobs]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture(params=["folder", "bucket"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open the same stored files from a machine with this name; machines share no folder but the stored files."""
    if request.param == "folder":
        return lambda _machine: open_blobs(tmp_path, None, NodeCache(tmp_path / "cache", CACHE_BYTES))
    address = request.getfixturevalue("server")
    point_to(monkeypatch, address)
    url = f"{BUCKET_SCHEME}{make_bucket(address)}/team/seep"
    return lambda machine: open_blobs(tmp_path, url, NodeCache(tmp_path / machine, CACHE_BYTES))


@pytest.fixture
def files(opened: Open) -> Blobs:
    return opened("a")


def damage(files: Blobs, sha: str, suffix: str, data: bytes) -> None:
    """Replace the bytes of a stored file."""
    if isinstance(files, FileStore):
        files.path(sha, suffix).write_bytes(data)
    else:
        assert isinstance(files, BucketStore)
        files.bucket.replace(f"{sha[:2]}/{sha[2:]}{suffix}", data)


def test_what_was_put_is_read_under_its_hash_on_any_machine(opened: Open) -> None:
    first, second = opened("a"), opened("b")
    sha = first.put(b"a mask", ".png")
    assert sha == hashlib.sha256(b"a mask").hexdigest()
    for files in (first, second):
        assert files.read(sha, ".png") == b"a mask"
        assert files.local(sha, ".png").read_bytes() == b"a mask"
        assert files.size(sha, ".png") == 6
        files.check(sha, ".png")


def test_the_same_bytes_are_stored_once(opened: Open) -> None:
    sha = opened("a").put(b"a mask", ".png")
    (before,) = opened("a").stored()
    assert opened("b").put(b"a mask", ".png") == sha
    (after,) = opened("a").stored()
    assert (after.sha256, after.suffix, after.size_bytes) == (before.sha256, ".png", 6)


def test_empty_bytes_can_be_stored(files: Blobs) -> None:
    assert files.read(files.put(b"", ".bin"), ".bin") == b""


def test_a_large_file_is_stored_in_parts(opened: Open, tmp_path: Path) -> None:
    source = tmp_path / "weights.safetensors"
    source.write_bytes(os.urandom(2 * CHUNK_BYTES + 12345))
    sha = opened("a").put_file(source, ".safetensors")
    assert opened("b").put_file(source, ".safetensors") == sha
    elsewhere = opened("c")
    assert elsewhere.local(sha, ".safetensors").read_bytes() == source.read_bytes()
    elsewhere.check(sha, ".safetensors")
    assert [one.size_bytes for one in elsewhere.stored()] == [2 * CHUNK_BYTES + 12345]


def test_a_small_file_is_stored(files: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "image.tif"
    source.write_bytes(b"an image")
    assert files.read(files.put_file(source, ".tif"), ".tif") == b"an image"


@pytest.mark.parametrize("size", [10, CHUNK_BYTES + 10])
def test_a_missing_source_is_named_and_stores_nothing(files: Blobs, tmp_path: Path, size: int) -> None:
    with pytest.raises(StorageError, match=r"absent\.bin"):
        files.put_file(tmp_path / "absent.bin", ".bin")
    assert list(files.stored()) == []


def test_damaged_bytes_are_refused_and_healed_by_the_next_put(opened: Open) -> None:
    sha = opened("a").put(b"a mask", ".png")
    damage(opened("a"), sha, ".png", b"a mesk")
    for read in (opened("b").read, opened("b").check):
        with pytest.raises(LostError, match="damaged"):
            read(sha, ".png")
    opened("c").put(b"a mask", ".png")
    assert opened("d").read(sha, ".png") == b"a mask"


def test_a_missing_file_is_an_error_that_says_so(files: Blobs) -> None:
    for read in (files.read, files.check, files.local):
        with pytest.raises(LostError, match=r"could not be read|is missing"):
            read("0" * 64, ".png")
    assert files.size("0" * 64, ".png") is None


@pytest.mark.parametrize(
    ("sha", "suffix"),
    [
        ("../../etc/passwd", ".png"),
        ("0" * 63, ".png"),
        ("A" * 64, ".png"),
        ("0" * 64, "/../x"),
        ("0" * 64, ""),
    ],
)
def test_names_that_are_no_hashes_never_become_paths(files: Blobs, sha: str, suffix: str) -> None:
    for use in (files.read, files.local, files.locator, files.check):
        with pytest.raises(StorageError, match="not the name"):
            use(sha, suffix)


def test_eight_that_store_the_same_and_different_bytes_at_once_all_succeed(opened: Open) -> None:
    stores = [opened(str(number)) for number in range(8)]
    named: list[tuple[str, bytes]] = []

    def store(number: int) -> None:
        for data in (b"the same", f"{number}".encode()):
            named.append((stores[number].put(data, ".png"), data))

    threads = [threading.Thread(target=store, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(named) == 16
    assert len(list(stores[0].stored())) == 9
    for sha, data in named:
        assert opened("reader").read(sha, ".png") == data


def test_a_file_is_removed_unless_it_was_stored_since(opened: Open) -> None:
    files = opened("a")
    sha = files.put(b"refused", ".png")
    (blob,) = files.stored()
    assert not files.remove(blob, blob.stored_at - 60)
    assert files.read(sha, ".png") == b"refused"
    assert files.remove(blob, time.time() + 60)
    assert list(files.stored()) == []
    assert not files.remove(blob, time.time() + 60)
    with pytest.raises(LostError):
        files.read(sha, ".png")
    assert files.put(b"refused", ".png") == sha
    assert opened("b").read(sha, ".png") == b"refused"


def test_other_files_beside_the_stored_ones_are_left_alone(files: Blobs, tmp_path: Path) -> None:
    sha = files.put(b"a mask", ".png")
    if isinstance(files, BucketStore):
        files.bucket.create("readme.txt", b"of somebody else")
        files.bucket.create(f"{sha[:2]}/notes", b"of somebody else")
    else:
        (tmp_path / "files" / "readme.txt").write_text("of somebody else")
        (tmp_path / "files" / sha[:2] / "notes").write_text("of somebody else")
    assert [one.sha256 for one in files.stored()] == [sha]
