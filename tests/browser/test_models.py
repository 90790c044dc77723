"""The Models page in Chromium: the tree, two versions compared, the swipe, files out and in, measuring."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Browser, Locator, Page, expect

from seep.core.acquisition import OrderValues
from seep.core.import_options import ImportOptions
from seep.core.masks.mask import encode_mask
from seep.core.records import NewPrediction, TileFilter
from seep.jobs.worker import Worker
from seep.store import predictions, tile_queries
from seep.workflow.imports.importer import import_folder
from seep.workflow.models.promotion import drop
from seep.workflow.models.registry import list_models
from seep.workflow.workspace import MASK_SUFFIX, Workspace, install_checkpoint
from tests.actors import TESTER
from tests.browser.served import Live, one_page, served
from tests.pages.test_finetune import finish
from tests.workflow.making import make_checkpoint, make_tile

pytestmark = pytest.mark.browser

ODD = "<i>odd<|i>"


def predict(workspace: Workspace, checkpoint: int, *boxes: tuple[int, int, int, int]) -> None:
    """Squares of class 1 on every test tile: rows from, to, columns from, to."""
    mask = np.zeros((64, 64), np.uint8)
    for top, bottom, left, right in boxes:
        mask[top:bottom, left:right] = 1
    sha = workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)
    values = OrderValues(0.5, 0.5, 0.5)
    with workspace.store.transaction() as session:
        tiles = tile_queries.list_tiles(session, TileFilter(split="test"), limit=None)
        rows = [NewPrediction(one.id, sha, None, values, {1: int(mask.sum())}) for one in tiles]
        predictions.add_predictions(session, checkpoint, rows)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Four scenes of two tiles with masks; the shipped model and two small ones."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "images").mkdir()
    (folder / "masks").mkdir()
    for number, name in enumerate(f"{scene}.{tile:06d}" for scene in "abcd" for tile in (1, 2)):
        image, mask = make_tile(number)
        tifffile.imwrite(folder / "images" / f"{name}.tif", image)
        tifffile.imwrite(folder / "masks" / f"{name}.tif", mask)
    yield from served(folder, lambda workspace: fill(workspace, folder))


def fill(workspace: Workspace, folder: Path) -> None:
    import_folder(workspace, folder / "images", folder / "masks", ImportOptions(), TESTER)
    for seed, name in enumerate(("first", ODD)):
        path = make_checkpoint(folder / f"{seed}.safetensors", seed=seed, name=name)
        install_checkpoint(workspace, path, TESTER)
    predict(workspace, 2, (10, 20, 10, 30))
    predict(workspace, 3, (10, 20, 10, 33), (40, 50, 40, 60))


@pytest.fixture(scope="module")
def page(live: Live, browser: Browser) -> Iterator[Page]:
    """One page for the tests here, which go on from each other's end."""
    yield from one_page(browser)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=name)


def test_versions_are_chosen_by_click_tick_and_keys_and_stand_in_the_address(live: Live, page: Page) -> None:
    page.goto(f"{live[0].url}/models")
    expect(row(page, ODD)).to_be_visible()
    row(page, "first").click()
    expect(page).to_have_url(f"{live[0].url}/models?versions=2")
    expect(page.get_by_role("heading", name="first")).to_be_visible()
    row(page, ODD).get_by_role("checkbox").click()
    expect(page.get_by_role("heading", name=f"first and {ODD}")).to_be_visible()
    expect(row(page, ODD)).to_have_attribute("aria-selected", "true")
    row(page, "first").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="first", exact=True)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name=f"first and {ODD}")).to_be_visible()


def test_slicks_that_changed_are_swiped_and_lead_to_review(live: Live, page: Page) -> None:
    page.goto(f"{live[0].url}/models?versions=2,3")
    cards = page.locator(".card")
    expect(cards).to_have_count(4)  # on two tiles, one gained and one grown
    expect(cards.first).to_contain_text("Gained 200 px")
    expect(cards.last).to_contain_text("Changed 30 px")
    pictures = cards.first.locator("img")
    expect(pictures).to_have_count(2)
    for place in (0, 1):
        expect(pictures.nth(place)).to_have_js_property("complete", True)
        assert pictures.nth(place).evaluate("image => image.naturalWidth") >= 64
    cards.first.click()
    stage, above = page.locator(".stage"), page.locator(".stage img").nth(1)
    expect(above).to_have_attribute("style", "clip-path: inset(0px 50% 0px 0px);")
    page.keyboard.press("ArrowRight")
    expect(above).to_have_attribute("style", "clip-path: inset(0px 45% 0px 0px);")
    box = stage.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 40)
    expect(above).to_have_attribute("style", "clip-path: inset(0px 75% 0px 0px);")
    truth = page.locator(".stage img").last
    expect(truth).to_be_hidden()
    page.keyboard.press("t")
    expect(truth).to_be_visible()
    page.keyboard.press(".")
    expect(page.locator(".side")).to_contain_text("2 of 4")
    page.keyboard.press("Escape")
    expect(page.locator(".large")).to_be_hidden()
    cards.first.click()
    page.get_by_role("button", name="Open in Review").click()
    page.wait_for_url("**/review?tile=*")


def test_a_version_goes_out_as_it_is_and_comes_in_by_upload(live: Live, page: Page, tmp_path: Path) -> None:
    app, workspace = live
    page.goto(f"{app.url}/models?versions=2")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download weights and card").click()
    sent = tmp_path / download.value.suggested_filename
    download.value.save_as(sent)
    assert sent.name == "first.safetensors"
    assert sent.read_bytes() == (app.workspace.parent / "0.safetensors").read_bytes()
    page.keyboard.press("Escape")
    other = make_checkpoint(tmp_path / "other.safetensors", seed=8, name="other")
    page.get_by_role("button", name="Import").click()
    page.locator('input[type="file"]').set_input_files(other)
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Import", exact=True).click()
    expect(row(page, "other")).to_contain_text("candidate")
    assert {one.name: one.author for one in list_models(workspace)}["other"] == "tester"


def test_worker_evaluates_a_model_and_the_worst_tiles_are_shown(live: Live, page: Page) -> None:
    app, workspace = live
    page.goto(f"{app.url}/models?versions=3")
    page.locator(".st-key-evaluate button").click()
    expect(page.locator(".st-key-cancel-evaluation button")).to_be_visible()
    assert Worker(workspace).run_one()
    expect(page.get_by_text(re.compile("Evaluated .* by tester"))).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(5)
    expect(page.locator(".card").first).to_contain_text("IoU")
    page.locator(".st-key-view-3 button").last.click()
    expect(page.get_by_role("cell", name="promoted").first).to_be_visible()


def test_finetune_follows_a_decision_that_was_made_elsewhere(live: Live, page: Page) -> None:
    app, workspace = live
    made = finish(workspace, name="tuned")
    page.goto(f"{app.url}/finetune")
    offered = page.get_by_role("button", name="Drop tuned")
    expect(offered).to_be_visible()
    drop(workspace, made, TESTER)
    expect(offered).to_have_count(0)
    expect(page.get_by_role("button", name="Promote tuned")).to_have_count(0)
