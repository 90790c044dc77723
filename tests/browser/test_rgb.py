"""Images in color, three bands, in Chromium: every page opens, Review draws in color, a fine-tuning starts."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from seep.core.masks.classes import SeepClass
from seep.settings import read_settings
from seep.web.page_list import PAGES
from seep.workflow import tile_data
from seep.workflow.classes import adopt_classes
from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.jobs import list_jobs
from seep.workflow.scenes.listing import list_scenes, set_split
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.contexts import new_context
from seep_testing.live import LiveApp
from seep_testing.patience import wait_for
from seep_testing.review_tiles import Surface, brush
from tests.actors import TESTER
from tests.streets import write_street_checkpoint
from tests.workflow.making import accept, fill, never, quiet

pytestmark = pytest.mark.browser

SIDE = 128
COLORS = ((200, 40, 40), (40, 180, 40), (40, 40, 210))
"""Left, middle and right third of each image."""
CLASSES = tuple(
    SeepClass(number, name, color, key=str(number))
    for number, (name, color) in enumerate(
        (
            ("Sky", "#808080"),
            ("Road", "#804080"),
            ("Tree", "#808000"),
            ("Car", "#400080"),
            ("Sign", "#c08080"),
        )
    )
)
ADDRESSES = tuple(page.name for page in PAGES if page.name != "review")  # Review has tests of its own
Live = tuple[LiveApp, Workspace]


def write_crops(folder: Path) -> tuple[Path, Path]:
    """Six crops of three scenes in thirds of pure colors, and their masks."""
    images, masks = folder / "images", folder / "masks"
    images.mkdir()
    masks.mkdir()
    thirds = np.minimum(np.arange(SIDE) * 3 // SIDE, 2)
    picture = np.repeat(np.array(COLORS, np.uint8)[thirds][np.newaxis], SIDE, axis=0)
    mask = np.repeat((thirds == 2).astype(np.uint8)[np.newaxis], SIDE, axis=0)
    random = np.random.default_rng(0)
    for scene in ("north", "south", "test"):
        for number in range(2):
            noisy = (picture + random.integers(-9, 9, picture.shape)).astype(np.uint8)
            cv2.imwrite(str(images / f"{scene}.{number:06d}.png"), noisy[:, :, ::-1])
            cv2.imwrite(str(masks / f"{scene}.{number:06d}.png"), mask)
    return images, masks


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The app with crops in color, an active network for them, predictions, and one corrected tile."""
    folder = tmp_path_factory.mktemp("rgb")
    app = LiveApp(folder, worker=False)
    with pytest.MonkeyPatch.context() as patch:
        network = write_street_checkpoint(folder / "street.safetensors")
        patch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", network)
        workspace = open_workspace(read_settings(app.environment))
        adopt_classes(workspace, CLASSES, TESTER)
        tiles = fill(workspace, *write_crops(folder))
        for scene in list_scenes(workspace):
            set_split(workspace, scene.id, "test" if scene.name == "test" else "train", TESTER)
        predict_tiles(workspace, tiles, 1, quiet, never)
        accept(workspace, tiles[1], TESTER, stripe=2)
    app.start()
    yield app, workspace
    app.stop()


@pytest.fixture(scope="module")
def surface(live: Live, browser: Browser) -> Iterator[Surface]:
    context = new_context(browser)
    yield Surface(context.new_page(), live[0].url)
    context.close()


def opened(surface: Surface, address: str) -> Page:
    surface.page.goto(f"{surface.url}/{address}")
    expect(surface.page.locator("h1").first).to_be_visible()
    return surface.page


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_opens_without_an_error(surface: Surface, address: str) -> None:
    page = opened(surface, address)
    expect(page.get_by_test_id("stStatusWidget")).to_be_hidden()
    assert page.get_by_test_id("stException").count() == 0
    assert page.locator("[data-testid=stAlertContentError]").count() == 0


def shown_color(surface: Surface, x: float, y: float) -> list[int]:
    """Red, green and blue of a pixel of the image on the screen."""
    left, top = surface.screen(x, y)
    shot = surface.page.screenshot(clip={"x": left, "y": top, "width": 1, "height": 1})
    pixel = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)
    return [int(value) for value in pixel[0, 0][::-1]]


def test_review_shows_the_three_bands_in_color(surface: Surface) -> None:
    surface.open(1)
    surface.press("h")
    surface.wait_drawn()
    for index, x in enumerate((20, 64)):
        color = shown_color(surface, x, 100)
        assert int(np.argmax(color)) == index, color
        assert max(color) - min(color) > 60


def test_a_stroke_is_kept_as_painted(live: Live, surface: Surface) -> None:
    surface.open(1)
    expected = np.zeros((SIDE, SIDE), np.uint8)
    expected[:, np.arange(SIDE) * 3 // SIDE >= 2] = 1
    surface.press("3")
    surface.drag((20, 60), (70, 75))
    expected[brush(SIDE, (20, 60), (70, 75), 8)] = 3
    surface.wait("saved", "clean")
    np.testing.assert_array_equal(tile_data.draft_mask(live[1], 1, TESTER), expected)


def test_a_fine_tuning_starts_from_the_form(live: Live, surface: Surface) -> None:
    page = opened(surface, "finetune")
    page.get_by_role("button", name="Start fine-tuning").click()
    wait_for(
        "the queued run",
        lambda: [job.state for job in list_jobs(live[1]) if job.kind == "finetune"],
        lambda: page.wait_for_timeout(100),
    )
    assert [job.state for job in list_jobs(live[1]) if job.kind == "finetune"] == ["queued"]
    assert page.get_by_test_id("stException").count() == 0
