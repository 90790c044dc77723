"""Reference layers from the drop on the Data page to the maps of scenes and sites."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from seep.settings import read_settings
from seep.workflow.places import sites
from seep.workflow.places.places import create_place
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.contexts import new_context
from seep_testing.dropping import drop
from seep_testing.live import LiveApp
from tests.actors import TESTER
from tests.workflow.rasters import open_raster_scene, sea, write_raster

pytestmark = pytest.mark.browser

POINT = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "Alpha"}, "geometry": '
    '{"type": "Point", "coordinates": [13.85, 39.73]}}]}'
)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveApp, Workspace]]:
    """The app with a place of two georeferenced scenes and one site."""
    folder = tmp_path_factory.mktemp("references")
    app = LiveApp(folder, worker=False)
    workspace = open_workspace(read_settings(app.environment))
    names = ["pass-1", "pass-2"]
    for number, name in enumerate(names):
        open_raster_scene(workspace, write_raster(folder / f"{name}.tif", sea(number)))
    place = create_place(workspace, "Bay", names, TESTER)
    sites.add_site(workspace, place.place.id, (100, 100), TESTER)
    app.start()
    yield app, workspace
    app.stop()


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = new_context(browser)
    yield context.new_page()
    context.close()


def key(page: Page) -> Locator:
    """Names of the layers on the map, beside how they are drawn."""
    return page.get_by_role("group", name="Reference layers").locator(".reference")


def pixels(page: Page, selector: str) -> bytes:
    return page.locator(selector).screenshot()


def test_a_dropped_layer_is_drawn_and_hidden(
    live: tuple[LiveApp, Workspace], page: Page, tmp_path: Path
) -> None:
    app, _ = live
    page.goto(f"{app.url}/data?view=Reference+layers")
    zone = page.locator('.zone[data-role="references"]')
    expect(zone).to_have_count(1, timeout=60_000)
    drop(page, "references", {"Platforms.geojson": POINT.encode(), "holiday.jpg": b"no layer"})
    expect(page.get_by_text("holiday.jpg is no vector layer, wind or bathymetry.")).to_be_visible(
        timeout=60_000
    )
    page.get_by_role("button", name="Add to workspace").click()
    expect(page.get_by_text("Platforms: 1 feature added.")).to_be_visible(timeout=60_000)
    remove = page.get_by_role("button", name="Remove", exact=True)
    expect(remove).to_be_enabled()
    page.set_viewport_size({"width": 1280, "height": 720})
    text, button = (
        page.locator(".st-key-reference-layer-0 .stMarkdown").first.bounding_box(),
        remove.bounding_box(),
    )
    assert text
    assert button
    assert button["x"] >= text["x"] + text["width"], (text, button)
    assert button["y"] < text["y"] + text["height"], (text, button)
    assert remove.evaluate(
        "(node) => [...node.querySelectorAll('*')].every((one) => one.scrollWidth <= one.clientWidth)"
    )

    page.goto(f"{app.url}/scene?scene=pass-1")
    expect(page.locator('.scene-map .stage[data-settled="true"]')).to_be_visible(timeout=60_000)
    switch = page.get_by_role("checkbox", name="Reference layers")
    expect(key(page)).to_have_text(["Platforms"])
    expect(switch).to_be_checked()
    page.get_by_label("Tile states").uncheck()
    page.mouse.move(5, 5)
    page.wait_for_timeout(300)
    shown = pixels(page, ".scene-map canvas.map")
    switch.uncheck()
    page.wait_for_timeout(300)
    assert pixels(page, ".scene-map canvas.map") != shown

    page.goto(f"{app.url}/sites?place=Bay&site=1")
    layers = page.get_by_role("button", name="Layers", exact=True)
    expect(layers).to_have_attribute("title", "Reference layers: Platforms", timeout=60_000)
    expect(key(page)).to_have_text(["Platforms"])
    page.set_viewport_size({"width": 1280, "height": 720})
    head = page.locator(".sheet-head").bounding_box()
    assert head
    assert head["height"] < 40  # one line, so that the dates below the pictures are not cut
    expect(page.locator(".sheet .nearest")).to_contain_text("Platforms: Alpha, ")
    page.wait_for_timeout(300)
    shown = pixels(page, ".site-map canvas.map")
    layers.click()
    expect(layers).to_have_attribute("aria-pressed", "false")
    expect(key(page)).to_have_count(0)
    page.wait_for_timeout(300)
    assert pixels(page, ".site-map canvas.map") != shown
