"""Takes one picture: waits until nothing moves, then keeps it small."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from seep_testing.review_tiles import Surface

IMAGES = Path(__file__).resolve().parents[1] / "images"
LIMIT_BYTES = 300_000
SIZE = {"width": 1440, "height": 900}
SITES_MS = 1500
"""Review asks for the sites of a tile this much later than for its passes, at most."""
GROUNDS = ((26, 27, 30), (21, 21, 23), (35, 37, 41), (56, 60, 66))
"""Colors of large areas, kept exactly."""


@dataclass
class Camera:
    """A page of the app, and where its pictures go.

    Attributes:
        page: in Chromium.
        url: of the app.
        folder: where pictures are kept.
    """

    page: Page
    url: str
    folder: Path = IMAGES

    @property
    def surface(self) -> Surface:
        """The Review canvas of the page, in pixels of the image."""
        return Surface(self.page, self.url)

    def go(self, address: str) -> None:
        """Open a page of the app and wait until Streamlit has drawn it."""
        self.page.goto(f"{self.url}/{address}")
        self.page.wait_for_selector(".stMain h1, .stMain canvas")
        self.settle()

    def settle(self) -> None:
        """Wait for plots, thumbnails and skeletons."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(700)
        self.page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
        self.page.wait_for_timeout(300)
        self._wait_for_passes()

    def _wait_for_passes(self) -> None:
        """Wait until the pass strip of Review has its pictures and its sites, or is hidden."""
        strip = self.page.locator(".review .passes:not(.closed):visible")
        while strip.count() and not strip.locator("li").count():  # a tile without other passes hides it
            self.page.wait_for_timeout(100)
        if not strip.count():
            return
        strip.locator("li:not([data-drawn])").first.wait_for(state="detached")
        self.page.wait_for_timeout(SITES_MS)
        self.page.wait_for_load_state("networkidle")

    def take(self, name: str, wait_ms: int = 350) -> None:
        """Save what the page looks like now, with as many grays as the limit allows.

        Args:
            name: of the file in docs/images, without suffix.
            wait_ms: milliseconds to wait first, for what fades in.
        """
        self.page.wait_for_timeout(wait_ms)
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        self.folder.mkdir(parents=True, exist_ok=True)
        packed = pack(picture)
        (self.folder / f"{name}.png").write_bytes(packed)
        print(f"{name}.png, {len(packed) // 1000} kB", flush=True)


def pack(picture: Image.Image) -> bytes:
    """Encode a picture as a PNG of at most 256 colors, with fewer grays while it is above the limit."""
    for grays in (128, 64, 32, 24, 16):
        packed = io.BytesIO()
        palette = Image.new("P", (1, 1))
        palette.putpalette(_palette(picture, grays))
        picture.quantize(palette=palette, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
        if packed.tell() < LIMIT_BYTES:
            break
    return packed.getvalue()


def _palette(picture: Image.Image, grays: int, colors: int = 128) -> list[int]:
    """Grays for the sea, and the picture's own colors: speckle alone would take the whole palette."""
    pixels = np.asarray(picture).reshape(-1, 3).astype(np.int16)
    vivid = pixels[pixels.max(axis=1) - pixels.min(axis=1) > 12].astype(np.uint8)
    ramp = [level for gray in np.linspace(0, 255, grays) for level in [round(gray)] * 3]
    exact = [value for ground in GROUNDS for value in ground]
    if len(vivid) < colors:
        return ramp + exact
    most = colors - len(GROUNDS)
    # By spread, not by count: a class with few pixels keeps its color.
    found = Image.fromarray(vivid[None]).quantize(most, Image.Quantize.MAXCOVERAGE).getpalette() or []
    return (ramp + exact + found)[: 3 * 256]
