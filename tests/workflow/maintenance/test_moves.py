"""A team moves from one machine to servers and back: rows, stored files and images are the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from seep.errors import SettingsError, StorageError
from seep.settings import Settings, read_settings
from seep.store import scenes
from seep.store.copies.rows import copy_to_server
from seep.store.files.bucket_store import BucketStore
from seep.store.schema import Base
from seep.workflow import tile_data, trash
from seep.workflow.access import accounts
from seep.workflow.maintenance.backup import backup, check_copy, restore
from seep.workflow.maintenance.checks import check_workspace
from seep.workflow.workspace import Workspace, open_workspace
from tests import postgresql_server
from tests.actors import ADA
from tests.buckets import make_bucket, point_to, s3_server
from tests.workflow.making import accept, fill, make_workspace, write_tiles

pytestmark = pytest.mark.sqlite  # each move begins on one machine; the server is one of its own


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    folder = postgresql_server.programs()
    if folder is None:
        pytest.skip("no PostgreSQL")
    with postgresql_server.server(folder) as url:
        yield url


@pytest.fixture
def servers(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Settings of an empty database and an empty bucket."""
    pytest.importorskip("obstore")
    name = f"moves_{abs(hash(tmp_path))}"
    engine = create_engine(database, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    with s3_server() as address:
        point_to(monkeypatch, address)
        yield {
            "SEEP_DATABASE_URL": database.rpartition("/")[0] + f"/{name}",
            "SEEP_FILES_URL": f"s3://{make_bucket(address)}/seep",
        }


def content(workspace: Workspace) -> dict[str, list[Any]]:
    """All rows but the id of the workspace and events to send; locators as the hash of the pixels that they name."""
    found: dict[str, list[Any]] = {}
    with workspace.store.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name == "webhook":
                continue
            rows = (
                session.connection().execute(table.select().order_by(*table.primary_key.columns)).mappings()
            )
            found[table.name] = [
                {key: value for key, value in row.items() if key not in {"path", "sha256"}}
                for row in rows
                if row.get("key") != "id"
            ]
        tiles = [
            tile for scene in scenes.list_scenes(session) for tile in scenes.tiles_of_scene(session, scene.id)
        ]
    found["pixels"] = [(tile.id, tile_data.read_pixels(workspace, tile).tobytes()) for tile in tiles]
    return found


def errors(settings: Settings) -> list[str]:
    return [one.message for one in check_workspace(settings) if one.level == "error"]


def test_a_team_moves_to_servers_and_back_with_all_that_it_has(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    home = make_workspace(tmp_path / "home")
    images, masks = write_tiles(tmp_path / "given", ("a", "b"))
    tiles = fill(home, images, masks, copy=True)
    more, _ = write_tiles(tmp_path / "views", ("c",))
    tiles += fill(home, more, copy=True, bands=("1",))
    accept(home, tiles[0], stripe=5)
    trash.delete_tiles(home, [tiles[-1]], ADA)
    accounts.add_local(home, "Ben Okafor", "lead", "a long password", ADA)
    before = content(home)
    backup(home, tmp_path / "copy", ADA)
    there = read_settings({**servers, "SEEP_WORKSPACE": str(tmp_path / "there")})
    restore(tmp_path / "copy", tmp_path / "there", ADA, servers=there)
    assert errors(there) == []
    assert not list((tmp_path / "there").glob("seep.db*"))
    moved = open_workspace(there, create=False)
    assert content(moved) == before
    with moved.store.reading() as session:
        assert {tile.path.partition(":")[0] for one in scenes.list_scenes(session)
                for tile in scenes.tiles_of_scene(session, one.id)} == {"blob"}  # fmt: skip
    added = accounts.add_local(moved, "Cleo", "viewer", "a long password", ADA)
    assert added.id == 2, "new rows have new ids"
    accept(moved, tiles[1], stripe=3)
    after = content(moved)
    stored = len(list(moved.store.files.stored()))
    fetched = backup(moved, tmp_path / "copy 2", ADA)
    moved.store.close()
    assert fetched.files == stored
    restore(tmp_path / "copy 2", tmp_path / "back", ADA)
    back = make_workspace(tmp_path / "back")
    assert errors(check_copy(back.settings, str(tmp_path / "back"))) == []
    assert content(back) == after
    entry = trash.list_trash(back)[0]
    trash.restore(back, entry.id, ADA)
    back.store.close()


def test_an_interrupted_move_goes_on_and_a_database_that_is_used_is_refused(
    tmp_path: Path, servers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_workspace(tmp_path / "home")
    images, masks = write_tiles(tmp_path / "given", ("a", "b"))
    tiles = fill(home, images, masks, copy=True)
    accept(home, tiles[0], stripe=5)
    before = content(home)
    backup(home, tmp_path / "copy", ADA)
    there = read_settings({**servers, "SEEP_WORKSPACE": str(tmp_path / "there")})
    put, sent = BucketStore.put_file, list[Path]()

    def interrupted(self: BucketStore, path: Path, suffix: str) -> str:
        if len(sent) == 3:
            raise StorageError("The object store does not answer.")
        sent.append(path)
        return put(self, path, suffix)

    with monkeypatch.context() as patch:
        patch.setattr(BucketStore, "put_file", interrupted)
        with pytest.raises(StorageError, match="does not answer"):
            restore(tmp_path / "copy", tmp_path / "there", ADA, servers=there)
    assert not (tmp_path / "there").exists()
    restore(tmp_path / "copy", tmp_path / "there", ADA, servers=there)
    moved = open_workspace(there, create=False)
    assert content(moved) == before
    with pytest.raises(SettingsError, match="has tables of Seep"):
        copy_to_server(tmp_path / "copy" / "seep.db", servers["SEEP_DATABASE_URL"])
    local = BucketStore.local

    def lost(self: BucketStore, sha: str, suffix: str) -> Path:
        if len(sent) == 5:
            raise StorageError("The object store does not answer.")
        sent.append(Path(sha))
        return local(self, sha, suffix)

    with monkeypatch.context() as patch:
        patch.setattr(BucketStore, "local", lost)
        with pytest.raises(StorageError, match="does not answer"):
            backup(moved, tmp_path / "copy 2", ADA)
    assert not (tmp_path / "copy 2").exists()
    kept = {one.name for one in (tmp_path / ".copy 2.part" / "files").rglob("*") if one.is_file()}
    fetched: list[str] = []

    def noted(self: BucketStore, sha: str, suffix: str) -> Path:
        fetched.append(f"{sha[2:]}{suffix}")
        return local(self, sha, suffix)

    with monkeypatch.context() as patch:
        patch.setattr(BucketStore, "local", noted)
        backup(moved, tmp_path / "copy 2", ADA)
    assert len(kept) == 2
    assert not kept & set(fetched), "what was fetched is not fetched again"
    assert errors(check_copy(moved.settings, str(tmp_path / "copy 2"))) == []
    moved.store.close()
