"""Take the pictures of the README and the guide, from a demo workspace of its own, into docs/images/.

Run by `make screenshots`; takes some minutes, since a real fine-tuning is run for its page.
"""

import io
import sys
import tempfile
import time
import uuid
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from seep.io.tiff import read_mask  # noqa: E402
from seep.settings import read_settings  # noqa: E402
from seep.workflow.finetuning import FinetuneRequest, enqueue_finetune  # noqa: E402
from seep.workflow.jobs import ACTIVE, list_jobs  # noqa: E402
from seep.workflow.queue import queue  # noqa: E402
from seep.workflow.reviewing import save_mask, tile_document  # noqa: E402
from seep.workflow.workspace import Workspace, open_workspace  # noqa: E402
from tests.find_browser import on_the_system, playwrights_own  # noqa: E402
from tests.live import LiveApp  # noqa: E402

IMAGES = ROOT / "docs" / "images"
LIMIT_BYTES = 400_000
PAGES = ("overview", "browse", "finetune", "models", "data", "settings")
PEOPLE = ("Ana", "Jo")
JOB_LIMIT_S = 1800
GROUNDS = ((26, 27, 30), (21, 21, 23), (35, 37, 41), (56, 60, 66))
"""Colours of large areas, kept exactly."""


def main() -> None:
    """Make a demo workspace, use it as a team would, and take a picture of every page."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        app = LiveApp(Path(folder), environment={"SEEP_USER": PEOPLE[0]})
        app.cli("demo")
        workspace = open_workspace(read_settings(app.environment))
        app.start()
        try:
            wait_for_jobs(workspace)
            review(workspace)
            enqueue_finetune(workspace, FinetuneRequest(epochs=3), PEOPLE[0])
            wait_for_jobs(workspace)
            take_all(app.url)
        finally:
            app.stop()


def review(workspace: Workspace) -> None:
    """Accept the exact masks of most tiles, as two people would; leave some to do."""
    masks = workspace.store.root / "demo" / "masks"
    for number, item in enumerate(queue(workspace, None, "name")):
        if number % 4 == 3:
            continue
        author = PEOPLE[number % 3 == 0]
        head = tile_document(workspace, item.id, author)["head"]
        mask = read_mask(masks / f"{item.name}.tif")
        save_mask(workspace, item.id, mask, "accept", author, head["id"] if head else None, uuid.uuid4().hex)


def wait_for_jobs(workspace: Workspace) -> None:
    """Wait until the worker has nothing left to do."""
    until = time.monotonic() + JOB_LIMIT_S
    while any(job.state in ACTIVE for job in list_jobs(workspace)):
        if time.monotonic() > until:
            raise SystemExit("The jobs did not end; see what the worker does.")
        time.sleep(1)


def take_all(url: str) -> None:
    """Open every page in Chromium and save what it looks like."""
    path = playwrights_own() or on_the_system()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="dark")
        page.set_default_timeout(60_000)
        for name in PAGES:
            page.goto(f"{url}/{'' if name == 'overview' else name}")
            page.wait_for_selector("h1")
            take(page, name)
        page.goto(f"{url}/review?state=unreviewed&order=seep_area")
        page.wait_for_selector(".stMain canvas")
        page.locator(".queue li button").nth(4).click()  # thin slicks, which the work is about
        page.mouse.move(700, 450)
        take(page, "review")
        browser.close()


def take(page: Page, name: str) -> None:
    """Wait for plots and thumbnails, then save with as many greys as the limit allows."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(2000)
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
    page.wait_for_timeout(4000)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for greys in (160, 64, 32, 24, 16):
        packed = io.BytesIO()
        palette = Image.new("P", (1, 1))
        palette.putpalette(_palette(picture, greys))
        picture.quantize(palette=palette, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
        if packed.tell() < LIMIT_BYTES:
            break
    (IMAGES / f"{name}.png").write_bytes(packed.getvalue())
    print(f"docs/images/{name}.png, {packed.tell() // 1000} kB, {greys} greys")


def _palette(picture: Image.Image, greys: int, colours: int = 96) -> list[int]:
    """Greys for the sea, and the picture's own colours: speckle alone would take the whole palette."""
    pixels = np.asarray(picture).reshape(-1, 3).astype(np.int16)
    vivid = pixels[pixels.max(axis=1) - pixels.min(axis=1) > 12].astype(np.uint8)
    ramp = [level for grey in np.linspace(0, 255, greys) for level in [round(grey)] * 3]
    exact = [value for ground in GROUNDS for value in ground]
    if len(vivid) < colours:
        return ramp + exact
    most = colours - len(GROUNDS)
    # By spread, not by count: a class with few pixels keeps its colour.
    found = Image.fromarray(vivid[None]).quantize(most, Image.Quantize.MAXCOVERAGE).getpalette() or []
    return (ramp + exact + found)[: 3 * 256]


if __name__ == "__main__":
    main()
