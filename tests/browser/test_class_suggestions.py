"""Classes that the model predicts for the selected slick in Review: shown, taken with one key, or not answered."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Browser, Locator, Page, Route, expect

from seep.core.acquisition import OrderValues
from seep.core.import_options import ImportOptions
from seep.core.masks.mask import encode_mask, encode_probability
from seep.core.records import NewPrediction
from seep.store import predictions, tile_queries
from seep.workflow.imports.importer import import_folder
from seep.workflow.review.causes import tiles_by_cause
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from seep_testing.review_tiles import Surface, speckle
from tests.actors import TESTER
from tests.browser import axe
from tests.browser.served import Live, one_page, served

pytestmark = pytest.mark.browser

SIDE = 128
ADDRESS = re.compile("/slick-classes")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The app with one tile, on which the shipped checkpoint is said to have predicted a slick of class 7."""
    folder = tmp_path_factory.mktemp("classes")

    def fill(workspace: Workspace) -> None:
        (folder / "images").mkdir()
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[40:50, 20:100] = 7
        image = np.where(mask > 0, speckle(SIDE, 1) // 4 + 1, speckle(SIDE, 1))
        tifffile.imwrite(folder / "images" / "a.000001.tif", image)
        import_folder(workspace, folder / "images", None, ImportOptions(), TESTER)
        files = workspace.store.files
        sha = files.put(encode_mask(mask), MASK_SUFFIX)
        probability = files.put(encode_probability(np.where(mask > 0, 220, 10).astype(np.uint8)), MASK_SUFFIX)
        with workspace.store.transaction() as session:
            (tile,) = tile_queries.list_tiles(session, order="name", limit=None)
            predictions.add_predictions(
                session, 1, [NewPrediction(tile.id, sha, probability, OrderValues(0.5), {7: 800})]
            )

    yield from served(folder, fill)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    yield from one_page(browser)


@pytest.fixture
def surface(live: Live, page: Page) -> Surface:
    one = Surface(page, live[0].url)
    one.open(1)
    return one


def select(page: Page) -> Locator:
    """Select the only slick; returns the buttons of its suggestions."""
    page.get_by_test_id("slicks").get_by_role("listitem").first.get_by_role("button").first.click()
    return page.get_by_test_id("class-suggestions").get_by_role("button")


def test_one_key_gives_a_slick_the_most_probable_class(surface: Surface) -> None:
    page = surface.page
    suggestions = select(page)
    expect(suggestions).to_have_count(3)
    expect(suggestions.first).to_have_accessible_name(re.compile(r"^Seep class \d: \d+ %"))
    named = suggestions.first.text_content() or ""
    chosen = page.get_by_role("combobox", name="Class of this slick")
    expect(chosen).to_have_value("7")
    assert [one for one in axe.violations(page) if one.impact in axe.GRAVE] == []
    surface.press("Shift+Enter")
    expect(chosen).not_to_have_value("7")
    first = page.get_by_test_id("class-suggestions").get_by_role("listitem").first
    expect(first).to_have_attribute("aria-current", "true")
    expect(first).to_have_text(named)
    surface.press("Control+z")
    expect(chosen).to_have_value("7")
    suggestions.nth(1).focus()
    surface.press("Enter")
    expect(chosen).not_to_have_value("7")
    surface.press("Control+z")
    expect(chosen).to_have_value("7")


def test_a_cause_is_decided_by_keys_and_kept(surface: Surface, live: Live) -> None:
    page, workspace = surface.page, live[1]
    select(page)
    cause = page.get_by_test_id("slick-cause")
    expect(cause).to_have_value("")
    surface.press("Shift+C")
    expect(cause).to_be_focused()
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(cause).to_have_value("vessel")
    surface.wait_for("the decision", lambda: tiles_by_cause(workspace) == {"vessel": 1})
    expect(cause).to_have_attribute("title", re.compile("^tester, "))
    expect(cause).not_to_be_focused()
    assert [one for one in axe.violations(page) if one.impact in axe.GRAVE] == []
    surface.open(1)
    select(page)
    expect(cause).to_have_value("vessel")
    cause.select_option("")
    surface.wait_for("that it is taken back", lambda: tiles_by_cause(workspace) == {})
    expect(cause).to_have_value("")


def test_painting_goes_on_while_the_server_does_not_answer(surface: Surface) -> None:
    page = surface.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(ADDRESS, hold)
    select(page)
    surface.wait_for("a request", lambda: held)
    surface.press("b")
    surface.drag((60, 90), (90, 90))
    expect(page.get_by_test_id("slicks").get_by_role("listitem")).to_have_count(2)
    # Without an answer within seconds, the other sources are listed.
    suggestions = select(page)
    expect(suggestions.first).to_have_accessible_name(re.compile("predicted for 100 % of its pixels"))
    page.unroute(ADDRESS)
