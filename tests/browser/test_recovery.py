"""Nothing painted is lost: reload, closed tab, killed server, cut line, change of page, two browsers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from seep.store import revisions, scenes
from seep.workflow import tile_data
from seep.workflow.review import revisions as review_revisions
from seep.workflow.review.tile_document import tile_document
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from seep_testing.contexts import new_context
from seep_testing.live import LiveApp
from seep_testing.review_tiles import Surface, brush, is_draft, make_workspace, predicted
from tests.actors import TESTER

pytestmark = pytest.mark.browser

SIDE = 128
COUNT_DIALOGS = """() => {
    window.connectionDialogs = 0;
    const count = () => (window.connectionDialogs += document.querySelectorAll('[data-testid="stDialog"]').length);
    new MutationObserver(count).observe(document.body, { childList: true, subtree: true });
}"""
FIRST, SECOND = ((20, 60), (90, 60)), ((20, 80), (90, 80))


@dataclass
class Desk:
    """The app, its workspace, and a browser's profile with one page on it."""

    app: LiveApp
    workspace: Workspace
    context: BrowserContext
    surface: Surface

    def new_page(self) -> Surface:
        """A tab that was closed, opened again: the same profile, another page."""
        self.surface = Surface(self.context.new_page(), self.app.url, app=self.app)
        return self.surface

    def new_profile(self) -> Page:
        """A page of another browser, which has kept nothing."""
        browser = self.context.browser
        assert browser is not None
        return new_context(browser, 1280, 720).new_page()

    def expected(self, tile: int, *strokes: tuple[tuple[int, int], tuple[int, int]]) -> np.ndarray:
        with self.workspace.store.reading() as session:
            mask = predicted(SIDE, scenes.get_tile(session, tile).number)
        for start, end in strokes:
            mask[brush(SIDE, start, end, 8)] = 6
        return mask

    def line_of(self, page: Page) -> Callable[[bool], None]:
        """Return what cuts a page's connection (False) or mends it (True), as the developer tools do."""
        protocol = self.context.new_cdp_session(page)
        protocol.send("Network.enable")
        still = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}

        def connect(there: bool) -> None:
            protocol.send("Network.emulateNetworkConditions", {"offline": not there, **still})

        return connect


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("recovery")
    workspace = make_workspace(folder, side=SIDE)
    app = LiveApp(folder, worker=False, environment={"SEEP_AUTH": "local"})
    app.start()
    context = new_context(browser, 1280, 720)
    made = Desk(app, workspace, context, Surface(context.new_page(), app.url, app=app))
    yield made
    context.close()
    app.stop()


def paint(surface: Surface, stroke: tuple[tuple[int, int], tuple[int, int]]) -> None:
    surface.press("6")
    surface.drag(*stroke)


def test_strokes_of_a_moment_before_a_reload_come_back_with_their_undo(desk: Desk) -> None:
    surface = desk.surface
    surface.open(1)
    paint(surface, FIRST)
    paint(surface, SECOND)
    surface.page.on("dialog", lambda dialog: dialog.accept())
    surface.page.reload()  # sooner than the draft is sent
    surface.wait("painted", "1")
    expect(surface.notice("work-restored")).to_contain_text("2 undo steps")
    surface.wait("saved", "clean")
    expected = desk.expected(1, FIRST, SECOND)
    np.testing.assert_array_equal(tile_data.draft_mask(desk.workspace, 1, TESTER), expected)
    surface.press("Control+z")
    surface.wait_for("the undoing", lambda: is_draft(desk.workspace, desk.expected(1, FIRST)))


def test_strokes_of_a_closed_tab_come_back(desk: Desk) -> None:
    surface = desk.surface
    surface.open(2)
    surface.page.route("**/seep/tiles/*/draft", lambda route: route.abort())
    paint(surface, FIRST)
    surface.wait("saved", "failed")
    surface.page.close(run_before_unload=False)
    surface = desk.new_page()
    surface.open(2)
    expect(surface.notice("work-restored")).to_be_visible()
    surface.wait("saved", "clean")
    mask = tile_data.draft_mask(desk.workspace, 2, TESTER)
    np.testing.assert_array_equal(mask, desk.expected(2, FIRST))


