"""Pictures of every page for a look at the design: both sizes, both themes, also from another checkout.

    python -m docs.screenshots.compare IMAGES MASKS --before CHECKOUT --out FOLDER

Fills one workspace with the tiles as `benchmarks.pages` does and serves a copy from each checkout. The pictures
are FOLDER/PAGE-WIDTHxHEIGHT-THEME-before.png and -after.png.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.pages import stage
from seep_testing.contexts import CHROMIUM_ARGUMENTS
from seep_testing.find_browser import find
from seep_testing.live import ROOT, LiveApp

SIZES = ((1440, 900), (1280, 720))
THEMES = ("light", "dark")
PAGES = {
    "overview": "",
    "browse": "browse",
    "scenes": "scene",
    "review": "review",
    "finetune": "finetune",
    "finetune-runs": "finetune?view=All+runs",
    "models": "models",
    "models-pair": "models?versions=1,2",
    "data": "data",
    "data-export": "data?view=Export",
    "settings": "settings",
    "settings-splits": "settings?view=Splits+and+quality+sample",
    "settings-keys": "settings?view=Keyboard+shortcuts",
    "guide": "guide",
}
"""Addresses by the name of the picture; a checkout without a page or tab shows what it has there."""
LOADING = "[data-testid=stSkeleton], [data-stale=true]"


def main() -> None:
    """Read the arguments, stage, and take the pictures of each checkout."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--before", type=Path, help="another checkout, with its environment in .venv")
    parser.add_argument("--workspace", type=Path, help="keep the staged workspace in this folder, and use it")
    arguments = parser.parse_args()
    checkouts = {"before": arguments.before.resolve()} if arguments.before else {}
    checkouts["after"] = ROOT
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = find()  # it asks Playwright, so before Playwright is in use here
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        staged = arguments.workspace or Path(scratch) / "staged"
        if not staged.exists():
            stage(checkouts.get("before", ROOT), staged, arguments.images, arguments.masks)
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        for name, checkout in checkouts.items():
            folder = Path(scratch) / name
            shutil.copytree(staged / "workspace", folder / "workspace")
            app = LiveApp(folder, worker=False, root=checkout)
            app.start()
            try:
                take(browser, app.url, arguments.out, name)
            finally:
                app.stop()
        browser.close()


def take(browser: Browser, url: str, out: Path, name: str) -> None:
    """Take every page in both sizes and themes."""
    for width, height in SIZES:
        for theme in THEMES:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="light" if theme == "light" else "dark",
                reduced_motion="reduce",
            )
            page = context.new_page()
            page.set_default_timeout(60_000)
            for picture, address in PAGES.items():
                page.goto(f"{url}/{address}")
                settle(page)
                page.screenshot(path=out / f"{picture}-{width}x{height}-{theme}-{name}.png")
                print(f"{picture}, {width} x {height}, {theme}, {name}", file=sys.stderr, flush=True)
            context.close()


def settle(page: Page) -> None:
    """Wait until the page is drawn and nothing loads or fades."""
    page.locator(".stMain h1, .stMain canvas").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_function(f"!document.querySelector('{LOADING}')")
    page.wait_for_timeout(1200)


if __name__ == "__main__":
    main()
