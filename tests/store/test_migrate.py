import json
import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import JSON, Boolean, Column, Connection, Float, Integer, create_engine, inspect, select, text

from seep.errors import WorkspaceError
from seep.store import (
    audit_log,
    checkpoints,
    key_value,
    migrate,
    revisions,
    runs,
    scenes,
    tile_queries,
)
from seep.store.comments import comments
from seep.store.database import contains_text
from seep.store.places import places
from seep.store.schema import Base, Tile
from seep.store.store import Store
from tests.databases import SERVER, connect, open_at

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scene", sa.Column("sensor", sa.String(40), nullable=True))
    op.execute("UPDATE scene SET sensor = 'unknown'")
    {ending}
"""


@pytest.fixture
def newer_version(tmp_path: Path) -> Path:
    """The migrations of a later version of the product: one more column."""
    return later_migrations(tmp_path / "later", "pass")


def later_migrations(folder: Path, ending: str) -> Path:
    shutil.copytree(
        Path(migrate.__file__).parent / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__")
    )
    before = migrate.migration_scripts().get_current_head()
    script = NEXT.format(revision="9999", before=before, ending=ending)
    (folder / "versions" / "v9999_sensor.py").write_text(script)
    return folder


def columns(root: Path, table: str) -> set[str]:
    return {column["name"] for column in inspect(connect(root)).get_columns(table)}


def insert(connection: Connection, table: str, values: dict[str, object]) -> None:
    """Insert a row; columns that need a value and get none are empty or 0."""
    empty: dict[type, object] = {Boolean: False, Float: 0, Integer: 0, JSON: "{}"}
    needed = {
        column["name"]: next((empty[kind] for kind in empty if isinstance(column["type"], kind)), "")
        for column in inspect(connection).get_columns(table)
        if not column["nullable"] and column["default"] is None
    } | values
    places = ", ".join(f":{name}" for name in needed)
    connection.execute(text(f"INSERT INTO {table} ({', '.join(needed)}) VALUES ({places})"), needed)


def content(root: Path) -> object:
    """The bytes of a SQLite file; the columns of all tables on PostgreSQL."""
    if SERVER is None:
        return (root / "seep.db").read_bytes()
    found = inspect(connect(root))
    return {table: str(found.get_columns(table)) for table in sorted(found.get_table_names())}


def fill(root: Path) -> None:
    store = open_at(root)
    with store.transaction() as session:
        key_value.set_value(session, "kept", "yes")
    store.close()


def differs(context: MigrationContext, _inspected: object, column: Column[object], *_: object) -> bool | None:
    """Compare default values as Alembic does, but those of JSON not on PostgreSQL, which cannot compare JSON."""
    return False if context.dialect.name == "postgresql" and isinstance(column.type, JSON) else None


def _of_models(name: str | None, *_: object) -> bool:
    """Leave out the index of names, which is made where PostgreSQL has the extension for it."""
    return name != "ix_tile_name_trigrams"


def test_the_migrations_make_the_tables_that_the_models_say(store: Store) -> None:
    with store.reading() as session:
        opts = {"compare_type": True, "compare_server_default": differs, "include_name": _of_models}
        context = MigrationContext.configure(session.connection(), opts=opts)
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.skipif(SERVER is None, reason="about PostgreSQL")
def test_postgresql_has_an_index_of_parts_of_names(store: Store) -> None:
    with store.reading() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL enable_indexonlyscan = off"))
        found = contains_text(session, Tile.name, "a_b")
        query = (
            select(Tile.id).where(found).compile(session.connection(), compile_kwargs={"literal_binds": True})
        )
        plan = "\n".join(session.scalars(text(f"EXPLAIN {query}")))
    assert "ix_tile_name_trigrams" in plan


@pytest.mark.sqlite
def test_the_indexes_keep_their_order_downward(store: Store) -> None:
    """Alembic does not compare the direction of an index, so it is compared here."""
    models = create_engine("sqlite://")
    Base.metadata.create_all(models)
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")
    with store.reading() as session, models.connect() as connection:
        assert session.execute(query).all() == connection.execute(query).all()
    models.dispose()


def test_there_is_one_line_of_migrations() -> None:
    scripts = migrate.migration_scripts()
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_an_older_workspace_is_brought_to_the_newest_version_with_all_that_is_in_it(
    root: Path, newer_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root)
    assert "sensor" not in columns(root, "scene")
    monkeypatch.setattr(migrate, "_FOLDER", newer_version)
    store = open_at(root)
    with store.reading() as session:
        assert key_value.get_value(session, "kept") == "yes"
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    store.close()
    assert "sensor" in columns(root, "scene")


def test_a_workspace_of_a_newer_version_is_refused_untouched(
    root: Path, newer_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_FOLDER", newer_version)
        fill(root)
    before = content(root)
    with pytest.raises(WorkspaceError, match="newer version of Seep"):
        open_at(root)
    assert content(root) == before


def test_a_migration_that_breaks_off_leaves_the_old_version(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root)
    folder = later_migrations(tmp_path / "broken", 'op.execute("SELECT * FROM no_such_table")')
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_FOLDER", folder)
        with pytest.raises(WorkspaceError, match="no_such_table"):
            open_at(root)
    assert "sensor" not in columns(root, "scene")
    store = open_at(root)
    with store.reading() as session:
        assert key_value.get_value(session, "kept") == "yes"
    store.close()


def test_a_database_of_something_else_is_refused_untouched(tmp_path: Path) -> None:
    with connect(tmp_path).begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    before = content(tmp_path)
    with pytest.raises(WorkspaceError, match="tables of another program"):
        open_at(tmp_path)
    assert content(tmp_path) == before
    assert inspect(connect(tmp_path)).get_table_names() == ["invoices"]


def test_scenes_from_before_whole_scenes_stay_scenes_of_files(tmp_path: Path) -> None:
    engine = connect(tmp_path)
    with engine.begin() as connection:
        migrate.migrate(connection, "0001")
        connection.execute(
            text(
                "INSERT INTO scene (name, split, statistics, bands, dtype, tile_count) "
                "VALUES ('old', 'train', '{}', 1, 'uint16', 3)"
            )
        )
    store = open_at(tmp_path)
    with store.reading() as session:
        (scene,) = scenes.list_scenes(session)
    store.close()
    assert (scene.name, scene.tile_count, scene.path, scene.overlap_px) == ("old", 3, None, 0)
    assert (scene.unit, scene.band_names) == ("dn", [])


def fill_second_version(root: Path) -> None:
    """A workspace from before the orders of the queue: 30 predicted tiles, the first one clean sea."""
    engine = connect(root)
    with engine.begin() as connection:
        migrate.migrate(connection, "0002")
        connection.execute(text("INSERT INTO scene (id, name, split, statistics, bands, dtype, tile_count) "
                                "VALUES (1, 'old', 'train', '{}', 1, 'uint16', 30)"))  # fmt: skip
        connection.execute(text("INSERT INTO checkpoint (id, name, weights_sha256, card, state, created_at) "
                                "VALUES (1, 'seep-1', 'a', '{}', 'kept', '2026')"))  # fmt: skip
        for tile_id in range(1, 31):
            area, doubt = (0, 1.0) if tile_id == 1 else (40, 0.4)
            connection.execute(
                text(
                    "INSERT INTO tile (id, scene_id, name, number, path, x, y, width, height, bands, dtype, "
                    "sha256, state, prediction_id, uncertainty, seep_area_px, updated_at) VALUES (:id, 1, "
                    ":name, 0, '', 0, 0, 8, 8, 1, 'uint16', '', 'unreviewed', :id, :doubt, :area, '2026')"
                ),
                {"id": tile_id, "name": str(tile_id), "doubt": doubt, "area": area},
            )
            connection.execute(
                text(
                    "INSERT INTO prediction (id, tile_id, checkpoint_id, mask_sha256, seep_area_px, "
                    "uncertainty, created_at) VALUES (:id, :id, 1, '', :area, :doubt, '2026')"
                ),
                {"id": tile_id, "doubt": doubt, "area": area},
            )


def test_corrections_of_earlier_versions_are_known_to_have_seen_the_prediction(tmp_path: Path) -> None:
    fill_second_version(tmp_path)
    with connect(tmp_path).begin() as connection:
        for tile_id, kind, moment in ((1, "import", "2027"), (2, "accept", "2027"), (3, "accept", "2025")):
            row = {"id": tile_id, "tile_id": tile_id, "kind": kind, "author": "ada", "created_at": moment}
            insert(connection, "revision", row | {"state": "corrected", "truth": True})
    store = open_at(tmp_path)
    with store.reading() as session:
        shown = [row.prediction_id for row in revisions.existing_revisions(session, [1, 2, 3])]
    store.close()
    assert shown == [None, 2, None]  # an import saw none, and the third was made before its prediction


def test_what_ordered_the_queue_is_carried_over_and_clean_sea_no_longer_comes_first(tmp_path: Path) -> None:
    fill_second_version(tmp_path)
    store = open_at(tmp_path)
    with store.reading() as session:
        tiles = tile_queries.list_tiles(session, order="likely_wrong", limit=None)
    store.close()
    assert [tile.values.likely_wrong for tile in tiles] == [0.4] * 29 + [0.0]
    assert (tiles[-1].id, tiles[0].values.useful, tiles[0].assigned_to) == (1, None, None)
    assert [tile.values.has_something for tile in tiles] == [None] * 30
    assert 2 <= sum(tile.in_sample for tile in tiles) <= 4


def test_colors_and_canceled_jobs_of_the_fourth_version_are_kept(tmp_path: Path) -> None:
    engine = connect(tmp_path)
    with engine.begin() as connection:
        migrate.migrate(connection, "0004")
        for table, values in (
            ("seep_class", {"id": 1, "name": "slick", "colour": "#ff8800"}),
            (
                "job",
                {
                    "id": 7,
                    "kind": "predict",
                    "state": "cancelled",
                    "params": "{}",
                    "author": "ada",
                    "created_at": "2026",
                },
            ),
        ):
            insert(connection, table, values)
    store = open_at(tmp_path)
    with store.reading() as session:
        colors = session.execute(text("SELECT id, name, color FROM seep_class")).all()
        states = session.execute(text("SELECT id, state FROM job")).all()
    store.close()
    assert [tuple(row) for row in colors] == [(1, "slick", "#ff8800")]
    assert [tuple(row) for row in states] == [(7, "canceled")]


def test_scenes_of_the_fifth_version_belong_to_no_place_and_keep_their_tiles_and_drafts(
    tmp_path: Path,
) -> None:
    engine = connect(tmp_path)
    with engine.begin() as connection:
        migrate.migrate(connection, "0005")
        for table, values in (
            ("scene", {"id": 1, "name": "041869", "split": "train", "statistics": "{}", "bands": 1}),
            (
                "tile",
                {"id": 7, "scene_id": 1, "name": "041869.000001", "state": "draft", "width": 8, "height": 8},
            ),
            ("draft", {"tile_id": 7, "author": "ada", "mask_sha256": "ab"}),
        ):
            insert(connection, table, values)
    store = open_at(tmp_path)
    with store.reading() as session:
        (scene,) = scenes.list_scenes(session)
        tile = scenes.get_tile(session, 7)
        draft = revisions.get_draft(session, 7, "ada")
        known = places.list_places(session)
    store.close()
    assert (scene.name, scene.place_id, scene.pass_x, scene.pass_y) == ("041869", None, 0, 0)
    assert (tile.state, tile.expected_here, tile.new_here, tile.site_note) == ("draft", None, None, None)
    assert draft is not None
    assert draft.mask_sha256 == "ab"
    assert known == []


def test_label_errors_samples_and_locks_of_the_eleventh_version_are_kept(tmp_path: Path) -> None:
    engine = connect(tmp_path)
    with engine.begin() as connection:
        migrate.migrate(connection, "0011")
        insert(
            connection, "scene", {"id": 1, "name": "041869", "split": "train", "statistics": "{}", "bands": 1}
        )
        marks = {"second_look": 0.4, "audit": True, "taken_by": "ada", "taken_until": "2099-01-01T00:00:00Z"}
        tile = {"id": 7, "scene_id": 1, "name": "041869.000001", "state": "accepted", "width": 8, "height": 8}
        insert(connection, "tile", tile | marks)
    store = open_at(tmp_path)
    with store.reading() as session:
        found = scenes.get_tile(session, 7)
        listed = tile_queries.list_tiles(session, order="label_error")
    store.close()
    assert (found.label_error, found.in_sample) == (0.4, True)
    assert (found.locked_by, found.locked_until) == ("ada", "2099-01-01T00:00:00Z")
    assert [one.id for one in listed] == [7]


def test_the_test_split_of_the_thirteenth_version_has_its_new_name_everywhere(tmp_path: Path) -> None:
    engine = connect(tmp_path)
    figures = {"tiles": 1, "scenes": 1, "figures": {"binary_iou": 0.5}, "per_scene": {"locked": {"tiles": 1}}}
    card = {"name": "old", "splits": {"train": ["a"], "locked": ["locked"]}, "figures": {"locked": figures}}
    outcome = {
        "splits": {"locked": {"new": figures}, "validation": {}},
        "basis": "locked",
        "changed": [{"tile_id": 7, "name": "b", "split": "locked", "changed_px": 3}],
    }
    rows: list[tuple[str, dict[str, object]]] = [
        ("scene", {"id": 1, "name": "locked", "split": "locked", "statistics": "{}", "bands": 1}),
        ("checkpoint", {"id": 3, "name": "old", "card": json.dumps(card), "state": "kept"}),
        ("checkpoint", {"id": 4, "name": "bare", "card": "{}", "state": "kept"}),
        ("run", {"id": 5, "checkpoint_id": 3, "outcome": json.dumps(outcome), "state": "done"}),
        ("workspace", {"key": "evaluation 3", "value": json.dumps({"truth": "1f", "splits": {"locked": figures}})}),
        ("workspace", {"key": "user", "value": json.dumps("locked")}),
        ("audit", {"id": 1, "action": "split", "details": json.dumps({"from": "train", "to": "locked"})}),
        ("audit", {"id": 2, "action": "bulk accept", "details": json.dumps({"locked": 2, "batch": "b"})}),
        ("audit", {"id": 3, "action": "rename", "details": json.dumps({"from": "locked"})}),
    ]  # fmt: skip
    with engine.begin() as connection:
        migrate.migrate(connection, "0013")
        for table, values in rows:
            insert(connection, table, values)
    store = open_at(tmp_path)
    with store.reading() as session:
        (scene,) = scenes.list_scenes(session)
        cards = {row.id: row.card for row in checkpoints.list_checkpoints(session)}
        run = runs.get_run(session, 5)
        evaluation = key_value.get_value(session, "evaluation 3")
        user = key_value.get_value(session, "user")
        log = {row.id: row.details for row in audit_log.list_audit(session)}
    store.close()
    assert (scene.name, scene.split) == ("locked", "test")
    assert cards[3] == {
        "name": "old",
        "splits": {"train": ["a"], "test": ["locked"]},
        "figures": {"test": figures},
    }
    assert cards[4] == {}
    assert run.outcome is not None
    assert (run.outcome["basis"], run.outcome["changed"][0]["split"]) == ("test", "test")
    assert run.outcome["splits"]["test"]["new"] == figures
    assert (evaluation, user) == ({"truth": "1f", "splits": {"test": figures}}, "locked")
    assert log == {1: {"from": "train", "to": "test"}, 2: {"test": 2, "batch": "b"}, 3: {"from": "locked"}}


def test_notes_of_the_sixteenth_version_are_the_first_comments(tmp_path: Path) -> None:
    engine = connect(tmp_path)
    when = "2026-01-02T03:04:05.000+00:00"
    notes = [
        (1, "flagged", "tile 7", {"from": "unreviewed", "note": "Old question"}),
        (2, "flagged", "tile 7", {"from": "unreviewed", "note": "Slick or wind?"}),
        (3, "rejected", "tile 8", {"from": "unreviewed", "note": "Ship"}),
        (4, "flagged", "tile 9", {"from": "unreviewed", "note": ""}),
        (5, "flagged", "tile 99", {"from": "unreviewed", "note": "Of a deleted tile"}),
        (6, "note", "site 7", {"note": "Not of a tile"}),
    ]
    with engine.begin() as connection:
        migrate.migrate(connection, "0016")
        insert(connection, "scene", {"id": 1, "name": "a", "statistics": "{}", "bands": 1})
        for tile_id, state in ((7, "flagged"), (8, "unreviewed"), (9, "flagged")):
            insert(connection, "tile", {"id": tile_id, "scene_id": 1, "name": str(tile_id), "state": state})
        for number, action, subject, details in notes:
            row = {"id": number, "action": action, "subject": subject, "author": "ana", "created_at": when}
            insert(connection, "audit", row | {"details": json.dumps(details)})
    store = open_at(tmp_path)
    with store.reading() as session:
        found = [one for tile_id in (7, 8, 9) for one in comments.list_comments(session, tile_id)]
        log = {row.id: row.details for row in audit_log.list_audit(session)}
    store.close()
    assert [(one.tile_id, one.text, one.author, one.created_at, one.resolved_at) for one in found] == [
        (7, "Old question", "ana", when, when),
        (7, "Slick or wind?", "ana", when, None),
        (8, "Ship", "ana", when, when),
    ]
    assert log[2] == {"from": "unreviewed"}
    assert log[5]["note"] == "Of a deleted tile"
    assert log[6] == {"note": "Not of a tile"}
