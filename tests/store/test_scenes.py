import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from seep.core.records import TileFilter
from seep.errors import MissingError, SettingsError
from seep.store import revisions, scenes, tile_queries
from seep.store.schema import Tile
from seep.store.store import Store
from tests.store.conftest import add_scene, new_tile, sha

AddTiles = Callable[..., list[int]]


def names(session: Session, **chosen: object) -> list[str]:
    return [tile.name for tile in tile_queries.list_tiles(session, TileFilter(**chosen))]  # type: ignore[arg-type]


def test_a_scene_comes_back_as_it_was_added(store: Store) -> None:
    with store.transaction() as session:
        added = add_scene(session, "north", "test")
    with store.reading() as session:
        assert scenes.get_scene(session, added.id) == added
        assert scenes.list_scenes(session) == [added]
    assert (added.name, added.split, added.tile_count) == ("north", "test", 0)
    assert added.statistics == {"low": [10.0], "high": [900.0]}


def test_a_second_scene_of_one_name_and_unknown_splits_are_refused(store: Store) -> None:
    with store.transaction() as session:
        scene = add_scene(session, "north")
        with pytest.raises(SettingsError, match="'north' exists already"):
            add_scene(session, "north")
        with pytest.raises(SettingsError, match="Unknown split: 'locked'"):
            add_scene(session, "south", "locked")
        with pytest.raises(SettingsError, match="Unknown split: 'locked'"):
            scenes.set_split(session, scene.id, "locked", "ana")


def test_the_split_of_a_scene_is_the_split_of_its_tiles(store: Store, add_tiles: AddTiles) -> None:
    (tile_id,) = add_tiles(1)
    with store.transaction() as session:
        scenes.set_split(session, scenes.get_tile(session, tile_id).scene_id, "validation", "ana")
    with store.reading() as session:
        assert scenes.get_tile(session, tile_id).split == "validation"


def test_a_tile_comes_back_as_it_was_added(store: Store) -> None:
    with store.transaction() as session:
        scene = add_scene(session)
        (tile_id,) = scenes.add_tiles(session, scene.id, [new_tile("north.7", 7, x=512, nodata=None)], "ana")
    with store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
        assert scenes.get_scene(session, scene.id).tile_count == 1
    assert (tile.name, tile.sha256) == ("north.7", sha(7))
    assert (tile.scene, tile.split, tile.number, tile.x, tile.nodata) == ("north", "train", 7, 512, None)
    assert (tile.state, tile.head_revision_id, tile.prediction_id) == ("unreviewed", None, None)
    assert (tile.values.likely_wrong, tile.seep_area_px) == (None, None)


def test_an_imported_mask_is_the_first_revision(store: Store) -> None:
    with store.transaction() as session:
        tiles = [
            new_tile("a", mask_sha256=sha(5), classes={0: 60_000, 2: 500, 255: 36}),
            new_tile("b", mask_sha256=sha(6), classes={0: 65_536}, state="accepted"),
            new_tile("c"),
        ]
        ids = scenes.add_tiles(session, add_scene(session).id, tiles, "ana")
    with store.reading() as session:
        first, second, third = (scenes.get_tile(session, one) for one in ids)
        (revision,) = revisions.history(session, ids[0])
        assert names(session, class_id=2) == ["a"]
        assert names(session, class_id=255) == ["a"]
        assert names(session, class_id=0) == ["b"]
        assert names(session, author="import") == ["a", "b"]
    assert (first.state, first.seep_area_px, first.head_revision_id) == ("unreviewed", 500, revision.id)
    assert (second.state, second.seep_area_px) == ("accepted", 0)
    assert (third.head_revision_id, third.seep_area_px) == (None, None)
    assert (revision.kind, revision.author, revision.mask_sha256) == ("import", "import", sha(5))
    assert revision.truth


def test_what_is_not_there_is_missing(store: Store) -> None:
    with store.transaction() as session:
        for call in (
            lambda: scenes.get_scene(session, 9),
            lambda: scenes.get_tile(session, 9),
            lambda: scenes.set_split(session, 9, "train", "ana"),
            lambda: scenes.set_state(session, 9, "draft"),
            lambda: scenes.add_tiles(session, 9, [], "ana"),
            lambda: tile_queries.list_tiles(session, after=9),
        ):
            with pytest.raises(MissingError, match="9"):
                call()


def test_unknown_states_and_orders_are_refused(store: Store, add_tiles: AddTiles) -> None:
    (tile_id,) = add_tiles(1)
    with store.transaction() as session:
        with pytest.raises(SettingsError, match="Unknown state: 'fine'"):
            scenes.set_state(session, tile_id, "fine")
        with pytest.raises(SettingsError, match="'luck'"):
            tile_queries.list_tiles(session, order="luck")
        with pytest.raises(SettingsError, match="Unknown state: 'fine'"):
            scenes.add_tiles(session, 1, [new_tile("x", state="fine")], "ana")
        scenes.set_state(session, tile_id, "flagged")
        assert scenes.get_tile(session, tile_id).state == "flagged"


