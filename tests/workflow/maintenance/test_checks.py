"""The doctor names every kind of damage, and none makes it fail."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from seep.cli.main import main
from seep.settings import Settings
from seep.workflow.maintenance.checks import check_workspace, repair
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import accept

Damage = Callable[[Path], object]


def found(settings: Settings) -> set[tuple[str, str]]:
    return {(one.check, one.level) for one in check_workspace(settings)}


def execute(statement: str) -> Damage:
    def damage(root: Path) -> None:
        with closing(sqlite3.connect(root / "seep.db")) as database, database:
            database.execute("PRAGMA foreign_keys=OFF")
            database.execute(statement)

    return damage


def stored(root: Path, suffix: str = ".png") -> Path:
    """The file of the newest revision, or of the weights."""
    column = (
        "mask_sha256 FROM revision ORDER BY id DESC" if suffix == ".png" else "weights_sha256 FROM checkpoint"
    )
    with closing(sqlite3.connect(root / "seep.db")) as database:
        sha256 = database.execute(f"SELECT {column}").fetchone()[0]
    return root / "files" / sha256[:2] / f"{sha256[2:]}{suffix}"


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def overwrite_page(root: Path) -> None:
    with (root / "seep.db").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xa5" * 4096 * 4)


def old(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    os.utime(path, (0, 0))


DAMAGE: dict[str, tuple[Damage, tuple[str, str]]] = {
    "no folder": (shutil.rmtree, ("folder", "error")),
    "no database": (lambda root: (root / "seep.db").unlink(), ("database", "error")),
    "empty database": (lambda root: (root / "seep.db").write_bytes(b""), ("migrations", "warning")),
    "another file": (
        lambda root: (root / "seep.db").write_bytes(b"not a database" * 999),
        ("database", "error"),
    ),
    "truncated database": (lambda root: os.truncate(root / "seep.db", 20_000), ("database", "error")),
    "overwritten pages": (overwrite_page, ("database", "error")),
    "newer tables": (execute("UPDATE alembic_version SET version_num = '9999'"), ("migrations", "warning")),
    "mask lost": (lambda root: stored(root).unlink(), ("files", "error")),
    "mask damaged": (lambda root: flip(stored(root)), ("files", "error")),
    "mask truncated": (lambda root: os.truncate(stored(root), 10), ("files", "error")),
    "mask emptied": (lambda root: os.truncate(stored(root), 0), ("files", "error")),
    "weights lost": (lambda root: stored(root, ".safetensors").unlink(), ("files", "error")),
    "weights damaged": (lambda root: flip(stored(root, ".safetensors")), ("files", "error")),
    "image lost": (lambda root: (root.parent / "images" / "a.000000.tif").unlink(), ("images", "error")),
    "image changed": (lambda root: flip(root.parent / "images" / "a.000000.tif"), ("images", "error")),
    "head of another tile": (execute("UPDATE tile SET head_revision_id = 1 WHERE id = 2"), ("rows", "error")),
    "head lost": (execute("UPDATE tile SET head_revision_id = 999 WHERE id = 1"), ("rows", "error")),
    "prediction lost": (execute("UPDATE tile SET prediction_id = 999 WHERE id = 1"), ("rows", "error")),
    "scene lost": (execute("DELETE FROM scene WHERE id = 1"), ("database", "error")),
    "card damaged": (execute("UPDATE checkpoint SET card = '[1, 2]'"), ("cards", "error")),
    "hash not a hash": (
        execute("UPDATE revision SET mask_sha256 = '../../etc' WHERE id = 1"),
        ("files", "error"),
    ),
    "class without a name": (execute("UPDATE seep_class SET name = '' WHERE id = 2"), ("classes", "error")),
    "clock set back": (
        execute("UPDATE revision SET created_at = '2999-01-01T00:00:00.000+00:00' WHERE id = 1"),
        ("clock", "warning"),
    ),
    "leftovers": (lambda root: old(root / "files" / "incoming" / "1-ab"), ("leftovers", "warning")),
    "unused file": (lambda root: old(root / "files" / "ab" / f"{'c' * 62}.png"), ("unused files", "warning")),
    "open permissions": (lambda root: root.chmod(0o755), ("permissions", "warning")),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_each_kind_of_damage_is_named(workspace: Workspace, tiles: list[int], kind: str) -> None:
    accept(workspace, tiles[0], stripe=5)
    root = workspace.store.root
    root.chmod(0o700)
    workspace.store.close()
    assert check_workspace(workspace.settings) == []
    damage, expected = DAMAGE[kind]
    damage(root)
    assert expected in found(workspace.settings)


def test_what_is_safe_is_repaired(workspace: Workspace, tiles: list[int]) -> None:
    root = workspace.store.root
    workspace.store.close()
    for kind in ("prediction lost", "leftovers", "unused file", "open permissions"):
        DAMAGE[kind][0](root)
    assert all(one.repairable for one in check_workspace(workspace.settings) if one.check != "files")
    done = repair(workspace.settings, ADA)
    assert len(done) == 4
    assert check_workspace(workspace.settings) == []


def test_the_command_says_it_and_ends_with_1(
    workspace: Workspace,
    tiles: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in (name for name in os.environ if name.startswith("SEEP_")):
        monkeypatch.delenv(name)  # the tests have variables of their own, which doctor would name
    monkeypatch.setenv("SEEP_WORKSPACE", str(workspace.store.root))
    assert main(["doctor", "--repair"]) == 0
    stored(workspace.store.root).unlink()
    assert main(["doctor"]) == 1
    captured = capsys.readouterr()
    assert "error: files: Stored file" in captured.out
    assert captured.err.strip().endswith("has 1 error and 0 warnings.")
