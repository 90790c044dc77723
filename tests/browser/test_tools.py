"""The painting tools in Chromium: real pointer events give exactly the pixels that the tool promises."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from seep.store import scenes
from seep.workflow import tile_data
from seep.workflow.workspace import Workspace
from seep_testing.live import LiveApp
from seep_testing.review_tiles import Surface, brush, predicted, speckle, surface_on

pytestmark = pytest.mark.browser

SIDE = 128
Y, X = np.mgrid[:SIDE, :SIDE]


@pytest.fixture(scope="module")
def surface(live: tuple[LiveApp, Workspace], browser: Browser) -> Iterator[Surface]:
    with surface_on(browser, live[0].url, has_touch=True) as opened:
        yield opened


class Work:
    """One tile under work: what it should hold, and what the server holds after a save."""

    def __init__(self, workspace: Workspace, surface: Surface, tile: int) -> None:
        self.workspace, self.surface, self.tile = workspace, surface, tile
        with workspace.store.reading() as session:
            self.number = scenes.get_tile(session, tile).number
        self.expected = predicted(SIDE, self.number)
        surface.pick(tile)

    @property
    def pixels(self) -> np.ndarray:
        return speckle(SIDE, self.number)

    def click(self, x: float, y: float, **how: object) -> None:
        self.surface.page.mouse.click(*self.surface.screen(x, y), **how)  # type: ignore[arg-type]

    def set(self, option: str, value: str) -> None:
        """Set a slider of the tool's options."""
        slider = self.surface.page.locator(f'.options [data-option="{option}"] input')
        slider.evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }", value)

    def choose(self, option: str, value: str) -> None:
        group = self.surface.page.locator(f'.options [data-option="{option}"]')
        group.locator(f'[data-value="{value}"]').click()

    def saved(self) -> np.ndarray:
        """Save a revision and read it back from the workspace."""
        count = self.surface.page.locator(".history li[data-revision]").count()
        self.surface.press("Control+s")
        expect(self.surface.page.locator(".history li[data-revision]")).to_have_count(count + 1)
        with self.workspace.store.reading() as session:
            head = scenes.get_tile(session, self.tile).head_revision_id
        assert head
        return tile_data.revision_mask(self.workspace, head)

    def check(self) -> None:
        np.testing.assert_array_equal(self.saved(), self.expected)


def local_mean(pixels: np.ndarray, side: int) -> np.ndarray:
    """Mean of a square around each pixel, of what lies within the image; no nodata here."""
    kernel = np.ones((side, side))
    sums = cv2.filter2D(pixels.astype(np.float64), -1, kernel, borderType=cv2.BORDER_CONSTANT)
    counts = cv2.filter2D(np.ones(pixels.shape), -1, kernel, borderType=cv2.BORDER_CONSTANT)
    mean: np.ndarray = sums / counts
    return mean


def connected(alike: np.ndarray, x: int, y: int) -> np.ndarray:
    _, labels = cv2.connectedComponents(alike.astype(np.uint8), connectivity=4)
    found: np.ndarray = labels == labels[y, x]
    return found


def test_the_lasso_fills_empties_and_recolors(workspace: Workspace, surface: Surface) -> None:
    work = Work(workspace, surface, 1)
    surface.press("3", "l")
    surface.drag((20, 60), (80, 60), (80, 100), (20, 100))
    work.expected[60:100, 20:80] = 3
    surface.drag((40, 70), (60, 70), (60, 90), (40, 90), button="right")
    work.expected[70:90, 40:60] = 0
    surface.press("5")
    surface.page.keyboard.down("Shift")
    surface.drag((10, 50), (50, 50), (50, 120), (10, 120))
    surface.page.keyboard.up("Shift")
    part = work.expected[50:120, 10:50]
    part[part > 0] = 5
    work.check()


def test_the_polygon_is_clicked_dragged_taken_back_and_closed(workspace: Workspace, surface: Surface) -> None:
    work = Work(workspace, surface, 2)
    surface.press("4", "p")
    for x, y in ((20, 60), (80, 60), (90, 110)):
        work.click(x, y)
    surface.drag((90, 110), (80, 100))  # a corner is moved
    work.click(5, 5)
    surface.press("Backspace")
    work.click(20, 100)
    surface.press("b")  # another tool waits
    expect(surface.notice("shape-unfinished")).to_contain_text("Enter")
    surface.press("Enter")
    work.expected[60:100, 20:80] = 4
    for x, y in ((30, 70), (50, 70), (50, 90)):
        work.click(x, y, button="right" if (x, y) == (30, 70) else "left")
    surface.page.mouse.dblclick(*surface.screen(30, 90))
    work.expected[70:90, 30:50] = 0
    work.click(100, 100)
    work.click(120, 100)
    surface.press("Escape")
    work.check()


