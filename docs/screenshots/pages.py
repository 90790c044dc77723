"""The pages around Review: data in and out, scenes as maps, and one picture of each other page."""

import io

import numpy as np
import tifffile
from playwright.sync_api import Page

from docs.screenshots.camera import Camera
from docs.screenshots.staging import LARGE, wait_for_jobs
from seep.core.synthesis.scene import synthesize_scene
from seep.workflow.workspace import Workspace
from seep_testing.dropping import drop

PAGES = ("overview", "browse", "finetune", "settings")


def take_pages(camera: Camera, workspace: Workspace) -> None:
    """Take the pages that need no hand, and the table of keys, once the fine-tuning is through."""
    wait_for_jobs(workspace)
    for name in PAGES:
        camera.go("" if name == "overview" else name)
        camera.take(name, 1200)
    camera.go("settings?person=Ana&view=Keyboard+shortcuts")
    camera.take("settings-keys", 1200)


def take_data(camera: Camera) -> None:
    """Drop files, look at what was found, import them, read the report; then the export."""
    page = camera.page
    camera.go("data")
    camera.take("data", 800)
    drop(page, "images", _images("inlet", 6) | {"notes.tif": b"no image"})
    drop(page, "masks", _masks("inlet", 4))
    page.get_by_test_id("upload-status").and_(page.locator('[data-ready="11"]')).wait_for()
    page.get_by_text("4 of 7 images have a mask").wait_for()
    camera.settle()
    camera.take("data-found", 800)
    page.get_by_role("button", name="Import files", exact=True).click()
    page.get_by_test_id("stMetric").filter(has_text="Duration").wait_for()
    camera.settle()
    camera.take("data-report", 800)
    export(camera)


def export(camera: Camera) -> None:
    """The export's form, with a format that knows places."""
    page = camera.page
    page.get_by_role("tab", name="Export").click()
    page.get_by_role("combobox", name="Format").first.click()
    page.get_by_role("option", name="GeoJSON", exact=False).first.click()
    camera.settle()
    camera.take("data-export", 800)


def take_scenes(camera: Camera) -> None:
    """The map of a large image from afar and from near, with its layers; then a grid of files."""
    page = camera.page
    camera.go(f"scene?scene={LARGE}")
    _settled(page)
    page.mouse.move(640, 480)
    camera.take("scene", 1500)
    page.locator('[data-layer="minimum"]').click()
    _settled(page)
    camera.take("scene-thin-slicks", 800)
    page.get_by_label("Tile states").uncheck()
    page.mouse.move(570, 260)
    for _ in range(3):
        page.mouse.wheel(0, -240)
        page.wait_for_timeout(80)
    _settled(page)
    camera.take("scene-near", 1200)
    page.get_by_label("Tile states").check()
    page.get_by_role("button", name="Image", exact=True).click()
    camera.go("scene?scene=demo-05")
    _settled(page)
    page.mouse.move(640, 400)
    camera.take("scene-grid", 1200)


def _settled(page: Page) -> None:
    page.wait_for_selector('.scene-map .stage[data-settled="true"]')


def _images(scene: str, count: int) -> dict[str, bytes]:
    return _files(scene, synthesize_scene(41, 256, 256 * 6).image, count)


def _masks(scene: str, count: int) -> dict[str, bytes]:
    return _files(scene, synthesize_scene(41, 256, 256 * 6).mask, count)


def _files(scene: str, whole: np.ndarray, count: int) -> dict[str, bytes]:
    """Cut a row of tiles of 256 px from the left of a scene."""
    files = {}
    for number in range(count):
        content = io.BytesIO()
        tifffile.imwrite(content, np.ascontiguousarray(whole[:, number * 256 : (number + 1) * 256]))
        files[f"{scene}.{number:06d}.tif"] = content.getvalue()
    return files
