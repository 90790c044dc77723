from pathlib import Path

import pytest

from seep.errors import SettingsError, StorageError
from seep.io.exporting.staging import LEDGER, place_for, staged


def test_files_appear_together(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with staged(out) as stage:
        place_for(stage, "a.txt").write_text("a")
        place_for(stage, "labels", "b.txt").write_text("b")
        assert [path for path in out.rglob("*.txt") if stage not in path.parents] == []
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*")) == [
        LEDGER,
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


def write(out: Path, text: str) -> None:
    with staged(out) as stage:
        place_for(stage, "a.txt").write_text(text)


def test_files_of_earlier_exports_are_replaced(tmp_path: Path) -> None:
    for text in ("one", "two", "three"):
        write(tmp_path / "out", text)
        assert (tmp_path / "out" / "a.txt").read_text() == text


@pytest.mark.parametrize("earlier", [True, False])
def test_files_that_no_export_wrote_stop_it(tmp_path: Path, earlier: bool) -> None:
    out = tmp_path / "out"
    out.mkdir()
    if earlier:
        write(out, "exported")
    (out / "a.txt").write_text("by hand")
    why = "was changed after Seep wrote it" if earlier else "Seep did not write"
    with pytest.raises(SettingsError, match=rf"contains a\.txt, which {why}"):
        write(out, "newer")
    assert (out / "a.txt").read_text() == "by hand"


@pytest.mark.parametrize(
    "ledger", ["{", "[]", '{"files": 3}', '{"files": {"a.txt": "abc"}}', '{"files": {"a.txt": [1]}}']
)
def test_a_damaged_list_of_exported_files_protects_all(tmp_path: Path, ledger: str) -> None:
    (tmp_path / LEDGER).write_text(ledger)
    (tmp_path / "a.txt").write_text("by hand")
    with pytest.raises(SettingsError, match=r"contains a\.txt"):
        write(tmp_path, "newer")
    assert (tmp_path / "a.txt").read_text() == "by hand"


def test_a_linked_subfolder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "labels").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="is a link"), staged(tmp_path / "out") as stage:
        place_for(stage, "labels", "b.txt").write_text("b")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(SettingsError, match=r"contains a\.txt"):
        write(tmp_path / "out", "newer")
    assert (tmp_path / "secret").read_text() == "secret"


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/b", "/etc/a", "a\0"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError, match="not a valid file name"):
        place_for(tmp_path, name)
