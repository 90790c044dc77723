import re
from pathlib import Path

import pytest

from seep.core.acquisition import OrderValues
from seep.core.records import TileRecord
from seep.errors import SettingsError
from seep.workflow.review.orders import QUEUE_ORDERS, QueueOrder, get_order
from seep.workflow.review.queue import queue
from seep.workflow.workspace import Workspace

DOCS = Path(__file__).resolve().parents[3] / "docs" / "queue.md"


@pytest.mark.parametrize("order", QUEUE_ORDERS.values(), ids=str)
def test_an_order_is_complete(order: QueueOrder) -> None:
    assert order.column in {"class_area_px", *TileRecord._fields, *OrderValues._fields}
    assert order.help.endswith(".")
    assert all(len(sentence.split()) <= 25 for sentence in re.split(r"[.:;] ", order.help))
    assert bool(order.value_label) == (order.value_format != "none")
    lowest = [value for value, _ in order.thresholds]
    assert lowest == sorted(lowest, reverse=True)
    assert not lowest or lowest[-1] == 0


def test_every_order_has_a_row_in_the_docs() -> None:
    rows = re.findall(r"^\| ([^|]+?) \|", DOCS.read_text(), re.MULTILINE)
    assert {order.label for order in QUEUE_ORDERS.values()} <= set(rows)


def test_an_order_in_the_registry_sorts_the_queue(
    workspace: Workspace, bare_tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = QueueOrder("newest", "Newest first", "Tiles by id.", "id", "id", "score")
    monkeypatch.setitem(QUEUE_ORDERS, "newest", order)
    items = queue(workspace, order="newest")
    assert [item.id for item in items] == sorted(bare_tiles, reverse=True)
    assert items[0].value == max(bare_tiles)


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(SettingsError, match="'luck'"):
        get_order("luck")