def test_painting_goes_on_while_the_server_is_killed_and_started_again(desk: Desk) -> None:
    surface = desk.surface
    surface.open(3)
    surface.page.mouse.move(*surface.screen(*FIRST[0]))
    surface.press("6")
    surface.page.mouse.down()
    surface.page.evaluate(COUNT_DIALOGS)
    desk.app.kill()  # in mid-stroke
    surface.page.mouse.move(*surface.screen(*FIRST[1]))
    surface.page.mouse.up()
    surface.wait("saved", "failed")
    surface.wait_for("Streamlit's dialog", lambda: surface.page.evaluate("window.connectionDialogs > 0"))
    paint(surface, SECOND)
    expect(surface.page.locator(".saved")).not_to_have_attribute("data-status", "clean")
    assert surface.read("saved") in {"failed", "saving", "waiting"}
    desk.app.start()
    surface.wait("saved", "clean")  # tried again without being asked
    mask = tile_data.draft_mask(desk.workspace, 3, TESTER)
    np.testing.assert_array_equal(mask, desk.expected(3, FIRST, SECOND))


def test_a_cut_connection_stops_nothing_and_what_was_accepted_arrives_later(desk: Desk) -> None:
    surface = desk.surface
    surface.open(4)
    for tile in (5, 4):  # both are in memory then
        surface.pick(tile)
    connect = desk.line_of(surface.page)
    connect(False)
    paint(surface, FIRST)
    surface.wait("saved", "failed")
    saved = surface.page.locator(".saved")
    expect(saved).to_contain_text("connection")
    clipped = "node => node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight"
    assert not saved.evaluate(clipped)  # at 1280 px all of the reason can be read
    surface.press("Control+Enter")
    surface.wait("painted", "5")
    paint(surface, SECOND)
    others = surface.page.locator(".others")
    expect(others).to_contain_text("scene")
    surface.wait("saved", "failed")  # now both speak
    assert not others.locator("span").last.evaluate(clipped)
    others.click()  # leads to the tile that it names
    surface.wait("painted", "4")
    surface.pick(5)
    connect(True)
    surface.wait("saved", "clean")
    expect(surface.page.locator(".others")).to_be_empty()
    surface.wait_for(
        "the accept", lambda: review_revisions.get_tile(desk.workspace, 4).head_revision_id is not None
    )
    head = review_revisions.get_tile(desk.workspace, 4).head_revision_id
    assert head is not None
    np.testing.assert_array_equal(tile_data.revision_mask(desk.workspace, head), desk.expected(4, FIRST))
    draft = tile_data.draft_mask(desk.workspace, 5, TESTER)
    np.testing.assert_array_equal(draft, desk.expected(5, SECOND))


def test_a_change_of_page_at_once_after_a_stroke_loses_nothing(desk: Desk) -> None:
    surface = desk.surface
    surface.open(6)
    paint(surface, FIRST)
    surface.page.locator('[data-testid="stSidebarNavLink"][href$="/settings"]').click()
    expect(surface.page.locator(".review")).to_have_count(0)
    surface.page.locator('[data-testid="stSidebarNavLink"][href$="/review"]').click()
    surface.wait("painted", "6")
    surface.wait("saved", "clean")
    mask = tile_data.draft_mask(desk.workspace, 6, TESTER)
    np.testing.assert_array_equal(mask, desk.expected(6, FIRST))
    surface.press("Control+z")
    surface.wait_for(
        "all to be undone",
        lambda: tile_document(desk.workspace, 6, TESTER)["start"] == "prediction",
    )


