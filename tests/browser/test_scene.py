"""A large GeoTIFF from the drop to the map, over a border of two windows, out as GeoJSON and read back."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
from affine import Affine
from playwright.sync_api import Browser, Page, expect

from seep.workflow import tile_data
from seep.workflow.imports.rasters import RasterOptions, import_raster
from seep.workflow.review import revisions
from seep.workflow.review.queue import queue
from seep.workflow.review.tile_document import tile_document
from seep.workflow.workspace import Workspace
from seep_testing.dropping import drop
from seep_testing.patience import wait_for
from seep_testing.review_tiles import Surface
from tests.actors import TESTER
from tests.browser.served import Live, one_page, served

pytestmark = pytest.mark.browser

WIDTH, HEIGHT, PIXEL_M = 2200, 320, 40.0
SECOND = 960  # where the second window begins: 1024 px wide, 64 px shared
THIRD = WIDTH - 1024


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The app with the scene "strait": three windows without masks."""
    folder = tmp_path_factory.mktemp("scene")
    path = folder / "strait.tif"
    path.write_bytes(geotiff(folder / "source.tif"))
    options = RasterOptions(window_px=1024, overlap_px=64)
    yield from served(folder, lambda workspace: import_raster(workspace, path, options, TESTER))


@pytest.fixture(scope="module")
def page(live: Live, browser: Browser) -> Iterator[Page]:
    """One page for all tests, since loading it takes the time."""
    yield from one_page(browser)


def geotiff(path: Path) -> bytes:
    """Speckle in UTM zone 31 north, pixels of 40 m."""
    random = np.random.default_rng(5)
    image = (random.gamma(4.0, 2000.0, (HEIGHT, WIDTH)) + 1).clip(1, 65535).astype(np.uint16)
    place = Affine(PIXEL_M, 0.0, 500_000.0, 0.0, -PIXEL_M, 4_600_000.0)
    with rasterio.open(
        path, "w", driver="GTiff", width=WIDTH, height=HEIGHT, count=1, dtype="uint16",
        crs="EPSG:32631", transform=place, tiled=True, compress="deflate",
    ) as raster:  # fmt: skip
        raster.write(image, 1)
    return path.read_bytes()


def settled(page: Page) -> None:
    expect(page.locator('.scene-map .stage[data-settled="true"]')).to_be_visible()


