"""Ways to look at a tile on Review."""

from docs.screenshots.camera import Camera
from docs.screenshots.slicks import Point, demo_slicks, tile_of_two_slicks
from docs.screenshots.staging import BANDED, tile_called
from seep.workflow.workspace import Workspace

CORRECTED = "demo-05.000002"


def take_views(camera: Camera, workspace: Workspace) -> None:
    """Take every layer, scale and comparison; looks are put back afterward."""
    tile = tile_of_two_slicks(workspace)
    slick = demo_slicks(workspace, tile)[0].at(0.5)
    camera.surface.open(tile_called(workspace, tile))
    park(camera, slick)
    camera.settle()
    camera.take("review")
    layers(camera, slick)
    scales(camera, slick)
    contrast(camera)
    around(camera, slick)
    camera.surface.open(tile_called(workspace, CORRECTED))
    camera.settle()
    comparisons(camera)
    camera.surface.open(tile_called(workspace, BANDED))
    bands(camera)


def park(camera: Camera, slick: Point) -> None:
    """Put the pointer over a slick, where the read-out shows its class."""
    camera.page.mouse.move(*camera.surface.screen(*slick))


def bar(camera: Camera, value: str) -> None:
    """Press a button of the bar below."""
    camera.page.locator(f'.bar [data-value="{value}"]').click()


def layers(camera: Camera, slick: Point) -> None:
    """Prediction as outline, probability, uncertainty."""
    bar(camera, "outline")
    park(camera, slick)
    camera.take("view-outline")
    bar(camera, "fill")
    for layer in ("probability", "uncertainty"):
        bar(camera, layer)
        park(camera, slick)
        camera.take(f"view-{layer}", 800)
    bar(camera, "annotation")


def scales(camera: Camera, slick: Point) -> None:
    """Decibels through a speckle filter, with the View panel open."""
    page = camera.page
    camera.surface.press("v")
    page.get_by_role("button", name="dB", exact=True).click()
    page.get_by_label("Speckle filter", exact=True).select_option("refined")
    camera.surface.wait("filter", "refined")
    park(camera, slick)
    camera.take("view-scale-filter")
    page.get_by_label("Speckle filter", exact=True).select_option("none")
    page.get_by_role("button", name="Raw", exact=True).click()
    camera.surface.press("v")


def contrast(camera: Camera) -> None:
    """Window and level, dragged on the image."""
    camera.surface.press("c")
    camera.surface.drag((150, 100), (130, 120), steps=5)
    camera.take("view-contrast")
    camera.page.get_by_role("button", name="Stretch to tile").click()
    camera.surface.press("c")


def around(camera: Camera, slick: Point) -> None:
    """Neighbors of the scene from afar, the minimap from near."""
    for _ in range(3):
        camera.surface.press("-")
    park(camera, slick)
    camera.take("view-neighbors", 1200)
    camera.surface.press("z")
    for _ in range(4):
        camera.surface.press("=")
    camera.take("view-minimap", 600)
    camera.surface.press("z")


def comparisons(camera: Camera) -> None:
    """Difference to the prediction, and two masks side by side, on a tile that was corrected."""
    bar(camera, "difference")
    camera.page.mouse.move(*camera.surface.screen(128, 100))
    camera.take("view-difference")
    bar(camera, "fill")
    camera.surface.press("v")
    camera.page.get_by_label("Compare", exact=True).check()
    camera.page.get_by_label("Left of the divider", exact=True).select_option(index=1)
    camera.page.get_by_label("Right of the divider", exact=True).select_option("annotation")
    camera.page.mouse.move(*camera.surface.screen(200, 40))
    camera.take("view-compare", 600)
    camera.surface.press("v", "k")


def bands(camera: Camera) -> None:
    """A tile of several bands: which one is looked at."""
    camera.surface.press("v")
    camera.page.get_by_label("First three bands as red, green, blue").check()
    camera.page.mouse.move(*camera.surface.screen(128, 128))
    camera.take("view-bands", 600)
    camera.page.get_by_label("First three bands as red, green, blue").uncheck()
    camera.surface.press("v")
