from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

from seep.core.records import TileFilter
from seep.errors import SettingsError
from seep.store import checkpoints
from seep.store.schema import Tile
from seep.workflow.actor import Actor
from seep.workflow.classes import get_classes, set_classes
from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.review import revisions
from seep.workflow.review.assignments import assign, lock_tile
from seep.workflow.review.drafts import drop_draft, save_draft
from seep.workflow.review.orders import QUEUE_ORDERS, available_orders
from seep.workflow.review.quality_sample import set_quality_sample_share
from seep.workflow.review.queue import count, queue, review_queue
from seep.workflow.review.tile_document import tile_document
from seep.workflow.workspace import Workspace, install_checkpoint
from tests.actors import ADA, BO, BOB
from tests.workflow.making import accept, make_checkpoint, never, quiet


def test_the_queue_goes_by_doubt_then_by_what_is_unknown(workspace: Workspace, bare_tiles: list[int]) -> None:
    predict_tiles(workspace, bare_tiles[:5], 1, quiet, never)
    items = queue(workspace, order="likely_wrong")
    values = [item.value for item in items]
    known = [value for value in values if value is not None]
    assert values == sorted(known, reverse=True) + [None] * 7


def test_what_the_image_head_says_is_an_order_where_the_active_model_has_one(
    workspace: Workspace, bare_tiles: list[int], by_torch: None, tmp_path: Path
) -> None:
    assert "has_something" not in available_orders(workspace)
    path = make_checkpoint(tmp_path / "headed.safetensors", name="headed", image_head=True)
    headed = install_checkpoint(workspace, path, ADA).id
    with workspace.store.transaction() as session:
        checkpoints.promote(session, headed, "ada")
    assert QUEUE_ORDERS.keys() - available_orders(workspace).keys() == {"expected_here", "new_here"}
    predict_tiles(workspace, bare_tiles[:5], headed, quiet, never)
    values = [item.value for item in queue(workspace, order="has_something")]
    known = [value for value in values[:5] if value is not None]
    assert values == sorted(known, reverse=True) + [None] * 7
    assert 0 <= known[-1] < known[0] <= 1


def test_every_order_lists_every_tile_once(workspace: Workspace, tiles: list[int]) -> None:
    for order in sorted(set(QUEUE_ORDERS) - {"class", "label_errors", "expected_here", "new_here"}):
        assert sorted(item.id for item in queue(workspace, order=order)) == tiles
    areas = [item.value for item in queue(workspace, order="seep_area")]
    assert areas == sorted(areas, reverse=True)
    assert [item.value for item in queue(workspace, order="name")] == [None] * 12


def test_the_order_by_class_goes_by_the_area_of_the_class_asked_for(
    workspace: Workspace, tiles: list[int]
) -> None:
    for tile_id, rows in zip(tiles, (3, 9, 6), strict=False):
        mask = np.zeros((64, 64), np.uint8)
        mask[:rows] = 5
        head = tile_document(workspace, tile_id, ADA)["head"]["id"]
        revisions.save_mask(
            workspace, tile_id, mask, "save", actor=ADA, base_revision_id=head, request_id=f"class {tile_id}"
        )
    items = queue(workspace, TileFilter(class_id=5), "class")
    assert [(item.id, item.value) for item in items][:3] == [
        (tiles[1], 9 * 64.0),
        (tiles[2], 6 * 64.0),
        (tiles[0], 3 * 64.0),
    ]
    with pytest.raises(SettingsError, match="needs a class"):
        queue(workspace, order="class")


def test_the_useful_order_goes_round_scenes_and_classes(workspace: Workspace, bare_tiles: list[int]) -> None:
    with workspace.store.transaction() as session:
        for place, tile_id in enumerate(bare_tiles[:9]):
            session.execute(update(Tile).where(Tile.id == tile_id).values(useful=1 - place / 100))
    items = queue(workspace, order="useful")
    assert [item.scene for item in items[:4]] == ["a", "b", "a", "b"]
    assert [item.split for item in items] == ["train"] * 6 + ["validation"] * 3 + ["test"] * 3
    assert [item.value for item in items[-3:]] == [None] * 3
    assert [item.id for item in queue(workspace, order="useful", limit=4)] == [item.id for item in items[:4]]


def test_a_person_is_offered_what_nobody_else_has(workspace: Workspace, bare_tiles: list[int]) -> None:
    set_quality_sample_share(workspace, 0, ADA)
    assign(workspace, bare_tiles[:2], "bob", ADA)
    assert lock_tile(workspace, bare_tiles[2], BOB)["holder"] is None
    accept(workspace, bare_tiles[3])

    def offered(person: Actor) -> list[int]:
        return [item.id for item in review_queue(workspace, TileFilter(), "name", person)]

    assert offered(ADA) == bare_tiles[4:]
    assert offered(BOB) == [*bare_tiles[:3], *bare_tiles[4:]]
    assert [item.id for item in queue(workspace, TileFilter(assigned_to="bob"))] == bare_tiles[:2]
    accepted = review_queue(workspace, TileFilter(state="accepted"), "name", ADA)
    assert [item.id for item in accepted] == [bare_tiles[3]]


