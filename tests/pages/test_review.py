import uuid
from typing import Any

import numpy as np
import pytest

from seep.core.acquisition import OrderValues
from seep.core.masks.mask import Mask
from seep.core.records import NewPrediction, TileFilter
from seep.store import predictions
from seep.workflow import tile_data
from seep.workflow.review import revisions
from seep.workflow.review.queue import queue
from seep.workflow.review.second_masks import request_second_masks, requested_tiles
from seep.workflow.review.tile_document import tile_document
from seep.workflow.shortcuts import set_keys
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BOB
from tests.pages.conftest import Open, texts
from tests.workflow import making


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the canvas was last given."""
    given: dict[str, Any] = {}
    monkeypatch.setattr(
        "seep.ui.components.canvas.mount.review_canvas", lambda **values: given.update(values) or {}
    )
    return given


def ids(workspace: Workspace, **chosen: Any) -> list[int]:
    return [item.id for item in queue(workspace, TileFilter(**chosen), "name")]


def accept(workspace: Workspace, tile_id: int, mask: Mask | None = None) -> None:
    """Accept a tile with a mask, or as it is."""
    head = tile_document(workspace, tile_id, ADA)["head"]
    mask = tile_data.revision_mask(workspace, head["id"]) if mask is None else mask
    revisions.save_mask(
        workspace,
        tile_id,
        mask,
        "accept",
        actor=ADA,
        base_revision_id=head["id"],
        request_id=uuid.uuid4().hex,
    )


def queued(shown: dict[str, Any]) -> list[int]:
    return [item.id for item in shown["queue"]]


def test_the_queue_holds_open_tiles_only(filled: Workspace, open_page: Open, shown: dict[str, Any]) -> None:
    first, *rest = ids(filled)
    accept(filled, first)
    open_page("review", order="name")
    assert queued(shown) == rest
    assert shown["tile_id"] is None
    assert shown["author"] == "ada"


def test_a_deep_link_opens_its_tile_whatever_its_state(
    filled: Workspace, open_page: Open, shown: dict[str, Any]
) -> None:
    first = ids(filled)[0]
    accept(filled, first)
    open_page("review", order="name", tile=str(first))
    assert shown["tile_id"] == first
    assert queued(shown) == ids(filled)


def test_the_filters_of_the_address_make_the_queue(
    filled: Workspace, open_page: Open, shown: dict[str, Any]
) -> None:
    open_page("review", scene="b", order="name")
    assert queued(shown) == ids(filled, scene="b")
    assert shown["filters"] == {"scene": "b", "order": "name"}


def test_a_list_of_tiles_is_the_queue_in_its_order(
    filled: Workspace, open_page: Open, shown: dict[str, Any]
) -> None:
    wanted = ids(filled)[5:2:-1]
    open_page("review", tiles=",".join(map(str, wanted)))
    assert queued(shown) == wanted


def test_an_accepted_tile_keeps_its_place_in_the_open_queue(
    filled: Workspace, open_page: Open, shown: dict[str, Any]
) -> None:
    app = open_page("review", order="name")
    before = queued(shown)
    accept(filled, before[3])
    app.run()
    assert queued(shown) == before
    assert shown["queue"][3].state == "corrected"


def test_a_tile_that_is_reopened_comes_back_into_the_queue(
    filled: Workspace, open_page: Open, shown: dict[str, Any]
) -> None:
    first, *rest = ids(filled)
    accept(filled, first)
    app = open_page("review", order="name")
    assert queued(shown) == rest
    revisions.decide(filled, first, "reopen", ADA, "")
    app.run()
    assert queued(shown) == [*rest, first]  # at the end: what is there keeps its place


@pytest.mark.parametrize("address", ["x", "-1", "", "9" * 40, "<script>"])
def test_an_address_that_names_no_tile_opens_the_queue(
    filled: Workspace, open_page: Open, shown: dict[str, Any], address: str
) -> None:
    open_page("review", tile=address)
    assert shown["tile_id"] is None
    assert len(shown["queue"]) == 12


def test_nothing_left_to_review_leads_on(filled: Workspace, open_page: Open, shown: dict[str, Any]) -> None:
    app = open_page("review", state="rejected")
    assert [one.key for one in app.main.button] == ["lead-open-fine-tuning"]
    assert not shown


def test_a_person_with_nothing_else_to_review_is_led_to_the_second_masks(
    filled: Workspace, open_page: Open, shown: dict[str, Any]
) -> None:
    tiles = making.tile_ids(filled)
    for tile_id in tiles:
        making.accept(filled, tile_id, BOB)
    request_second_masks(filled, ADA.name, 0.25, BOB)
    app = open_page("review")
    assert "3 second masks to draw" in texts(app)
    app.button(key="lead-draw-second-masks").click().run()
    assert sorted(map(int, app.query_params["tiles"].split(","))) == sorted(requested_tiles(filled, ADA))


def test_without_label_errors_the_page_leads_to_finding_them_and_to_the_queue(
    filled: Workspace, open_page: Open, shown: dict[str, Any]
) -> None:
    app = open_page("review", order="label_errors")
    assert [one.key for one in app.main.button] == ["lead-open-review-queue", "find-label-errors"]
    assert any("No reviewed tile has a prediction yet" in one.value for one in app.main.markdown)
    assert not shown


def test_the_classes_are_those_of_the_workspace(
    filled: Workspace, open_page: Open, shown: dict[str, Any]
) -> None:
    open_page("review")
    assert shown["classes"][1] == {"id": 1, "name": "Seep class 1", "color": "#e69f00", "key": "1"}
    with filled.store.transaction() as session:
        predictions.add_predictions(session, 1, [NewPrediction(1, "1" * 64, None, OrderValues(0.5), {1: 75})])
    open_page("review")
    assert [one.get("note") for one in shown["classes"][:3]] == [
        None,
        None,
        "base predicts it on none of 1 tile.",
    ]


def test_an_unknown_filter_is_ignored_with_a_notice(
    filled: Workspace, open_page: Open, shown: dict[str, Any]
) -> None:
    open_page("review", scene="nowhere", order="name")
    assert queued(shown) == ids(filled)
    assert shown["notice"] == "Ignored unknown filter in the URL: scene 'nowhere'."
    open_page("review", tile="abc")
    assert shown["tile_id"] is None
    assert shown["notice"] == "Ignored unknown tile in the URL: 'abc'."


def test_the_canvas_gets_the_keys_of_the_person(
    filled: Workspace, open_page: Open, shown: dict[str, Any]
) -> None:
    set_keys(filled, {"accept": "enter"}, ADA)
    open_page("review")
    assert shown["keys"] == {"accept": "enter"}


def test_the_canvas_gets_the_typical_width_of_labeled_slicks(
    filled: Workspace, open_page: Open, shown: dict[str, Any]
) -> None:
    """A long stripe of 5 px and two short ones of 11 px: the long one decides."""
    for tile_id in ids(filled, split="train"):
        mask = np.zeros_like(
            tile_data.revision_mask(filled, tile_document(filled, tile_id, ADA)["head"]["id"])
        )
        mask[10:15, 2:62] = 1
        mask[30:41, 2:18] = mask[30:41, 40:56] = 2
        accept(filled, tile_id, mask)
    open_page("review", order="name")
    assert shown["slick_width_px"] == 5


def test_the_canvas_gets_the_radius_that_fine_tuning_would_choose(
    filled: Workspace, open_page: Open, shown: dict[str, Any]
) -> None:
    """Thin stripes in the first training tile, then a wide slick in the second: it holds most seep pixels."""
    first, second = ids(filled, split="train")[:2]
    radii = []
    for tile_id, slick in ((first, np.s_[:40:8, :]), (second, np.s_[:40, :60])):
        mask = np.zeros_like(
            tile_data.revision_mask(filled, tile_document(filled, tile_id, ADA)["head"]["id"])
        )
        mask[slick] = 1
        accept(filled, tile_id, mask)
        open_page("review", order="name")
        radii.append(shown["ignored_radius_px"])
    assert radii == [12, 0]
