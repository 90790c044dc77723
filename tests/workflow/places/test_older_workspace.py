"""A workspace of the version before places: nothing is lost, and its scenes are proposed as passes."""

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import tifffile
from sqlalchemy import create_engine, func, select

from seep.core.import_options import ImportOptions
from seep.settings import read_settings
from seep.store import migrate, runs, scenes, sqlite
from seep.store.schema import Draft, Revision, Run, RunRevision, Tile
from seep.workflow.imports.importer import import_folder
from seep.workflow.places.places import create_place, list_places
from seep.workflow.places.proposals import propose_places
from seep.workflow.review.drafts import save_draft
from seep.workflow.tile_data import draft_mask, revision_mask
from seep.workflow.workspace import Workspace, open_workspace
from tests.actors import ADA
from tests.workflow.rasters import open_raster_scene, sea, write_raster

BEFORE_PLACES = "0005"
SIDE, COLUMNS = 16, 10
TILES = {
    **{f"04187{n}": 50 for n in range(6)},
    **{f"04558{n}": 51 for n in range(6)},
    "045590": 48,
}
"""Tiles by scene, 654 in all, of two places."""


def write_scenes(folder: Path) -> tuple[Path, Path]:
    images, masks = folder / "images", folder / "masks"
    for one in (images, masks):
        one.mkdir(parents=True)
    for at, (scene, count) in enumerate(TILES.items()):
        random = np.random.default_rng(at)
        across, down = (3, 1) if scene.startswith("0418") else (1, -2)
        for number in range(count):
            row, column = divmod(number, COLUMNS)
            y, x = np.mgrid[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE]
            image = random.integers(4000, 9000, (SIDE, SIDE)).astype(np.uint16)
            image[(across * x + down * y) % 97 < 20] = 0
            mask = np.zeros((SIDE, SIDE), np.uint8)
            mask[4:9, 3:12] = 1 + number % 3
            mask[image == 0] = 0
            tifffile.imwrite(images / f"{scene}.{number:06d}.tif", image)
            tifffile.imwrite(masks / f"{scene}.{number:06d}.tif", mask)
    return images, masks


def fill(workspace: Workspace, folder: Path) -> None:
    """654 reviewed tiles, three scenes of windows, five drafts, a run with its truth."""
    options = ImportOptions(columns=COLUMNS, reviewed=True)
    report = import_folder(workspace, *write_scenes(folder), options, ADA)
    assert not report.refused
    for number in range(3):
        path = write_raster(folder / f"S1_{number}.tif", sea(number))
        assert open_raster_scene(workspace, path).windows > 1
    with workspace.store.reading() as session:
        tiles = list(
            session.scalars(select(Tile).where(Tile.head_revision_id.is_not(None)).order_by(Tile.id))
        )
    for tile in tiles[:5]:
        drawn = np.full((tile.height, tile.width), 2, np.uint8)
        save_draft(workspace, tile.id, drawn, ADA, tile.head_revision_id)
    with workspace.store.transaction() as session:
        runs.add_run(
            session,
            None,
            base_checkpoint_id=None,
            config={"epochs": 3},
            revision_ids=[one.head_revision_id for one in tiles[:40] if one.head_revision_id],
            author="ada",
        )


def as_older(workspace: Workspace, root: Path) -> None:
    """Copy a workspace with its database in the schema of the version before places."""
    new = workspace.store.root
    shutil.copytree(new, root, ignore=shutil.ignore_patterns("seep.db*"))
    engine = create_engine(f"sqlite:///{root / 'seep.db'}")
    with engine.begin() as connection:
        migrate.migrate(connection, BEFORE_PLACES)
    engine.dispose()
    with closing(sqlite.connect(root / "seep.db")) as connection:
        connection.execute("ATTACH ? AS new", (str(new / "seep.db"),))
        tables = [
            name for (name,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            if table in ("alembic_version", "sqlite_sequence"):
                continue
            old = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
            kept = {row[1] for row in connection.execute(f"PRAGMA new.table_info({table})")}
            names = ", ".join(f'"{one}"' for one in old if one in kept)
            connection.execute(f'DELETE FROM main."{table}"')
            connection.execute(f'INSERT INTO main."{table}" ({names}) SELECT {names} FROM new."{table}"')
        connection.commit()
        assert "place" not in tables


def counts(workspace: Workspace) -> dict[str, int]:
    with workspace.store.reading() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Tile, Revision, Draft, Run, RunRevision)
        }


@pytest.mark.slow
@pytest.mark.sqlite
def test_places_are_proposed_in_an_older_workspace_and_nothing_is_lost(
    workspace: Workspace, tmp_path: Path
) -> None:
    fill(workspace, tmp_path / "files")
    as_older(workspace, tmp_path / "old")
    older = open_workspace(read_settings({"SEEP_WORKSPACE": str(tmp_path / "old")}))
    assert counts(older) == counts(workspace)
    assert counts(older)["tile"] > 654
    assert (counts(older)["draft"], counts(older)["run_revision"]) == (5, 40)
    with older.store.reading() as session:
        known = {one.name: one for one in scenes.list_scenes(session)}
        tiles = scenes.tiles_of_scene(session, known["041870"].id)
        drafted = session.scalars(select(Draft)).first()
    assert {one.place_id for one in known.values()} == {None}
    assert {name: one.tile_count for name, one in known.items() if name in TILES} == TILES
    assert tiles[7].head_revision_id is not None
    np.testing.assert_array_equal(
        revision_mask(older, tiles[7].head_revision_id), revision_mask(workspace, tiles[7].head_revision_id)
    )
    assert drafted is not None
    assert (draft_mask(older, drafted.tile_id, ADA) == 2).all()
    found = {one.scenes: one.evidence for one in propose_places(older)}
    assert found == {
        tuple(f"04187{n}" for n in range(6)): "nodata",
        (*(f"04558{n}" for n in range(6)), "045590"): "nodata",
        ("S1_0", "S1_1", "S1_2"): "georeference",
    }
    for at, names in enumerate(found):
        create_place(older, f"Place {at}", names, ADA)
    assert sorted(len(one.passes) for one in list_places(older)) == [3, 6, 7]
    assert propose_places(older) == []
    assert counts(older) == counts(workspace)
