"""Kinds of damage to a workspace, each with the check and the level by which `seep doctor` names it."""

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from seep.store import sqlite

Damage = Callable[[Path], object]


def execute(statement: str) -> Damage:
    """Damage by a statement that foreign keys would forbid."""

    def damage(root: Path) -> None:
        with closing(sqlite.connect(root / "seep.db")) as database, database:
            database.execute("PRAGMA foreign_keys=OFF")
            database.execute(statement)

    return damage


def stored(root: Path, suffix: str = ".png") -> Path:
    """The file of the newest revision, or of the weights."""
    column = (
        "mask_sha256 FROM revision ORDER BY id DESC" if suffix == ".png" else "weights_sha256 FROM checkpoint"
    )
    with closing(sqlite.connect(root / "seep.db")) as database:
        sha256 = str(database.execute(f"SELECT {column}").fetchone()[0])
    return root / "files" / sha256[:2] / f"{sha256[2:]}{suffix}"


def first_image(root: Path) -> Path:
    """The image of the first tile."""
    with closing(sqlite.connect(root / "seep.db")) as database:
        return Path(database.execute("SELECT path FROM tile ORDER BY id").fetchone()[0])


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def overwrite_page(root: Path) -> None:
    """Overwrite four pages of the database."""
    with (root / "seep.db").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xa5" * 4096 * 4)


def old(path: Path) -> None:
    """Write a file that is older than any running write."""
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
    "image lost": (lambda root: first_image(root).unlink(), ("images", "error")),
    "image changed": (lambda root: flip(first_image(root)), ("images", "error")),
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