def test_filters_leave_the_tiles_that_they_say(store: Store, add_tiles: AddTiles) -> None:
    north, south = add_tiles(2, "north", "train"), add_tiles(2, "south", "test")
    with store.transaction() as session:
        scenes.set_state(session, south[0], "flagged")
        revisions.save_revision(
            session,
            north[1],
            base_revision_id=None,
            mask_sha256=sha(1),
            kind="accept",
            author="ben",
            request_id="r",
            correction_px=1,
            classes={3: 10},
        )
    with store.reading() as session:
        assert names(session, scene="south") == ["south.000000", "south.000001"]
        assert names(session, split="train") == ["north.000000", "north.000001"]
        assert names(session, state="flagged") == ["south.000000"]
        assert names(session, class_id=3) == ["north.000001"]
        assert names(session, author="ben") == ["north.000001"]
        assert names(session, text="TH.000001") == ["north.000001", "south.000001"]
        assert names(session, text="_") == []
        assert names(session, split="test", state="unreviewed") == ["south.000001"]
        assert tile_queries.count_tiles(session, TileFilter(split="test")) == 2
        assert tile_queries.count_tiles(session) == 4


@pytest.mark.parametrize("looked_up", [0, 1, 2, 100])
def test_a_text_finds_the_same_tiles_however_many_names_contain_it(
    store: Store, add_tiles: AddTiles, monkeypatch: pytest.MonkeyPatch, looked_up: int
) -> None:
    monkeypatch.setattr(tile_queries, "_NAMED", looked_up)
    add_tiles(3, "north", "train")
    add_tiles(3, "south", "test")
    with store.reading() as session:
        assert names(session, text="Th.00000") == sorted(names(session))
        assert names(session, text="SOUTH.000001") == ["south.000001"]
        assert names(session, text="000002", split="train") == ["north.000002"]
        assert names(session, text="%") == []
        for text, count in (("outh", 3), ("south.000001", 1), ("east", 0)):
            assert tile_queries.count_tiles(session, TileFilter(text=text)) == count


def test_a_rare_text_is_looked_for_in_the_names_alone(store: Store, add_tiles: AddTiles) -> None:
    add_tiles(3)
    with store.reading() as session:
        asked: list[str] = []
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2].lower()))
        tile_queries.list_tiles(session, TileFilter(text="000001"), "likely_wrong")
    searching = [one for one in asked if re.search(" i?like ", one)]
    assert len(searching) == 1
    assert "order by" not in searching[0]
    assert "trash_id" not in searching[0]  # which is not in the index of names


def set_values(session: Session, ids: list[int], values: list[float | None]) -> None:
    for tile_id, value in zip(ids, values, strict=True):
        row = session.get(Tile, tile_id)
        assert row is not None
        row.likely_wrong = value


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.sampled_from([None, 0.0, 0.25, 0.5, 1.0]), min_size=12, max_size=12),
    size=st.integers(1, 13),
)
def test_pages_put_together_are_the_whole_list_in_order(
    store: Store, add_tiles: AddTiles, values: list[float | None], size: int
) -> None:
    with store.reading() as session:
        ids = sorted(tile.id for tile in tile_queries.list_tiles(session, limit=None))
    ids = ids or add_tiles(12)
    with store.transaction() as session:
        set_values(session, ids, values)
        found: list[int] = []
        while page := tile_queries.list_tiles(
            session, order="likely_wrong", limit=size, after=found[-1] if found else None
        ):
            assert len(page) <= size
            found += [tile.id for tile in page]
        whole = [tile.id for tile in tile_queries.list_tiles(session, order="likely_wrong", limit=None)]
    expected = sorted(zip(ids, values, strict=True), key=lambda one: (one[1] is None, -(one[1] or 0), one[0]))
    assert found == whole == [tile_id for tile_id, _ in expected]


def test_the_next_tile_is_found_from_one_that_left_the_filter(store: Store, add_tiles: AddTiles) -> None:
    ids = add_tiles(4)
    with store.transaction() as session:
        set_values(session, ids, [0.1, 0.9, 0.5, None])
        scenes.set_state(session, ids[1], "accepted")
        chosen = TileFilter(state="unreviewed")
        (following,) = tile_queries.list_tiles(session, chosen, "likely_wrong", limit=1, after=ids[1])
        assert following.id == ids[2]