def test_audit_tiles_come_evenly_spread_and_out_of_order(workspace: Workspace, bare_tiles: list[int]) -> None:
    assert set_quality_sample_share(workspace, 0.25, ADA) == 3
    items = review_queue(workspace, TileFilter(), "name", ADA)
    assert sorted(item.id for item in items) == bare_tiles
    assert [at for at, item in enumerate(items) if item.in_sample] == [3, 7, 11]
    others = [item.id for item in items if not item.in_sample]
    assert others == sorted(others)
    assert not any(item.in_sample for item in review_queue(workspace, TileFilter(), "name", ADA)[:3])


def test_training_tiles_come_first_while_a_run_needs_them(
    workspace: Workspace, bare_tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_quality_sample_share(workspace, 0, ADA)
    with workspace.store.transaction() as session:
        for tile_id in bare_tiles:  # those of the test scene are the largest
            session.execute(update(Tile).where(Tile.id == tile_id).values(seep_area_px=tile_id))
    items = review_queue(workspace, TileFilter(), "seep_area", ADA)
    splits = [item.split for item in items]
    assert splits[0] == "train"
    assert splits == sorted(splits, key=lambda split: split != "train")
    assert [one.id for one in queue(workspace, TileFilter(), "seep_area")] == bare_tiles[::-1]
    monkeypatch.setattr("seep.workflow.labels.MIN_CORRECTIONS", 0)
    accept(workspace, bare_tiles[0], ADA)
    items = review_queue(workspace, TileFilter(), "seep_area", ADA)
    assert [item.id for item in items] == bare_tiles[:0:-1]


def test_filters_leave_what_they_say(workspace: Workspace, tiles: list[int]) -> None:
    accept(workspace, tiles[0], BO, stripe=4)
    assert [item.id for item in queue(workspace, TileFilter(class_id=4))] == tiles[:1]
    assert [item.id for item in queue(workspace, TileFilter(author="bo"))] == tiles[:1]
    assert {item.scene for item in queue(workspace, TileFilter(split="test"))} == {"d"}
    assert count(workspace, TileFilter(state="unreviewed")) == 11
    assert count(workspace, TileFilter(text="A.00")) == 3
    revisions.decide(workspace, tiles[3], "flag", BO, "looks like a Rain cell")
    assign(workspace, tiles[5:6], "robin", ADA)
    for text, found in (("rain CELL", tiles[3:4]), ("bo", tiles[:1]), ("robi", tiles[5:6])):
        assert [item.id for item in queue(workspace, TileFilter(text=text))] == found
    assert len(queue(workspace, limit=5)) == 5


def test_the_version_changes_with_the_shown_mask(workspace: Workspace, tiles: list[int]) -> None:
    before = queue(workspace, order="name")[0].version
    accept(workspace, tiles[0], stripe=1)
    assert queue(workspace, order="name")[0].version != before


def test_an_unknown_order_is_refused(workspace: Workspace) -> None:
    with pytest.raises(SettingsError, match="luck"):
        queue(workspace, order="luck")


def test_another_color_of_a_class_is_another_version_of_every_picture(
    workspace: Workspace, tiles: list[int]
) -> None:
    before = queue(workspace)[0].version
    one, two, *others = get_classes(workspace)
    set_classes(workspace, (one, replace(two, color="#123456"), *others), ADA)
    assert queue(workspace)[0].version != before


def test_a_draft_on_a_reviewed_tile_is_listed_as_a_draft(workspace: Workspace, bare_tiles: list[int]) -> None:
    predict_tiles(workspace, bare_tiles[:3], 1, quiet, never)
    reviewed, open_tile = bare_tiles[:2]
    accept(workspace, reviewed)
    truth = tile_document(workspace, reviewed, ADA)["head"]
    assert truth is not None
    painted = np.full((64, 64), 2, np.uint8)
    for tile, base in ((reviewed, truth["id"]), (open_tile, None)):
        save_draft(workspace, tile, painted, BOB, base)

    assert {item.id for item in queue(workspace, TileFilter(state="draft"))} == {reviewed, open_tile}
    assert count(workspace, TileFilter(state="draft")) == 2
    items = {item.id: item for item in queue(workspace)}
    assert (items[reviewed].state, items[reviewed].drafted) == ("accepted", True)
    assert not items[bare_tiles[2]].drafted
    drop_draft(workspace, reviewed, BOB)
    assert {item.id for item in queue(workspace, TileFilter(state="draft"))} == {open_tile}
