"""The Data page in Chromium: files are dropped, looked at, imported, reported; refused with reasons."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Browser, Locator, Page, Route, expect

from seep.settings import read_settings
from seep.workflow import uploads
from seep.workflow.review.queue import count
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.contexts import new_context
from seep_testing.dropping import drop
from seep_testing.live import LiveApp

pytestmark = pytest.mark.browser

SIDE = 48
ODD_NAME = "<img src=x onerror=alert(1)>.000001"
LIMITS = {"SEEP_UPLOAD_FILE_MB": "1", "SEEP_UPLOAD_TOTAL_MB": "3"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    app = LiveApp(tmp_path_factory.mktemp("data"), worker=False, environment=LIMITS)
    app.start()
    yield app
    app.stop()


@pytest.fixture(scope="module")
def workspace(live: LiveApp) -> Workspace:
    return open_workspace(read_settings(live.environment))


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One page for all tests here, since making it is what takes the time."""
    context = new_context(browser)
    yield context.new_page()
    context.close()


@pytest.fixture
def data(live: LiveApp, page: Page) -> Page:
    """The Data page, loaded anew: another session, and an upload of its own."""
    page.goto(f"{live.url}/data")
    expect(page.locator(".zone")).to_have_count(2)
    return page


def image(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(1, 60_000, (SIDE, SIDE), dtype=np.uint16)
    return encoded(pixels)


def mask(value: int) -> bytes:
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    pixels[10:20, 5:40] = value
    return encoded(pixels)


def encoded(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels)
    return buffer.getvalue()


def hold_uploads(page: Page) -> list[Route]:
    """Leave uploads unanswered; returns them as they come."""
    held: list[Route] = []

    def hold(route: Route) -> None:  # not the list's own method: Playwright marks what it calls
        held.append(route)

    page.route("**/seep/uploads?*", hold)
    return held


def expect_ready(page: Page, count: int) -> None:
    """Wait until so many files were uploaded and none is being sent."""
    expect(page.locator('.upload[data-sending="false"]')).to_be_visible()
    expect(page.get_by_test_id("upload-status")).to_have_attribute("data-ready", str(count))


def press_import(page: Page) -> None:
    page.get_by_role("button", name="Import files", exact=True).click()
    expect_ready(page, 0)
    expect(metric(page, "Duration")).to_be_visible()


def metric(page: Page, label: str) -> Locator:
    return page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))


def test_dropped_files_are_looked_at_imported_and_reported(data: Page, workspace: Workspace) -> None:
    names = ["north.000001", "north.000002", ODD_NAME]
    drop(data, "images", {f"{name}.tif": image(n) for n, name in enumerate(names)} | {"notes.tif": b"hello"})
    expect_ready(data, 4)
    drop(data, "masks", {f"{name}.tif": mask(2) for name in names[:2]})
    expect_ready(data, 6)
    expect(data.get_by_text("2 of 4 images have a mask")).to_be_visible()
    expect(data.get_by_text(f"{SIDE} x {SIDE} px")).to_be_visible()
    press_import(data)
    expect(metric(data, "Imported")).to_contain_text("3")
    expect(metric(data, "Refused")).to_contain_text("1")
    expect(data.get_by_text("notes.tif")).to_be_visible()
    assert data.locator("img[src=x]").count() == 0
    assert count(workspace) == 3
    assert uploads.total_upload_bytes(workspace) == 0


def test_a_folder_sorts_itself_into_images_and_masks(
    data: Page, workspace: Workspace, tmp_path: Path
) -> None:
    before = count(workspace)
    for name, content in {
        "images/east.1.tif": image(7),
        "masks/east.1.tif": mask(1),
        ".DS_Store": b"x",
    }.items():
        path = tmp_path / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    data.get_by_label("Folder of images").set_input_files(tmp_path / "set")
    expect_ready(data, 2)
    expect(data.get_by_text("1 of 1 images have a mask")).to_be_visible()
    press_import(data)
    assert count(workspace) == before + 1


def test_a_zip_is_unpacked_and_a_hostile_one_refused(data: Page, workspace: Workspace) -> None:
    before = count(workspace)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("set/south.1.tif", image(8))
        archive.writestr("set/south.2.tif", image(9))
    hostile = io.BytesIO()
    with zipfile.ZipFile(hostile, "w") as archive:
        archive.writestr("../../evil.tif", b"x")
    drop(data, "images", {"set.zip": buffer.getvalue(), "slip.zip": hostile.getvalue()})
    expect_ready(data, 2)
    expect(data.locator(".refused")).to_contain_text("leads out of the folder")
    press_import(data)
    assert count(workspace) == before + 2
    assert not list(workspace.settings.workspace.parent.rglob("evil*"))


def test_files_over_the_limits_are_refused_in_a_sentence(data: Page, workspace: Workspace) -> None:
    drop(data, "images", {"big.tif": bytes(2**20 + 1)})
    expect(data.locator(".refused")).to_contain_text("the maximum is 1.0")
    for number in range(4):
        drop(data, "images", {f"full{number}.tif": bytes(900_000)})
        expect(data.locator('.upload[data-sending="false"]')).to_be_visible()
    expect(data.locator(".refused")).to_contain_text("limit of 3 MB for all uploads")
    expect_ready(data, 3)
    data.get_by_role("button", name="Remove all").click()
    expect_ready(data, 0)
    assert uploads.total_upload_bytes(workspace) == 0


def test_an_upload_can_be_canceled_and_leaves_nothing_half(data: Page, workspace: Workspace) -> None:
    held = hold_uploads(data)
    drop(data, "images", {f"slow.{number}.tif": image(number) for number in range(5)})
    expect(data.get_by_text("0 of 5 files")).to_be_visible()
    data.get_by_role("button", name="Cancel", exact=True).click()
    expect_ready(data, 0)
    for route in held:
        route.abort()
    data.unroute("**/seep/uploads?*")
    assert uploads.total_upload_bytes(workspace) == 0


def test_uploads_go_on_while_another_page_is_shown(data: Page) -> None:
    held = hold_uploads(data)
    drop(data, "images", {"west.1.tif": image(11)})
    expect(data.get_by_text("0 of 1 files")).to_be_visible()
    data.get_by_role("link", name="Settings").click()
    expect(data.get_by_role("heading", name="Settings")).to_be_visible()
    held[0].continue_()
    data.unroute("**/seep/uploads?*")
    data.get_by_role("link", name="Data").click()
    expect_ready(data, 1)
    data.get_by_role("button", name="Remove all").click()
    expect_ready(data, 0)
