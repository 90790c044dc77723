"""The Review canvas in Chromium: what is painted is what is kept, and nothing is lost."""

import re
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from seep.core.records import REVIEWED, TileFilter
from seep.store import revisions, scenes
from seep.workflow import tile_data
from seep.workflow.review.queue import queue
from seep.workflow.review.tile_document import tile_document
from seep.workflow.shortcuts import set_keys
from seep.workflow.workspace import Workspace
from seep_testing.contexts import new_context
from seep_testing.live import LiveApp
from seep_testing.review_tiles import (
    Surface,
    brush,
    is_draft,
    make_workspace,
    predicted,
    running,
    surface_on,
)
from tests.actors import TESTER, admin

pytestmark = pytest.mark.browser

SIDE = 128
Live = tuple[LiveApp, Workspace]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One app for all tests here; each test has tiles of its own."""
    folder = tmp_path_factory.mktemp("canvas")
    workspace = make_workspace(folder, side=SIDE)
    with running(folder, "local") as app:
        yield app, workspace


@pytest.fixture(scope="module")
def surface(live: Live, browser: Browser) -> Iterator[Surface]:
    with surface_on(browser, live[0].url, app=live[0]) as opened:
        yield opened


def head(workspace: Workspace, tile: int) -> int | None:
    with workspace.store.reading() as session:
        return scenes.get_tile(session, tile).head_revision_id


def state(workspace: Workspace, tile: int) -> str:
    with workspace.store.reading() as session:
        return scenes.get_tile(session, tile).state


def revision_id(workspace: Workspace, tile: int) -> int:
    found = head(workspace, tile)
    assert found is not None
    return found


def truth_of(workspace: Workspace, tile: int) -> int | None:
    """Id of the revision that counts as ground truth, of a tile that has one."""
    with workspace.store.reading() as session:
        found = revisions.ground_truth(session, [tile]).get(tile)
        return found.id if found else None


def start_mask(workspace: Workspace, tile: int) -> np.ndarray:
    with workspace.store.reading() as session:
        return predicted(SIDE, scenes.get_tile(session, tile).number)


def test_a_stroke_is_kept_exactly_as_painted(live: Live, surface: Surface) -> None:
    _, workspace = live
    surface.pick(1)
    expected = start_mask(workspace, 1)
    surface.press("3")
    surface.drag((20, 60), (90, 75))
    expected[brush(SIDE, (20, 60), (90, 75), 8)] = 3
    surface.wait("saved", "clean")
    np.testing.assert_array_equal(tile_data.draft_mask(workspace, 1, TESTER), expected)

    surface.drag((50, 50), (50, 90), button="right")
    expected[brush(SIDE, (50, 50), (50, 90), 8)] = 0
    surface.press("e", "]", "]")  # 10 px
    surface.drag((20, 60), (20, 60))
    expected[brush(SIDE, (20, 60), (20, 60), 10)] = 0
    surface.wait_for("the draft", lambda: is_draft(workspace, expected))
    assert head(workspace, 1) is None
    surface.press("b", "[")


def test_undo_and_redo_give_back_every_pixel(live: Live, surface: Surface) -> None:
    _, workspace = live
    surface.pick(2)
    before = start_mask(workspace, 2)
    surface.press("1")
    surface.drag((20, 60), (90, 75))
    surface.drag((10, 100), (110, 100))
    surface.press("Control+z", "Control+z", "Control+s")
    expect(surface.page.locator(".history li[data-revision]")).to_have_count(1)
    first = head(workspace, 2)
    assert first
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, first), before)

    surface.press("Control+y", "Control+Shift+z", "Control+s")
    expect(surface.page.locator(".history li[data-revision]")).to_have_count(2)
    second = head(workspace, 2)
    assert second
    before[brush(SIDE, (20, 60), (90, 75), 8)] = 1
    before[brush(SIDE, (10, 100), (110, 100), 8)] = 1
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, second), before)


def test_escape_abandons_the_stroke(live: Live, surface: Surface) -> None:
    surface.pick(2)
    surface.wait("saved", "clean")
    page = surface.page
    page.mouse.move(*surface.screen(30, 30))
    page.mouse.down()
    page.mouse.move(*surface.screen(80, 80))
    page.keyboard.press("Escape")
    page.mouse.up()
    surface.wait_drawn()
    assert surface.read("saved") == "clean"


def test_a_saved_mask_is_there_after_a_reload(live: Live, surface: Surface) -> None:
    _, workspace = live
    surface.pick(3)
    surface.press("2")
    surface.drag((30, 80), (70, 110))
    surface.press("Control+s")
    expect(surface.page.locator(".history li[data-revision]")).to_have_count(1)
    expected = start_mask(workspace, 3)
    expected[brush(SIDE, (30, 80), (70, 110), 8)] = 2
    saved = head(workspace, 3)
    assert saved
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, saved), expected)
    surface.open(3)
    surface.press("Control+z", "Control+s")  # undo is alive after the reload
    expect(surface.page.locator(".history li[data-revision]")).to_have_count(2)
    undone = head(workspace, 3)
    assert undone
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, undone), start_mask(workspace, 3))


def test_accept_shows_the_next_tile_at_once_and_without_a_rerun(live: Live, surface: Surface) -> None:
    _, workspace = live
    surface.pick(4)
    assert f"tile={4}" in surface.page.url
    surface.press("Control+Enter")
    surface.wait("painted", "5")
    assert surface.read("next-ms")  # shown by the surface itself; benchmarks judge the time
    surface.drag((20, 100), (60, 100))
    surface.press("Control+Enter")
    surface.wait("seen", "6")
    surface.press("Control+Backspace")
    surface.wait("painted", "7")
    surface.press("Control+Space")
    surface.wait("painted", "8")
    assert "tile=8" in surface.page.url
    expect(surface.page.locator('.queue li[data-id="6"]')).to_have_attribute("data-state", "rejected")
    decided = ["accepted", "corrected", "rejected", "unreviewed"]
    surface.wait_for("the decisions", lambda: [state(workspace, tile) for tile in (4, 5, 6, 7)] == decided)


def test_two_people_on_one_tile_lose_nothing(live: Live, surface: Surface, browser: Browser) -> None:
    app, workspace = live
    surface.open(9, "Ann")
    context = new_context(browser, 1280, 720)
    other = Surface(context.new_page(), app.url, app=app)
    other.open(9, "Bob")
    surface.press("4")
    surface.drag((20, 60), (90, 60))
    surface.press("Control+s")
    expect(surface.page.locator(".history li[data-revision]")).to_have_count(1)
    other.press("5")
    other.drag((20, 90), (90, 90))
    other.press("Control+s")
    dialog = other.page.locator(".conflict")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Ann")
    dialog.get_by_role("button", name="Theirs", exact=True).click()
    dialog.get_by_test_id("save-mine").click()
    expect(dialog).to_be_hidden()
    expect(other.page.locator(".history li[data-revision]")).to_have_count(2)
    with workspace.store.reading() as session:
        newest, oldest = revisions.history(session, 9)
    assert (newest.author, oldest.author) == ("Bob", "Ann")
    assert (tile_data.revision_mask(workspace, newest.id) == 5).any()
    assert (tile_data.revision_mask(workspace, oldest.id) == 4).any()

    surface.drag((20, 120), (90, 120))
    surface.press("Control+s")
    dialog = surface.page.locator(".conflict")
    dialog.get_by_test_id("keep-theirs").click()
    expect(surface.page.locator(".history li[data-revision]")).to_have_count(4)
    surface.wait("saved", "clean")
    with workspace.store.reading() as session:
        history = revisions.history(session, 9)
    assert [one.kind for one in history[:2]] == ["restore", "save"]
    theirs = tile_data.revision_mask(workspace, newest.id)
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, history[0].id), theirs)
    assert (tile_data.revision_mask(workspace, history[1].id)[120] == 4).any()
    context.close()


def test_two_people_keep_both_versions_with_the_keyboard(
    live: Live, surface: Surface, browser: Browser
) -> None:
    app, workspace = live
    surface.open(11, "Ann")
    context = new_context(browser, 1280, 720)
    other = Surface(context.new_page(), app.url, app=app)
    other.open(11, "Bob")
    surface.press("4")
    surface.drag((20, 60), (90, 60))
    surface.press("Control+s")
    expect(surface.page.locator(".history li[data-revision]")).to_have_count(1)
    other.press("5")
    other.drag((50, 60), (50, 100))  # crosses the line of Ann
    other.press("Control+s")
    dialog = other.page.locator(".conflict")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Both", exact=True).press("Enter")
    expect(dialog.get_by_role("button", name="Both", exact=True)).to_have_attribute("aria-pressed", "true")
    choice = dialog.get_by_role("group", name="Version used where both changed")
    expect(choice).to_be_visible()
    choice.get_by_role("button", name="Theirs").press("Space")
    dialog.get_by_test_id("save-both").press("Enter")
    expect(dialog).to_be_hidden()
    expect(other.page.locator(".history li[data-revision]")).to_have_count(2)
    with workspace.store.reading() as session:
        newest, oldest = revisions.history(session, 11)
    assert (newest.author, oldest.author) == ("Bob", "Ann")
    ann = tile_data.revision_mask(workspace, oldest.id)
    both = tile_data.revision_mask(workspace, newest.id)
    assert (both[ann == 4] == 4).all()
    assert (both[80:100, 50] == 5).all()
    context.close()


def test_work_that_never_reached_the_server_comes_back(live: Live, surface: Surface) -> None:
    _, workspace = live
    surface.pick(10)
    surface.page.route("**/seep/tiles/*/draft", lambda route: route.abort())
    surface.press("6")
    surface.drag((20, 60), (90, 60))
    surface.wait("saved", "failed")
    expect(surface.page.locator(".saved")).to_have_attribute("data-status", "failed")
    surface.drag((20, 80), (90, 80))  # painting goes on
    surface.page.unroute("**/seep/tiles/*/draft")
    surface.page.reload()
    surface.wait("painted", "10")
    expect(surface.notice("work-restored")).to_be_visible()
    surface.wait("saved", "clean")
    mask = tile_data.draft_mask(workspace, 10, TESTER)
    expected = start_mask(workspace, 10)
    expected[brush(SIDE, (20, 60), (90, 60), 8)] = 6
    expected[brush(SIDE, (20, 80), (90, 80), 8)] = 6
    np.testing.assert_array_equal(mask, expected)


def test_strokes_survive_a_change_of_page(live: Live, surface: Surface) -> None:
    _, workspace = live
    surface.open(11)
    surface.drag((20, 60), (90, 60))
    surface.wait("saved", "clean")
    assert (tile_data.draft_mask(workspace, 11, TESTER) != start_mask(workspace, 11)).any()
    view = surface.read("view")
    surface.page.locator('[data-testid="stSidebarNavLink"][href$="/settings"]').click()
    expect(surface.page.locator(".review")).to_have_count(0)
    surface.page.locator('[data-testid="stSidebarNavLink"][href$="/review"]').click()
    surface.wait("painted", "11")
    assert surface.read("view") == view
    surface.press("Control+z")  # the page came back with its history
    surface.wait_for("all to be undone", lambda: tile_document(workspace, 11, TESTER)["draft"] is None)


def test_streamlits_shortcuts_do_not_fire_and_nothing_scrolls(live: Live, surface: Surface) -> None:
    surface.pick(12)
    surface.press("c", "r", "c")

    def tall() -> float:
        return float(surface.page.locator(".review").evaluate("node => node.getBoundingClientRect().height"))

    def is_tall(height: int) -> bool:
        return abs(tall() - height) <= 1

    for width, height in ((1440, 900), (1280, 720)):
        surface.page.set_viewport_size({"width": width, "height": height})
        surface.wait_for("the new size", partial(is_tall, height))
        scrolls = surface.page.evaluate(
            "[...document.querySelectorAll('.stMain, body')].some(e => e.scrollHeight > e.clientHeight + 1)"
        )
        assert not scrolls
    assert surface.page.get_by_test_id("stDialog").count() == 0  # would be open by now


def test_a_finished_queue_says_so(live: Live, surface: Surface) -> None:
    _, workspace = live
    surface.page.goto(f"{surface.url}/review?tiles=12&tile=12")
    surface.wait("painted", "12")
    surface.press("Control+Enter")
    surface.wait("stage", "done")
    expect(surface.page.locator('.placeholder[data-message="queue-finished"]')).to_be_visible()
    surface.wait_for("the accept", lambda: state(workspace, 12) == "accepted")


def test_a_flag_takes_a_note_and_a_second_press_takes_it_back(live: Live, surface: Surface) -> None:
    _, workspace = live
    surface.open(8)
    page = surface.page
    surface.press("Shift+F")
    page.keyboard.type("slick or c-shaped wind?")  # letters that are keys of the canvas and of Streamlit
    surface.press("Enter")
    surface.wait("state", "flagged")
    expect(page.locator(".header .said")).to_contain_text("slick or c-shaped wind?")
    surface.wait("saved", "clean")
    assert tile_document(workspace, 8, TESTER)["note"] == "slick or c-shaped wind?"
    surface.press("Shift+F")
    surface.wait("state", "unreviewed")
    surface.press("Shift+F", "Escape")
    expect(page.locator(".note")).to_be_hidden()
    assert state(workspace, 8) == "unreviewed"


def test_the_slider_takes_the_sure_slicks_as_one_step_of_undo(live: Live, surface: Surface) -> None:
    surface.open(7)
    page = surface.page
    slider = page.locator(".sure input")
    expect(slider).to_be_visible()
    rows = page.locator(".slicks li button:first-child")
    expect(rows).to_have_count(1)
    slider.focus()
    surface.press("End")  # the probability that was kept for these tiles is low
    expect(page.locator(".slicks .none")).to_be_visible()
    surface.press("ArrowLeft", "ArrowLeft")
    page.locator(".review").focus()
    surface.press("Control+z")
    expect(rows).to_have_count(1)
    assert page.get_by_role("button", name="Undo", exact=True).is_disabled()


def test_a_slick_gets_another_class_from_the_table(live: Live, surface: Surface) -> None:
    _, workspace = live
    surface.open(7)
    page = surface.page
    page.locator(".slicks li button").first.click()
    page.get_by_label("Class of this slick").select_option("5")
    expected = np.where(start_mask(workspace, 7) > 0, 5, 0)
    surface.wait_for("the other class", lambda: is_draft(workspace, expected, 7))
    page.get_by_test_id("delete-slick").click()
    expect(page.locator(".slicks .none")).to_be_visible()
    surface.press("Control+z", "Control+z")


def test_delete_removes_the_slick_that_is_highlighted_in_the_list(live: Live, surface: Surface) -> None:
    surface.open(7)
    surface.press("b")
    surface.page.locator(".slicks li button").first.click()
    surface.press("Delete")
    expect(surface.page.locator(".slicks .none")).to_be_visible()
    surface.press("Control+z")
    expect(surface.page.locator(".slicks li button:first-child")).not_to_have_count(0)


def test_a_digit_changes_the_class_of_the_slick_that_is_highlighted_in_the_list(
    live: Live, surface: Surface
) -> None:
    _, workspace = live
    surface.open(7)
    surface.press("b", "1")
    page = surface.page
    page.locator(".slicks li button").first.click()
    surface.press("5")
    expected = np.where(start_mask(workspace, 7) > 0, 5, 0)
    surface.wait_for("the other class", lambda: is_draft(workspace, expected, 7))
    expect(page.locator('.classes li[data-class="1"]')).to_have_attribute("aria-current", "true")
    surface.press("Escape")
    expect(page.locator('.slicks li[aria-current="true"]')).to_have_count(0)
    surface.press("5")  # no slick is highlighted: the class to paint
    expect(page.locator('.classes li[data-class="5"]')).to_have_attribute("aria-current", "true")
    surface.press("1", "Control+z")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()


def test_changed_contrast_and_filters_are_marked(live: Live, surface: Surface) -> None:
    surface.open(7)
    marked = surface.page.locator('.bar [data-changed="true"]')
    expect(marked).to_have_count(0)
    surface.press("i")
    expect(marked).to_have_count(1)
    expect(marked).to_contain_text("Contrast")
    surface.press("i")
    expect(marked).to_have_count(0)


def test_lists_are_walked_with_the_arrow_keys(live: Live, surface: Surface) -> None:
    surface.open(7)
    page = surface.page
    assert page.locator('.queue li button[tabindex="0"]').count() == 1
    page.locator('.queue li[aria-current="true"] button').focus()
    following = page.locator('.queue li[aria-current="true"] + li')
    number = following.get_attribute("data-id")
    surface.press("ArrowDown", "Enter")
    surface.wait("painted", str(number))


def test_keys_are_each_persons_own(live: Live, surface: Surface) -> None:
    _, workspace = live
    set_keys(workspace, {"flag": "f2", "sheet": "k"}, admin("Eve"))
    surface.open(7, "Eve")
    surface.press("k")
    expect(surface.page.locator(".sheet")).to_contain_text("F2")
    surface.press("Escape", "F2")
    expect(surface.page.locator(".note")).to_be_visible()
    surface.press("Escape")
    set_keys(workspace, {}, admin("Eve"))


def test_a_correction_of_a_reviewed_tile_counts_when_it_is_accepted(live: Live, surface: Surface) -> None:
    _, workspace = live
    surface.open(9, "Ann")
    page = surface.page
    surface.press("Control+Enter")
    surface.wait_for("the accept", lambda: state(workspace, 9) in REVIEWED)
    surface.open(9, "Ann")
    truth = revision_id(workspace, 9)
    expected = tile_data.revision_mask(workspace, truth).copy()

    surface.press("b", "6")
    surface.drag((20, 112), (90, 112))
    expected[brush(SIDE, (20, 112), (90, 112), 8)] = 6
    draft = page.locator(".history .draft")
    expect(draft).to_have_text("Draft: accept to count it")
    expect(page.locator(".saved")).to_have_attribute("data-draft", "true")
    surface.wait_for(
        "the draft", lambda: 9 in {one.id for one in queue(workspace, TileFilter(state="draft"))}
    )
    assert truth_of(workspace, 9) == truth  # still what trains
    page.goto(f"{surface.url}/browse?state=draft")
    expect(page.locator('.cell[data-id="9"] .state')).to_have_text(re.compile("^Draft, "))
    surface.open(9, "Ann")
    expect(draft).to_be_visible()

    surface.press("Control+Enter")
    surface.wait_for("the second accept", lambda: revision_id(workspace, 9) != truth)
    assert state(workspace, 9) == "corrected"
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, revision_id(workspace, 9)), expected)
    surface.open(9, "Ann")
    expect(draft).to_have_count(0)


def test_a_reopened_tile_is_corrected_and_accepted_again(live: Live, surface: Surface) -> None:
    _, workspace = live
    surface.open(6, "Bob")
    page = surface.page
    if state(workspace, 6) not in REVIEWED:
        surface.press("Control+Enter")
        surface.wait_for("the accept", lambda: state(workspace, 6) in REVIEWED)
        surface.open(6, "Bob")
    first = revision_id(workspace, 6)

    surface.press("Shift+R")
    surface.wait("state", "draft")
    expect(page.locator(".history li[data-revision]").first).to_contain_text("reopened")
    surface.wait_for("the reopening", lambda: truth_of(workspace, 6) is None)
    reopened = revision_id(workspace, 6)
    expected = tile_data.revision_mask(workspace, reopened).copy()
    np.testing.assert_array_equal(expected, tile_data.revision_mask(workspace, first))

    surface.press("b", "4")
    surface.drag((30, 116), (100, 116))
    expected[brush(SIDE, (30, 116), (100, 116), 8)] = 4
    surface.press("Control+Enter")
    surface.wait_for("the accept", lambda: truth_of(workspace, 6) not in {None, first})
    accepted = truth_of(workspace, 6)
    assert accepted is not None
    assert state(workspace, 6) == "corrected"
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, accepted), expected)
    surface.open(6, "Bob")
    expect(page.locator(f'.history li[data-revision="{accepted}"]')).to_contain_text("accepted")


def test_the_session_counts_an_undone_accept_no_more_without_a_reload(live: Live, surface: Surface) -> None:
    _, workspace = live
    surface.open(3, "Cleo")
    page = surface.page
    session = page.locator(".header .session")
    expect(session).to_be_empty()
    surface.press("Control+Enter")
    surface.wait_for("the accept", lambda: state(workspace, 3) in REVIEWED)
    expect(session).to_have_text(re.compile("^Session: 1 tile"))
    surface.page.locator('.queue li[data-id="3"] > button').click()
    surface.wait("painted", "3")
    page.evaluate("window.notReloaded = true")
    surface.press("Control+Shift+U")
    surface.wait_for("the undo", lambda: state(workspace, 3) not in REVIEWED)
    expect(session).to_be_empty()
    assert page.evaluate("window.notReloaded")


def test_an_undone_accept_keeps_the_strokes_as_a_draft_with_its_undo_history(
    live: Live, surface: Surface
) -> None:
    _, workspace = live
    surface.open(7, "Dana")
    before = start_mask(workspace, 7)
    surface.press("b", "2")
    surface.drag((20, 70), (60, 70))
    surface.drag((20, 90), (60, 90))
    surface.press("Control+Enter")
    surface.wait_for("the accept", lambda: state(workspace, 7) == "corrected")
    accepted = tile_data.revision_mask(workspace, revision_id(workspace, 7))
    surface.page.locator('.queue li[data-id="7"] > button').click()
    surface.wait("painted", "7")
    surface.press("Control+Shift+U")
    surface.wait_for("the undo", lambda: state(workspace, 7) == "draft")
    dana = admin("Dana")
    np.testing.assert_array_equal(tile_data.draft_mask(workspace, 7, dana), accepted)
    expect(surface.notice("draft-open")).to_contain_text("accept was undone")
    surface.press("Control+z")
    one = np.where(brush(SIDE, (20, 70), (60, 70), 8), 2, before).astype(np.uint8)
    surface.wait_for("one stroke", lambda: np.array_equal(tile_data.draft_mask(workspace, 7, dana), one))
    surface.open(7, "Dana")  # the history is kept over a reload
    surface.press("Control+z")
    surface.wait_for("no draft", lambda: state(workspace, 7) == "unreviewed")
    surface.press("Control+y", "Control+y", "Control+Enter")
    surface.wait_for("the second accept", lambda: state(workspace, 7) == "corrected")
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, revision_id(workspace, 7)), accepted)
