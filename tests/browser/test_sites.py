"""Repeat passes from the proposed place over the Sites page to the GeoPackage."""

import io
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import geopandas
import pytest
from playwright.sync_api import Browser, Page, expect

from seep.settings import read_settings
from seep.workflow.workspace import Workspace, open_workspace
from tests.browser.contexts import new_context
from tests.live import LiveApp
from tests.workflow.places.making import import_passes

pytestmark = pytest.mark.browser
Live = tuple[LiveApp, Workspace]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The app with four passes of tiles over three vents, not yet a place."""
    folder = tmp_path_factory.mktemp("sites")
    app = LiveApp(folder, worker=False)
    workspace = open_workspace(read_settings(app.environment))
    import_passes(workspace, folder / "place")
    app.start()
    yield app, workspace
    app.stop()


@pytest.fixture(scope="module")
def page(live: Live, browser: Browser) -> Iterator[Page]:
    context = new_context(browser, accept_downloads=True)
    yield context.new_page()
    context.close()


def test_from_the_proposal_to_the_geopackage(live: Live, page: Page, tmp_path: Path) -> None:
    page.goto(f"{live[0].url}/sites")
    page.get_by_role("button", name="Confirm place").click(timeout=120_000)
    rows = page.locator(".site-map[data-place] tbody tr")
    expect(rows).to_have_count(3, timeout=60_000)
    rows.nth(0).locator("td.rate").click()
    expect(page.locator(".sheet figure")).to_have_count(4)
    blink_in_review(page)
    rows.nth(1).locator("td.rate").click(modifiers=["Control"])
    page.get_by_role("button", name="Merge sites").click()
    expect(rows).to_have_count(2, timeout=30_000)
    last = rows.nth(1)
    last.locator("td.rate").click()
    rank = page.get_by_role("combobox", name="Rank")
    rank.select_option("low")
    expect(last.locator("td.rank")).to_have_text("low", timeout=30_000)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(last.locator("td.rank")).to_have_text("–", timeout=30_000)
    rank.select_option("high")
    expect(last.locator("td.rank")).to_have_text("high", timeout=30_000)
    shown = [
        tuple(row.locator(f"td{part}").first.inner_text() for part in ("", ".n", ".rank"))
        for row in rows.all()
    ]
    with page.expect_download(timeout=60_000) as waiting:
        page.get_by_role("button", name="Export", exact=True).click()
    with zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes())) as archive:
        path = Path(archive.extract("sites.gpkg", tmp_path))
    sites = geopandas.read_file(path, layer="sites")
    assert [
        (str(row.site), f"{row.n} of {row.m}", row["rank"] or "–") for _, row in sites.iterrows()
    ] == shown
    assert len(geopandas.read_file(path, layer="slicks")) == 11
    assert list(geopandas.read_file(path, layer="passes")["scene"]) == ["p1", "p2", "p3", "p4"]
    with closing(sqlite3.connect(path)) as database:
        styled = {name for (name,) in database.execute("SELECT f_table_name FROM layer_styles")}
    assert styled == {"sites", "slicks", "passes"}


def blink_in_review(page: Page) -> None:
    """Open a pass from the contact sheet, blink to another pass, and return by the evidence of the site."""
    page.get_by_role("button", name="p1: open in Review").click()
    strip = page.get_by_role("complementary", name="Passes")
    rows = strip.get_by_role("listitem")
    expect(rows).to_have_count(4, timeout=60_000)
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    badge = page.locator(".badge")
    page.locator(".stage > canvas").first.focus()
    page.keyboard.press(".")
    expect(badge).to_contain_text("Pass p2, read-only")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press(".")
    expect(badge).to_contain_text("Pass p3, read-only")
    page.keyboard.press("q")
    expect(badge).to_be_hidden()
    page.keyboard.press("q")
    expect(badge).to_contain_text("Pass p3, read-only")
    page.keyboard.press("Escape")
    expect(badge).to_be_hidden()
    expect(page.locator(".review")).to_have_attribute("data-saved", "clean")
    evidence = strip.get_by_role("region", name="Site 1")
    expect(evidence).to_contain_text("Slick in 4 of 4 passes", timeout=60_000)
    evidence.get_by_role("link", name="Open in Sites").click()
    expect(page.locator(".sheet figure")).to_have_count(4, timeout=60_000)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1440, 900)])
def test_no_column_of_the_table_is_cut(live: Live, page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{live[0].url}/sites")
    expect(page.locator(".site-map[data-place] tbody tr")).to_have_count(2, timeout=60_000)
    table = page.locator(".table")
    assert table.evaluate("one => one.scrollWidth - one.clientWidth") <= 0