def on_map(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the scene is on the screen."""
    box = page.locator(".scene-map canvas.map").bounding_box()
    view = page.locator(".scene-map .stage").get_attribute("data-view")
    assert box
    assert view
    scale, left, top = (float(part) for part in view.split(","))
    return box["x"] + left + x * scale, box["y"] + top + y * scale


def paint_and_accept(page: Page, url: str, tile: int, start: tuple[int, int], end: tuple[int, int]) -> None:
    surface = Surface(page, url)
    surface.wait("painted", str(tile))
    surface.press("b", "1")
    surface.drag(start, end, steps=8)
    surface.press("Control+Enter")


def open_map(page: Page, url: str) -> None:
    page.goto(f"{url}/scene?scene=strait")
    settled(page)


def windows(workspace: Workspace, scene: str) -> list[int]:
    """Ids of the windows of a scene, from left to right."""
    return [item.id for item in queue(workspace, None, "name") if item.scene == scene]


def test_a_geotiff_is_dropped_and_becomes_a_scene(live: Live, page: Page, tmp_path: Path) -> None:
    app, workspace = live
    page.goto(f"{app.url}/data")
    expect(page.locator(".zone")).to_have_count(2)
    drop(page, "images", {"zone.tif": geotiff(tmp_path / "zone.tif")})
    expect(page.get_by_test_id("upload-status")).to_have_attribute("data-ready", "1")
    expect(page.get_by_text("Large images", exact=True)).to_be_visible()
    page.get_by_role("button", name="Import files", exact=True).click()
    expect(
        page.get_by_test_id("stMetric").filter(has=page.get_by_text("Imported", exact=True))
    ).to_contain_text("3")
    assert len(windows(workspace, "zone")) == 3
    page.get_by_role("button", name="Open map").click()
    settled(page)
    expect(page.locator(".legend")).to_contain_text("Unreviewed 3")


def test_the_map_zooms_at_the_pointer_moves_and_fits(live: Live, page: Page) -> None:
    open_map(page, live[0].url)
    place = on_map(page, 1500, 100)
    before = page.locator(".scale-bar").inner_text()
    page.mouse.move(*place)
    for _ in range(4):
        page.mouse.wheel(0, -240)
    settled(page)
    now = on_map(page, 1500, 100)
    assert abs(now[0] - place[0]) < 6  # a pointer stands on whole pixels: half of one, six times larger
    assert abs(now[1] - place[1]) < 6
    expect(page.locator(".minimap")).to_be_visible()
    assert page.locator(".scale-bar").inner_text() != before
    # The readout stays when the scene is loaded again.
    with page.expect_request_finished(lambda request: request.url.endswith("/document")):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    settled(page)
    expect(page.locator(".below .point")).to_contain_text("° N")
    expect(page.locator(".below .where")).to_contain_text("strait.")
    page.locator(".scene-map .stage").focus()
    page.keyboard.press("ArrowRight")
    wait_for("the map to move", lambda: on_map(page, 1500, 100)[0] < now[0] - 20)
    page.locator('[data-layer="minimum"]').click()
    settled(page)
    page.get_by_role("button", name="Fit scene (F)").click()
    expect(page.locator(".minimap")).to_be_hidden()


def test_a_slick_painted_over_a_border_comes_out_as_one(live: Live, page: Page) -> None:
    app, workspace = live
    first, second, _ = windows(workspace, "strait")
    open_map(page, app.url)
    page.mouse.click(*on_map(page, 400, 100))
    page.wait_for_url(f"**/review?*tile={first}*")
    paint_and_accept(page, app.url, first, (900, 150), (1010, 150))
    wait_for("the correction", lambda: revisions.get_tile(workspace, first).state == "corrected")

    open_map(page, app.url)
    expect(page.locator(".legend")).to_contain_text("Corrected 1")
    page.mouse.click(*on_map(page, 1500, 100))
    page.wait_for_url(f"**/review?*tile={second}*")
    head = tile_document(workspace, second, TESTER)["head"]
    assert tile_data.revision_mask(workspace, head["id"])[150, 1000 - SECOND] == 1  # the neighbor's stroke
    paint_and_accept(page, app.url, second, (1005 - SECOND, 150), (1150 - SECOND, 150))
    wait_for("the correction", lambda: revisions.get_tile(workspace, second).state == "corrected")

    page.goto(f"{app.url}/data")
    page.get_by_role("tab", name="Export").click()
    choose(page, "Format", "GeoJSON")
    page.get_by_role("button", name="Export tiles", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download zip").click()
    slicks = read_back(Path(download.value.path()))
    assert len(slicks) == 1
    left, _, right, _ = slicks.to_crs("EPSG:32631").total_bounds
    assert (left - 500_000) / PIXEL_M == pytest.approx(896, abs=2)
    assert (right - 500_000) / PIXEL_M == pytest.approx(1154, abs=2)
    area_km2 = slicks.to_crs("EPSG:32631").area.sum() / 1e6
    assert area_km2 == pytest.approx((250 * 8 + 50) * PIXEL_M**2 / 1e6, rel=0.03)


def test_the_next_window_takes_over_what_is_saved_while_it_is_painted(live: Live, page: Page) -> None:
    app, workspace = live
    _, second, third = windows(workspace, "strait")
    page.goto(f"{app.url}/review?tile={second}")
    paint_and_accept(page, app.url, second, (340, 100), (440, 100))
    paint_and_accept(page, app.url, third, (300, 200), (400, 200))
    wait_for("the correction", lambda: revisions.get_tile(workspace, third).state == "corrected")
    head = tile_document(workspace, third, TESTER)["head"]
    mask = tile_data.revision_mask(workspace, head["id"])
    assert mask[200, 350] == 1
    assert mask[100, SECOND + 400 - THIRD] == 1  # the neighbor's stroke
    expect(page.locator(".conflict")).to_be_hidden()


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=option, exact=False).first.click()


def read_back(path: Path) -> geopandas.GeoDataFrame:
    with zipfile.ZipFile(path) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".geojson") and "center" not in one)
        return geopandas.read_file(io.BytesIO(archive.read(name)))
