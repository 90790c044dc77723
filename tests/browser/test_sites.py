"""Repeat passes from the import over Review and the Sites page to the GeoPackage.

SEEP_TEST_TILES names a folder with train_images_256 and train_masks_256, the real tile sets; without it the test
imports a synthetic twin.
"""

import io
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import geopandas
import pytest
from playwright.sync_api import Browser, Page, expect

from seep.core.import_options import ImportOptions
from seep.store import sqlite
from seep.workflow import tile_data
from seep.workflow.imports.importer import import_folder
from seep.workflow.places.document import place_document
from seep.workflow.review.revisions import get_tile
from seep.workflow.workspace import Workspace
from seep_testing.patience import wait_for
from seep_testing.review_tiles import Surface
from tests.actors import TESTER
from tests.browser.served import Live, one_page, served
from tests.workflow.places.making import import_passes

pytestmark = pytest.mark.browser

REAL = os.environ.get("SEEP_TEST_TILES")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The app with tiles of several passes and reviewed masks, not yet a place."""
    folder = tmp_path_factory.mktemp("sites")
    yield from served(folder, lambda workspace: import_tiles(workspace, folder))


def import_tiles(workspace: Workspace, folder: Path) -> None:
    if not REAL:
        return import_passes(workspace, folder / "place")
    images, masks = (Path(REAL) / name for name in ("train_images_256", "train_masks_256"))
    report = import_folder(workspace, images, masks, ImportOptions(reviewed=True), TESTER)
    assert not report.refused
    return None


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    yield from one_page(browser)


def test_from_the_proposal_to_the_geopackage(live: Live, page: Page, tmp_path: Path) -> None:
    app, workspace = live
    page.goto(f"{app.url}/sites")
    page.get_by_role("button", name="Confirm place").first.click(timeout=120_000)
    rows = page.locator(".site-map[data-place] tbody tr")
    expect(rows.nth(2)).to_be_visible(timeout=120_000)
    assert REAL or rows.count() == 3
    rows.nth(0).locator("td.rate").click()
    figures = page.locator(".sheet figure")
    expect(figures).to_have_count(covering(rows.nth(0).locator("td.n").inner_text()))
    scene = figures.first.locator(".date").inner_text()
    figures.first.get_by_role("button", name="open in Review").click()
    blink_through_three_passes(page)
    changed = accept_another_class(workspace, Surface(page, app.url))
    page.get_by_test_id("stSidebar").get_by_role("link", name="Sites").click()
    expect(rows.nth(2)).to_be_visible(timeout=120_000)
    count = rows.count()
    merge_rank_and_undo(page, count)
    shown = [
        tuple(row.locator(f"td{part}").first.inner_text() for part in ("", ".n", ".rank"))
        for row in rows.all()
    ]
    path = exported(page, tmp_path)
    sites = geopandas.read_file(path, layer="sites")
    assert len(shown) == count - 1
    assert sorted(
        (str(row.site), f"{row.n} of {row.m}", row["rank"] or "–") for _, row in sites.iterrows()
    ) == sorted(shown)
    document = place_document(workspace, 1, TESTER)
    slicks = geopandas.read_file(path, layer="slicks")
    assert len(slicks) == sum(len(one["slicks"]) for one in document["passes"])
    assert REAL or len(slicks) == 11
    assert changed in slicks[slicks["scene"].str.startswith(scene)]["class_id"].tolist()
    passes = geopandas.read_file(path, layer="passes")
    assert list(passes["scene"]) == [one["name"] for one in document["passes"]]
    with closing(sqlite.connect(path)) as database:
        styles = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles"))
    assert styles.keys() == {"sites", "slicks", "passes"}
    assert all(one.lstrip().startswith("<") and "renderer-v2" in one for one in styles.values())


def covering(text: str) -> int:
    """Passes that cover a site, from "3 of 4"."""
    return int(text.split(" of ")[1])


def blink_through_three_passes(page: Page) -> None:
    """Blink from a tile to three passes, and go back and forth."""
    strip = page.get_by_role("complementary", name="Passes")
    rows = strip.get_by_role("listitem")
    expect(rows.nth(3)).to_be_visible(timeout=120_000)
    current = strip.locator('li[aria-current="true"]')
    expect(current).to_have_count(1)
    badge = page.locator(".badge")
    page.locator(".stage > canvas").first.focus()
    seen = []
    for _ in range(3):
        page.keyboard.press(".")
        expect(badge).to_be_visible()
        label = current.locator("b").inner_text().strip()
        expect(badge).to_contain_text(f"Pass {label}, read-only")
        seen.append(label)
    assert len(set(seen)) == 3
    page.keyboard.press("q")
    expect(badge).to_be_hidden()
    page.keyboard.press("q")
    expect(badge).to_contain_text(f"Pass {seen[-1]}, read-only")
    page.keyboard.press("Escape")
    expect(badge).to_be_hidden()
    expect(page.locator(".review")).to_have_attribute("data-saved", "clean")
    expect(strip.get_by_role("region", name=re.compile("^Site")).first).to_contain_text(
        re.compile(r"Slick in \d+ of \d+ passes"), timeout=60_000
    )


def accept_another_class(workspace: Workspace, surface: Surface) -> int:
    """Give all slicks of the open tile another class and accept the tile; returns the class."""
    tile = int(surface.read("painted"))
    before = get_tile(workspace, tile)
    assert before.head_revision_id is not None
    old = tile_data.revision_mask(workspace, before.head_revision_id)
    chosen = 2 if (old == 2).sum() <= (old == 1).sum() else 1
    surface.press("s")
    # From the upper right corner: the options of the tool cover the upper left one.
    surface.drag((before.width - 0.2, 0.2), (0.2, before.height - 0.2))
    surface.press(str(chosen), "Control+Enter")
    wait_for(
        "the accepted tile",
        lambda: get_tile(workspace, tile).head_revision_id != before.head_revision_id,
        lambda: surface.page.wait_for_timeout(50),
    )
    head = get_tile(workspace, tile).head_revision_id
    assert head is not None
    assert set(tile_data.revision_mask(workspace, head)[old > 0].tolist()) == {chosen}
    return chosen


def merge_rank_and_undo(page: Page, count: int) -> None:
    """Merge the first two sites, rank the last one, undo that, and rank it again."""
    rows = page.locator(".site-map[data-place] tbody tr")
    rows.nth(0).locator("td.rate").click()
    rows.nth(1).locator("td.rate").click(modifiers=["Control"])
    page.get_by_role("button", name="Merge sites").click()
    expect(rows).to_have_count(count - 1, timeout=60_000)
    expect(page.locator(".site-map .status")).to_have_text(re.compile(r"Sites \d+, \d+ merged"))
    last = rows.nth(count - 2)
    last.locator("td.rate").click()
    rank = page.get_by_role("combobox", name="Rank")
    rank.select_option("low")
    expect(last.locator("td.rank")).to_have_text("low", timeout=60_000)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(last.locator("td.rank")).to_have_text("–", timeout=60_000)
    rank.select_option("high")
    expect(last.locator("td.rank")).to_have_text("high", timeout=60_000)


def exported(page: Page, folder: Path) -> Path:
    """Download the deliverables; returns the GeoPackage."""
    with page.expect_download(timeout=120_000) as waiting:
        page.get_by_role("button", name="Export", exact=True).click()
    with zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes())) as archive:
        return Path(archive.extract("sites.gpkg", folder))


def test_a_cause_is_decided_on_the_picture_of_a_pass(live: Live, page: Page) -> None:
    app, workspace = live
    page.goto(f"{app.url}/sites")
    rows = page.locator(".site-map[data-place] tbody tr")
    expect(rows.first).to_be_visible(timeout=120_000)
    rows.first.locator("td.rate").click()
    choice = page.get_by_role("combobox", name="Cause of the slick").first
    choice.select_option("vessel", timeout=60_000)
    expect(page.locator(".site-map .status")).to_have_text("Cause saved", timeout=60_000)
    expect(choice).to_have_value("vessel")
    document = place_document(workspace, 1, TESTER)
    assert [slick["cause"] for one in document["passes"] for slick in one["slicks"]].count("vessel") == 1
    page.reload()
    expect(rows.first).to_be_visible(timeout=120_000)
    rows.first.locator("td.rate").click()
    expect(choice).to_have_value("vessel", timeout=60_000)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1440, 900)])
def test_no_column_of_the_table_is_cut(live: Live, page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{live[0].url}/sites")
    expect(page.locator(".site-map[data-place] tbody tr").first).to_be_visible(timeout=60_000)
    table = page.locator(".table")
    assert table.evaluate("one => one.scrollWidth - one.clientWidth") <= 0
