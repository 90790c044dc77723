import errno
import hashlib
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seep.errors import StorageError
from seep.store.files.file_store import FileStore


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def leftovers(files: FileStore) -> list[Path]:
    return list((files.root / "incoming").iterdir())


def kept(files: FileStore) -> list[Path]:
    return [path for path in files.root.rglob("*") if path.is_file()]


def test_what_was_put_is_read_under_its_hash(files: FileStore) -> None:
    sha = files.put(b"a mask", ".png")
    assert sha == hashlib.sha256(b"a mask").hexdigest()
    assert files.read(sha, ".png") == b"a mask"
    assert files.path(sha, ".png") == files.root / sha[:2] / f"{sha[2:]}.png"
    assert leftovers(files) == []


def test_putting_the_same_twice_keeps_one_file_untouched(files: FileStore) -> None:
    sha = files.put(b"a mask", ".png")
    before = files.path(sha, ".png").stat()
    assert files.put(b"a mask", ".png") == sha
    assert files.path(sha, ".png").stat().st_ino == before.st_ino
    assert len(kept(files)) == 1


def test_empty_bytes_can_be_kept(files: FileStore) -> None:
    assert files.read(files.put(b"", ".bin"), ".bin") == b""


def test_a_copied_file_has_the_bytes_of_the_first(files: FileStore, tmp_path: Path) -> None:
    source = tmp_path / "weights.safetensors"
    source.write_bytes(os.urandom(3_000_000))
    sha = files.put_file(source, ".safetensors")
    assert files.read(sha, ".safetensors") == source.read_bytes()
    files.check(sha, ".safetensors")
    assert files.local(sha, ".safetensors") == files.path(sha, ".safetensors")


def test_a_missing_source_is_named(files: FileStore, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"absent\.bin"):
        files.put_file(tmp_path / "absent.bin", ".bin")


def test_damaged_bytes_are_refused_and_healed_by_the_next_put(files: FileStore) -> None:
    sha = files.put(b"a mask", ".png")
    files.path(sha, ".png").write_bytes(b"a mesk")
    for check in (files.read, files.check):
        with pytest.raises(StorageError, match="damaged"):
            check(sha, ".png")
    files.put(b"a mask", ".png")
    assert files.read(sha, ".png") == b"a mask"


def test_the_file_is_flushed_before_its_name_and_the_folder_after(
    files: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def watched_fsync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def watched_replace(self: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    files.put(b"a mask", ".png")
    assert steps == ["folder", "file", "rename", "folder"]  # first the parent of the new folder
    steps.clear()
    files.put(b"a mask", ".tif")
    assert steps == ["file", "rename", "folder"]
    steps.clear()
    other = FileStore(files.root)  # another process flushes what is there once, when it opens the store
    other.put(b"a mask", ".jpg")
    assert steps == ["folder", "file", "rename", "folder"]
    files.put(b"another mask", ".png")
    steps.clear()
    other.put(b"another mask", ".jpg")  # it cannot know whether the new folder was flushed
    assert steps == ["folder", "file", "rename", "folder"]


@pytest.mark.parametrize("call", ["write", "fsync", "open"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_failing_disk_keeps_nothing_and_harms_nothing(
    files: FileStore, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    old = files.put(b"an old mask", ".png")

    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        expected = "Input/output error" if number == errno.EIO else "full.*Free some space"
        with pytest.raises(StorageError, match=expected):
            files.put(b"a new mask", ".png")
    assert leftovers(files) == []
    assert files.read(old, ".png") == b"an old mask"
    assert files.read(files.put(b"a new mask", ".png"), ".png") == b"a new mask"


def test_a_disk_that_fills_in_the_middle_of_a_file_leaves_no_part_of_it(
    files: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, room = os.write, [1000]

    def short(descriptor: int, data: memoryview) -> int:
        if room[0] == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = write(descriptor, data[: room[0]])
        room[0] -= taken
        return taken

    monkeypatch.setattr(os, "write", short)
    with pytest.raises(StorageError, match="full"):
        files.put(os.urandom(5000), ".png")
    assert kept(files) == []


def test_short_writes_are_gone_on_with(files: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    data = os.urandom(100)
    assert files.read(files.put(data, ".png"), ".png") == data


def test_a_failing_rename_leaves_nothing(files: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Path:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(StorageError, match="could not be saved"):
        files.put(b"a mask", ".png")
    assert kept(files) == []


def test_a_source_that_changes_while_it_is_copied_is_refused(
    files: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "growing.bin"
    source.write_bytes(b"first")
    opened = os.open

    def change_first(path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_EXCL:
            source.write_bytes(b"second")
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", change_first)
    with pytest.raises(StorageError, match="changed while it was copied"):
        files.put_file(source, ".bin")
    assert kept(files) == []


def test_old_leftovers_of_a_killed_process_are_swept_and_fresh_ones_left(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    old, fresh = tmp_path / "incoming" / "1-aa", tmp_path / "incoming" / "2-bb"
    old.write_bytes(b"half")
    fresh.write_bytes(b"half")
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))
    FileStore(tmp_path)
    assert leftovers(files) == [fresh]


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="could not be made"):
        FileStore(tmp_path / "file" / "files")


PUT_FOREVER = """
import hashlib, sys
from pathlib import Path
from seep.store.files.file_store import FileStore
files, number = FileStore(Path(sys.argv[1])), 0
while True:
    number += 1
    data = hashlib.sha256(str(number).encode()).digest() * 40_000
    print(files.put(data, ".bin"), flush=True)
"""


def test_a_kill_in_the_middle_of_a_put_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    for attempt in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", PUT_FOREVER, str(tmp_path / str(attempt))],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip()]
        time.sleep(0.005 * attempt)
        process.send_signal(signal.SIGKILL)
        acknowledged += process.communicate()[0].split()
        files = FileStore(tmp_path / str(attempt))
        whole = [sha for sha in acknowledged if len(sha) == 64]
        assert whole
        for sha in whole:
            assert len(files.read(sha, ".bin")) == 32 * 40_000
        for path in files.root.glob("??/*.bin"):  # also what was not acknowledged is whole or not there
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.parent.name + path.stem
