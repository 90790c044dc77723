"""Drawing without a pointer in Chromium: every tool gives the pixels it gives the mouse."""

import contextlib
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from seep.errors import MissingError
from seep.workflow import tile_data
from seep.workflow.workspace import Workspace
from seep_testing.live import LiveApp
from seep_testing.review_tiles import (
    Surface,
    brush,
    is_draft,
    predicted,
    surface_on,
)
from tests.actors import TESTER

pytestmark = pytest.mark.browser

SIDE = 128
TILES = 2
TILE = 1
START = predicted(SIDE, 0)  # class 1 at 8..40 by 8..50, without edits of a person
CENTER = SIDE // 2


@pytest.fixture(scope="module")
def opened(live: tuple[LiveApp, Workspace], browser: Browser) -> Iterator[Surface]:
    with surface_on(browser, live[0].url) as surface:
        surface.open(TILE)
        surface.press("1", "]", "d")
        yield surface


@pytest.fixture
def surface(opened: Surface) -> Iterator[Surface]:
    """The open tile with the cursor on; afterwards its draft is undone and the cursor is where it was."""
    yield opened
    opened.press("Escape")
    undo = opened.page.get_by_role("button", name="Undo", exact=True)
    while not undo.is_disabled():
        opened.press("Control+z")
    opened.press("Escape", "1", "b", "d")


def place(surface: Surface, x: int, y: int) -> None:
    """Move the cursor to a pixel by arrow keys; wait until a screen reader is told of it."""
    surface.press(*["Shift+ArrowLeft", "Shift+ArrowUp"] * (SIDE // 10 + 1))  # to the upper left corner
    for steps, key in ((x, "ArrowRight"), (y, "ArrowDown")):
        surface.press(*[f"Shift+{key}"] * (steps // 10), *[key] * (steps % 10))
    expect(surface.page.locator(".spoken")).to_contain_text(f"x {x}, y {y}, ")


def check(workspace: Workspace, surface: Surface, expected: np.ndarray) -> None:
    surface.wait_for("the draft", lambda: is_draft(workspace, expected, TILE))


def test_the_cursor_is_announced_and_shown(surface: Surface) -> None:
    place(surface, CENTER, CENTER)
    spoken = surface.page.locator(".spoken")
    expect(spoken).to_contain_text("No seep, DN")
    button = surface.page.get_by_role("button", name="Keyboard cursor")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert surface.page.locator(".stage > canvas").first.evaluate("(canvas) => canvas.matches(':focus')")
    surface.press("Escape")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(spoken).to_have_text("Keyboard cursor off.")
    surface.press("d")
    expect(button).to_have_attribute("aria-pressed", "true")


def test_brush_and_eraser(workspace: Workspace, surface: Surface) -> None:
    place(surface, 70, 70)
    size = int((surface.page.locator(".size").text_content() or "").removesuffix("px"))
    surface.press("Space", "Shift+ArrowRight", "Shift+ArrowRight", "Space")
    expected = START.copy()
    for start in (70.5, 80.5):
        expected[brush(SIDE, (start, 70.5), (start + 10, 70.5), size)] = 1
    check(workspace, surface, expected)
    surface.press("e", "Space", "Space")
    expected[brush(SIDE, (90.5, 70.5), (90.5, 70.5), size)] = 0
    check(workspace, surface, expected)


def test_the_pen_shows_that_it_is_down(surface: Surface) -> None:
    pen = surface.page.locator(".readout .pen")
    place(surface, 70, 70)
    expect(pen).to_have_text("")
    surface.press("Space")
    expect(pen).to_have_text("Pen down")
    expect(pen).to_be_visible()
    surface.press("Escape")
    expect(pen).to_have_text("")


def test_another_action_waits_for_the_end_of_the_stroke(workspace: Workspace, surface: Surface) -> None:
    place(surface, 70, 70)
    surface.press("Space", "ArrowRight", "Control+Enter")
    expect(surface.notice("stroke-unfinished")).to_be_visible()
    assert surface.read("tile") == str(TILE)
    surface.press("Escape")
    expect(surface.page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()


def test_lasso_polygon_and_fill(workspace: Workspace, surface: Surface) -> None:
    expected = START.copy()
    surface.press("3", "l")
    place(surface, 60, 60)
    surface.press("Space", "Shift+ArrowRight", "Shift+ArrowDown", "Shift+ArrowLeft", "Space")
    expected[60:70, 60:70] = 3
    check(workspace, surface, expected)
    surface.press("4", "p")
    place(surface, 90, 60)
    surface.press(
        "Space", "Shift+ArrowRight", "Space", "Shift+ArrowDown", "Space", "Shift+ArrowLeft", "Space"
    )
    surface.press("Enter")
    expected[60:70, 90:100] = 4
    check(workspace, surface, expected)
    surface.press("5", "f", "Enter")
    place(surface, 95, 65)
    surface.press("Space")
    expected[60:70, 90:100] = 5
    check(workspace, surface, expected)


def test_wand_and_threshold_brush(workspace: Workspace, surface: Surface) -> None:
    undo = surface.page.get_by_role("button", name="Undo", exact=True)
    for key in ("w", "t"):
        surface.press(key)
        if key == "w":  # on this noise more than a tenth of the tile is alike
            limit = surface.page.locator('.options [data-option="limit_percent"] input')
            limit.evaluate("e => { e.value = e.max; e.dispatchEvent(new Event('input')); }")
        place(surface, 90, 90)
        surface.press("Space", *(["Shift+ArrowRight", "Space"] if key == "t" else []))
        expect(undo).to_be_enabled()
        surface.press("Control+z")
        expect(undo).to_be_disabled()


def test_tracer(workspace: Workspace, surface: Surface) -> None:
    surface.press("x")
    place(surface, 20, 90)
    surface.press("Space", *["Shift+ArrowRight"] * 6, "Space", "Enter")
    undo = surface.page.get_by_role("button", name="Undo", exact=True)
    expect(undo).to_be_enabled()
    annotation = predicted(SIDE, 0)

    def traced() -> bool:
        with contextlib.suppress(MissingError):
            annotation[:] = tile_data.draft_mask(workspace, TILE, TESTER)
        return bool(annotation[60:, 20:80].any(axis=0).mean() > 0.9)

    surface.wait_for("the line from node to node", traced)


def test_select(workspace: Workspace, surface: Surface) -> None:
    surface.press("s")
    place(surface, 20, 20)
    surface.press("Space", "Space", "2")
    check(workspace, surface, START * 2)
    place(surface, 4, 4)
    surface.press("Space", *["Shift+ArrowRight"] * 6, *["Shift+ArrowDown"] * 5, "Space", "6")
    check(workspace, surface, START * 6)