def test_two_browsers_on_one_tile_keep_both_versions_over_a_reload(desk: Desk, browser: Browser) -> None:
    surface = desk.surface
    surface.open(7, "Ann")
    context = new_context(browser, 1280, 720)
    other = Surface(context.new_page(), desk.app.url, app=desk.app)
    other.open(7, "Bob")
    paint(surface, FIRST)
    surface.press("Control+s")
    expect(surface.page.locator(".history li[data-revision]")).to_have_count(1)
    paint(other, SECOND)
    other.press("Control+s")
    expect(other.page.locator(".conflict")).to_be_visible()
    other.page.reload()
    other.wait("painted", "7")
    expect(other.page.locator(".conflict")).to_be_visible()
    other.page.locator(".conflict").get_by_test_id("save-mine").click()
    expect(other.page.locator(".history li[data-revision]")).to_have_count(2)
    with desk.workspace.store.reading() as session:
        mine, theirs = revisions.history(session, 7)
    assert (mine.author, theirs.author) == ("Bob", "Ann")
    for revision, stroke in ((mine, SECOND), (theirs, FIRST)):
        mask = tile_data.revision_mask(desk.workspace, revision.id)
        np.testing.assert_array_equal(mask, desk.expected(7, stroke))
    context.close()


def test_two_windows_of_one_person_on_one_tile_lose_no_stroke(desk: Desk) -> None:
    left = desk.surface
    left.open(8)
    right = Surface(desk.context.new_page(), desk.app.url, app=desk.app)
    right.open(8)
    paint(left, FIRST)
    left.wait_for("the first window's draft", lambda: is_draft(desk.workspace, desk.expected(8, FIRST), 8))
    paint(right, SECOND)
    both = desk.expected(8, FIRST, SECOND)
    right.wait_for("the draft of both", lambda: is_draft(desk.workspace, both, 8))
    expect(right.notice("strokes-merged")).to_be_visible()
    right.page.reload()
    right.wait("painted", "8")
    right.press("Control+s")
    expect(right.page.locator(".history li[data-revision]")).to_have_count(1)
    with desk.workspace.store.reading() as session:
        (saved,) = revisions.history(session, 8)
    np.testing.assert_array_equal(tile_data.revision_mask(desk.workspace, saved.id), both)
    right.page.close()


def test_a_tile_whose_mask_is_lost_can_be_reviewed_again(desk: Desk) -> None:
    surface = desk.surface
    surface.open(9)
    paint(surface, FIRST)
    surface.press("Control+s")
    expect(surface.page.locator(".history li[data-revision]")).to_have_count(1)
    with desk.workspace.store.reading() as session:
        (lost,) = revisions.history(session, 9)
    desk.workspace.store.files.local(lost.mask_sha256, MASK_SUFFIX).unlink()
    page = Surface(desk.new_profile(), desk.app.url, app=desk.app)  # the first one still has the mask
    page.open(9)
    expect(page.notice("mask-missing")).to_be_visible()
    paint(page, SECOND)
    page.press("Control+s")
    expect(page.page.locator(".history li[data-revision]")).to_have_count(2)
    with desk.workspace.store.reading() as session:
        made, _ = revisions.history(session, 9)
    mask = tile_data.revision_mask(desk.workspace, made.id)
    np.testing.assert_array_equal(mask, desk.expected(9, SECOND))
    page.page.context.close()


def test_an_address_of_no_tile_leads_to_the_queue(desk: Desk) -> None:
    surface = desk.surface
    surface.sign_in("tester")
    surface.page.goto(f"{desk.app.url}/review?tile=999999")
    surface.wait("stage", "missing")
    placeholder = surface.page.locator('.placeholder[data-message="tile-missing"]')
    expect(placeholder).to_contain_text("There is no tile 999999 in this workspace; open the queue")
    for action in ("rejectNote", "skip", "accept"):
        expect(surface.page.locator(f'.bar [data-action="{action}"]')).to_be_disabled()
    surface.page.get_by_role("button", name="Open the queue").click()
    surface.wait("stage", "ready")
