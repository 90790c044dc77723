"""The queue on the screen: what it says of itself, and two people who never get the same tile."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from seep.core.records import TileFilter
from seep.store import assignments, scenes
from seep.store import revisions as stored_revisions
from seep.store.schema import Tile
from seep.workflow import tile_data
from seep.workflow.review import drafts, queue, revisions
from seep.workflow.review.quality_sample import set_quality_sample_share
from seep.workflow.workspace import Workspace
from seep_testing.live import LiveApp
from seep_testing.patience import wait_for
from seep_testing.review_tiles import Surface, make_workspace, running, surface_on
from tests.actors import ADA, BOB

pytestmark = pytest.mark.browser


@dataclass
class Desks:
    """The app, its workspace, and the screens of two people."""

    app: LiveApp
    workspace: Workspace
    ada: Surface
    bob: Surface


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Desks]:
    folder = tmp_path_factory.mktemp("queue")
    workspace = make_workspace(folder, count=4)
    with (
        running(folder, "local") as app,
        surface_on(browser, app.url, app=app) as ada,
        surface_on(browser, app.url, app=app) as bob,
    ):
        yield Desks(app, workspace, ada, bob)


def enter(surface: Surface, url: str, person: str) -> None:
    surface.sign_in(person)
    surface.page.goto(f"{url}/review?order=likely_wrong")
    surface.page.wait_for_selector('.review[data-stage="ready"]', state="attached")


def shown(surface: Surface) -> list[str]:
    return [row.get_attribute("data-id") or "" for row in surface.page.locator(".queue li").all()]


def wait_for_lock(workspace: Workspace, tile: int, holder: str, other: str) -> None:
    """Wait until the server says to `other` that `holder` has the tile open."""

    def is_held() -> bool:
        with workspace.store.reading() as session:
            return assignments.unavailable_to(session, [tile], other).get(tile) == holder

    wait_for(f"the lock of {holder} on tile {tile}", is_held)


def test_two_people_work_through_one_queue_without_meeting(desks: Desks) -> None:
    enter(desks.ada, desks.app.url, "ada")
    desks.ada.wait("painted", "1")
    expect(desks.ada.page.locator(".about")).not_to_be_empty()
    expect(desks.ada.page.locator(".why")).to_have_text("Very likely wrong: 0.99")
    wait_for_lock(desks.workspace, 1, "ada", "bob")
    enter(desks.bob, desks.app.url, "bob")
    desks.bob.wait("painted", "2")
    assert shown(desks.bob) == ["2", "3", "4"]
    wait_for_lock(desks.workspace, 2, "bob", "ada")
    desks.ada.press("Control+Enter")  # 2 is next, but bob has opened it since ada's queue came
    desks.ada.wait("painted", "3")
    expect(desks.ada.notice("tile-skipped")).to_contain_text("bob")
    wait_for_lock(desks.workspace, 3, "ada", "bob")
    desks.bob.press("Control+Enter")
    desks.bob.wait("painted", "4")
    wait_for_lock(desks.workspace, 4, "bob", "ada")
    desks.ada.wait("seen", "3")
    desks.ada.press("Control+Enter")
    desks.ada.wait("stage", "done")  # the last one is bob's
    finished = desks.ada.page.locator('.placeholder[data-message="queue-finished"]')
    expect(finished).to_contain_text("1 tile open by")
    expect(desks.ada.page.locator(".header .place")).to_have_text("0 left")
    desks.bob.wait("seen", "4")
    desks.bob.press("Control+Enter")
    desks.bob.wait("stage", "done")
    chosen = TileFilter(state="accepted")
    wait_for(
        "four accepts", lambda: queue.count(desks.workspace, chosen) == 4
    )  # decisions are sent behind the scenes


def test_who_else_has_a_tile_stays_said_beside_what_else_is_to_be_known(desks: Desks) -> None:
    head = revisions.get_tile(desks.workspace, 1).head_revision_id
    assert head
    mask = tile_data.revision_mask(desks.workspace, head)
    mask[:4] = 1
    drafts.save_draft(desks.workspace, 1, mask, BOB, head)
    desks.ada.open(1, "ada")
    wait_for_lock(desks.workspace, 1, "ada", "bob")
    desks.bob.open(1, "bob")
    notice = desks.bob.page.locator('.notice[data-message="draft-open tile-open-elsewhere"]')
    expect(notice).to_contain_text("ada")
    desks.bob.press("2")  # closes a hint, but not a notice
    desks.bob.wait_drawn()
    expect(notice).to_contain_text("ada")
    drafts.drop_draft(desks.workspace, 1, BOB)


def test_a_tile_of_the_quality_sample_is_marked(desks: Desks) -> None:
    for tile_id in (1, 2, 3, 4):
        revisions.decide(desks.workspace, tile_id, "reopen", ADA)
    with desks.workspace.store.transaction() as session:
        session.execute(update(Tile).where(Tile.id == 3).values(in_sample=True))
    set_quality_sample_share(desks.workspace, 0.5, ADA)
    enter(desks.bob, desks.app.url, "bob")
    row = desks.bob.page.locator('.queue li[data-id="3"]')
    expect(row).to_contain_text("sample")
    assert shown(desks.bob).index("3") == 1
    row.locator("button").first.click()
    expect(desks.bob.page.locator(".why")).to_have_text("Quality sample: drawn at random")


def test_a_skipped_tile_is_marked_until_it_is_decided(desks: Desks) -> None:
    enter(desks.bob, desks.app.url, "bob")
    desks.bob.wait("painted", desks.bob.read("tile"))
    first = desks.bob.read("tile")
    desks.bob.page.get_by_role("button", name="Skip", exact=True).click()
    row = desks.bob.page.locator(f'.queue li[data-id="{first}"]')
    expect(row).to_contain_text(", skipped")
    expect(row).to_have_attribute("aria-current", "false")


def test_a_refused_rejection_is_taken_back_with_the_reason(desks: Desks) -> None:
    enter(desks.ada, desks.app.url, "ada")
    page, tile = desks.ada.page, desks.ada.read("tile")
    row = page.locator(f'.queue li[data-id="{tile}"]')
    before = row.get_attribute("data-state")
    assert before in {"unreviewed", "draft"}
    desks.ada.press("Control+Shift+Backspace")
    page.locator(".note input").fill("blurred\x07")  # a control character: the server refuses the note
    page.locator(".note input").press("Enter")
    notice = desks.ada.notice("decision-refused")
    expect(notice).to_contain_text("The note contains a control character")
    expect(row).to_have_attribute("data-state", str(before))
    with desks.workspace.store.reading() as session:
        assert scenes.get_tile(session, int(tile)).state == before
    notice.get_by_role("button", name="Open tile").click()
    desks.ada.wait("painted", tile)


def test_a_rejection_has_a_reason_that_history_shows(desks: Desks) -> None:
    enter(desks.ada, desks.app.url, "ada")
    page, tile = desks.ada.page, desks.ada.read("tile")
    desks.ada.wait("painted", tile)
    page.locator(".bar").get_by_role("button", name="Reject").click()
    dialog = page.get_by_role("dialog", name="Reject the tile")
    expect(dialog.get_by_role("button", name="Rain cell")).to_be_visible()
    page.keyboard.press("2")
    expect(dialog).to_be_hidden()
    row = page.locator(f'.queue li[data-id="{tile}"]')
    expect(row).to_have_attribute("data-state", "rejected")
    desks.ada.open(int(tile), "ada")
    expect(page.locator(".history .rejected")).to_contain_text("Rejected: rain cell")
    with desks.workspace.store.reading() as session:
        reasons = [one.details.get("reason") for one in stored_revisions.decisions(session, int(tile))]
    assert reasons[-1] == "rain cell"


def test_the_order_and_the_search_are_changed_within_the_queue(desks: Desks) -> None:
    for tile_id in (1, 2, 3, 4):
        revisions.decide(desks.workspace, tile_id, "reopen", ADA)
    enter(desks.ada, desks.app.url, "ada")
    page = desks.ada.page
    rows, current = page.locator(".queue li"), page.locator('.queue li[aria-current="true"]')
    expect(current).to_have_count(1)
    page.get_by_role("button", name="Order and search").click()
    page.get_by_role("combobox", name="Order of the queue").select_option("name")
    page.wait_for_url("**order=name*")
    expect(page.locator(".queue .why")).to_have_text("By scene")
    search = page.get_by_role("textbox", name="Search the queue")
    search.fill("SCENE1")
    search.press("Enter")
    expect(rows.filter(has_text="scene0")).to_have_count(0)
    expect(current).to_contain_text("scene1")
    expect(search).to_have_value("SCENE1")
    search.fill("nowhere")
    search.press("Enter")
    desks.ada.wait("stage", "empty")
    search.fill("")
    search.press("Enter")
    expect(rows.filter(has_text="scene0")).not_to_have_count(0)
    expect(current).to_contain_text("scene0")
