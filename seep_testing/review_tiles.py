"""A workspace for the canvas: a few tiles with known pixels and known predictions, no model needed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from playwright.sync_api import Browser, Locator, Page

from seep.core.acquisition import OrderValues
from seep.core.import_options import ImportOptions
from seep.core.masks.mask import Mask, encode_mask
from seep.core.records import NewPrediction, TileFilter
from seep.errors import MissingError
from seep.settings import read_settings
from seep.store import checkpoints, predictions, tile_queries
from seep.workflow import tile_data
from seep.workflow.imports.importer import import_folder
from seep.workflow.review.quality_sample import set_quality_sample_share
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, Workspace, open_workspace
from seep_testing.contexts import new_context
from seep_testing.live import TESTER, LiveApp
from seep_testing.patience import wait_for


def speckle(side: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.gamma(4.0, 2000.0, (side, side)) + 1).clip(1, 65535).astype(np.uint16)


def predicted(side: int, number: int) -> Mask:
    """A rectangle of class 1 or 2 whose place depends on the number."""
    mask = np.zeros((side, side), np.uint8)
    mask[8 : 8 + side // 4, 8 + number : 8 + number + side // 3] = 1 + number % 2
    return mask


def make_workspace(root: Path, count: int = 12, side: int = 128) -> Workspace:
    """Import `count` tiles of `side` px in two scenes, all predicted by a checkpoint without weights."""
    images = root / "images"
    images.mkdir(parents=True)
    for number in range(count):
        tifffile.imwrite(images / f"scene{number % 2}.{number:03d}.tif", speckle(side, number))
    settings = read_settings({"SEEP_WORKSPACE": str(root / "workspace"), "SEEP_USER": "tester"})
    workspace = open_workspace(settings)
    import_folder(workspace, images, None, ImportOptions(nodata=0), TESTER)
    set_quality_sample_share(workspace, 0, TESTER)  # the queue is then in the order of its values throughout
    files = workspace.store.files
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, TileFilter(), order="name", limit=count)
    rows = []
    for tile in tiles:
        mask = predicted(side, tile.number)
        sha = files.put(encode_mask(mask), MASK_SUFFIX)
        rows.append(NewPrediction(tile.id, sha, sha, OrderValues(1 - tile.id / 100), class_areas(mask)))
    weights = files.put(b"no weights", ".safetensors")
    with workspace.store.transaction() as session:
        checkpoint = checkpoints.add_checkpoint(
            session, name="by-hand", parent_id=None, run_id=None, weights_sha256=weights,
            card={"name": "by-hand"}, author="tester",
        )  # fmt: skip
        checkpoints.promote(session, checkpoint.id, "tester")
        predictions.add_predictions(session, checkpoint.id, rows)
    return workspace


@dataclass
class Surface:
    """Drives the Review surface of one page, in pixels of the image."""

    page: Page
    url: str
    person: str = ""
    app: LiveApp | None = None

    def sign_in(self, person: str = "tester") -> None:
        """Act as this person from now on, in all pages of the browser's profile; needs `app` where people sign in."""
        assert self.app or person == "tester", "this app has one person"
        if self.app and person != self.person:
            self.page.context.add_cookies([self.app.sign_in(person)])  # type: ignore[list-item]
        self.person = person

    def open(self, tile: int, person: str = "tester") -> None:
        """Go to the tile's address."""
        self.sign_in(person)
        self.page.goto(f"{self.url}/review?tile={tile}")
        self.wait("painted", str(tile))

    def pick(self, tile: int) -> None:
        """Choose the tile in the queue, without loading the page again if it is loaded."""
        if self.person != "tester" or not self.page.url.startswith(f"{self.url}/review"):
            self.open(tile)
        self.page.locator(f'.queue li[data-id="{tile}"] > button').click()
        self.wait("painted", str(tile))

    def wait(self, name: str, value: str) -> None:
        self.page.wait_for_selector(f'.review[data-{name}="{value}"]', state="attached")

    def read(self, name: str) -> str:
        return self.page.locator(".review").get_attribute(f"data-{name}") or ""

    def notice(self, kind: str) -> Locator:
        """The notice of a tile that holds a message of this kind."""
        return self.page.locator(f'.notice[data-message~="{kind}"]')

    def until(self, read: Callable[[], str], value: str, *, unlike: bool = False) -> None:
        """Wait until what is read is the value, or another one."""
        self.wait_for(
            f"{'another than' if unlike else ''} {value[:200]}", lambda: (read() == value) is not unlike
        )

    def wait_for(self, what: str, reached: Callable[[], object]) -> None:
        """Wait until something is so, while the page's events go on."""
        wait_for(what, reached, lambda: self.page.wait_for_timeout(50))

    def wait_drawn(self) -> None:
        """Wait until what was done last is on the screen, over as many frames as that takes."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.wait("drawn", "all")

    def screen(self, x: float, y: float) -> tuple[float, float]:
        box = self.page.locator(".stage > canvas:not(.minimap)").bounding_box()
        assert box is not None
        scale, left, top = (float(part) for part in self.read("view").split(","))
        return box["x"] + left + x * scale, box["y"] + top + y * scale

    def drag(self, *points: tuple[float, float], button: str = "left", steps: int = 1) -> None:
        self.page.mouse.move(*self.screen(*points[0]))
        self.page.mouse.down(button=button)  # type: ignore[arg-type]
        for point in points[1:]:
            self.page.mouse.move(*self.screen(*point), steps=steps)
        self.page.mouse.up(button=button)  # type: ignore[arg-type]

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


def is_draft(workspace: Workspace, mask: np.ndarray, tile: int = 1) -> bool:
    """Tell whether the server holds this mask as the tester's draft."""
    try:
        return np.array_equal(tile_data.draft_mask(workspace, tile, TESTER), mask)
    except MissingError:
        return False


@contextmanager
def running(folder: Path, auth: str = "none") -> Iterator[LiveApp]:
    """The app on the workspace of a folder, without a worker, for as long as the block lasts."""
    app = LiveApp(folder, worker=False, environment={"SEEP_AUTH": auth})
    app.start()
    yield app
    app.stop()


@contextmanager
def surface_on(
    browser: Browser, url: str, *, has_touch: bool = False, app: LiveApp | None = None
) -> Iterator[Surface]:
    """One page for all tests of a module, since loading it is what takes the time."""
    context = new_context(browser, has_touch=has_touch)
    surface = Surface(context.new_page(), url, app=app)
    surface.sign_in()
    yield surface
    context.close()


def brush(side: int, start: tuple[float, float], end: tuple[float, float], size: int) -> np.ndarray:
    """The pixels that a round brush covers from point to point, by the definition: (side, side) bool."""
    shift = 0.5 if size % 2 else 0.0
    (ax, ay), (bx, by) = (np.floor(np.add(point, 0.5 - shift)) + shift for point in (start, end))
    y, x = np.mgrid[:side, :side] + 0.5
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0, 1) if length else 0.0
    near = (x - ax - along * (bx - ax)) ** 2 + (y - ay - along * (by - ay)) ** 2
    return np.asarray(near <= (size / 2) ** 2 + 1e-9)
