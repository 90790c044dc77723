"""Response times of the Review canvas, measured in Chromium with real pointer events.

    python -m benchmarks.canvas --rounds 3

For tiles of 256 and 2048 px: time between frames while painting, from the pointer's event to the pixel on
the canvas, undo, window and level, the path of the tracer between two points 200 px apart, accept-and-next
until the next tile is painted, and a save until the server has it. Gestures whose pixels take time to compute
(polygon, fill, wand, threshold brush, select and its clean-ups) are made too. Long tasks (over 50 ms, as the
browser reports them) are counted for each gesture, and the longest is printed; on a busy machine, waiting for
a core counts as well. Each figure is the median of the rounds. The browser runs headless
and draws in software, so a machine with a graphics card is faster. The last line is JSON.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile
from playwright.sync_api import Page, sync_playwright

from benchmarks.canvas_page import PROBE
from seep_testing.contexts import CHROMIUM_ARGUMENTS
from seep_testing.live import ROOT, LiveApp
from seep_testing.review_tiles import Surface, make_workspace, speckle

TILES = 6
MOVE_S = 0.008  # between two events of the pointer: a mouse of 125 Hz
TRACED_PX = 200
PREVIEW_PX = 8
TARGETS_MS = {
    "painting p95": 17.0,
    "accept and next p95": 100.0,
    "tracer preview p95": 30.0,
    "save p95": 250.0,
}


Measured = tuple[dict[str, list[float]], dict[str, list[float]]]  # by gesture: what was timed, long tasks


class Hand:
    """Gestures on one page, and what the page measured of them."""

    def __init__(self, page: Page, url: str) -> None:
        self.surface = Surface(page, url)
        self.page = page
        self.found: dict[str, list[float]] = {}
        self.long: dict[str, list[float]] = {}

    def open(self, tile: int) -> None:
        self.surface.open(tile)
        self.page.locator(".review").evaluate(PROBE)
        self.page.wait_for_timeout(1500)

    def add(self, name: str, values: list[float]) -> None:
        """Keep what was measured, and count the long tasks since the gesture before."""
        self.found.setdefault(name, []).extend(values)
        self.page.wait_for_timeout(120)  # long tasks are told late
        self.long.setdefault(name, []).extend(self.page.evaluate("seepProbe.longTasks()"))

    def add_work(self, name: str) -> None:
        """Wait until the edit under way is there, and the list of slicks follows; then as `add`."""
        self.page.wait_for_timeout(300)
        self.surface.wait("work", "")
        self.page.wait_for_timeout(500)
        self.add(name, [])

    def settle(self) -> None:
        """Leave the page alone until it rests; what it did meanwhile counts for no gesture."""
        self.page.wait_for_timeout(700)
        self.page.evaluate("seepProbe.longTasks()")

    def drag(self, points: np.ndarray) -> None:
        mouse = self.page.mouse
        mouse.move(*self.surface.screen(*points[0]))
        mouse.down()
        box_to_screen = [self.surface.screen(*point) for point in points[1:]]
        for place in box_to_screen:
            mouse.move(*place)
            time.sleep(MOVE_S)
        mouse.up()

    def watch(self, at: tuple[float, float], event: str) -> None:
        """Begin to wait for the pixel at a place of the image to change after an event."""
        x, y = self.surface.screen(*at)
        self.page.evaluate("([x, y, event]) => seepProbe.watch(x, y, event)", [x, y, event])

    def watched(self) -> float:
        return float(self.page.evaluate("seepProbe.watched"))


def spiral(side: int, count: int) -> np.ndarray:
    turn = np.linspace(0, 6 * np.pi, count)
    radius = side * np.linspace(0.12, 0.4, count)
    return np.stack([side / 2 + radius * np.cos(turn), side / 2 + radius * np.sin(turn)], axis=1)


def measure_painting(hand: Hand, side: int) -> None:
    hand.surface.press("b", "1")
    hand.settle()
    hand.page.evaluate("seepProbe.frames()")
    hand.drag(spiral(side, 220))
    hand.add("painting", hand.page.evaluate("seepProbe.frames()")[1:])
    for i in range(8):
        at = (side * 0.08 + i * side * 0.1, side * 0.93)
        hand.page.mouse.move(*hand.surface.screen(at[0] - side * 0.04, at[1]))
        hand.page.mouse.down()
        hand.watch(at, "pointermove")
        hand.page.mouse.move(*hand.surface.screen(*at))
        hand.add("pointer to pixel", [hand.watched()])
        hand.page.mouse.up()
        hand.watch(at, "keydown")
        hand.surface.press("Control+z")
        hand.add("undo", [hand.watched()])


def measure_heavy(hand: Hand, side: int) -> None:
    """Gestures over half the tile: what takes long is computed beside the page, which must go on."""
    surface = hand.surface
    turn = np.linspace(0, 2 * np.pi, 40)
    ring = side * (0.5 + 0.45 * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    across = np.linspace((side * 0.4, side * 0.4), (side * 0.6, side * 0.4), 30)
    for name, key, way in (
        ("threshold brush", "t", spiral(side, 60)),
        ("lasso", "l", ring),
        ("wand", "w", across),
    ):
        surface.press(key)
        hand.settle()
        hand.drag(way)
        hand.add_work(name)
    surface.press("p")
    for corner in ring[:36:6]:
        click(hand, corner)
    hand.settle()
    surface.press("Enter")
    hand.add_work("polygon")
    surface.press("b")
    hand.drag(ring)
    surface.press("f")
    hand.settle()
    click(hand, ring.mean(axis=0))
    hand.add_work("fill")
    surface.press("s")
    hand.settle()
    surface.drag((2, 2), (side - 2, side - 2))
    hand.add_work("select all")
    for word in ("Grow", "Smooth", "Fill holes", "Drop specks", "Merge gaps"):
        hand.page.locator(".selection").get_by_role("button", name=word).click()
        hand.add_work(word.lower())
    surface.press("3")
    hand.add_work("class of all")
    for _ in range(16):
        surface.press("Control+z")
    hand.add_work("undo of large edits")
    surface.press("Escape", "b")


def click(hand: Hand, place: np.ndarray) -> None:
    hand.page.mouse.click(*hand.surface.screen(float(place[0]), float(place[1])))


def measure_contrast(hand: Hand, side: int) -> None:
    hand.settle()
    hand.surface.press("c")
    hand.page.evaluate("seepProbe.frames()")
    way = np.linspace(-0.15, 0.15, 100) * side
    hand.drag(np.stack([side * 0.5 + way, side * 0.5 + np.abs(way)], axis=1))
    hand.add("window and level", hand.page.evaluate("seepProbe.frames()")[1:])
    hand.page.wait_for_timeout(600)
    hand.add("window and level, at rest", [])
    hand.surface.press("c")


def measure_tracer(hand: Hand, side: int) -> None:
    """Paths along dark lines, each on ground not traced before, then the preview as the pointer goes on.

    The preview is timed from the question to its answer, and from the pointer to the pixel, with frames
    between.
    """
    hand.surface.press("x")
    reach = min(TRACED_PX, side - 40)
    for i in range(8):
        y = line_y(side, i)
        start, end = (20.0, y), (20.0 + reach - 6 * PREVIEW_PX, y)
        hand.settle()
        hand.page.mouse.click(*hand.surface.screen(*start))
        hand.page.wait_for_timeout(150)
        hand.watch((20.0 + reach / 2, y), "pointermove")
        hand.page.mouse.move(*hand.surface.screen(*end))
        hand.add("tracer, new path", [hand.watched()])
        for step in range(1, 7):
            at = end[0] + step * PREVIEW_PX
            hand.watch((at - PREVIEW_PX / 2, y), "pointermove")
            hand.page.mouse.move(*hand.surface.screen(at, y))
            hand.add("tracer preview, on the screen", [hand.watched()])
            hand.add(
                "tracer preview", [hand.page.evaluate("performance.getEntriesByName('trace')[0].duration")]
            )
        hand.surface.press("Escape")
        hand.page.mouse.move(*hand.surface.screen(side / 2, side - 4))
    hand.surface.press("b")


def measure_saves(hand: Hand, side: int) -> None:
    for i in range(4):
        hand.surface.drag((side * 0.3, side * 0.3 + 9 * i), (side * 0.7, side * 0.3 + 9 * i), steps=4)
        hand.settle()
        hand.page.evaluate("seepProbe.save()")
        hand.surface.press("Control+s")
        hand.add("save", [float(hand.page.evaluate("seepProbe.saved"))])


def measure_next(hand: Hand) -> None:
    for _ in range(TILES - 2):
        hand.page.wait_for_timeout(2500)  # a look at the tile, while the next ones are loaded
        hand.page.evaluate("seepProbe.longTasks()")
        before = hand.surface.read("painted")
        hand.surface.press("Control+Enter")
        another = f'.review:not([data-painted="{before}"]):not([data-painted=""])'
        hand.page.wait_for_selector(another, state="attached")
        hand.add("accept and next", [float(hand.surface.read("next-ms"))])


def line_y(side: int, number: int) -> float:
    return side * (0.15 + 0.09 * number) + 0.5


def with_lines(side: int, seed: int) -> np.ndarray:
    """Speckle with straight dark lines three pixels wide."""
    image = speckle(side, seed)
    for number in range(8):
        row = int(line_y(side, number))
        image[row - 1 : row + 2] = (image[row - 1 : row + 2] * 0.25).astype(np.uint16)
    return image


def one_round(side: int, browser_path: str) -> Measured:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        make_workspace(root, count=TILES, side=side)
        for number, path in enumerate(sorted((root / "images").iterdir())):
            tifffile.imwrite(path, with_lines(side, number))
        app = LiveApp(root, worker=False)
        app.start()
        try:
            browser = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM_ARGUMENTS)
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            hand = Hand(page, app.url)
            hand.open(1)
            measure_painting(hand, side)
            measure_heavy(hand, side)
            measure_contrast(hand, side)
            measure_tracer(hand, side)
            measure_saves(hand, side)
            measure_next(hand)
            browser.close()
        finally:
            app.stop()
    return hand.found, hand.long


def summed(
    rounds: list[tuple[dict[str, list[float]], dict[str, list[float]]]],
) -> dict[str, dict[str, float]]:
    """The median over the rounds of each round's percentiles, milliseconds; long tasks of all rounds."""
    table = {}
    for name in rounds[0][1]:
        row = {
            f"p{q}": round(statistics.median(float(np.percentile(found[name], q)) for found, _ in rounds), 1)
            for q in (50, 95, 99)
            if all(found.get(name) for found, _ in rounds)
        }
        long = [ms for _, found in rounds for ms in found[name]]
        table[name] = {**row, "long_tasks": len(long), "longest": max(long, default=0.0)}
    return table


