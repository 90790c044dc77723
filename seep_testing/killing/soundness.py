"""What must hold of a workspace at any time, read from its files without the program's help."""

import hashlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seep.core.masks.mask import decode_mask
from seep.store import sqlite
from seep.store.files.file_store import FileStore

SEEP_TABLES = ("scene", "tile", "tile_class", "revision", "draft", "audit", "promotion")


@dataclass(frozen=True)
class Kept:
    """A save that was acknowledged: it must be there for good."""

    revision: int
    sha256: str  # of the mask's raw pixels


def faults(root: Path, kept: Sequence[Kept] = ()) -> list[str]:
    """Look for anything lost, damaged or half done in a workspace; returns sentences, none if it is sound."""
    files, found = FileStore(root / "files"), []
    with closing(sqlite.connect(root / "seep.db")) as database:
        database.row_factory = sqlite.Row
        if (verdict := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            found.append(f"integrity check: {verdict}")
        found += [f"dangling row: {tuple(row)}" for row in database.execute("PRAGMA foreign_key_check")]
        revisions = {row["id"]: row for row in database.execute("SELECT * FROM revision ORDER BY id")}
        pixels = {
            number: decode_mask(files.read(row["mask_sha256"], ".png")) for number, row in revisions.items()
        }
        for one in kept:
            if one.revision not in revisions:
                found.append(f"revision {one.revision} was acknowledged and is gone")
            elif hashlib.sha256(pixels[one.revision].tobytes()).hexdigest() != one.sha256:
                found.append(f"revision {one.revision} has other pixels than were saved")
        for tile in database.execute("SELECT * FROM tile"):
            found += _faults_of_tile(database, tile, revisions, pixels)
        for scene in database.execute("SELECT * FROM scene"):
            query = "SELECT count(*) FROM tile WHERE scene_id = ?"
            if database.execute(query, (scene["id"],)).fetchone()[0] != scene["tile_count"]:
                found.append(f"scene {scene['name']} counts other tiles than it has")
    return found


def _faults_of_tile(
    database: sqlite.Connection, tile: sqlite.Row, revisions: dict[int, sqlite.Row], pixels: dict[int, Any]
) -> list[str]:
    own = [number for number, row in revisions.items() if row["tile_id"] == tile["id"]]
    head, found = tile["head_revision_id"], []
    if head != (own[-1] if own else None):
        found.append(f"tile {tile['id']} points at revision {head}, its newest is {own[-1:]}")
        return found
    for before, after in zip([None, *own], own, strict=False):
        if revisions[after]["parent_id"] != before:
            found.append(f"revision {after} does not follow revision {before}")
    if head is not None:
        query = "SELECT class_id, area_px FROM tile_class WHERE tile_id = ?"
        areas = {row["class_id"]: row["area_px"] for row in database.execute(query, (tile["id"],))}
        ids, counts = np.unique(pixels[head], return_counts=True)
        shown = {int(i): int(n) for i, n in zip(ids, counts, strict=True) if i not in {0, 255}}
        if areas != shown:
            found.append(f"tile {tile['id']} lists classes {areas}, its mask has {shown}")
    return found


def fingerprint(root: Path) -> dict[str, Any]:
    """What the database holds, without times: equal for equal states."""
    with closing(sqlite.connect(root / "seep.db")) as database:
        counts = {
            name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in SEEP_TABLES
        }
        tiles = "SELECT id, name, state, head_revision_id FROM tile ORDER BY id"
        drafts = "SELECT tile_id, author, mask_sha256 FROM draft ORDER BY tile_id, author"
        return {
            "counts": counts,
            "tiles": database.execute(tiles).fetchall(),
            "drafts": database.execute(drafts).fetchall(),
        }
