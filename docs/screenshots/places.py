"""The Sites page with a site and its contact sheet, and a pass in the strip of Review."""

from docs.screenshots.camera import Camera
from docs.screenshots.slicks import tile_of_two_slicks
from docs.screenshots.staging import tile_called
from seep.workflow.workspace import Workspace

PLACE = "Demo place 1"


def take_places(camera: Camera, workspace: Workspace) -> None:
    """Take the place as a whole, its first site, and another pass of a tile on Review."""
    page = camera.page
    camera.go(f"sites?place={PLACE}")
    rows = page.locator(".site-map[data-place] tbody tr")
    rows.first.wait_for()
    camera.settle()
    camera.take("sites", 1500)
    rows.first.locator("td.rate").click()
    page.locator(".sheet figure").first.wait_for()
    camera.settle()
    camera.take("sites-sheet", 2500)
    camera.surface.open(tile_called(workspace, tile_of_two_slicks(workspace)))
    camera.settle()
    page.locator(".stage > canvas").first.focus()
    page.keyboard.press(".")
    page.locator(".badge:visible").wait_for()
    camera.take("review-passes", 1200)
    page.keyboard.press("Escape")