def test_the_fill_closes_gaps_and_refuses_to_leak(workspace: Workspace, surface: Surface) -> None:
    work = Work(workspace, surface, 3)
    surface.press("2", "l")
    surface.drag((20, 60), (70, 60), (70, 110), (20, 110))
    surface.drag((22, 62), (68, 62), (68, 108), (22, 108), button="right")
    surface.drag((66, 80), (74, 80), (74, 84), (66, 84), button="right")  # a gap of 4 px
    work.expected[60:110, 20:70] = 2
    work.expected[62:108, 22:68] = 0
    work.expected[80:84, 66:74] = 0
    surface.press("f")
    work.set("gap_px", "3")
    work.click(40, 80)
    expect(surface.notice("area-open")).to_be_visible()
    work.set("gap_px", "4")
    surface.press("6")
    work.click(40, 80)
    work.expected[62:108, 22:68] = 6
    work.click(20, 60)  # the outline itself
    work.expected[(work.expected == 2) & (X >= 20) & (Y >= 60)] = 6
    work.check()


def test_the_wand_paints_like_raw_values_whatever_the_contrast(
    workspace: Workspace, surface: Surface
) -> None:
    work = Work(workspace, surface, 4)
    mean = local_mean(work.pixels, 3)
    sample = work.pixels.ravel()[:: SIDE * SIDE // 8192]  # what robustSigma looks at
    spread = 1.4826 * np.median(np.abs(sample - np.median(sample)))
    surface.press("i", "1", "w")  # inverted grays change nothing
    work.set("limit_percent", str(np.log(100)))
    work.choose("measure", "sigmas")
    work.choose("connected", "connected")
    work.set("sigmas", str(np.log(0.6)))
    work.click(90.5, 100.5)
    alike = connected(np.abs(mean - mean[100, 90]) <= 0.6 * spread, 90, 100)
    work.expected[alike & (work.expected == 0)] = 1
    surface.press("i", "7")
    work.choose("measure", "raw")
    work.set("raw", str(np.log(300)))
    work.choose("connected", "all")
    work.click(20.5, 100.5)
    work.expected[(np.abs(mean - mean[100, 20]) <= 300) & (work.expected == 0)] = 7
    work.check()
    assert alike.sum() > 20


def test_a_drag_of_the_wand_shows_what_it_takes_and_escape_leaves_nothing(
    workspace: Workspace, surface: Surface
) -> None:
    work = Work(workspace, surface, 5)
    page = surface.page
    surface.press("1", "w")
    work.choose("measure", "sigmas")
    work.set("sigmas", str(np.log(0.3)))
    page.mouse.move(*surface.screen(60.5, 60.5))
    page.mouse.down()
    tolerance = page.locator('.options [data-option="sigmas"] output')
    before = tolerance.text_content()
    page.mouse.move(*(a + b for a, b in zip(surface.screen(60.5, 60.5), (80, 0), strict=True)))
    expect(tolerance).to_have_text("0.6 σ")
    surface.press("Escape")
    page.mouse.up()
    assert before == "0.3 σ"
    expect(tolerance).to_have_text(before)
    assert surface.read("saved") == "clean"
    work.check()


def test_the_threshold_brush_paints_only_what_is_darker_than_its_ring(
    workspace: Workspace, surface: Surface
) -> None:
    work = Work(workspace, surface, 6)
    surface.press("1", "t")
    work.choose("measure", "db")
    work.set("db", "1.6")
    work.set("window_px", "27")
    ones, pixels = np.ones((SIDE, SIDE)), work.pixels.astype(np.float64)

    def sums(values: np.ndarray, side: int) -> np.ndarray:
        kernel = np.ones((side, side))
        found: np.ndarray = cv2.filter2D(values, -1, kernel, borderType=cv2.BORDER_CONSTANT)
        return found

    ring = (sums(pixels, 27) - sums(pixels, 9)) / (sums(ones, 27) - sums(ones, 9))
    dark = 20 * np.log10(ring / local_mean(work.pixels, 5)) >= 1.6
    surface.drag((20, 80), (100, 90))
    under = brush(SIDE, (20, 80), (100, 90), 8)
    work.expected[under & dark] = 1
    assert 10 < (under & dark).sum() < under.sum()
    surface.drag((20, 12), (50, 12), button="right")
    work.expected[brush(SIDE, (20, 12), (50, 12), 8)] = 0
    work.check()


TOOLS: dict[str, Callable[[Surface], object]] = {
    "b": lambda s: s.drag((20, 60), (90, 75)),
    "e": lambda s: s.drag((10, 10), (30, 30)),
    "l": lambda s: s.drag((20, 60), (90, 60), (90, 90)),
    "p": lambda s: [s.page.mouse.click(*s.screen(x, y)) for x, y in ((20, 60), (90, 60), (90, 90))],
    "w": lambda s: s.drag((20, 60), (25, 60)),
    "t": lambda s: s.drag((20, 60), (90, 75)),
}


def test_escape_in_the_middle_of_each_tool_leaves_nothing(workspace: Workspace, surface: Surface) -> None:
    work = Work(workspace, surface, 7)
    mouse = surface.page.mouse
    up = mouse.up
    for key, gesture in TOOLS.items():
        surface.press("1", key)
        if key != "p":
            mouse.up = lambda **_: None  # type: ignore[method-assign]
        gesture(surface)
        mouse.up = up  # type: ignore[method-assign]
        surface.press("Escape")
        mouse.up()
    surface.wait_drawn()
    assert surface.read("saved") == "clean"
    assert surface.page.get_by_role("button", name="Undo", exact=True).is_disabled()
    work.check()


def test_unsure_is_painted_by_every_tool(workspace: Workspace, surface: Surface) -> None:
    work = Work(workspace, surface, 8)
    for key, gesture in TOOLS.items():
        if key == "e":
            continue
        surface.press("u", key)
        gesture(surface)
        surface.press("Enter")
        assert (work.saved() == 255).sum() > 3, key
        surface.press("Control+z")
        np.testing.assert_array_equal(work.saved(), work.expected, err_msg=key)
    surface.press("1")


def hold_key(surface: Surface, key: str, name: str) -> int:
    """Press Ctrl and a key until the button of that name is idle; from within: 500 round trips take long."""
    pressed = """(button, key) => {
        const press = { key, ctrlKey: true, bubbles: true, cancelable: true };
        let count = 0;
        for (; !button.disabled && count < 2000; count += 1) {
            window.dispatchEvent(new KeyboardEvent("keydown", press));
        }
        return count;
    }"""
    return int(surface.page.get_by_role("button", name=name, exact=True).evaluate(pressed, key))


def test_five_hundred_strokes_are_undone_and_done_again(workspace: Workspace, surface: Surface) -> None:
    work = Work(workspace, surface, 9)
    surface.press("b", "1")
    rng = np.random.default_rng(0)
    corner, unit = surface.screen(0, 0), surface.screen(1, 0)
    scale = unit[0] - corner[0]
    for number, (x, y) in enumerate(rng.integers(4, SIDE - 4, (560, 2))):
        if number % 50 == 0:
            surface.press(str(1 + number // 50 % 6))
        surface.page.mouse.click(corner[0] + x * scale + 1, corner[1] + y * scale + 1)
    after = work.saved()
    assert (after != work.expected).mean() > 0.5
    steps = hold_key(surface, "z", "Undo")
    assert steps >= 500, "a few clicks change nothing"
    np.testing.assert_array_equal(work.saved(), work.expected)
    assert hold_key(surface, "y", "Redo") == steps
    np.testing.assert_array_equal(work.saved(), after)


def test_a_finger_moves_the_view_and_paints_only_when_it_is_let(
    workspace: Workspace, surface: Surface
) -> None:
    work = Work(workspace, surface, 10)
    page = surface.page
    surface.press("b", "1", "z")
    client = page.context.new_cdp_session(page)

    def touch(*points: tuple[float, float]) -> None:
        places = [dict(zip(("x", "y"), surface.screen(*point), strict=True)) for point in points]
        for kind, at in zip(("touchStart", *["touchMove"] * (len(places) - 1)), places, strict=True):
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
        client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    view = surface.read("view")
    touch((60, 60), (70, 60), (80, 65))
    surface.until(lambda: surface.read("view"), view, unlike=True)
    assert surface.read("saved") == "clean"
    surface.press("z")
    page.get_by_label("Paint with a finger").check()
    touch((30, 80), (60, 80), (90, 80))
    work.expected[brush(SIDE, (30, 80), (90, 80), 8)] = 1
    work.check()
    page.get_by_label("Paint with a finger").uncheck()


def test_keys_choose_tools_classes_and_the_size_of_the_brush(workspace: Workspace, surface: Surface) -> None:
    Work(workspace, surface, 11)
    page = surface.page
    names = {"b": "Brush", "e": "Eraser", "l": "Lasso", "p": "Polygon", "f": "Fill", "w": "Wand"}
    for key, name in {**names, "t": "Threshold brush", "b": "Brush"}.items():
        surface.press(key)
        pressed = page.locator('.toolbar .tool[aria-pressed="true"]')
        expect(pressed).to_have_attribute("aria-label", name)
    for key in ("0", "3", "1"):
        surface.press(key)
        expect(page.locator('.classes li[aria-current="true"] kbd')).to_have_text(key)
    size = page.locator(".size")
    surface.press("]")
    expect(size).to_have_text("9px")
    surface.press("[")
    expect(size).to_have_text("8px")
    page.mouse.move(*surface.screen(60, 60))
    page.keyboard.down("Alt")
    page.mouse.down(button="right")
    page.mouse.move(*(a + b for a, b in zip(surface.screen(60, 60), (40, 0), strict=True)))
    page.mouse.up(button="right")
    page.keyboard.up("Alt")
    expect(size).to_have_text("28px")
    page.keyboard.down("Shift")
    page.mouse.wheel(0, 100)
    expect(size).to_have_text("25px")
    page.keyboard.up("Shift")
    while size.text_content() != "8px":
        surface.press("[")


def test_keys_change_what_is_seen(workspace: Workspace, surface: Surface) -> None:
    def seen() -> str:
        return str(canvas.evaluate("e => e.toDataURL()"))

    def view() -> str:
        return surface.read("view")

    Work(workspace, surface, 11)
    page = surface.page
    canvas = page.locator(".stage > canvas:not(.minimap)")
    page.mouse.move(5, 5)
    for key, again in {"o": "oo", "i": "i"}.items():
        before = seen()
        surface.press(key)
        surface.until(seen, before, unlike=True)
        surface.press(*again)
        surface.until(seen, before)
    before = seen()
    page.keyboard.down("h")
    surface.until(seen, before, unlike=True)
    page.keyboard.up("h")
    surface.until(seen, before)
    surface.press("c")
    expect(page.locator(".contrast")).to_be_visible()
    surface.press("Escape")
    expect(page.locator(".contrast")).to_be_hidden()

    fitted = view()
    page.mouse.move(*surface.screen(60, 60))
    page.mouse.wheel(0, -300)
    surface.until(view, fitted, unlike=True)
    for hold in ("middle", "space"):
        before = view()
        if hold == "space":
            page.keyboard.down("Space")
        surface.drag((60, 60), (70, 66), button="middle" if hold == "middle" else "left")
        page.keyboard.up("Space")
        surface.until(view, before, unlike=True)
    for key in ("=", "-", "Shift+Z", "Shift+ArrowLeft"):
        before = view()
        surface.press(key)
        surface.until(view, before, unlike=True)
    surface.press("z")
    surface.until(view, fitted)


def test_keys_undo_decide_and_show_the_sheet(workspace: Workspace, surface: Surface) -> None:
    work = Work(workspace, surface, 11)
    page = surface.page
    surface.press("b", "1")
    surface.drag((30, 60), (90, 60))
    surface.press("Control+z", "Control+Shift+z", "Control+z", "Control+y")
    work.expected[brush(SIDE, (30, 60), (90, 60), 8)] = 1
    work.check()
    surface.press("?")
    expect(page.locator(".sheet")).to_be_visible()
    surface.press("Escape")
    expect(page.locator(".sheet")).to_be_hidden()
    surface.press("ArrowRight")
    surface.wait("painted", "12")
    surface.press("ArrowLeft")
    surface.wait("painted", "11")
    surface.press("Control+Space")
    surface.wait("seen", "12")
    surface.press("Control+Backspace")
    expect(page.locator('.queue li[data-id="12"]')).to_have_attribute("data-state", "rejected")
    surface.pick(11)
    surface.press("Control+Enter")
    expect(page.locator('.queue li[data-id="11"]')).to_have_attribute("data-state", "corrected")
