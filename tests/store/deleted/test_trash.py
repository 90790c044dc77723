"""Deleted tiles and scenes: hidden from every query, restored whole, or deleted permanently."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from seep.core.acquisition import OrderValues
from seep.core.records import NewPrediction, TileFilter
from seep.errors import MissingError, SettingsError
from seep.store import (
    audit_log,
    checkpoints,
    predictions,
    quality_sample,
    revisions,
    scenes,
    statistics,
    tile_queries,
)
from seep.store.deleted import trash
from seep.store.schema import Draft, Prediction, Revision, Tile, TileClass
from seep.store.store import Store
from tests.store.conftest import add_checkpoint, add_scene, new_tile, sha

AddTiles = Callable[..., list[int]]


def delete(session: Session, ids: list[int], name: str = "two tiles") -> int:
    return trash.put_tiles(session, ids, "tiles", name, "ben").id


def accept(session: Session, tile_id: int, base: int | None = None, mask: int = 7) -> int:
    return revisions.save_revision(
        session,
        tile_id,
        base_revision_id=base,
        mask_sha256=sha(mask),
        kind="accept",
        author="ana",
        request_id=f"{tile_id} {base} {mask}",
        correction_px=5,
        classes={1: 5},
    ).id


def names(session: Session) -> list[str]:
    return [tile.name for tile in tile_queries.list_tiles(session, limit=None)]


def test_deleted_tiles_vanish_from_every_query(store: Store, add_tiles: AddTiles) -> None:
    ids = add_tiles(3)
    with store.transaction() as session:
        quality_sample.set_quality_sample_share(session, 1.0)
        checkpoint = add_checkpoint(session, "base").id
        revision = accept(session, ids[0])
        record = trash.put_tiles(session, ids[:1], "tiles", "north.000000", "ben")
    assert (record.kind, record.name, record.author, record.tiles, record.scenes) == (
        "tiles", "north.000000", "ben", 1, 0,
    )  # fmt: skip
    with store.reading() as session:
        scene = scenes.list_scenes(session)[0]
        assert names(session) == ["north.000001", "north.000002"]
        assert tile_queries.count_tiles(session, TileFilter()) == 2
        assert [tile.id for tile in tile_queries.tiles_by_id(session, ids)] == ids[1:]
        assert [tile.id for tile in scenes.tiles_of_scene(session, scene.id)] == ids[1:]
        assert scene.tile_count == 2
        assert revisions.ground_truth(session, ids) == {}
        assert predictions.tiles_without_prediction(session, checkpoint) == ids[1:]
        assert scenes.shown_masks(session, scene.id) == {}
        assert quality_sample.counts(session) == (2, 2)
        progress = statistics.progress(session)
        assert (progress["tiles"], progress["reviewed"], progress["by_day"]) == (2, 0, [])
        assert progress["classes"] == []
        with pytest.raises(MissingError, match=r"Tile north\.000000 is in the trash"):
            scenes.get_tile(session, ids[0])
        assert revisions.get_revision(session, revision).tile_id == ids[0]  # history of runs
    with (
        store.transaction() as session,
        pytest.raises(MissingError, match=r"Tile north\.000000 is in the trash"),
    ):
        revisions.decide(session, ids[0], "flagged", "ana")


def test_a_restored_tile_has_all_its_work(store: Store, add_tiles: AddTiles) -> None:
    ids = add_tiles(2)
    with store.transaction() as session:
        checkpoint = add_checkpoint(session, "base").id
        checkpoints.promote(session, checkpoint, "ana")
        predictions.add_predictions(
            session, checkpoint, [NewPrediction(one, sha(1), sha(2), OrderValues(0.5), {1: 9}) for one in ids]
        )
        first = accept(session, ids[0])
        second = accept(session, ids[0], first, 8)
        revisions.save_draft(session, ids[0], "cleo", second, sha(9))
        before = scenes.get_tile(session, ids[0])
        entry = delete(session, ids)
    with store.reading() as session:
        assert scenes.list_scenes(session) == []
        assert names(session) == []
        assert [(one.tiles, one.scenes) for one in trash.list_trash(session)] == [(2, 1)]
    with store.transaction() as session:
        assert trash.restore(session, entry, "ana").tiles == 2
    with store.reading() as session:
        assert scenes.get_tile(session, ids[0]) == before
        assert [one.id for one in revisions.history(session, ids[0])] == [second, first]
        draft = revisions.get_draft(session, ids[0], "cleo")
        assert draft is not None
        assert draft.mask_sha256 == sha(9)
        assert scenes.get_tile(session, ids[1]).seep_area_px == 9
        assert scenes.list_scenes(session)[0].tile_count == 2
        assert trash.list_trash(session) == []
        assert [one.action for one in audit_log.list_audit(session, 2)] == ["undelete", "delete"]


def test_a_restored_tile_shows_the_version_that_was_promoted_meanwhile(
    store: Store, add_tiles: AddTiles
) -> None:
    ids = add_tiles(2)
    with store.transaction() as session:
        old, new = add_checkpoint(session, "old").id, add_checkpoint(session, "new").id
        checkpoints.promote(session, old, "ana")
        for number, checkpoint in enumerate((old, new), 1):
            rows = [NewPrediction(ids[0], sha(number), None, OrderValues(number / 10), {1: number})]
            predictions.add_predictions(session, checkpoint, rows)
        entry = delete(session, ids[:1])
        checkpoints.promote(session, new, "ana")
        trash.restore(session, entry, "ana")
        tile = scenes.get_tile(session, ids[0])
    assert (tile.values.likely_wrong, tile.seep_area_px) == (0.2, 2)


def test_the_same_names_can_be_imported_again_and_are_not_overwritten(
    store: Store, add_tiles: AddTiles
) -> None:
    old = add_tiles(2)
    with store.transaction() as session:
        entry = delete(session, old)
    again = add_tiles(2)
    with store.transaction() as session:
        with pytest.raises(SettingsError, match="another scene named north"):
            trash.restore(session, entry, "ana")
        assert [tile.id for tile in tile_queries.list_tiles(session)] == again
        later = delete(session, again)
        trash.restore(session, entry, "ana")
        assert [tile.id for tile in tile_queries.list_tiles(session)] == old
        assert [one.id for one in trash.list_trash(session)] == [later]


def test_entries_of_one_scene_are_restored_in_any_order(store: Store, add_tiles: AddTiles) -> None:
    ids = add_tiles(3)
    with store.transaction() as session:
        first = delete(session, ids[:2])
        second = delete(session, ids[1:])  # the one tile that is left, with its scene
        assert [(one.id, one.tiles, one.scenes) for one in trash.list_trash(session)] == [
            (second, 1, 1),
            (first, 2, 0),
        ]
        trash.restore(session, first, "ana")
        assert [tile.id for tile in tile_queries.list_tiles(session)] == ids[:2]
        assert scenes.list_scenes(session)[0].tile_count == 2
        trash.restore(session, second, "ana")
        assert scenes.list_scenes(session)[0].tile_count == 3


def test_nothing_is_left_of_what_is_deleted_permanently(store: Store, add_tiles: AddTiles) -> None:
    ids, kept = add_tiles(2), add_tiles(1, "south")
    with store.transaction() as session:
        checkpoint = add_checkpoint(session, "base").id
        checkpoints.promote(session, checkpoint, "ana")
        rows = [NewPrediction(one, sha(1), None, OrderValues(0.5), {1: 9}) for one in [*ids, *kept]]
        predictions.add_predictions(session, checkpoint, rows)
        first = accept(session, ids[0])
        accept(session, ids[0], first, 8)
        accept(session, kept[0])
        revisions.save_draft(session, ids[1], "cleo", None, sha(9))
        entry = delete(session, ids)
        assert trash.delete_permanently(session, entry, "ana").tiles == 2
    with store.reading() as session:
        assert names(session) == ["south.000000"]
        assert [scene.name for scene in scenes.list_scenes(session)] == ["south"]
        for table in (Tile, Revision, Prediction, TileClass):
            assert session.scalar(select(func.count()).select_from(table)) == 1
        assert session.scalar(select(func.count()).select_from(Draft)) == 0
        assert trash.list_trash(session) == []
    with store.transaction() as session, pytest.raises(MissingError, match="no entry"):
        trash.restore(session, entry, "ana")


def test_ids_of_permanently_deleted_rows_are_not_used_again(store: Store, add_tiles: AddTiles) -> None:
    ids = add_tiles(2)
    with store.transaction() as session:
        revision = accept(session, ids[1])
        scene = scenes.list_scenes(session)[0].id
        entry = delete(session, ids)
        trash.delete_permanently(session, entry, "ana")
        assert (names(session), scenes.list_scenes(session)) == ([], [])
    again = add_tiles(1)
    with store.transaction() as session:
        assert again[0] not in ids
        assert scenes.list_scenes(session)[0].id != scene
        assert accept(session, again[0]) != revision
        later = delete(session, again)
        assert later != entry
        trash.delete_permanently(session, later, "ana")
        assert names(session) == []


def test_unknown_tiles_make_no_entry(store: Store, add_tiles: AddTiles) -> None:
    ids = add_tiles(1)
    with pytest.raises(MissingError, match="no such tiles"), store.transaction() as session:
        delete(session, [ids[0] + 1])
    with store.reading() as session:
        assert trash.list_trash(session) == []
        assert len(names(session)) == 1


def test_imports_count_the_tiles_that_are_left(store: Store) -> None:
    with store.transaction() as session:
        scene = add_scene(session)
        one, two = (scenes.add_import(session, source, "ana") for source in ("/data/a", "/data/b"))
        first = scenes.add_tiles(session, scene.id, [new_tile("a"), new_tile("b")], "ana", one)
        scenes.add_tiles(session, scene.id, [new_tile("c")], "ana", two)
        delete(session, first[:1])
        found = [
            (entry.id, entry.source, entry.author, entry.tiles) for entry in scenes.list_imports(session)
        ]
        assert found == [(two, "/data/b", "ana", 1), (one, "/data/a", "ana", 1)]
        assert scenes.tiles_of_import(session, one) == first[1:]
        with pytest.raises(MissingError, match="no import 77"):
            scenes.get_import(session, 77)
