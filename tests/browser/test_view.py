"""Looking at a tile in Chromium: each layer shows what it should, and none of it reaches the tools."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Browser, expect

from seep.core.acquisition import OrderValues
from seep.core.masks.mask import encode_mask
from seep.core.records import NewPrediction, TileFilter
from seep.store import checkpoints, predictions, scenes, tile_queries
from seep.workflow import tile_data
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from seep_testing.contexts import new_context
from seep_testing.live import LiveApp
from seep_testing.review_tiles import Surface, brush, make_workspace, speckle

pytestmark = pytest.mark.browser

SIDE = 128
Color = tuple[int, int, int]


def write_images(folder: Path) -> None:
    """The tile in the middle of its scene has four flat quarters; the one below it is dark, then bright."""
    middle = speckle(SIDE, 2)
    middle[64:, :64] = 100
    middle[64:, 64:] = 10000
    middle[100:110, 20:40] = 0
    tifffile.imwrite(folder / "images" / "scene0.002.tif", middle)
    below = speckle(SIDE, 4)
    below[:, :64], below[:, 64:] = 100, 60000
    tifffile.imwrite(folder / "images" / "scene0.004.tif", below)


def probability() -> np.ndarray:
    """Sure of a seep at the lower left, sure of none at the upper half, in doubt at the lower right."""
    values = np.zeros((SIDE, SIDE), np.uint8)
    values[64:, :64] = 255
    values[64:, 64:] = 128
    return values


def add_checkpoint(workspace: Workspace, *tiles: int) -> None:
    """A second checkpoint becomes the active one: where it is sure, there is class 3."""
    files = workspace.store.files
    mask = np.where(probability() > 200, 3, 0).astype(np.uint8)
    kept = [files.put(encode_mask(one), MASK_SUFFIX) for one in (mask, probability())]
    weights = files.put(b"second", ".safetensors")
    with workspace.store.transaction() as session:
        checkpoint = checkpoints.add_checkpoint(
            session, name="second", parent_id=None, run_id=None, weights_sha256=weights,
            card={"name": "second"}, author="tester",
        )  # fmt: skip
        rows = [NewPrediction(tile, kept[0], kept[1], OrderValues(0.5), class_areas(mask)) for tile in tiles]
        predictions.add_predictions(session, checkpoint.id, rows)
        checkpoints.promote(session, checkpoint.id, "tester")


def tile_called(workspace: Workspace, name: str) -> int:
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, TileFilter(), order="name", limit=20)
    return next(tile.id for tile in tiles if tile.name == name)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("view")
    made = make_workspace(folder, count=6, side=SIDE)
    write_images(folder)
    tile = tile_called(made, "scene0.002")
    add_checkpoint(made, tile, tile_called(made, "scene1.001"), tile_called(made, "scene1.003"))
    with made.store.transaction() as session:
        scenes.set_columns(session, scenes.get_tile(session, tile).scene_id, 2, "tester")
    return made


@pytest.fixture(scope="module")
def opened(workspace: Workspace, browser: Browser) -> Iterator[Surface]:
    app = LiveApp(workspace.settings.workspace.parent, worker=False)
    app.start()
    context = new_context(browser)
    yield Surface(context.new_page(), app.url)
    context.close()
    app.stop()


@pytest.fixture
def surface(opened: Surface, workspace: Workspace) -> Surface:
    """The middle tile, fitted, with the default view and the pointer out of the way."""
    opened.page.set_viewport_size({"width": 1440, "height": 900})
    opened.pick(tile_called(workspace, "scene0.002"))
    opened.press("Escape", "z")
    for value in ("annotation", "fill"):
        opened.page.locator(f'.bar [data-value="{value}"]').click()
    view_control(opened, "Speckle filter")
    opened.page.locator('.card.view [data-value="raw"]').click()
    opened.page.get_by_label("Speckle filter", exact=True).select_option("none")
    opened.page.get_by_label("Compare", exact=True).uncheck()
    opened.press("v")
    opened.page.mouse.move(700, 3)
    return opened


def pixel(surface: Surface, x: float, y: float) -> Color:
    """What the canvas shows at a place of the image."""
    surface.wait_drawn()
    scale, left, top = (float(part) for part in surface.read("view").split(","))
    canvas = surface.page.locator(".stage > canvas:not(.minimap)")
    read = "(canvas, at) => [...canvas.getContext('2d').getImageData(...at, 1, 1).data].slice(0, 3)"
    red, green, blue = canvas.evaluate(read, [int(left + x * scale), int(top + y * scale)])
    return red, green, blue


def is_gray(color: Color) -> bool:
    return max(color) - min(color) <= 1


def view_control(surface: Surface, name: str) -> None:
    """Open the View panel if it is closed."""
    if not surface.page.locator(".card.view").is_visible():
        surface.press("v")
    expect(surface.page.get_by_label(name, exact=True)).to_be_visible()


def test_probability_and_uncertainty_are_layers_with_a_scale(surface: Surface) -> None:
    bare = pixel(surface, 96.5, 96.5)
    surface.press("Shift+P")
    expect(surface.page.locator(".legend")).to_contain_text("Seep probability")
    sure, doubt, none = (pixel(surface, *at) for at in ((32.5, 80.5), (96.5, 96.5), (96.5, 30.5)))
    assert sure[0] > 120
    assert sure[0] >= sure[2] + 40
    assert not is_gray(doubt)
    assert doubt != sure
    assert is_gray(none)
    surface.press("Shift+U")
    expect(surface.page.locator(".legend")).to_contain_text("Entropy")
    sure, doubt = pixel(surface, 32.5, 80.5), pixel(surface, 96.5, 96.5)
    assert is_gray(sure)
    assert doubt[0] > 120
    assert doubt[1] > 110
    assert doubt[2] < doubt[1]
    surface.press("Shift+U")
    expect(surface.page.locator(".legend")).to_be_hidden()
    assert pixel(surface, 96.5, 96.5) == bare


def test_the_read_out_tells_value_decibels_class_and_probability(surface: Surface) -> None:
    surface.press("a", "a")
    surface.page.mouse.move(*surface.screen(96.5, 96.5))
    readout = surface.page.locator(".readout")
    for words in ("x 96  y 96", "DN 10000", "80.0 dB uncalibrated", "No seep", "p 0.50"):
        expect(readout).to_contain_text(words)
    surface.page.mouse.move(*surface.screen(30.5, 105.5))
    expect(readout).to_contain_text("No data")


def test_a_scale_bar_has_a_round_length(surface: Surface) -> None:
    bar = surface.page.locator(".scalebar")
    expect(bar).to_have_text("20 px")
    width = bar.locator(".line").evaluate("line => line.getBoundingClientRect().width")
    scale = float(surface.read("view").split(",")[0])
    assert abs(width - 20 * scale) < 0.6


def test_decibels_brighten_what_is_dark_and_holding_g_shows_raw(surface: Surface) -> None:
    surface.press("h")  # let go at once: nothing stays hidden
    surface.press("o")  # outlines leave the quarter itself bare
    raw = pixel(surface, 96.5, 96.5)
    view_control(surface, "Speckle filter")
    surface.page.get_by_role("button", name="dB", exact=True).click()
    surface.page.mouse.move(700, 3)
    bright = pixel(surface, 96.5, 96.5)
    assert bright[0] > raw[0] + 20
    surface.page.keyboard.down("g")
    assert pixel(surface, 96.5, 96.5) == raw
    surface.page.keyboard.up("g")
    assert pixel(surface, 96.5, 96.5) == bright
    surface.page.get_by_role("button", name="Raw", exact=True).click()
    assert pixel(surface, 96.5, 96.5) == raw
    surface.press("v")


def test_filters_are_for_the_eye_only(surface: Surface, workspace: Workspace) -> None:
    speckled = [pixel(surface, x + 0.5, 50.5)[0] for x in range(80, 100)]
    view_control(surface, "Speckle filter")
    choose = surface.page.get_by_label("Speckle filter", exact=True)
    for name in ("lee", "refined", "median3", "median5", "median7"):
        choose.select_option(name)
        surface.wait("filter", name)
        surface.page.mouse.move(700, 3)
        smooth = [pixel(surface, x + 0.5, 50.5)[0] for x in range(80, 100)]
        assert np.std(smooth) < np.std(speckled) * 0.75, name
    surface.page.mouse.move(*surface.screen(90.5, 50.5))
    expect(surface.page.locator(".readout")).to_contain_text(f"DN {speckle(SIDE, 2)[50, 90]}")
    choose.select_option("none")
    surface.press("v")
    assert [pixel(surface, x + 0.5, 20.5)[0] for x in (100, 101)]


def test_two_masks_are_compared_on_either_side_of_a_divider(surface: Surface) -> None:
    surface.page.mouse.move(*surface.screen(64, 90))
    surface.press("b", "1")
    view_control(surface, "Compare")
    left = surface.page.get_by_label("Left of the divider", exact=True)
    expect(left.locator("option")).to_have_count(3)  # annotation and two checkpoints
    surface.page.get_by_label("Compare", exact=True).check()
    left.select_option(label="Prediction, second")
    right = surface.page.get_by_label("Right of the divider", exact=True)
    right.select_option(label="Prediction, by-hand")
    surface.press("v")
    divider = surface.page.locator(".divider")
    expect(divider).to_contain_text("Prediction, by-hand")
    box = divider.bounding_box()
    assert box is not None
    surface.page.mouse.move(box["x"] + 6, 200)
    surface.page.mouse.down()
    surface.page.mouse.move(surface.screen(20, 0)[0], 200)
    surface.page.mouse.up()
    surface.page.mouse.move(700, 3)
    assert not is_gray(pixel(surface, 10.5, 90.5))  # class 3 of the second checkpoint
    assert is_gray(pixel(surface, 30.5, 90.5))  # the first one saw nothing there
    assert not is_gray(pixel(surface, 30.5, 20.5))  # but its rectangle is here
    surface.page.get_by_role("slider", name="Divider").focus()
    surface.press("ArrowRight", "ArrowRight")
    assert float(divider.evaluate("node => parseFloat(node.style.left)")) > 15
    surface.press("k")
    expect(divider).to_be_hidden()
    assert not is_gray(pixel(surface, 30.5, 90.5))


def test_the_difference_is_to_any_revision(surface: Surface, workspace: Workspace) -> None:
    tile = tile_called(workspace, "scene1.001")
    surface.pick(tile)
    surface.press("b", "2")
    surface.drag((80, 20), (110, 20))
    surface.press("Control+s")
    expect(surface.page.locator(".history li[data-revision]")).to_have_count(1)
    surface.drag((80, 40), (110, 40))
    surface.page.mouse.move(700, 3)
    with workspace.store.reading() as session:
        head = scenes.get_tile(session, tile).head_revision_id
    view_control(surface, "Difference from")
    surface.page.get_by_label("Difference from", exact=True).select_option(f"revision:{head}")
    surface.press("v")
    expect(surface.page.locator(".legend")).to_contain_text("added")
    assert is_gray(pixel(surface, 95.5, 20.5))  # as in the revision
    red, green, blue = pixel(surface, 95.5, 40.5)
    assert blue > red + 40
    assert green > red
    surface.press("Control+z")
    assert is_gray(pixel(surface, 95.5, 40.5))


def test_painting_goes_on_under_every_look(surface: Surface, workspace: Workspace) -> None:
    tile = tile_called(workspace, "scene1.003")
    surface.pick(tile)
    surface.press("Shift+P", "4")
    surface.drag((90, 110), (110, 110))
    expect(surface.page.get_by_role("button", name="Annotation", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    surface.press("Control+s")
    expect(surface.page.locator(".history li[data-revision]")).to_have_count(1)
    with workspace.store.reading() as session:
        head = scenes.get_tile(session, tile).head_revision_id
    assert head is not None
    expected = np.where(probability() > 200, 3, 0).astype(np.uint8)
    expected[brush(SIDE, (90, 110), (110, 110), 8)] = 4
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, head), expected)


def test_neighbors_lie_dimmed_around_the_tile(surface: Surface) -> None:
    for _ in range(2):
        surface.press("-")
    surface.wait("around", "2")
    dark, bright = pixel(surface, 32.5, SIDE + 20.5), pixel(surface, 96.5, SIDE + 20.5)
    assert is_gray(bright)
    assert 100 < bright[0] < 150
    assert dark[0] < 30
    surface.press("n")
    assert pixel(surface, 96.5, SIDE + 20.5) == pixel(surface, -60, 20)
    surface.press("n")


def test_the_minimap_moves_the_view(surface: Surface) -> None:
    minimap = surface.page.locator(".minimap")
    expect(minimap).to_be_hidden()
    for _ in range(4):
        surface.press("=")
    expect(minimap).to_be_visible()
    box = minimap.bounding_box()
    assert box is not None
    surface.page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.75)
    surface.wait_drawn()
    scale, left, top = (float(part) for part in surface.read("view").split(","))
    stage = surface.page.locator(".stage").bounding_box()
    assert stage is not None
    middle = ((stage["width"] / 2 - left) / scale, (stage["height"] / 2 - top) / scale)
    assert abs(middle[0] - SIDE * 0.25) < 1.5
    assert abs(middle[1] - SIDE * 0.75) < 1.5
    surface.press("m")
    expect(minimap).to_be_hidden()
    surface.press("m")


def test_keys_zoom_move_and_fit(surface: Surface) -> None:
    fitted = surface.read("view")
    surface.press("Shift+Z")
    surface.wait_drawn()
    assert float(surface.read("view").split(",")[0]) == 1
    surface.press("z", "Shift+ArrowLeft")
    surface.wait_drawn()
    assert float(surface.read("view").split(",")[1]) == float(fitted.split(",")[1]) + 96
    surface.press("Shift+ArrowRight")
    surface.wait_drawn()
    assert surface.read("view") == fitted


def test_the_view_panel_fits_a_small_window(surface: Surface) -> None:
    surface.page.set_viewport_size({"width": 1280, "height": 720})
    surface.wait_drawn()
    surface.press("v")
    panel = surface.page.locator(".card.view")
    expect(panel).to_be_visible()
    inside = panel.evaluate(
        """node => {
          const box = node.getBoundingClientRect();
          const stage = node.parentElement.getBoundingClientRect();
          return box.top >= stage.top + 40 && box.right < stage.right && node.scrollWidth <= node.clientWidth;
        }"""
    )
    assert inside
    bar = surface.page.locator(".bar").evaluate("bar => bar.scrollWidth <= bar.clientWidth")
    assert bar
