from pathlib import Path

import pytest

from seep.errors import StorageError
from seep.io.exporting.staging import place_for, staged


def test_files_appear_together(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with staged(out) as stage:
        place_for(stage, "a.txt").write_text("a")
        place_for(stage, "labels", "b.txt").write_text("b")
        assert [path for path in out.rglob("*.txt") if stage not in path.parents] == []
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*")) == [
        "a.txt",
        "labels",
        "labels/b.txt",
    ]


def fail(out: Path) -> None:
    with staged(out) as stage:
        place_for(stage, "a.txt").write_text("newer")
        raise RuntimeError


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").write_text("older")
    with pytest.raises(RuntimeError):
        fail(tmp_path / "out")
    assert [(path.name, path.read_text()) for path in (tmp_path / "out").iterdir()] == [("a.txt", "older")]
    with pytest.raises(RuntimeError):
        fail(tmp_path / "fresh" / "deep")
    assert not (tmp_path / "fresh").exists()


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No space left"), staged(tmp_path / "out"):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/b", "/etc/a", "a\0"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError, match="not a valid file name"):
        place_for(tmp_path, name)
