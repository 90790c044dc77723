"""Response times with many passes, in Chromium: frames of the Sites map, blink, accept-and-next.

Runs within `python -m benchmarks.passes --browser`. Frames are the times between calls of requestAnimationFrame,
at rest and while the map is dragged and zoomed; at rest they show what the machine allows. `next_ms` is from the
key to the next painted tile, with the strip of passes open and closed, on tiles that all have passes.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from seep_testing.contexts import CHROMIUM_ARGUMENTS
from seep_testing.live import ROOT, LiveApp
from seep_testing.review_tiles import Surface

MOVE_S = 0.008
"""Time between two events of the pointer: a mouse of 125 Hz."""

PROBE = """() => {
  let gaps = [];
  let last = 0;
  const tick = (now) => {
    if (last) gaps.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  window.seepFrames = () => {
    const found = gaps;
    gaps = [];
    return found;
  };
}"""


def measure_page(folder: Path, tile: int) -> Iterator[dict[str, float]]:
    """Milliseconds of frames on the Sites map and of blinking in Review, on the workspace of a folder."""
    with _opened(folder) as (page, url):
        began = time.perf_counter()
        page.goto(f"{url}/sites")
        page.wait_for_selector(".site-map[data-place]", timeout=300_000)
        yield {"open_sites_s": time.perf_counter() - began}
        began = time.perf_counter()
        page.reload()
        page.wait_for_selector(".site-map[data-place]", timeout=300_000)
        yield {"reload_sites_s": time.perf_counter() - began}
        page.wait_for_timeout(1000)
        page.evaluate(PROBE)
        for name, act in (("rest", _rest), ("pan", _pan), ("zoom", _zoom)):
            page.evaluate("seepFrames()")
            act(page)
            gaps = page.evaluate("seepFrames()")[1:]
            yield {f"{name}_frame_p{q}_ms": float(np.percentile(gaps, q)) for q in (50, 95)}
        surface = Surface(page, url)
        surface.open(tile)
        page.wait_for_selector("aside.passes li", timeout=300_000)
        page.wait_for_timeout(5000)  # thumbnails, and the passes before and after
        blinks = []
        later = (page.locator("aside.passes li").count() - 1) // 2  # the tile is of the pass in the middle
        for _ in range(min(6, later)):
            surface.press(".")
            page.wait_for_selector(".badge:not([hidden])")
            page.wait_for_timeout(1500)
            blinks.append(float(surface.read("blink-ms")))
        yield {"blink_page_ms": float(np.median(blinks))}


def measure_next(folder: Path, tiles: int) -> dict[str, float]:
    """Milliseconds from the key to the next painted tile, with the strip open and closed in turn."""
    found: dict[str, list[float]] = {"open": [], "closed": []}
    with _opened(folder) as (page, url):
        surface = Surface(page, url)
        page.goto(f"{url}/review")
        page.wait_for_selector('.review:not([data-painted=""])', timeout=300_000)
        page.wait_for_selector("aside.passes li", timeout=300_000)
        for number in range(tiles):
            state = "closed" if number % 2 else "open"
            if ("closed" in (page.locator("aside.passes").get_attribute("class") or "")) != (
                state == "closed"
            ):
                surface.press("j")
            page.wait_for_timeout(2500)  # a look at the tile, while the next ones are loaded
            before = surface.read("painted")
            surface.press("Control+Enter")
            another = f'.review:not([data-painted="{before}"]):not([data-painted=""])'
            page.wait_for_selector(another, state="attached")
            found[state].append(float(surface.read("next-ms")))
    return {f"next_{state}_ms": float(np.median(times)) for state, times in found.items()}


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[Page, str]]:
    command = [sys.executable, str(ROOT / "seep_testing" / "find_browser.py")]
    path = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]
    app = LiveApp(folder, worker=False)
    app.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.set_default_timeout(120_000)
            yield page, app.url
            browser.close()
    finally:
        app.stop()


def _rest(page: Page) -> None:
    page.wait_for_timeout(1000)


def _pan(page: Page) -> None:
    box = page.locator(".site-map canvas.map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for turn in np.linspace(0, 4 * np.pi, 200):
        page.mouse.move(x + 150 * np.sin(turn), y + 80 * np.sin(2 * turn))
        time.sleep(MOVE_S)
    page.mouse.up()


def _zoom(page: Page) -> None:
    for step in range(60):
        page.mouse.wheel(0, -60 if step % 30 < 15 else 60)
        time.sleep(2 * MOVE_S)