def test_every_order_orders(store: Store, add_tiles: AddTiles) -> None:
    ids = add_tiles(3)
    with store.transaction() as session:
        for tile_id, when, area in zip(ids, "132", (5, None, 9), strict=True):
            row = session.get(Tile, tile_id)
            assert row is not None
            row.updated_at = f"2025-01-0{when}T00:00:00.000+00:00"
            row.seep_area_px = area
            row.has_something = {"1": None, "3": 0.1, "2": 0.2}[when]
            row.useful, row.confident = {"1": 0.2, "3": 0.4, "2": None}[when], {"2": 0.9}.get(when)
        listed = {
            order: [tile.id for tile in tile_queries.list_tiles(session, order=order)]
            for order in (
                "likely_wrong",
                "useful",
                "confident",
                "has_something",
                "label_error",
                "seep_area_px",
                "name",
                "updated_at",
            )
        }
    a, b, c = ids
    assert listed == {
        "likely_wrong": [a, b, c],
        "useful": [b, a, c],
        "confident": [c, a, b],
        "has_something": [c, b, a],
        "label_error": [a, b, c],
        "seep_area_px": [c, a, b],
        "name": [a, b, c],
        "updated_at": [b, c, a],
    }


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "order", ["likely_wrong", "useful", "confident", "has_something", "seep_area_px", "name", "updated_at"]
)
@pytest.mark.parametrize("state", [None, "unreviewed"])
def test_a_page_is_read_off_an_index_without_sorting(
    store: Store, add_tiles: AddTiles, order: str, state: str | None
) -> None:
    ids = add_tiles(3)
    statements: list[tuple[str, tuple[object, ...]]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: tuple[object, ...], *_: object) -> None:
        if "ORDER BY" in statement:
            statements.append((statement, parameters))

    with store.reading() as session:
        event.listen(session.get_bind(), "before_cursor_execute", note)
        for after in (None, ids[0]):
            tile_queries.list_tiles(session, TileFilter(state=state), order, limit=2, after=after)
        event.remove(session.get_bind(), "before_cursor_execute", note)
        plans = [
            " ".join(
                row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", given)
            )
            for one, given in statements
        ]
    assert plans
    assert all("USING INDEX" in plan and "TEMP B-TREE" not in plan for plan in plans), plans


def test_many_tiles_by_id_take_few_statements_and_are_the_same_records(
    store: Store, add_tiles: AddTiles
) -> None:
    ids = [*add_tiles(700, "south", "test"), *add_tiles(700)]
    asked: list[str] = []
    wanted = [*reversed(ids), 99999]
    with store.transaction() as session:
        tile = session.get(Tile, ids[3])
        assert tile is not None
        tile.useful = 0.5  # not written yet
        event.listen(session.connection(), "before_cursor_execute", lambda *given: asked.append(given[2]))
        found = tile_queries.tiles_by_id(session, wanted)
        assert len([one for one in asked if one.startswith("SELECT")]) == 2
        assert [one.id for one in found] == wanted[:-1]
        assert found == [scenes.get_tile(session, one) for one in wanted[:-1]]
        assert (found[-4].values.useful, found[-4].scene, found[-4].split) == (0.5, "south", "test")
        assert tile_queries.scene_ids(session, wanted) == {one.id: one.scene_id for one in found}


def test_a_scene_that_is_one_file_keeps_what_is_known_of_the_file(store: Store) -> None:
    place = {"crs": "EPSG:32633", "transform": [10.0, 0.0, 5e5, 0.0, -10.0, 4e6]}
    with store.transaction() as session:
        made = scenes.add_scene(
            session,
            name="whole",
            split="train",
            statistics={},
            nodata=0.0,
            columns=26,
            bands=2,
            dtype="uint16",
            path="/scenes/whole.tif",
            width=25_000,
            height=16_000,
            georeference=place,
            unit="db",
            band_names=["VV", "VH"],
            acquired_at="2026-11-01T05:00:00Z",
            overlap_px=64,
        )
    with store.reading() as session:
        found = scenes.get_scene(session, made.id)
    assert (found.path, found.width, found.height) == ("/scenes/whole.tif", 25_000, 16_000)
    assert (found.georeference, found.unit, found.band_names) == (place, "db", ["VV", "VH"])
    assert (found.acquired_at, found.overlap_px) == ("2026-11-01T05:00:00Z", 64)


def test_a_scene_of_files_has_no_file_of_its_own(store: Store) -> None:
    with store.transaction() as session:
        scene = add_scene(session)
        ids = scenes.add_tiles(session, scene.id, [new_tile("north.000000")], "ana")
    with store.reading() as session:
        found = scenes.get_scene(session, scene.id)
        assert [tile.id for tile in scenes.tiles_of_scene(session, scene.id)] == ids
    assert (found.path, found.georeference, found.unit, found.band_names) == (None, None, "dn", [])
