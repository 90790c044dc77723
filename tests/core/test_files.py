import errno
import os
from pathlib import Path

import pytest

from seep.core.files import sizes_below, write_atomic
from seep.errors import StorageError


def test_a_file_is_written_with_its_folders_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "new" / "deep" / "a.bin"
    write_atomic(path, b"pixels")
    assert path.read_bytes() == b"pixels"
    assert [entry.name for entry in path.parent.iterdir()] == ["a.bin"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_whole(tmp_path, monkeypatch, step):
    path = tmp_path / "a.bin"
    write_atomic(path, b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, step, full)
    with pytest.raises(StorageError, match=r"a\.bin could not be written: No space left on device"):
        write_atomic(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="could not be written"):
        write_atomic(tmp_path / "file" / "a.bin", b"x")


def test_sizes_are_given_of_what_is_there_and_what_has_gone_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"pixels")
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    assert list(sizes_below(tmp_path)) == [(tmp_path / "in" / "a", 6)]
    assert list(sizes_below(tmp_path / "nothing")) == []
