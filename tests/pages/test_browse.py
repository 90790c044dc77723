from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from sqlalchemy import update

from seep.core.records import TileFilter
from seep.store import checkpoints, jobs
from seep.store.schema import Tile
from seep.ui.browse.filters import filter_text, review_query
from seep.workflow.review.assignments import assign
from seep.workflow.review.causes import decide_tile_cause
from seep.workflow.review.orders import QUEUE_ORDERS, QueueOrder
from seep.workflow.review.queue import queue
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.pages.conftest import Open


def test_filters_come_from_the_address(filled: Workspace, open_page: Open) -> None:
    app = open_page("browse", scene="b", order="name")
    assert app.selectbox(key="filter-scene").value == "b"
    assert app.selectbox(key="filter-order").value == "name"


def test_filters_go_to_the_address(filled: Workspace, open_page: Open) -> None:
    app = open_page("browse")
    app.selectbox(key="filter-state").select("unreviewed").run()
    assert app.query_params["state"] == "unreviewed"
    app.selectbox(key="filter-state").set_value(None).run()
    assert "state" not in app.query_params


def test_escape_does_not_clear_a_filter(filled: Workspace, open_page: Open) -> None:
    app = open_page("browse")
    boxes = [one for one in app.selectbox if str(one.key).startswith("filter-")]
    assert boxes
    assert all(one.proto.HasField("default") for one in boxes), (
        "only boxes that are empty by default are cleared"
    )


def test_the_queue_of_review_names_its_filter(filled: Workspace) -> None:
    assert filter_text(filled, TileFilter()) == ""
    chosen = TileFilter(split="test", state="unreviewed", class_id=1, assigned_to="")
    assert filter_text(filled, chosen) == "Test scenes, Unreviewed, Seep class 1, Unassigned"


def test_the_filter_by_cause_is_offered_once_a_cause_is_decided(filled: Workspace, open_page: Open) -> None:
    assert all(one.key != "filter-cause" for one in open_page("browse").selectbox)
    tile = queue(filled, None, "name")[0].id
    decide_tile_cause(filled, tile, (3, 3), "rain_cell", actor=ADA)
    app = open_page("browse", cause="not_oil")
    assert app.selectbox(key="filter-cause").value == "not_oil"
    app.selectbox(key="filter-cause").select("none").run()
    assert app.query_params["cause"] == "none"
    chosen = TileFilter(causes=("rain_cell",))
    assert filter_text(filled, chosen) == "Rain cell"
    assert review_query(chosen, QUEUE_ORDERS["name"])["cause"] == "rain_cell"


def test_a_value_that_does_not_exist_is_no_filter(filled: Workspace, open_page: Open) -> None:
    app = open_page("browse", scene="<b>nowhere</b>", state="lost")
    assert app.selectbox(key="filter-scene").value is None
    assert app.selectbox(key="filter-state").value is None
    assert "Ignored unknown filters in the URL: scene '<b>nowhere</b>', state 'lost'." in app.warning[
        0
    ].value.replace("\\", "")
    app.run()
    assert len(app.warning) == 1
    app.selectbox(key="filter-state").select("unreviewed").run()
    assert not app.warning


def test_an_address_with_the_test_split_of_version_0_1_opens_the_test_tiles(
    filled: Workspace, open_page: Open
) -> None:
    app = open_page("browse", split="locked")
    assert app.selectbox(key="filter-split").value == "test"
    assert app.query_params["split"] == "test"
    assert not app.warning


def test_without_a_match_no_review_can_start(filled: Workspace, open_page: Open) -> None:
    app = open_page("browse", state="rejected")
    assert app.button(key="start-review").disabled


def test_an_empty_workspace_leads_to_import(empty: Workspace, open_page: Open) -> None:
    app = open_page("browse")
    app.button(key="lead-import-tiles").click().run()
    assert not app.exception
    assert app.title[0].value == "Data"


def test_each_order_is_explained_and_the_one_by_class_needs_a_class(
    filled: Workspace, open_page: Open
) -> None:
    def captions(**query: str) -> list[str]:
        return [one.value.replace("\\", "") for one in open_page("browse", **query).caption]

    assert QUEUE_ORDERS["useful"].help in captions(order="useful")
    (without,) = (one for one in captions(order="class") if QUEUE_ORDERS["seep_area"].help in one)
    assert without.startswith("No class in the filter")
    assert QUEUE_ORDERS["class"].help in captions(order="class", **{"class": "1"})


def test_a_new_order_needs_one_entry(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = QueueOrder(
        key="widest",
        label="Widest first",
        help="Width in pixels.",
        column="width",
        value_label="width",
        value_format="area",
    )
    monkeypatch.setitem(QUEUE_ORDERS, order.key, order)
    with filled.store.transaction() as session:
        session.execute(update(Tile).where(Tile.id == 7).values(width=65))
    drawn: dict[str, Any] = {}

    def component(*_: object) -> Callable[..., dict[str, Any]]:
        return lambda **arguments: drawn.update(arguments) or {}

    monkeypatch.setattr("seep.ui.components.gallery.mount.component", component)
    app = open_page("browse", order="widest")
    assert app.selectbox(key="filter-order").value == "widest"
    assert "Widest first" in app.selectbox(key="filter-order").options
    assert "Width in pixels." in [one.value.replace("\\", "") for one in app.caption]
    assert drawn["data"]["order"] == asdict(order)
    assert (drawn["data"]["tiles"][0]["id"], drawn["data"]["tiles"][0]["value"]) == (7, 65)


def test_the_order_by_the_image_head_is_offered_where_the_active_model_has_one(
    filled: Workspace, open_page: Open
) -> None:
    app = open_page("browse", order="has_something")
    assert "has\\_something" in app.warning[0].value
    assert app.selectbox(key="filter-order").value == "useful"
    with filled.store.transaction() as session:
        card = {"architecture": {"image_head": True}}
        made = checkpoints.add_checkpoint(
            session, name="headed", parent_id=None, run_id=None, weights_sha256="2" * 64, card=card,
            author="ada",
        )  # fmt: skip
        before = checkpoints.active_checkpoint(session)
        checkpoints.promote(session, made.id, "ada")
    app = open_page("browse", order="has_something")
    assert app.selectbox(key="filter-order").value == "has_something"
    assert before is not None
    with filled.store.transaction() as session:
        checkpoints.promote(session, before.id, "ada")
    app.run()  # a session that still has the order in mind
    assert not app.exception
    assert app.selectbox(key="filter-order").value == "useful"


def test_tiles_are_filtered_by_whom_they_are_assigned_to(filled: Workspace, open_page: Open) -> None:
    assign(filled, [1, 2], "bob", ADA)
    app = open_page("browse", assigned="bob")
    assert app.selectbox(key="filter-assigned").value == "bob"
    assert "assigned" not in open_page("browse", assigned="cy").query_params


def test_label_errors_can_be_searched_for(filled: Workspace, open_page: Open) -> None:
    app = open_page("browse", order="label_errors")
    app.button(key="find-label-errors").click().run()
    assert not app.exception
    with filled.store.reading() as session:
        job = jobs.list_jobs(session, 1)[0]
    assert (job.kind, job.params["reviewed"]) == ("predict", True)
