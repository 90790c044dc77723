"""The ridge tracer in Chromium: what is painted is what the same modules trace in Node."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Browser, expect

from seep.core.import_options import ImportOptions
from seep.settings import read_settings
from seep.store import scenes
from seep.workflow import tile_data
from seep.workflow.imports.importer import import_folder
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.live import ROOT, LiveApp
from seep_testing.review_tiles import Surface, brush, is_draft, running, speckle, surface_on
from tests.actors import TESTER

pytestmark = pytest.mark.browser

SIDE = 160
COUNT = 12
TRACER = ROOT / "seep" / "ui" / "components" / "canvas" / "frontend" / "ridge" / "tracer.js"
SCRIPT = """
import { readFileSync } from "node:fs";
const { RidgeTracer } = await import(process.argv[1]);
const { side, pixels, nodes, fixed } = JSON.parse(readFileSync(0, "utf8"));
const image = { pixels: Uint16Array.from(pixels), width: side, height: side, nodata: 0, unit: "dn" };
const { cells } = new RidgeTracer(image).trace(nodes, fixed);
console.log(JSON.stringify({ rect: cells.rect, bits: [...cells.bits] }));
"""
Node = tuple[float, float]


def height(x: float) -> float:
    """Where the dark line of every tile lies."""
    return 80 + 30 * float(np.sin(x / 30))


def image(number: int) -> np.ndarray:
    pixels = speckle(SIDE, number)
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    dark = np.abs(y - 80 - 30 * np.sin(x / 30)) < 3
    return np.where(dark, pixels // 3 + 1, pixels).astype(np.uint16)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveApp, Workspace]]:
    folder: Path = tmp_path_factory.mktemp("tracer")
    images = folder / "images"
    images.mkdir()
    for number in range(COUNT):
        tifffile.imwrite(images / f"scene.{number:03d}.tif", image(number))
    settings = read_settings({"SEEP_WORKSPACE": str(folder / "workspace"), "SEEP_USER": "tester"})
    workspace = open_workspace(settings)
    import_folder(workspace, images, None, ImportOptions(), TESTER)
    with running(folder) as app:
        yield app, workspace


@pytest.fixture(scope="module")
def surface(live: tuple[LiveApp, Workspace], browser: Browser) -> Iterator[Surface]:
    with surface_on(browser, live[0].url) as opened:
        yield opened


def traced(number: int, *nodes: Node, fixed: int | None = None) -> np.ndarray:
    """What Node traces through the nodes: (SIDE, SIDE) uint8."""
    asked = {
        "side": SIDE,
        "pixels": image(number).ravel().tolist(),
        "nodes": [{"x": x, "y": y, "straight": False} for x, y in nodes],
        "fixed": fixed,
    }
    command = ["node", "--input-type=module", "-e", SCRIPT, TRACER.as_uri()]
    run = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    rect = answer["rect"]
    mask = np.zeros((SIDE, SIDE), np.uint8)
    bits = np.array(answer["bits"], np.uint8).reshape(rect["height"], rect["width"])
    mask[rect["y"] : rect["y"] + rect["height"], rect["x"] : rect["x"] + rect["width"]] = bits
    return mask


def on(x: int) -> Node:
    """The middle of the pixel of the line at a column."""
    return x + 0.5, np.floor(height(x + 0.5)) + 0.5


def click(surface: Surface, *nodes: Node) -> None:
    for node in nodes:
        surface.page.mouse.move(*surface.screen(*node))
        surface.page.mouse.down()
        surface.page.mouse.up()


def saved(surface: Surface, workspace: Workspace, tile: int) -> np.ndarray:
    """Save a revision and read it back from the workspace."""
    rows = surface.page.locator(".history li[data-revision]")
    count = rows.count()
    surface.press("Control+s")
    expect(rows).to_have_count(count + 1)
    with workspace.store.reading() as session:
        head = scenes.get_tile(session, tile).head_revision_id
    assert head
    return tile_data.revision_mask(workspace, head)


def painted(surface: Surface) -> None:
    """Wait until the worker has answered and the trace is painted."""
    expect(surface.page.get_by_role("button", name="Undo", exact=True)).to_be_enabled()


def head_of(workspace: Workspace, tile: int) -> int | None:
    with workspace.store.reading() as session:
        return scenes.get_tile(session, tile).head_revision_id


def slow_down_workers(surface: Surface) -> None:
    """Let each worker answer 1 s later, as on a busy machine."""
    surface.page.evaluate(
        """() => {
            const listen = Worker.prototype.addEventListener;
            Worker.prototype.addEventListener = function (type, hear, ...rest) {
                const late = type === "message" ? (event) => setTimeout(() => hear(event), 1000) : hear;
                return listen.call(this, type, late, ...rest);
            };
        }"""
    )


def start(surface: Surface, tile: int) -> None:
    surface.pick(tile)
    surface.press("1", "x")


def test_two_clicks_and_enter_paint_the_line(workspace: Workspace, surface: Surface) -> None:
    start(surface, 1)
    click(surface, on(10), on(150))
    assert surface.read("saved") == "clean"
    surface.press("Enter")
    painted(surface)
    mask = saved(surface, workspace, 1)
    np.testing.assert_array_equal(mask, traced(0, on(10), on(150)))
    line = [mask[int(height(x + 0.5)), x] for x in range(12, 148)]
    assert np.mean(line) > 0.95
    surface.press("Control+z")
    assert not saved(surface, workspace, 1).any()


def test_a_dragged_node_and_a_double_click(workspace: Workspace, surface: Surface) -> None:
    start(surface, 2)
    surface.press("2")
    click(surface, on(10), on(60))
    surface.drag(on(60), (70.5, 20.5), on(90))
    surface.page.mouse.dblclick(*surface.screen(*on(140)))
    painted(surface)
    expected = 2 * traced(1, on(10), on(90), on(140))
    np.testing.assert_array_equal(saved(surface, workspace, 2), expected)


def test_backspace_and_escape(workspace: Workspace, surface: Surface) -> None:
    start(surface, 3)
    click(surface, on(10), on(150))
    surface.press("Escape", "Enter")
    click(surface, on(20), on(70), on(120))
    surface.press("Backspace", "Enter")
    painted(surface)
    np.testing.assert_array_equal(saved(surface, workspace, 3), traced(2, on(20), on(70)))


def test_erasing_along_a_line_and_a_fixed_width(workspace: Workspace, surface: Surface) -> None:
    start(surface, 4)
    options = surface.page.locator(".options")
    options.locator('[data-value="fixed"]').click()
    options.get_by_role("slider").fill("12")
    click(surface, on(10), on(150))
    surface.press("Enter")
    painted(surface)
    wide = traced(3, on(10), on(150), fixed=12)
    np.testing.assert_array_equal(saved(surface, workspace, 4), wide)
    options.get_by_role("slider").fill("4")
    for node in (on(10), on(150)):
        surface.page.mouse.click(*surface.screen(*node), button="right")
    surface.press("Enter")
    wide[traced(3, on(10), on(150), fixed=4) == 1] = 0
    surface.wait_for("the erasing", lambda: is_draft(workspace, wide, 4))
    np.testing.assert_array_equal(saved(surface, workspace, 4), wide)
    options.locator('[data-value="auto"]').click()


def test_the_preview_follows_the_pointer_and_changes_nothing(workspace: Workspace, surface: Surface) -> None:
    start(surface, 5)
    click(surface, on(10))
    surface.wait_drawn()
    before = surface.page.locator(".stage canvas").first.screenshot()
    surface.page.mouse.move(*surface.screen(*on(140)), steps=20)
    canvas = surface.page.locator(".stage canvas").first
    surface.wait_for("the preview", lambda: canvas.screenshot() != before)
    surface.press("Control+Enter")  # would leave the trace behind
    expect(surface.notice("shape-unfinished")).to_be_visible()
    surface.press("Escape")
    assert surface.read("tile") == "5"
    assert surface.read("saved") == "clean"


@pytest.mark.parametrize("keys", [("Control+Enter",), ("Control+s", "ArrowRight"), ("ArrowRight",)])
def test_keys_after_the_first_line_of_a_page_run_when_it_is_painted(
    live: tuple[LiveApp, Workspace], browser: Browser, keys: tuple[str, ...]
) -> None:
    """The worker that traces the line starts with the first click."""
    app, workspace = live
    tile = {"Control+Enter": 7, "Control+s": 8, "ArrowRight": 9}[keys[0]]
    with surface_on(browser, app.url) as fresh:
        fresh.open(tile)
        fresh.press("1", "x")
        slow_down_workers(fresh)
        click(fresh, on(10), on(150))
        fresh.press("Enter", *keys)
        fresh.until(lambda: fresh.read("tile"), str(tile), unlike=True)
        expected = traced(tile - 1, on(10), on(150))
        if keys == ("ArrowRight",):
            fresh.wait_for("the draft", lambda: is_draft(workspace, expected, tile))
            return
        fresh.wait_for("the revision", lambda: head_of(workspace, tile) is not None)
        head = head_of(workspace, tile)
        assert head is not None
        np.testing.assert_array_equal(tile_data.revision_mask(workspace, head), expected)
        state = "corrected" if keys == ("Control+Enter",) else "draft"
        with workspace.store.reading() as session:
            assert scenes.get_tile(session, tile).state == state


def test_undo_after_a_line_that_is_not_painted_yet_removes_the_line(
    live: tuple[LiveApp, Workspace], browser: Browser
) -> None:
    app, workspace = live
    with surface_on(browser, app.url) as fresh:
        fresh.open(10)
        fresh.press("1", "b")
        fresh.drag((20, 20), (30, 20))
        fresh.press("x")
        slow_down_workers(fresh)
        click(fresh, on(10), on(150))
        fresh.press("Enter", "Control+z", "2")
        fresh.wait_for("the key", lambda: fresh.read("waiting") == "")
        expect(fresh.page.get_by_role("button", name="Redo", exact=True)).to_be_enabled()
        fresh.press("Control+y")
        both = np.maximum(brush(SIDE, (20, 20), (30, 20), 8), traced(9, on(10), on(150)))
        fresh.wait_for("the line in its class", lambda: is_draft(workspace, both.astype(np.uint8), 10))


def test_leaving_the_page_keeps_a_line_that_is_not_painted_yet(
    live: tuple[LiveApp, Workspace], browser: Browser
) -> None:
    app, workspace = live
    with surface_on(browser, app.url) as fresh:
        fresh.open(11)
        fresh.press("1", "x")
        slow_down_workers(fresh)
        click(fresh, on(10), on(150))
        fresh.press("Enter", "Control+Enter")
        fresh.page.get_by_role("link", name="Overview").click()
        expected = traced(10, on(10), on(150))
        fresh.wait_for("the revision", lambda: head_of(workspace, 11) is not None)
        head = head_of(workspace, 11)
        assert head is not None
        np.testing.assert_array_equal(tile_data.revision_mask(workspace, head), expected)


def test_escape_takes_back_the_line_and_the_accept_that_waits(
    live: tuple[LiveApp, Workspace], browser: Browser
) -> None:
    with surface_on(browser, live[0].url) as fresh:
        fresh.open(12)
        fresh.press("1", "x")
        slow_down_workers(fresh)
        click(fresh, on(10), on(150))
        fresh.press("Enter", "Control+Enter")
        assert fresh.read("waiting") == "Accept and next"
        fresh.press("Escape")
        fresh.until(lambda: fresh.read("waiting"), "")
        fresh.page.wait_for_timeout(1500)  # the answer of the worker comes too late
        assert fresh.read("tile") == "12"
        assert head_of(live[1], 12) is None
        expect(fresh.page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
