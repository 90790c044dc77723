"""The layout of Review at 1280 x 720, the smallest window that it is made for."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from seep.workflow.workspace import Workspace
from seep_testing.live import LiveApp
from seep_testing.review_tiles import Surface, make_workspace, running, surface_on

pytestmark = pytest.mark.browser

NOTE = "Is the northern arm a wind shadow or oil? Compare it with the pass of the day before, please."


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveApp, Workspace]]:
    folder = tmp_path_factory.mktemp("layout")
    workspace = make_workspace(folder, count=4)
    with running(folder) as app:
        yield app, workspace


@pytest.fixture(scope="module")
def surface(live: tuple[LiveApp, Workspace], browser: Browser) -> Iterator[Surface]:
    with surface_on(browser, live[0].url) as opened:
        opened.page.set_viewport_size({"width": 1280, "height": 720})
        opened.open(1)
        yield opened


def test_the_sidebar_opens_with_the_focus_and_never_covers_the_tools_under_the_pointer(
    surface: Surface,
) -> None:
    page = surface.page
    content = page.get_by_test_id("stSidebarContent")
    page.mouse.move(20, 200)
    page.get_by_role("button", name="Lasso").click()
    expect(page.get_by_role("button", name="Lasso")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Browse").focus()
    surface.wait_for("the open sidebar", lambda: (content.bounding_box() or {})["width"] > 200)
    page.mouse.click(640, 300)
    surface.wait_for("the strip of icons", lambda: (content.bounding_box() or {})["width"] < 50)
    surface.press("b")


def test_the_icons_of_the_sidebar_stay_in_place_under_the_pointer(surface: Surface) -> None:
    page = surface.page
    links = page.get_by_test_id("stSidebarNavLink")

    def tops() -> list[float]:
        return [box["y"] for one in links.all() if (box := one.bounding_box())]

    before = tops()
    links.nth(4).hover()
    surface.wait_for(
        "the label of the icon",
        lambda: (
            links.nth(4).locator("span + span").first.evaluate("one => getComputedStyle(one).opacity") == "1"
        ),
    )
    assert tops() == before
    page.mouse.move(640, 300)


def test_a_note_is_readable_in_the_header(surface: Surface) -> None:
    surface.press("Shift+f")
    surface.page.keyboard.type(NOTE)
    surface.press("Enter")
    said = surface.page.locator(".header .said")
    expect(said).to_have_text(f"“{NOTE}”")
    cut = said.evaluate(
        "(node) => [node.scrollHeight - node.clientHeight, node.scrollWidth - node.clientWidth]"
    )
    assert max(cut) <= 1
    surface.press("Shift+f")
    expect(said).to_be_hidden()


def test_the_history_shows_three_versions(surface: Surface) -> None:
    page = surface.page
    rows = page.locator(".history li[data-revision]")
    for number in range(3):
        surface.drag((60 + 20 * number, 60), (70 + 20 * number, 60))
        surface.press("Control+s")
        expect(rows).to_have_count(number + 1)
    lower_edge = page.locator(".history .list").evaluate("(list) => list.getBoundingClientRect().bottom")
    boxes = [box for row in rows.all() if (box := row.bounding_box())]
    assert len([box for box in boxes if box["y"] + box["height"] <= lower_edge + 1]) == 3
    assert page.get_by_text("1/4", exact=True).count() == 1


def test_a_tool_shows_its_tip_under_the_pointer(surface: Surface) -> None:
    lasso = surface.page.get_by_role("button", name="Lasso")
    lasso.hover()
    surface.wait_for(
        "the tip",
        lambda: lasso.evaluate("(button) => getComputedStyle(button, '::after').opacity") == "1",
    )
