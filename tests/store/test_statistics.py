import json
from collections.abc import Callable

from seep.store import revisions, scenes, statistics
from seep.store.schema import utc_now
from seep.store.store import Store
from tests.store.conftest import sha


def test_an_empty_workspace_counts_nothing(store: Store) -> None:
    with store.reading() as session:
        found = statistics.progress(session)
    assert (found["tiles"], found["reviewed"], found["open"], found["by_day"], found["classes"]) == (
        0,
        0,
        0,
        [],
        [],
    )
    assert set(found["splits"]) == {"train", "validation", "test"}
    assert set(found["states"].values()) == {0}


def test_tiles_reviews_and_classes_are_counted(store: Store, add_tiles: Callable[..., list[int]]) -> None:
    north, south = add_tiles(3, "north", "train"), add_tiles(2, "south", "test")
    add_tiles(1, "east", "train")
    with store.transaction() as session:
        for number, (tile_id, kind, author) in enumerate(
            [(north[0], "accept", "ana"), (north[1], "accept", "ben"), (south[0], "save", "ana")]
        ):
            revisions.save_revision(
                session,
                tile_id,
                base_revision_id=None,
                mask_sha256=sha(number),
                kind=kind,
                author=author,
                request_id=str(number),
                correction_px=number,
                classes={0: 10, 1: 100 + number, 255: 4},
            )
        scenes.set_state(session, south[1], "rejected")
    with store.reading() as session:
        found = statistics.progress(session)
    assert json.loads(json.dumps(found)) == found
    assert (found["tiles"], found["reviewed"], found["open"]) == (6, 2, 3)
    assert found["states"] == {
        "unreviewed": 2,
        "draft": 1,
        "accepted": 1,
        "corrected": 1,
        "rejected": 1,
        "flagged": 0,
    }
    train = found["splits"]["train"]
    assert (train["scenes"], train["tiles"], train["reviewed"]) == (2, 4, 2)
    assert found["splits"]["test"]["states"]["rejected"] == 1
    today = utc_now()[:10]
    assert [(one["author"], one["tiles"]) for one in found["by_day"]] == [("ana", 1), ("ben", 1)]
    assert {one["day"] for one in found["by_day"]} <= {today, found["by_day"][0]["day"]}
    assert found["classes"] == [
        {"id": 1, "tiles": 3, "area_px": 303, "reviewed_tiles": 2, "reviewed_area_px": 201}
    ]


def test_a_tile_accepted_twice_in_a_day_counts_once(
    store: Store, add_tiles: Callable[..., list[int]]
) -> None:
    (tile_id,) = add_tiles(1)
    base = None
    with store.transaction() as session:
        for number in range(2):
            base = revisions.save_revision(
                session,
                tile_id,
                base_revision_id=base,
                mask_sha256=sha(number),
                kind="accept",
                author="ana",
                request_id=str(number),
                correction_px=0,
                classes={},
            ).id
        found = statistics.progress(session)["by_day"]
    assert sum(one["tiles"] for one in found) in (1, 2)  # 2 only across midnight


def test_scenes_with_labeled_seep_are_counted_by_split(
    store: Store, add_tiles: Callable[..., list[int]]
) -> None:
    north, south, west = (add_tiles(2, name, "test") for name in ("north", "south", "west"))
    east = add_tiles(1, "east", "train")
    made = [(tile, "accept", {1: 5}) for tile in (*north, *east)]  # both tiles of a scene count once
    made += [(south[0], "accept", {0: 9}), (west[0], "save", {1: 5})]  # no seep; a draft is no label
    with store.transaction() as session:
        for number, (tile, kind, classes) in enumerate(made):
            revisions.save_revision(
                session,
                tile,
                base_revision_id=None,
                mask_sha256=sha(number),
                kind=kind,
                author="ana",
                request_id=str(number),
                correction_px=0,
                classes=classes,
            )
        assert [statistics.seep_scenes(session, split) for split in ("train", "test")] == [1, 1]
        for tile in north:
            scenes.set_state(session, tile, "rejected")
        assert statistics.seep_scenes(session, "test") == 0
