"""An empty store, and small ways to fill it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from seep.core.records import CheckpointRecord, NewTile, SceneRecord
from seep.store import checkpoints, scenes
from seep.store.store import Store
from tests.databases import copy_database, open_at


@pytest.fixture(scope="session")
def empty_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows: copying it is quicker than making one for each test."""
    root = tmp_path_factory.mktemp("empty")
    open_at(root).close()
    return root


@pytest.fixture
def root(tmp_path: Path, empty_workspace: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    copy_database(empty_workspace, folder)
    return folder


@pytest.fixture
def store(root: Path) -> Iterator[Store]:
    opened = open_at(root)
    yield opened
    opened.close()


def sha(number: int) -> str:
    """A hash-like name that tells which one it is."""
    return f"{number:064x}"


def new_tile(name: str, number: int = 0, **changes: object) -> NewTile:
    values: dict[str, object] = {
        "name": name,
        "number": number,
        "path": f"images/{name}.tif",
        "width": 256,
        "height": 256,
        "bands": 1,
        "dtype": "uint16",
        "nodata": 0.0,
        "sha256": sha(number),
    }
    return NewTile(**(values | changes))  # type: ignore[arg-type]


def add_scene(session: Session, name: str = "north", split: str = "train") -> SceneRecord:
    return scenes.add_scene(
        session,
        name=name,
        split=split,
        statistics={"low": [10.0], "high": [900.0]},
        nodata=0.0,
        columns=None,
        bands=1,
        dtype="uint16",
    )


def add_checkpoint(session: Session, name: str, **changes: object) -> CheckpointRecord:
    values: dict[str, object] = {
        "name": name,
        "parent_id": None,
        "run_id": None,
        "weights_sha256": sha(len(name)),
        "card": {"name": name},
        "author": "ana",
    }
    return checkpoints.add_checkpoint(session, **(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def add_tiles(store: Store) -> Callable[..., list[int]]:
    """Add a scene with so many tiles; returns their ids."""

    def add(count: int, scene: str = "north", split: str = "train") -> list[int]:
        with store.transaction() as session:
            scene_id = add_scene(session, scene, split).id
            tiles = [new_tile(f"{scene}.{number:06d}", number) for number in range(count)]
            return scenes.add_tiles(session, scene_id, tiles, "ana")

    return add
