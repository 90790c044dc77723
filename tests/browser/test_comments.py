"""Comments in Review: at a point, with a reply, resolved, and kept while the server cannot be reached."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route, expect

from seep.workflow.review.comments import add_comment
from seep.workflow.review.tile_document import tile_document
from seep.workflow.workspace import Workspace
from seep_testing.live import LiveApp
from seep_testing.review_tiles import Surface, make_workspace, running, surface_on
from tests.actors import ADA, TESTER

pytestmark = pytest.mark.browser
Live = tuple[LiveApp, Workspace]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("comments")
    workspace = make_workspace(folder)
    with running(folder) as app:
        yield app, workspace


@pytest.fixture(scope="module")
def surface(live: Live, browser: Browser) -> Iterator[Surface]:
    with surface_on(browser, live[0].url) as opened:
        yield opened


def test_a_comment_at_a_point_gets_a_reply_and_is_resolved(live: Live, surface: Surface) -> None:
    _, workspace = live
    page = surface.page
    surface.open(6)
    page.get_by_role("button", name="Comments", exact=True).click()
    box = page.get_by_role("textbox", name="Comment; @name mentions a person")
    box.fill("Oil or wind? @ada")
    page.get_by_role("button", name="Set point").click()
    page.mouse.click(*surface.screen(20.5, 30.5))
    expect(page.get_by_role("button", name=re.compile("At 20, 30"))).to_be_visible()
    page.locator(".comments form .primary").click()
    expect(page.locator(".threads .entry")).to_have_count(1)
    expect(box).to_have_value("")
    (first,) = tile_document(workspace, 6, TESTER)["comments"]
    assert (first["text"], first["x"], first["y"], first["mentions"]) == (
        "Oil or wind? @ada",
        20,
        30,
        ["ada"],
    )
    pin = page.locator(".pin")
    expect(pin).to_have_text("1")
    before = pin.bounding_box()
    add_comment(workspace, 6, "Wind", ADA, parent_id=first["id"])
    page.get_by_role("button", name="Reply").click()
    page.get_by_role("textbox", name="Reply; @name mentions a person").click()
    page.keyboard.type("b e p are keys")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".threads .answer")).to_have_count(2)
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".threads .resolved")).to_have_count(1)
    expect(pin).to_have_count(0)
    page.get_by_role("button", name="Reopen").click()
    expect(pin).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".card.comments")).to_be_hidden()
    surface.press("=")
    surface.wait_for("the pin to move with the image", lambda: pin.bounding_box() != before)


def test_a_comment_that_cannot_be_sent_is_kept_with_its_tile(live: Live, surface: Surface) -> None:
    page = surface.page
    surface.open(9)
    page.get_by_role("button", name="Comments", exact=True).click()
    box = page.get_by_role("textbox", name="Comment; @name mentions a person")
    box.fill("Not lost")
    page.route("**/comments", lambda route: route.abort())
    page.locator(".comments form .primary").click()
    expect(page.locator(".notice")).to_contain_text("Comment not saved")
    expect(box).to_have_value("Not lost")
    surface.pick(10)
    expect(box).to_have_value("")
    surface.pick(9)
    expect(box).to_have_value("Not lost")
    page.unroute("**/comments")
    page.locator(".comments form .primary").click()
    expect(page.locator(".threads .entry p")).to_have_text("Not lost")


def test_what_is_typed_on_the_next_tile_stays_when_a_slow_comment_arrives(
    live: Live, surface: Surface
) -> None:
    _, workspace = live
    page = surface.page
    surface.open(3)
    page.get_by_role("button", name="Comments", exact=True).click()
    box = page.get_by_role("textbox", name="Comment; @name mentions a person")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/comments", hold)
    box.fill("Of the third tile")
    page.locator(".comments form .primary").click()
    surface.wait_for("the request", lambda: held)
    surface.pick(4)
    box.fill("Of the fourth tile")
    with page.expect_response("**/comments"):
        held[0].continue_()
    surface.wait_for("the comment", lambda: tile_document(workspace, 3, TESTER)["comments"])
    page.wait_for_timeout(300)
    expect(box).to_have_value("Of the fourth tile")
    surface.pick(3)
    expect(box).to_have_value("")
    expect(page.locator(".threads .entry p")).to_have_text("Of the third tile")
