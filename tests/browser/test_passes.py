"""The strip of passes in Review: keys, Back, a second tab and a reload; and the suggested class of a slick."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from seep.core.records import TileRecord
from seep.store import scenes
from seep.workflow.places.places import create_place
from seep.workflow.workspace import Workspace
from seep_testing.review_tiles import Surface
from tests.actors import TESTER
from tests.browser.served import Live, one_page, served
from tests.workflow.places.making import import_passes

pytestmark = pytest.mark.browser

NAMES = ("p1", "p2", "p3", "p4")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The app with four passes of one place, reviewed, with one class per vent."""
    folder = tmp_path_factory.mktemp("passes")

    def fill(workspace: Workspace) -> None:
        import_passes(workspace, folder / "place", NAMES)
        create_place(workspace, "Bay", list(NAMES), TESTER)

    yield from served(folder, fill)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    yield from one_page(browser)


@pytest.fixture
def surface(live: Live, page: Page) -> Surface:
    """Review with the tile of pass p2 that holds the second vent, its passes loaded."""
    one = Surface(page, live[0].url)
    one.open(tile_at_vent(live[1]).id)
    expect(rows(page)).to_have_count(4, timeout=60_000)
    page.locator(".stage > canvas").first.focus()
    return one


def tile_at_vent(workspace: Workspace) -> TileRecord:
    with workspace.store.reading() as session:
        scene = next(one for one in scenes.list_scenes(session) if one.name == "p2")
        return next(one for one in scenes.tiles_of_scene(session, scene.id) if one.number == 2)


def strip(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Passes")


def rows(page: Page) -> Locator:
    return strip(page).get_by_role("listitem")


def current(page: Page) -> str:
    """Label of the pass that is marked in the strip."""
    return strip(page).locator('li[aria-current="true"] b').inner_text().strip()


def expect_pass(page: Page, label: str) -> None:
    """Wait until the canvas shows another pass, read-only."""
    expect(page.locator(".badge")).to_contain_text(f"Pass {label}, read-only")
    assert current(page) == label


def test_the_keys_blink_through_three_passes_and_back(surface: Surface) -> None:
    page = surface.page
    assert current(page) == "p2"
    for label in ("p3", "p4", "p1"):
        surface.press(".")
        expect_pass(page, label)
        assert float(surface.read("blink-ms")) < 1000
    surface.press(",")
    expect_pass(page, "p4")
    surface.press("q")
    expect(page.locator(".badge")).to_be_hidden()
    assert current(page) == "p2"
    surface.press("q")
    expect_pass(page, "p4")
    surface.press("Escape")
    expect(page.locator(".badge")).to_be_hidden()
    expect(page.locator(".review")).to_have_attribute("data-saved", "clean")


def test_back_goes_to_the_page_before_and_forward_shows_the_tile_itself(live: Live, surface: Surface) -> None:
    page = surface.page
    page.goto(f"{live[0].url}/sites")
    page.locator(".site-map[data-place] tbody tr").first.locator("td.rate").click()
    page.locator(".sheet figure").first.get_by_role("button", name="open in Review").click()
    expect(rows(page)).to_have_count(4, timeout=60_000)
    label = current(page)
    page.locator(".stage > canvas").first.focus()
    surface.press(".", ".")
    expect(page.locator(".badge")).to_be_visible()
    page.go_back()
    expect(page.locator(".site-map[data-place] tbody tr").first).to_be_visible(timeout=60_000)
    page.go_forward()
    expect(rows(page)).to_have_count(4, timeout=60_000)
    expect(page.locator(".badge")).to_be_hidden()
    assert current(page) == label


def test_a_second_tab_blinks_by_itself(live: Live, surface: Surface) -> None:
    page = surface.page
    surface.press(".")
    expect_pass(page, "p3")
    second = Surface(page.context.new_page(), live[0].url)
    second.open(tile_at_vent(live[1]).id)
    expect(rows(second.page)).to_have_count(4, timeout=60_000)
    expect(second.page.locator(".badge")).to_be_hidden()
    second.page.locator(".stage > canvas").first.focus()
    second.press(",")
    expect_pass(second.page, "p1")
    expect_pass(page, "p3")
    second.page.close()


def test_a_reload_shows_the_tile_itself_and_keeps_the_strip_closed(surface: Surface) -> None:
    page = surface.page
    surface.press(".")
    expect_pass(page, "p3")
    page.reload()
    expect(rows(page)).to_have_count(4, timeout=60_000)
    expect(page.locator(".badge")).to_be_hidden()
    assert current(page) == "p2"
    surface.press("j")
    expect(rows(page).first).to_be_hidden()
    page.reload()
    closed = strip(page).get_by_role("button", name="Show passes")
    expect(closed).to_be_visible(timeout=60_000)
    closed.click()
    expect(rows(page)).to_have_count(4, timeout=60_000)


def test_one_key_gives_a_slick_the_first_suggested_class(surface: Surface) -> None:
    page = surface.page
    listed = page.get_by_test_id("slicks").get_by_role("listitem")
    slick = listed.get_by_role("button", name="Seep class 2").first
    page.set_viewport_size({"width": 1280, "height": 720})
    place = slick.bounding_box()
    slick.click()
    chosen = page.get_by_role("combobox", name="Class of this slick")
    expect(chosen).to_have_value("2")
    nearest = strip(page).get_by_role("region", name=re.compile("^Site")).first
    expect(nearest).to_contain_text(re.compile(r"Nearest to the selected slick: \d+ px"), timeout=60_000)
    measured = page.get_by_test_id("slick-evidence")
    assert slick.bounding_box() == place, "a row that moves under the pointer loses its click"
    expect(measured).to_have_text(re.compile(r"Length\d+ pxWidth\d+ pxDirection\d+°Contrast−\d+\.\d dB"))
    surface.press("1")
    expect(chosen).to_have_value("1")
    suggestions = page.get_by_test_id("class-suggestions").get_by_role("button")
    expect(suggestions.first).to_have_accessible_name(
        re.compile(r": 2 of 2 other slicks at site \d$"), timeout=60_000
    )
    assert suggestions.count() == 3
    surface.press("Shift+Enter")
    expect(chosen).to_have_value("2")
    surface.press("Shift+Enter")
    expect(surface.notice("class-as-suggested")).to_be_visible()
    surface.press("Control+z")
    expect(chosen).to_have_value("1")
    suggestions.first.click()
    expect(chosen).to_have_value("2")
    surface.press("Control+z", "Control+z")
    expect(page.locator(".review")).to_have_attribute("data-saved", "clean")
    surface.press("Escape")
    expect(suggestions.first).to_be_hidden()
    expect(measured).to_be_hidden()
