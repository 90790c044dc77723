"""The layout of Review and Browse, from 1440 x 900 down to 1024 x 640 and at a zoom of 200 %."""

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
    surface.wait_for(
        "the open sidebar", lambda: content.evaluate("one => one.getBoundingClientRect().width") > 200
    )
    page.mouse.click(640, 300)
    surface.wait_for(
        "the strip of icons", lambda: content.evaluate("one => one.getBoundingClientRect().width") < 50
    )
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


WINDOWS = [(1440, 900), (1280, 720), (1024, 768), (1024, 640), (720, 450), (640, 360)]
"""The last two are 1440 x 900 and 1280 x 720 at a zoom of 200 %."""
COVERING = ".below, .strip, .options, .selection, .header, .header *, .bar, .minimap, .side, .toolbar"


@pytest.fixture
def narrow(surface: Surface) -> Iterator[Surface]:
    yield surface
    surface.page.set_viewport_size({"width": 1280, "height": 720})


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_decisions_and_tools_are_within_the_window(narrow: Surface, window: tuple[int, int]) -> None:
    page = narrow.page
    page.set_viewport_size({"width": window[0], "height": window[1]})
    narrow.wait_drawn()
    page.locator(".bar").scroll_into_view_if_needed()
    for name in ("Reject", "Skip", "Accept and next", "View", "Contrast"):
        button = page.locator(".bar").get_by_role("button", name=name).first
        box = button.bounding_box()
        assert box, name
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= window[0], name
        inside = "(one) => { const b = one.getBoundingClientRect(); \
return b.right <= innerWidth && b.bottom <= innerHeight + 1; }"
        assert button.evaluate(inside), name
    header, stage = (page.locator(one).bounding_box() for one in (".header .tool >> nth=-1", ".stage"))
    assert header
    assert stage
    assert header["x"] + header["width"] <= stage["x"] + stage["width"], "the header ends with the image"
    overflow = page.locator(".review").evaluate("(one) => one.scrollWidth - one.clientWidth")
    assert overflow <= 0
    for tool in page.locator(".toolbar button").all():
        assert tool.evaluate(
            """(one) => {
                one.scrollIntoView({ block: "nearest" });
                const box = one.getBoundingClientRect();
                const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
                const top = one.getRootNode().elementFromPoint(x, y);
                return one === top || one.contains(top);
            }"""
        ), tool.get_attribute("aria-label")


@pytest.mark.parametrize("window", WINDOWS[:5], ids=str)
@pytest.mark.parametrize("tool", ["b", "x", "w", "s"])
def test_nothing_covers_the_fitted_tile(narrow: Surface, window: tuple[int, int], tool: str) -> None:
    page = narrow.page
    page.set_viewport_size({"width": window[0], "height": window[1]})
    narrow.press(tool, "z")
    narrow.wait_drawn()
    left, top = narrow.screen(0, 0)
    right, bottom = narrow.screen(128, 128)
    covered = page.locator(".review").evaluate(
        """(review, { names, tile }) => [...review.querySelectorAll(names)]
            .filter((one) => one.checkVisibility())
            .map((one) => [one.className, one.getBoundingClientRect()])
            .filter(([, b]) => b.width && b.left < tile.right - 1 && b.right > tile.left + 1
                && b.top < tile.bottom - 1 && b.bottom > tile.top + 1)
            .map(([name]) => name)""",
        {"names": COVERING, "tile": {"left": left, "top": top, "right": right, "bottom": bottom}},
    )
    assert covered == []
    assert right - left >= 100, "the tile stays large enough to work on"
    narrow.press("b")


def test_the_options_of_a_tool_unfold_in_a_narrow_window(narrow: Surface) -> None:
    page = narrow.page
    page.set_viewport_size({"width": 1024, "height": 640})
    narrow.press("w")
    tolerance = page.locator('.options [data-option="sigmas"] input')
    expect(tolerance).to_be_hidden()
    fold = page.get_by_role("button", name="Wand: options")
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(tolerance).to_be_visible()
    fold.click()
    expect(tolerance).to_be_hidden()
    narrow.press("b")


def test_all_classes_are_shown_in_a_large_window_beside_a_queue_of_four_rows(narrow: Surface) -> None:
    page = narrow.page
    page.set_viewport_size({"width": 1440, "height": 900})
    narrow.press("s")
    narrow.drag((20, 20), (20, 20))
    hidden = page.locator("ul.classes").evaluate("(one) => one.scrollHeight - one.clientHeight")
    assert hidden <= 0
    shown = page.locator(".queue .list").evaluate("(one) => one.clientHeight")
    assert shown >= 4 * 34
    narrow.press("b")


@pytest.mark.parametrize("window", [(1440, 900), (1024, 640), (720, 450)], ids=str)
def test_the_filters_of_browse_can_be_read(narrow: Surface, window: tuple[int, int]) -> None:
    page = narrow.page
    page.set_viewport_size({"width": window[0], "height": window[1]})
    page.goto(f"{narrow.url}/browse")
    for words in ("Any scene", "Any split", "Any state", "Any class", "Any person", "Any assignee"):
        field = page.get_by_role("combobox", name=words)
        box = field.bounding_box()
        assert box, words
        assert box["x"] + box["width"] <= window[0], words
        cut = field.evaluate("(one) => one.scrollWidth - one.clientWidth")
        assert cut <= 0, words