def table_lines(side: int, table: dict[str, dict[str, float]]) -> list[str]:
    """Return the lines of the table; a gesture of which only long tasks are counted has no percentiles."""
    lines = [f"{side} px{'p50':>26}{'p95':>9}{'p99':>9}  ms   long tasks  longest   target"]
    for name, row in table.items():
        figures = "".join(f"{row[key]:9.1f}" if key in row else " " * 9 for key in ("p50", "p95", "p99"))
        target = TARGETS_MS.get(f"{name} p95") if "p95" in row else None
        verdict = "" if target is None else f"p95 {'<=' if row['p95'] <= target else '> '} {target:g}"
        lines.append(
            f"{name:<32}{figures}{row['long_tasks']:15.0f}{row['longest']:9.0f}   {verdict}".rstrip()
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sides", type=int, nargs="+", default=[256, 2048])
    options = parser.parse_args()
    command = [sys.executable, str(ROOT / "seep_testing" / "find_browser.py")]
    browser_path = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]
    result: dict[str, object] = {
        "rounds": options.rounds,
        "cores": os.cpu_count(),
        "rendering": "headless, software",
    }
    print(f"headless Chromium, drawing in software, {os.cpu_count()} cores, {options.rounds} rounds")
    for side in options.sides:
        table = summed([one_round(side, browser_path) for _ in range(options.rounds)])
        print("", *table_lines(side, table), sep="\n")
        result[str(side)] = table
    print(json.dumps(result))


if __name__ == "__main__":
    main()
