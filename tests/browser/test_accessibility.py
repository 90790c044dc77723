"""axe on every page in Chromium, in both themes: empty, filled, with dialogs, popovers and expanders open."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from seep.web.page_list import PAGES, PEOPLE
from seep_testing.contexts import new_context
from seep_testing.live import LiveApp
from seep_testing.patience import wait_for
from tests.browser.axe import grave
from tests.browser.filled import filled

pytestmark = pytest.mark.browser

THEMES = ("light", "dark")
ADDRESSES = tuple(page.path for page in PAGES if page.name != PEOPLE)


@dataclass(frozen=True)
class State:
    """A page in a state: its address, and what brings it there after it was loaded."""

    name: str
    address: str
    reach: Callable[[Page], object] = lambda _: None


def _click(name: str) -> Callable[[Page], object]:
    return lambda page: page.get_by_role("button", name=name).first.click()


def _dialog(name: str) -> Callable[[Page], object]:
    def reach(page: Page) -> None:
        _click(name)(page)
        page.get_by_role("dialog").wait_for()

    return reach


def _select_tiles(page: Page) -> None:
    cells = page.locator(".gallery [role=gridcell], .gallery .cell")
    cells.first.click(modifiers=["Control"])
    cells.nth(1).click(modifiers=["Control"])
    page.get_by_text("2 tiles selected").wait_for()


def _expand(page: Page) -> None:
    for summary in page.locator("[data-testid=stExpander] summary").all():
        summary.click()


def _lightbox(page: Page) -> None:
    page.locator(".card").first.click()
    page.locator(".large").wait_for()


def _view_panel(page: Page) -> None:
    page.keyboard.press("v")
    page.get_by_role("button", name="dB", exact=True).wait_for()


def _comments(page: Page) -> None:
    page.locator(".talk").click()
    page.get_by_role("textbox", name="Comment; @name mentions a person").fill("Oil or wind?")
    page.get_by_role("button", name="Comment", exact=True).click()
    page.locator(".threads .entry").first.wait_for()


def _key_sheet(page: Page) -> None:
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()


FILLED = (
    *(State(page or "overview", page) for page in ADDRESSES),
    State("browse, tiles selected", "browse", _select_tiles),
    State("browse, high-confidence tiles", "browse", _dialog("Find high-confidence tiles")),
    State("browse, no match", "browse?scene=a&state=rejected&split=test"),
    State("review, view panel", "review", _view_panel),
    State("review, keys", "review", _key_sheet),
    State("review, comments", "review?tile=1", _comments),
    State("overview, expanded", "overview", _expand),
    State("review, one tile", "review?tile=1"),
    State("finetune, expanded", "finetune", _expand),
    State("finetune, all runs", "finetune?view=All+runs"),
    State("models, pair", "models?versions=1,2"),
    State("models, one", "models?versions=2"),
    State("models, enlarged tile", "models?versions=1", _lightbox),
    State("models, promote", "models?versions=2", _dialog("Promote seep-1")),
    State("models, import", "models", _click("Import")),
    State("settings, expanded", "settings", _expand),
)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    app = filled(tmp_path_factory.mktemp("full"))
    app.start()
    yield app
    app.stop()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    app = LiveApp(tmp_path_factory.mktemp("empty"), worker=False)
    app.start()
    yield app
    app.stop()


@pytest.fixture(scope="module", params=THEMES)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """One page per theme for all states."""
    context = new_context(browser, color_scheme=request.param, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def open_state(page: Page, url: str, state: State) -> None:
    page.goto(f"{url}/{state.address}")
    expect(_drawn(page)).to_be_visible()
    settle(page)
    state.reach(page)
    settle(page)


def _drawn(page: Page) -> Locator:
    return page.locator(".stMain h1, .stMain canvas").first


def settle(page: Page) -> None:
    """Wait until the script has ended, and nothing loads or fades."""
    page.wait_for_load_state("networkidle")
    busy = "[data-testid=stSkeleton], [data-testid=stStatusWidget], [data-stale=true]"
    wait_for("a settled page", lambda: page.locator(busy).count() == 0, lambda: page.wait_for_timeout(50))


@pytest.mark.parametrize("state", FILLED, ids=lambda one: one.name)
def test_filled_pages_have_no_serious_violation(full: LiveApp, page: Page, state: State) -> None:
    open_state(page, full.url, state)
    assert grave(page) == []


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda one: one or "overview")
def test_empty_pages_have_no_serious_violation(empty: LiveApp, page: Page, address: str) -> None:
    open_state(page, empty.url, State(address, address))
    assert grave(page) == []


def test_a_focused_link_of_the_sidebar_has_a_ring(empty: LiveApp, page: Page) -> None:
    open_state(page, empty.url, State("overview", ""))
    link = page.get_by_test_id("stSidebarNavLink").nth(2)
    page.keyboard.press("Tab")  # only a focus by keyboard is shown
    link.focus()
    expect(link).to_have_css("outline-style", "solid")
    expect(link).to_have_css("outline-width", "2px")


def test_a_dialog_darkens_the_page_behind_it(full: LiveApp, page: Page) -> None:
    open_state(page, full.url, State("promote", "models?versions=2", _dialog("Promote seep-1")))
    expect(page.get_by_test_id("stDialog")).to_have_css("background-color", "rgba(0, 0, 0, 0.55)")
