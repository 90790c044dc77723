"""The gallery in a real browser, on the Browse page of a server that nobody has visited yet."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Browser, Locator, Page, expect

from seep.core.records import TileFilter
from seep.workflow.review.queue import count
from seep_testing.contexts import new_context
from seep_testing.live import LiveApp
from seep_testing.patience import wait_for
from seep_testing.review_tiles import make_workspace, running

pytestmark = pytest.mark.browser

COUNT = 60
ODD_NAME = "<b>bold<|b>.000001"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    folder = tmp_path_factory.mktemp("gallery")
    generator = np.random.default_rng(3)
    (folder / "images").mkdir()
    names = [ODD_NAME, *(f"alpha.{number:06}" for number in range(COUNT - 1))]
    for name in names:
        pixels = generator.integers(1, 60_000, (48, 48), dtype=np.uint16)
        tifffile.imwrite(folder / "images" / f"{name}.tif", pixels)
    app = LiveApp(folder, worker=False)
    app.cli("import", str(folder / "images"))
    app.start()
    yield app
    app.stop()


@pytest.fixture
def grid(live: LiveApp, page: Page) -> Page:
    page.goto(f"{live.url}/browse")
    expect(page.locator(".cell")).to_have_count(COUNT)
    return page


def selected(page: Page) -> Locator:
    return page.locator('.cell[aria-selected="true"]')


def test_a_deep_link_opens_its_page_inside_the_frame_at_the_very_first_visit(grid: Page) -> None:
    expect(grid.get_by_role("link", name="Fine-tune")).to_be_visible()
    expect(grid.get_by_role("listbox", name="Tiles")).to_be_visible()


def test_pictures_arrive_without_moving_anything(live: LiveApp, page: Page) -> None:
    page.route("**/thumbnail?*", lambda route: route.abort())
    page.goto(f"{live.url}/browse")
    cells = page.locator(".cell")
    expect(cells).to_have_count(COUNT)
    expect(page.locator(".cell .failed").first).to_be_visible()
    before = [cells.nth(index).bounding_box() for index in (0, 5, 12)]
    page.unroute("**/thumbnail?*")
    page.reload()
    expect(page.locator(".cell img.shown").first).to_be_visible()
    assert [cells.nth(index).bounding_box() for index in (0, 5, 12)] == before


def test_only_pictures_near_the_window_are_fetched(live: LiveApp, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/thumbnail?" in request.url else None)
    page.set_viewport_size({"width": 700, "height": 500})
    page.goto(f"{live.url}/browse")
    expect(page.locator(".cell img.shown").nth(3)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 4 <= len(asked) < COUNT
    page.locator(".cell").last.scroll_into_view_if_needed()
    expect(page.locator(".cell").last.locator("img.shown")).to_be_visible()


def test_cells_beyond_the_window_are_filled_when_the_browser_is_idle(live: LiveApp, page: Page) -> None:
    page.add_init_script("window.requestIdleCallback = (call) => void (window.idle = call)")
    page.set_viewport_size({"width": 700, "height": 500})
    page.goto(f"{live.url}/browse")
    expect(page.locator(".cell")).to_have_count(COUNT)
    expect(page.locator(".cell .name").nth(3)).to_be_visible()
    page.wait_for_load_state("networkidle")
    near = page.locator(".cell .name").count()
    assert 4 <= near < COUNT
    page.evaluate("window.idle({ timeRemaining: () => 50, didTimeout: false })")
    expect(page.locator(".cell .name")).to_have_count(COUNT)


def test_markup_in_a_name_is_shown_as_text(grid: Page) -> None:
    cell = grid.get_by_role("option", name=ODD_NAME)
    expect(cell.locator(".name")).to_have_text(ODD_NAME)
    assert grid.locator(".cell b").count() == 0


def test_a_state_is_a_word_a_shape_and_an_edge(grid: Page) -> None:
    cell = grid.locator(".cell").first
    expect(cell.locator(".state")).to_have_text("Unreviewed")
    expect(cell.locator(".line svg")).to_be_visible()
    assert cell.locator(".picture").evaluate("e => getComputedStyle(e).borderBottomStyle") == "dotted"


def test_shift_click_selects_a_range_and_the_page_hears_of_it(grid: Page) -> None:
    cells = grid.locator(".cell")
    cells.nth(1).click(modifiers=["Control"])
    cells.nth(4).click(modifiers=["Shift"])
    expect(selected(grid)).to_have_count(4)
    expect(grid.get_by_text("4 tiles selected")).to_be_visible()
    grid.get_by_role("button", name="Clear", exact=True).click()
    expect(selected(grid)).to_have_count(0)
    expect(grid.get_by_text("4 tiles selected")).to_be_hidden()


def test_a_drag_selects_what_it_touches_and_opens_nothing(grid: Page) -> None:
    cells = grid.locator(".cell")
    start, end = cells.nth(0).bounding_box(), cells.nth(2).bounding_box()
    assert start
    assert end
    grid.mouse.move(start["x"] + 40, start["y"] + 30)
    grid.mouse.down()
    grid.mouse.move(end["x"] + 20, end["y"] + 60, steps=6)
    expect(selected(grid)).to_have_count(3)
    grid.mouse.up()
    expect(grid.get_by_text("3 tiles selected")).to_be_visible()
    assert "/browse" in grid.url


def test_keys_walk_select_and_open(grid: Page) -> None:
    first = grid.locator(".cell").first
    first.focus()
    for key in ("ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"):
        grid.keyboard.press(key)
    expect(selected(grid)).to_have_count(3)
    grid.keyboard.press("Escape")
    expect(selected(grid)).to_have_count(0)
    grid.keyboard.press("Home")
    expect(first).to_be_focused()
    tile = first.get_attribute("data-id")
    grid.keyboard.press("Enter")
    grid.wait_for_url(f"**/review?*tile={tile}*")


def test_coming_back_finds_the_grid_where_it_was(grid: Page) -> None:
    grid.set_viewport_size({"width": 1000, "height": 500})
    last = grid.locator(".cell").last
    last.scroll_into_view_if_needed()
    last.click()
    grid.wait_for_url("**/review?*")
    grid.get_by_role("link", name="Browse").click()
    expect(grid.locator(".cell")).to_have_count(COUNT)
    expect(grid.locator(".cell").last).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colors_follow_the_theme(browser: Browser, live: LiveApp, scheme: str) -> None:
    context = new_context(browser, color_scheme="light" if scheme == "light" else "dark")
    page = context.new_page()
    page.goto(f"{live.url}/browse")
    name = page.locator(".cell .state").first
    expect(name).to_be_visible()
    color = name.evaluate("e => getComputedStyle(e).color.match(/[0-9.]+/g).slice(0, 3).map(Number)")
    shape = page.locator(".cell .line .mark path").first.evaluate("e => getComputedStyle(e).stroke")
    context.close()
    assert (sum(color) < 300) == (scheme == "light")
    assert shape == ("rgb(107, 112, 120)" if scheme == "light" else "rgb(169, 173, 181)")


def test_keys_accept_the_selected_tiles_and_undo_it(browser: Browser, tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path, count=4)
    accepted = TileFilter(state="accepted")
    with running(tmp_path, "none") as app, new_context(browser, 1024, 640) as context:
        page = context.new_page()
        page.goto(f"{app.url}/browse?order=name")
        cells = page.locator(".cell")
        expect(cells).to_have_count(4)
        cells.first.focus()
        for key in ("Space", "ArrowRight", "Space"):
            page.keyboard.press(key)
        expect(page.get_by_text("2 tiles selected")).to_be_visible()
        for name in ("Accept tiles", "More"):
            button = page.get_by_role("button", name=name)
            expect(button).to_be_in_viewport(ratio=1)
            button.click(trial=True)
        page.keyboard.press("a")
        expect(page.get_by_text("2 tiles accepted.")).to_be_visible()
        wait_for("two accepts", lambda: count(workspace, accepted) == 2)
        cells.first.focus()
        page.keyboard.press("Control+z")
        wait_for("the undo", lambda: count(workspace, accepted) == 0)
        expect(page.get_by_text("2 tiles accepted.")).to_have_count(0)
        search = page.get_by_role("textbox", name="Search")
        search.fill("SCENE1")
        search.press("Enter")
        expect(cells).to_have_count(2)
        page.wait_for_url("**text=SCENE1*")
