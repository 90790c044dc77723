from dataclasses import replace

import pytest

from seep.errors import SettingsError
from seep.workflow.classes import get_classes, set_classes
from seep.workflow.predicting import predict_tiles
from seep.workflow.queue import ORDERS, TileFilter, count, queue
from seep.workflow.workspace import Workspace
from tests.workflow.making import accept, never, quiet


def test_the_queue_goes_by_doubt_then_by_what_is_unknown(workspace: Workspace, bare_tiles: list[int]) -> None:
    predict_tiles(workspace, bare_tiles[:5], 1, quiet, never)
    items = queue(workspace, order="likely_wrong")
    values = [item.value for item in items]
    known = [value for value in values if value is not None]
    assert values == sorted(known, reverse=True) + [None] * 7


def test_every_order_lists_every_tile_once(workspace: Workspace, tiles: list[int]) -> None:
    for order in ORDERS:
        assert sorted(item.id for item in queue(workspace, order=order)) == tiles
    areas = [item.value for item in queue(workspace, order="seep_area")]
    assert areas == sorted(areas, reverse=True)
    assert [item.value for item in queue(workspace, order="name")] == [None] * 12


def test_filters_leave_what_they_say(workspace: Workspace, tiles: list[int]) -> None:
    accept(workspace, tiles[0], "bo", stripe=4)
    assert [item.id for item in queue(workspace, TileFilter(class_id=4))] == tiles[:1]
    assert [item.id for item in queue(workspace, TileFilter(author="bo"))] == tiles[:1]
    assert {item.scene for item in queue(workspace, TileFilter(split="locked"))} == {"d"}
    assert count(workspace, TileFilter(state="unreviewed")) == 11
    assert count(workspace, TileFilter(text="A.00")) == 3
    assert len(queue(workspace, limit=5)) == 5


def test_the_version_changes_with_the_shown_mask(workspace: Workspace, tiles: list[int]) -> None:
    before = queue(workspace, order="name")[0].version
    accept(workspace, tiles[0], stripe=1)
    assert queue(workspace, order="name")[0].version != before


def test_an_unknown_order_is_refused(workspace: Workspace) -> None:
    with pytest.raises(SettingsError, match="luck"):
        queue(workspace, order="luck")


def test_another_colour_of_a_class_is_another_version_of_every_picture(
    workspace: Workspace, tiles: list[int]
) -> None:
    before = queue(workspace)[0].version
    one, two, *others = get_classes(workspace)
    set_classes(workspace, (one, replace(two, colour="#123456"), *others), "ada")
    assert queue(workspace)[0].version != before
