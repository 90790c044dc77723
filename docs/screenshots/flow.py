"""The way through the queue: notes, sure slicks, conflicts, what comes back, keys, many tiles at once."""

import uuid

import numpy as np
from playwright.sync_api import Page

from docs.screenshots.camera import Camera
from docs.screenshots.staging import tile_called
from seep.workflow.actor import Actor
from seep.workflow.review.revisions import save_mask
from seep.workflow.review.tile_document import tile_document
from seep.workflow.workspace import Workspace

SURE, NOTED, RECOVERED, CONTESTED = (f"demo-{scene}.000003" for scene in ("03", "14", "12", "13"))
LAST = ("demo-10.000003", "demo-15.000003")


def take_flow(camera: Camera, workspace: Workspace) -> None:
    """Take what helps on the way through the queue."""
    sure(camera, workspace)
    keys(camera)
    note(camera, workspace)
    recovered(camera, workspace)
    conflict(camera, workspace)
    done(camera, workspace)
    bulk(camera)


def sure(camera: Camera, workspace: Workspace) -> None:
    """The slider that takes the model's sure slicks, and a slick chosen from the table."""
    camera.surface.open(tile_called(workspace, SURE))
    camera.settle()
    slider = camera.page.locator(".sure input")
    slider.focus()
    for _ in range(60):
        camera.page.keyboard.press("ArrowRight")
    camera.page.mouse.move(*camera.surface.screen(128, 200))
    camera.take("review-sure", 700)
    camera.surface.press("Escape")
    camera.page.locator(".review").focus()
    camera.surface.press("Control+z")


def keys(camera: Camera) -> None:
    """The key sheet of Review, and the table on Settings."""
    camera.surface.press("?")
    camera.take("review-keys")
    camera.surface.press("Escape")


def note(camera: Camera, workspace: Workspace) -> None:
    """A line for why a tile is flagged, then the note beside its state."""
    camera.surface.open(tile_called(workspace, NOTED))
    camera.settle()
    camera.surface.press("Shift+F")
    camera.page.keyboard.type("Is the lower edge oil, or a calm under the front?")
    camera.take("review-note")
    camera.page.keyboard.press("Escape")


def recovered(camera: Camera, workspace: Workspace) -> None:
    """Painted, and the page loaded again before the draft was sent."""
    surface = camera.surface
    surface.open(tile_called(workspace, RECOVERED))
    camera.settle()
    surface.press("b", "2")
    surface.drag((40, 60), (90, 80), steps=5)
    surface.drag((90, 120), (150, 130), steps=5)
    camera.page.reload()
    camera.page.wait_for_selector(".notice:not([hidden])")
    camera.take("review-recovered", 1500)
    surface.press("Control+z", "Control+z")
    surface.wait("saved", "clean")


def conflict(camera: Camera, workspace: Workspace) -> None:
    """Somebody else saved while the tile was open."""
    surface, tile = camera.surface, tile_called(workspace, CONTESTED)
    surface.open(tile)
    camera.settle()
    surface.press("b", "2")
    surface.drag((40, 60), (90, 80), steps=5)
    head = tile_document(workspace, tile, Actor("Jo", "admin"))["head"]
    mask = np.zeros((256, 256), np.uint8)
    mask[100:108, 60:180] = 1
    save_mask(
        workspace,
        tile,
        mask,
        "save",
        actor=Actor("Jo", "admin"),
        base_revision_id=head["id"] if head else None,
        request_id=uuid.uuid4().hex,
    )
    surface.press("Control+s")
    camera.page.wait_for_selector(".conflict:not([hidden])")
    camera.take("review-conflict", 800)
    camera.page.locator(".conflict").get_by_role("button", name="Keep theirs").click()
    surface.wait("saved", "clean")


def done(camera: Camera, workspace: Workspace) -> None:
    """A queue of two tiles, both accepted: the sum of the session."""
    ids = [str(tile_called(workspace, name)) for name in LAST]
    camera.page.goto(f"{camera.url}/review?tiles={','.join(ids)}")
    for tile in ids:
        camera.surface.wait("painted", tile)
        camera.page.wait_for_timeout(300)
        camera.surface.press("Control+Enter")
    camera.surface.wait("stage", "done")
    camera.take("review-done", 2500)


def bulk(camera: Camera) -> None:
    """Tiles that the model is sure of: found, then accepted together."""
    page: Page = camera.page
    camera.go("browse")
    page.get_by_role("button", name="Find high-confidence tiles").click()
    page.get_by_role("dialog").wait_for()
    camera.settle()
    camera.take("bulk-find", 1200)
    page.get_by_role("button", name="Select tiles").click()
    page.get_by_role("button", name="Accept tiles").click()
    page.get_by_role("dialog").wait_for()
    camera.take("bulk-accept", 1200)
